//! The room as a pure state machine: an [`Entry`] goes in, events come out, the same on every machine.
//!
//! No clock, no configuration, no randomness: what depends on those was decided by the actor and stands in the input.

mod commands;
mod matches;
mod members;

use super::entry::{CommandKey, Entry, Input, LatestAction, Player, Special};
use super::wire::{
    Aborted, ChatLine, Closed, Gone, MatchView, MemberId, MemberView, RoomEvent, RoomSettings, RoomView,
};
use crate::games::any::AnyMatch;
use crate::games::{By, MatchTime, Rejection, SeatId, Viewer};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Seats in a match at most.
pub const MAX_SEATS: usize = 50;
/// Members in a room at most, spectators included.
pub const MAX_MEMBERS: usize = 120;
/// Chat lines that a room keeps.
pub const MAX_CHAT: usize = 50;
/// Characters of a chat line.
pub const MAX_CHAT_CHARS: usize = 300;
/// Chat lines during one match; they stand in the journal until its end.
pub const MAX_CHAT_PER_MATCH: u32 = 5_000;
/// Players that a room remembers as removed.
pub(super) const MAX_BANNED: usize = 200;
/// Replies kept for repeated commands.
pub(super) const MAX_REPLIES: usize = 512;

/// Who may see an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum To {
    /// All members.
    All,
    /// One member.
    Member(MemberId),
}

/// An event on its way out.
#[derive(Debug, Clone, PartialEq)]
pub struct Out {
    /// Who may see it.
    pub to: To,
    /// What.
    pub event: RoomEvent,
}

/// A member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Number in the room.
    pub id: MemberId,
    /// Who it is; `name` is unique in the room.
    pub player: Player,
    /// Seat in the match.
    pub seat: Option<SeatId>,
    /// Only watches.
    pub watch: bool,
    /// Connected, or lost less than the grace ago.
    pub connected: bool,
    /// Room time since when it is not connected.
    pub away_since: Option<u64>,
    /// Version at which it joined: older events are not its.
    pub since_version: u64,
}

impl Member {
    fn view(&self) -> MemberView {
        MemberView {
            id: self.id,
            user: self.player.user.clone(),
            name: self.player.name.clone(),
            account: self.player.account,
            seat: self.seat,
            watch: self.watch,
            connected: self.connected,
        }
    }
}

/// The match of a room, running or over and still shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Play {
    /// Its id.
    pub id: String,
    /// Its seed. Leaves the server only after the end.
    pub seed: u64,
    /// Rules version.
    pub rules: u32,
    /// Unix milliseconds of the start.
    pub started: i64,
    /// Room time at match time 0 (moves with every pause).
    offset: u64,
    /// Match time at which it stands still.
    paused: Option<MatchTime>,
    /// Who took which seat, by seat number.
    pub players: Vec<Player>,
    /// The game.
    pub game: AnyMatch,
    /// Settings it was dealt with.
    pub settings: RoomSettings,
    /// The result is in the store.
    pub recorded: bool,
    /// Chat lines since the start.
    chat: u32,
}

impl Play {
    /// Match time at this room time.
    pub fn time(&self, at: u64) -> MatchTime {
        self.paused.unwrap_or_else(|| MatchTime(at.saturating_sub(self.offset)))
    }

    /// Room time of the game's next deadline, none while paused.
    pub fn due(&self) -> Option<u64> {
        if self.paused.is_some() {
            return None;
        }
        self.game.deadline().map(|deadline| deadline.0.saturating_add(self.offset))
    }

    /// Whether match time stands still.
    pub fn paused(&self) -> bool {
        self.paused.is_some()
    }

    /// Whether it is over.
    pub fn over(&self) -> bool {
        self.game.outcome().is_some()
    }
}

/// All of a room. Everything in it follows from its entries.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RoomState {
    /// Its id.
    pub id: String,
    /// Code to join.
    pub code: String,
    /// Settings.
    pub settings: RoomSettings,
    /// Whether its rounds are fixed.
    pub special: Option<Special>,
    /// The player who made it.
    pub owner: String,
    /// Members in the order in which they came.
    pub members: Vec<Member>,
    next_member: u32,
    /// The host; none while nobody is in.
    pub host: Option<MemberId>,
    banned: Vec<String>,
    chat: VecDeque<ChatLine>,
    /// The match, if any.
    pub play: Option<Play>,
    /// Set when it closed.
    pub closed: Option<Closed>,
    /// Version after the newest entry.
    pub version: u64,
    /// Room time of the newest entry.
    pub at: u64,
    replies: VecDeque<(CommandKey, u64)>,
    /// Set when its match cannot be replayed; the actor then enters [`Input::Unreplayable`].
    #[serde(default)]
    pub broken: bool,
}

type Applied = Result<Vec<Out>, Rejection>;

impl RoomState {
    /// The state after the first entry of a log: `Created` or `Snapshot`.
    pub fn begin(entry: &Entry, version: u64) -> Option<Self> {
        match &entry.input {
            Input::Created { id, code, settings, special, owner } => Some(Self {
                id: id.clone(),
                code: code.clone(),
                settings: settings.clone(),
                special: special.clone(),
                owner: owner.clone(),
                members: Vec::new(),
                next_member: 1,
                host: None,
                banned: Vec::new(),
                chat: VecDeque::new(),
                play: None,
                closed: None,
                version,
                at: entry.at,
                replies: VecDeque::new(),
                broken: false,
            }),
            Input::Snapshot { state } => Some(Self { version, ..(**state).clone() }),
            _ => None,
        }
    }

    /// Applies one entry of a log, the latest-value actions that it took over first.
    pub fn replay(&mut self, entry: &Entry) -> Applied {
        self.fold(&entry.folded);
        self.apply(entry)
    }

    /// Applies one new entry; its `folded` actions were applied when they came. On `Err` nothing has changed (and the
    /// entry is not for the journal).
    pub fn apply(&mut self, entry: &Entry) -> Applied {
        let outs = self.input(entry)?;
        self.version += 1;
        self.at = self.at.max(entry.at);
        if let Some(key) = entry.key {
            self.replies.push_back((key, self.version));
            if self.replies.len() > MAX_REPLIES {
                self.replies.pop_front();
            }
        }
        Ok(outs)
    }

    /// Applies latest-value actions that are already part of history.
    pub fn fold(&mut self, actions: &[LatestAction]) {
        for latest in actions {
            // Refusals were decided when they came; a superseded round's pin that no longer fits changes nothing.
            let _ = self.latest(latest);
        }
    }

    /// Applies one latest-value action.
    pub fn latest(&mut self, latest: &LatestAction) -> Result<(), Rejection> {
        let play = self.play.as_mut().filter(|play| !play.over()).ok_or_else(no_match)?;
        if play.paused() {
            return Err(paused());
        }
        let now = play.time(latest.at);
        play.game.act(By { seat: Some(latest.seat), host: false }, latest.action.clone(), now)?;
        self.at = self.at.max(latest.at);
        Ok(())
    }

    /// This room without match, chat and replies: what a match's log begins with.
    pub(super) fn before_match(&self) -> Self {
        Self { play: None, chat: VecDeque::new(), replies: VecDeque::new(), ..self.clone() }
    }

    /// The version that a command was applied at, if it was.
    pub fn replied(&self, key: &CommandKey) -> Option<u64> {
        self.replies.iter().rev().find(|(known, _)| known == key).map(|(_, version)| *version)
    }

    fn input(&mut self, entry: &Entry) -> Applied {
        match &entry.input {
            Input::Created { .. } | Input::Snapshot { .. } => Ok(Vec::new()),
            Input::Join { player, watch } => self.join(player, *watch, entry.at),
            Input::Command { member, command } => self.command(*member, command, entry),
            Input::Start { id, rules, seed, deck } => {
                let play = self.deal(id, *rules, *seed, deck.clone(), entry)?;
                Ok(self.started(play))
            }
            Input::Presence { member, connected } => Ok(self.presence(*member, *connected, entry.at)),
            Input::Tick => Ok(self.game(entry.at, AnyMatch::tick)),
            Input::HostPasses { to } => Ok(self.host_passes(*to, entry.at)),
            Input::TimedOut { member } => Ok(self.remove(*member, Gone::TimedOut, entry.at)),
            Input::Rebuilt { grace_ms } => {
                Ok(self.game(entry.at, |game, now| game.extend(now.plus(*grace_ms))))
            }
            Input::Recorded { id } => Ok(self.recorded(id)),
            Input::Unreplayable => Ok(self.abort(Aborted::Unreplayable)),
            Input::Close { why } => Ok(self.close(*why)),
        }
    }

    fn match_view(&self, member: &Member) -> Option<MatchView> {
        let play = self.play.as_ref()?;
        let viewer = member.seat.map_or(Viewer::Spectator, Viewer::Seat);
        Some(MatchView {
            id: play.id.clone(),
            paused: play.paused(),
            names: play.players.iter().map(|player| player.name.clone()).collect(),
            daily: match &self.special {
                Some(Special::Daily(date)) => Some(date.clone()),
                _ => None,
            },
            challenge: match &self.special {
                Some(Special::Challenge(id)) => Some(id.clone()),
                _ => None,
            },
            view: play.game.view(viewer),
        })
    }

    /// All that this member may see.
    pub fn view(&self, id: MemberId) -> Option<RoomView> {
        let member = self.member(id)?;
        Some(RoomView {
            id: self.id.clone(),
            code: self.code.clone(),
            you: id,
            host: self.host.unwrap_or(id),
            settings: self.settings.clone(),
            members: self.members.iter().map(Member::view).collect(),
            chat: self.chat.iter().cloned().collect(),
            play: self.match_view(member),
            ended: self.play.as_ref().filter(|play| play.recorded).map(|play| play.id.clone()),
        })
    }
}

fn all(event: RoomEvent) -> Out {
    Out { to: To::All, event }
}

fn no_match() -> Rejection {
    Rejection::new("no_match", "No match is running.")
}

fn paused() -> Rejection {
    Rejection::new("paused", "The host paused the match.")
}

fn no_member() -> Rejection {
    Rejection::new("no_such_member", "Nobody with that number is in the room.")
}

/// `text` without control and direction-changing characters, trimmed; 1 to `max` characters.
pub fn clean_text(text: &str, max: usize) -> Result<String, Rejection> {
    let clean: String = text.chars().filter(|c| !unseen(*c)).collect();
    let clean = clean.trim();
    let length = clean.chars().count();
    if length == 0 || length > max {
        return Err(Rejection::new("bad_text", format!("Write 1 to {max} characters (this has {length}).")));
    }
    Ok(clean.to_owned())
}

fn clean_name(name: &str) -> Result<String, Rejection> {
    clean_text(name, 24).map_err(|_| Rejection::new("bad_name", "A name has 1 to 24 characters."))
}

/// Characters that could hide or turn around what others read.
fn unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}
