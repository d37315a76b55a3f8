//! Pure rules: no I/O, no clock, no randomness but the seed, no async, nothing of ours outside this folder.
//!
//! A match is rebuilt on any machine from `rules version + settings + seats + deck + seed + inputs`, so a
//! game may depend on nothing else. Floating point goes through `libm`; maps are ordered (`BTreeMap`).

pub mod any;
pub mod atlas;

use serde::{Deserialize, Serialize};
use std::fmt;

/// A place in a match that acts. Numbered from 0 in the order in which seats were taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(transparent)]
pub struct SeatId(pub u8);

/// Monotonic milliseconds of a match. Stands still while the match is paused and while the server is down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(type = "number"))]
#[serde(transparent)]
pub struct MatchTime(pub u64);

impl MatchTime {
    /// This time plus `ms` milliseconds.
    #[must_use]
    pub fn plus(self, ms: u64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Milliseconds from `self` to `later`, 0 when `later` has passed.
    pub fn until(self, later: Self) -> u64 {
        later.0.saturating_sub(self.0)
    }
}

/// One seat as it is dealt in at the start of a match, or later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seat {
    /// Its number.
    pub id: SeatId,
    /// Whether its player is connected at that moment.
    pub connected: bool,
    /// Whether its player is the room's host.
    pub host: bool,
}

/// What happens to a seat from outside the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// A new seat, taken after the start.
    Late,
    /// The player of a known seat is connected (again).
    Connected,
    /// The player has been away for longer than the connection grace.
    Disconnected,
    /// The player left or was kicked and will not come back to this seat.
    Left,
    /// This seat's player is the host from now on (and no other seat's is).
    Host,
    /// No seat's player is the host from now on (the host only watches).
    NoHost,
}

/// Who acts: a seat, the host, or a seat whose player is the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct By {
    /// The seat, `None` for a host who only watches.
    pub seat: Option<SeatId>,
    /// Whether the acting member is the host.
    pub host: bool,
}

/// Who looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Viewer {
    /// The player of this seat.
    Seat(SeatId),
    /// Anyone else who may watch.
    Spectator,
}

/// Who may see an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Audience {
    /// Every member.
    Everyone,
    /// One seat only.
    Seat(SeatId),
}

/// An event and who may see it.
#[derive(Debug, Clone, PartialEq)]
pub struct Sent<E> {
    /// Who may see it.
    pub to: Audience,
    /// What follows from an input.
    pub event: E,
}

impl<E> Sent<E> {
    /// An event for everyone.
    pub fn all(event: E) -> Self {
        Self { to: Audience::Everyone, event }
    }
}

/// Why an input is refused. Nothing has changed when one is returned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejection {
    /// Stable code for programs, listed in docs/errors.md.
    pub code: std::borrow::Cow<'static, str>,
    /// A sentence for a person that says what to do instead.
    pub message: String,
}

impl Rejection {
    /// A rejection with `code` and a sentence for a person.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into() }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for Rejection {}

/// One line of the final standing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Standing {
    /// Whose line it is.
    pub seat: SeatId,
    /// 1 is best; ties share a rank, the next rank is skipped (1, 1, 3).
    pub rank: u8,
    /// Points over the whole match.
    pub points: u32,
    /// The player left before the end.
    pub left: bool,
}

/// How a match ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// One line a seat, best first.
    pub standings: Vec<Standing>,
    /// The board that this match counts for (a preset's name), `None` when its settings were custom.
    pub board: Option<String>,
    /// Rounds (or turns) that points are averaged over on boards.
    pub rounds: u32,
}

/// What the room gives every call that changes a match.
pub trait Game: Sized {
    /// The game's name in URLs, in the database and on the wire.
    const ID: &'static str;
    /// Raised whenever the same inputs could lead to another state.
    const RULES: u32;
    /// What the host may choose.
    type Settings;
    /// What was drawn for this match from outside the rules; stored with it.
    type Deck;
    /// What a seat may do.
    type Action;
    /// What follows from an input.
    type Event;
    /// What one viewer may see now.
    type View;

    /// Deals a match. `seats` is not empty.
    fn start(
        settings: &Self::Settings,
        seats: &[Seat],
        deck: Self::Deck,
        seed: u64,
    ) -> Result<(Self, Vec<Sent<Self::Event>>), Rejection>;
    /// One action. On `Err` nothing has changed.
    fn act(
        &mut self,
        by: By,
        action: Self::Action,
        now: MatchTime,
    ) -> Result<Vec<Sent<Self::Event>>, Rejection>;
    /// Whether an action only replaces the seat's previous one of its kind (a moving pin). Such an action returns no
    /// event, commutes with those of other seats, and may be dropped when a newer one of the same seat follows.
    fn latest(action: &Self::Action) -> bool;
    /// A seat came, left, dropped, returned or became host. Unknown seats are ignored (except `Late`).
    fn seat(&mut self, seat: SeatId, presence: Presence, now: MatchTime) -> Vec<Sent<Self::Event>>;
    /// Time has passed. Called at [`Game::deadline`] or later.
    fn tick(&mut self, now: MatchTime) -> Vec<Sent<Self::Event>>;
    /// When [`Game::tick`] wants to be called next.
    fn deadline(&self) -> Option<MatchTime>;
    /// After a rebuild: a running deadline moves to `until` when it would come sooner.
    fn extend(&mut self, until: MatchTime) -> Vec<Sent<Self::Event>>;
    /// The only way state leaves the game.
    fn view(&self, viewer: Viewer) -> Self::View;
    /// Set once the match has ended.
    fn outcome(&self) -> Option<Outcome>;
    /// A hash of the whole state, equal on every machine that applied the same inputs.
    fn hash(&self) -> u64;
}
