//! The ladder: leaderboards, the board of the day, recorded matches, profiles. What the REST routes of these send out.
//!
//! Boards are written with the match itself ([`crate::store::matches::finish`]); totals follow behind it from the outbox
//! ([`Ladder::consume_outbox`]), each match in a transaction of its own and counted once.

mod board;
mod cursor;
mod history;
mod profile;

pub use crate::store::boards::Metric;
pub use crate::store::matches::{Attempt, MatchCard, Replay, SeatRecord};
pub use crate::store::periods::Period;
pub use board::{BoardMe, BoardQuery, BoardRow, DailyBoard, DailyMe, DailyRow, Leaderboard};
pub use history::{Comparison, History, MatchRecord, Seal};
pub use profile::{PersonalBest, Profile};

use crate::store::{Store, StoreError, boards, now_ms, stats};

/// Lines of a page.
pub const PAGE: usize = 50;
/// Matches of a page of history.
pub const HISTORY_PAGE: usize = 20;
/// Attempts that a comparison shows besides the match itself.
pub const ATTEMPTS: usize = 100;
/// Matches that one step of [`Ladder::consume_outbox`] looks at.
const OUTBOX_STEP: i64 = 100;
/// Board rows that one step of [`Ladder::purge`] forgets.
const PURGE_STEP: i64 = 500;

/// Why the ladder did not answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LadderError {
    /// The cursor is not one that we gave.
    #[error("this page does not exist; start again at the first one")]
    BadCursor,
    /// The date is not one.
    #[error("write the date like 2026-11-21")]
    BadDate,
    /// The store could not.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl LadderError {
    /// The stable code for clients.
    pub fn code(&self) -> &'static str {
        match self {
            Self::BadCursor => "bad_cursor",
            Self::BadDate => "bad_date",
            Self::Store(_) => "unavailable",
        }
    }
}

/// The ladder over a store. Clones share it.
#[derive(Debug, Clone)]
pub struct Ladder {
    store: Store,
}

impl Ladder {
    /// A ladder over a store.
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    /// Counts finished matches into their players' totals; answers how many. Call it after a match and at start. Two at
    /// once, or a crash in the middle, count nothing twice and lose nothing.
    pub async fn consume_outbox(&self) -> Result<usize, LadderError> {
        let mut counted = 0;
        loop {
            let waiting = self.store.read(|tx| stats::pending(tx, OUTBOX_STEP)).await?;
            if waiting.is_empty() {
                return Ok(counted);
            }
            for id in waiting {
                counted += usize::from(self.store.write(move |tx| stats::count(tx, &id)).await?);
            }
        }
    }

    /// Forgets boards whose period has long passed. Call it now and then.
    pub async fn purge(&self) -> Result<(), LadderError> {
        let now = now_ms();
        while self.store.write(move |tx| boards::purge(tx, now, PURGE_STEP)).await? {}
        Ok(())
    }
}

#[cfg(test)]
mod tests;
