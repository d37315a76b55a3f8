//! What stands in the journal: one entry an ordered input, `MessagePack` with field names (so that fields can be added).

use super::state::RoomState;
use super::wire::{Closed, MemberId, RoomCommand, RoomSettings};
use crate::games::SeatId;
use crate::games::any::{AnyAction, AnyDeck};
use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// One ordered input of a room. Its number in the journal is the room's version after it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Room time in milliseconds: monotonic, stands still while the server is down.
    pub at: u64,
    /// Unix milliseconds, for people only (chat, records); never read by rules.
    pub wall: i64,
    /// The command that this answers: member, client, command id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<CommandKey>,
    /// Latest-value actions applied since the entry before: they are part of what this input met.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub folded: Vec<LatestAction>,
    /// What happened.
    pub input: Input,
    /// Hash of the game's state after this input, every few inputs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<u64>,
}

/// Tells a command from all others, so that it is applied once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CommandKey {
    /// Whose.
    pub member: MemberId,
    /// The client's random number.
    pub client: u64,
    /// The client's number of the command.
    pub id: u32,
}

/// A latest-value action (a moving pin). Only the newest of a seat is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LatestAction {
    /// Room time at which it was accepted.
    pub at: u64,
    /// Whose.
    pub seat: SeatId,
    /// What.
    pub action: AnyAction,
}

/// Who plays, as the accounts know it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Player {
    /// The player's id.
    pub user: String,
    /// The player's name.
    pub name: String,
    /// Has an account (`false`: a guest).
    pub account: bool,
}

/// A room whose rounds are fixed from outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Special {
    /// The daily of this UTC date, for one player alone.
    Daily(String),
    /// The rounds of this recorded match once more.
    Challenge(String),
}

/// An input. Everything that depends on clocks, configuration, chance or other parts was decided before and stands here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "in", rename_all = "snake_case")]
pub enum Input {
    /// The room begins.
    Created {
        /// Its id.
        id: String,
        /// Its code.
        code: String,
        /// Its settings.
        settings: RoomSettings,
        /// Whether its rounds are fixed.
        special: Option<Special>,
        /// The player who made it (and alone may enter a daily).
        owner: String,
    },
    /// All before this is in here.
    Snapshot {
        /// The whole state.
        state: Box<RoomState>,
    },
    /// A player enters.
    Join {
        /// Who.
        player: Player,
        /// Only watches.
        watch: bool,
    },
    /// A member's command (all but `start`, which becomes [`Input::Start`]).
    Command {
        /// Who.
        member: MemberId,
        /// What.
        command: RoomCommand,
    },
    /// A match was dealt.
    Start {
        /// Its id.
        id: String,
        /// Rules version it was dealt under.
        rules: u32,
        /// Its seed.
        seed: u64,
        /// Its deck.
        deck: AnyDeck,
    },
    /// A member's connection was lost for longer than the grace, or is back.
    Presence {
        /// Who.
        member: MemberId,
        /// Is connected.
        connected: bool,
    },
    /// Match time reached the game's deadline.
    Tick,
    /// The role of host passes on.
    HostPasses {
        /// To whom.
        to: MemberId,
    },
    /// A member was away from the lobby for too long.
    TimedOut {
        /// Who.
        member: MemberId,
    },
    /// The room was rebuilt after the server had been down: running deadlines are at least so far away, milliseconds.
    Rebuilt {
        /// Milliseconds to act.
        grace_ms: u64,
    },
    /// The match's result is recorded in the store.
    Recorded {
        /// Its id.
        id: String,
    },
    /// The match cannot be replayed: it ends without a result.
    Unreplayable,
    /// The room closes.
    Close {
        /// Why.
        why: Closed,
    },
}

/// An entry that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("an entry of the journal cannot be read: {0}")]
pub struct Unreadable(#[from] rmp_serde::decode::Error);

/// Encodes for the journal.
///
/// # Panics
/// Never: all types here have a `MessagePack` form (maps have string or tuple-free keys), which the tests run through.
pub fn encode<T: Serialize>(value: &T) -> Bytes {
    Bytes::from(rmp_serde::to_vec_named(value).expect("journal types always encode"))
}

/// Decodes what [`encode`] made.
pub fn decode<'a, T: Deserialize<'a>>(data: &'a [u8]) -> Result<T, Unreadable> {
    Ok(rmp_serde::from_slice(data)?)
}
