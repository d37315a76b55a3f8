//! What a room needs from its siblings; `app` wires them.

use super::entry::{Player, Special};
use super::wire::RoomSettings;
use crate::games::any::{AnyDeck, AnySettings};
use crate::games::{Outcome, Rejection};
use crate::live::{Journal, RoomLog};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use std::sync::Arc;
use std::time::Duration;

/// What a match is dealt from.
#[derive(Debug, Clone)]
pub struct Dealt {
    /// Its seed.
    pub seed: u64,
    /// Its deck.
    pub deck: AnyDeck,
    /// The rules version it was planned for.
    pub rules: u32,
}

/// Draws decks: from packs, or those of a daily or challenge.
pub trait Dealer: Send + Sync {
    /// A deck for these settings.
    fn deal(
        &self,
        settings: AnySettings,
        special: Option<Special>,
    ) -> BoxFuture<'static, Result<Dealt, Rejection>>;
}

/// A match that is over, for the record.
#[derive(Debug, Clone)]
pub struct FinishedMatch {
    /// Its id; recording it twice changes nothing.
    pub id: String,
    /// The room it was played in.
    pub room: String,
    /// What was dealt.
    pub seed: u64,
    /// Rules version.
    pub rules: u32,
    /// Whether its rounds were fixed.
    pub special: Option<Special>,
    /// Settings.
    pub settings: RoomSettings,
    /// Who took which seat.
    pub players: Vec<Player>,
    /// How it ended.
    pub outcome: Outcome,
    /// The game's last view, as a spectator sees it: all rounds with their answers.
    pub view: crate::games::any::AnyView,
    /// What was dealt.
    pub deck: AnyDeck,
    /// The log from the start on.
    pub log: super::record::MatchLog,
    /// Unix milliseconds.
    pub started: i64,
    /// Unix milliseconds.
    pub finished: i64,
}

/// Writes finished matches to the store, exactly once by id.
pub trait Recorder: Send + Sync {
    /// Records a match. Called again with the same match until it returns `Ok`.
    fn record(&self, finished: FinishedMatch) -> BoxFuture<'static, Result<(), String>>;
}

/// Where the inputs of open rooms are copied to, so that the database alone holds the games in play.
pub trait Mirror: Send + Sync {
    /// Takes note of a durable append. Must not block.
    fn saved(&self, delta: RoomDelta);
    /// All that was noted of a room, for when the journal has lost it; `None` when nothing (whole) is there.
    fn recall(&self, room: &str) -> BoxFuture<'static, Option<RoomLog>>;
}

/// What became durable of one room.
#[derive(Debug, Clone, Default)]
pub struct RoomDelta {
    /// The room.
    pub room: String,
    /// Its code.
    pub code: String,
    /// Its epoch.
    pub epoch: u32,
    /// Ordered inputs with their numbers.
    pub ordered: Vec<(u64, Bytes)>,
    /// Latest-value inputs by slot.
    pub latest: Vec<(u32, Bytes)>,
    /// Forget the latest-value inputs before.
    pub clear_latest: bool,
    /// Forget ordered inputs below this.
    pub keep_from: Option<u64>,
    /// Forget the room.
    pub remove: bool,
}

/// Times that rooms keep, all settings.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    /// A member counts as connected for so long after its last connection was lost.
    pub presence_grace: Duration,
    /// The role of host passes on after its holder was gone for so long.
    pub host_grace: Duration,
    /// A member who is away from the lobby for so long is removed.
    pub lobby_grace: Duration,
    /// An empty lobby closes after this time.
    pub empty_lobby: Duration,
    /// An empty match closes after this time.
    pub empty_match: Duration,
    /// After a rebuild at least so much time remains to act.
    pub rebuild_grace: Duration,
}

impl Default for Times {
    fn default() -> Self {
        Self {
            presence_grace: Duration::from_secs(10),
            host_grace: Duration::from_secs(30),
            lobby_grace: Duration::from_mins(1),
            empty_lobby: Duration::from_mins(10),
            empty_match: Duration::from_mins(30),
            rebuild_grace: Duration::from_secs(10),
        }
    }
}

/// All that a room needs.
#[derive(Clone)]
pub struct Ports {
    /// The journal.
    pub journal: Arc<dyn Journal>,
    /// Draws decks.
    pub dealer: Arc<dyn Dealer>,
    /// Records matches.
    pub recorder: Arc<dyn Recorder>,
    /// Copies inputs to the store.
    pub mirror: Arc<dyn Mirror>,
    /// Times.
    pub times: Times,
}

impl std::fmt::Debug for Ports {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ports").field("times", &self.times).finish_non_exhaustive()
    }
}
