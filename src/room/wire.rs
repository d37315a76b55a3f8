//! What members send to a room and see of it. `web/src/lib/protocol.ts` is generated from these types.

use crate::games::any::{AnyAction, AnyEvent, AnySettings, AnyView};
use crate::games::{MatchTime, SeatId, Standing};
use serde::{Deserialize, Serialize};

/// A member's number within its room, never used again for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(transparent)]
pub struct MemberId(pub u32);

/// What late joiners do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Late {
    /// Watch until the match is over.
    Watch,
    /// Take a seat in the next round.
    NextRound,
}

/// The room's own settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct RoomSettings {
    /// Shown in the room list.
    pub public: bool,
    /// What late joiners do.
    pub late: Late,
    /// The game and its settings.
    pub game: AnySettings,
}

/// What a member may do. Each gets exactly one reply.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum RoomCommand {
    /// Leaves for good (the seat is given up).
    Leave,
    /// Shows another name in this room; also kept as the player's own.
    Rename {
        /// 1–24 characters.
        name: String,
    },
    /// Takes a seat (`false`) or only watches (`true`), in the lobby.
    Watch {
        /// Only watch.
        watch: bool,
    },
    /// Host: changes the settings in the lobby.
    Settings {
        /// All of them.
        settings: RoomSettings,
    },
    /// Host: deals a match to all seats.
    Start,
    /// Host: stops match time.
    Pause,
    /// Host: match time runs again.
    Resume,
    /// Host: ends the match without a result and returns to the lobby.
    Abort,
    /// Host, after a match: the lobby again, with the same people, code and settings.
    Again,
    /// Host: removes a member, who cannot come back.
    Kick {
        /// Who.
        member: MemberId,
    },
    /// Host: makes another member the host.
    HandOver {
        /// Who.
        member: MemberId,
    },
    /// Host: closes the room.
    Close,
    /// Says something.
    Chat {
        /// 1–300 characters.
        text: String,
    },
    /// A quick emote, one of [`EMOTES`].
    Emote {
        /// Which.
        emote: String,
    },
    /// An action in the running match.
    Act {
        /// What.
        action: AnyAction,
    },
}

/// The quick emotes.
pub const EMOTES: [&str; 8] = ["👋", "👍", "👏", "😂", "😮", "🤔", "🔥", "🎉"];

/// Why somebody is no longer a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Gone {
    /// Left.
    Left,
    /// Removed by the host.
    Kicked,
    /// Away from the lobby for longer than the grace time.
    TimedOut,
}

/// Why a room closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Closed {
    /// The host closed it.
    Host,
    /// Nobody was there any more.
    Empty,
}

/// Why a match ended without a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Aborted {
    /// The host ended it.
    Host,
    /// Its rules version is no longer known, or its replay differs: see the server's log.
    Unreplayable,
}

/// What follows from an input, as one member may see it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum RoomEvent {
    /// A new member, or one with other particulars (name, seat, connection): replaces the one with this id.
    Member {
        /// All that is shown of it.
        member: MemberView,
    },
    /// A member is gone.
    Gone {
        /// Who.
        member: MemberId,
        /// Why.
        why: Gone,
    },
    /// Another host.
    Host {
        /// Who.
        member: MemberId,
    },
    /// Other settings.
    Settings {
        /// All of them.
        settings: RoomSettings,
    },
    /// A chat line or emote.
    Chat {
        /// The line.
        line: ChatLine,
    },
    /// A match begins.
    Started {
        /// The match as this viewer sees it, after its first events.
        #[serde(rename = "match")]
        play: Box<MatchView>,
    },
    /// Match time stands still.
    Paused,
    /// Match time runs.
    Resumed,
    /// An event of the running match.
    Game {
        /// What.
        event: AnyEvent,
    },
    /// The match is over and recorded.
    Ended {
        /// Id of the record, see `GET /api/matches/{id}`.
        match_id: String,
        /// Best first.
        standings: Vec<Standing>,
    },
    /// The match ended without a result.
    Aborted {
        /// Why.
        why: Aborted,
    },
    /// Back in the lobby.
    Lobby,
    /// The room is closed.
    Closed {
        /// Why.
        why: Closed,
    },
}

/// One member as everyone sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct MemberView {
    /// Its number in the room.
    pub id: MemberId,
    /// The player's id (profile).
    pub user: String,
    /// Name shown in this room, unique in it.
    pub name: String,
    /// Has an account; `false` is a guest.
    pub account: bool,
    /// Seat in the running match.
    pub seat: Option<SeatId>,
    /// Only watches.
    pub watch: bool,
    /// Has a connection, or lost it less than 10 s ago.
    pub connected: bool,
}

/// One line of chat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ChatLine {
    /// Who.
    pub member: MemberId,
    /// The name at that time.
    pub name: String,
    /// What.
    pub text: String,
    /// A quick emote rather than a sentence.
    pub emote: bool,
    /// When, Unix milliseconds.
    #[cfg_attr(test, ts(type = "number"))]
    pub at: i64,
}

/// What is in play.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct MatchView {
    /// Its id.
    pub id: String,
    /// Match time stands still.
    pub paused: bool,
    /// The names that its seats had, by seat number; stays right when members leave.
    pub names: Vec<String>,
    /// Which daily this is (`2026-11-21`), if one.
    pub daily: Option<String>,
    /// Which challenge this answers, if one: id of the match that it repeats.
    pub challenge: Option<String>,
    /// The game as this viewer sees it.
    pub view: AnyView,
}

/// All that one member may see of a room.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct RoomView {
    /// Its id.
    pub id: String,
    /// Code to join, 6 characters.
    pub code: String,
    /// The viewer's own number.
    pub you: MemberId,
    /// Who is host.
    pub host: MemberId,
    /// Settings.
    pub settings: RoomSettings,
    /// Everyone, in the order in which they came.
    pub members: Vec<MemberView>,
    /// The newest lines, oldest first, 50 at most.
    pub chat: Vec<ChatLine>,
    /// The running match, or the last one while its result is shown.
    #[serde(rename = "match")]
    pub play: Option<MatchView>,
    /// Id of the record once the match is over.
    pub ended: Option<String>,
}

/// Where a client stands: what it resumes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Since {
    /// The room's epoch; another one means that versions cannot be compared.
    pub epoch: u32,
    /// Version of the newest frame that was applied.
    #[cfg_attr(test, ts(type = "number"))]
    pub v: u64,
}

/// The room's clock as clients need it: match time at the moment of sending, and whether it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Clock {
    /// Match time now.
    pub now: MatchTime,
    /// Whether it runs.
    pub running: bool,
}
