//! Recorded matches: a player's own history, one match, its replay, and a challenge's comparison.

use super::{ATTEMPTS, HISTORY_PAGE, Ladder, LadderError, cursor};
use crate::store::matches::{self, Attempt, Head, MatchCard, Replay, SeatRecord};
use crate::store::periods::day_key;
use crate::store::{daily, now_ms};
use serde::Serialize;
use std::collections::BTreeMap;

/// A page of a player's own matches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct History {
    /// Newest first.
    pub matches: Vec<MatchCard>,
    /// Cursor of the next page.
    pub next: Option<String>,
}

/// One match with all that its page shows. Settings and results are JSON as the room wrote them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatchRecord {
    /// What was played.
    pub head: Head,
    /// Who played, by seat.
    pub seats: Vec<SeatRecord>,
    /// Results of the rounds, JSON.
    pub results: String,
}

/// A match and the attempts to beat it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// The match that all of them repeat.
    pub root: MatchRecord,
    /// Its seats and those of its challenges, best first.
    pub attempts: Vec<Attempt>,
    /// Results of the rounds, JSON, by match: for the points per round.
    pub results: BTreeMap<String, String>,
}

/// Whether somebody may see a match's answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seal {
    /// Yes.
    Open,
    /// Not before they have finished this daily, or its day is over.
    DailyOpen {
        /// Its date.
        date: String,
    },
    /// There is no such match.
    Unknown,
}

impl Ladder {
    /// A page of a player's own matches.
    pub async fn history(&self, user: &str, cursor: Option<&str>) -> Result<History, LadderError> {
        let after = cursor.map(cursor::decode).transpose()?;
        let user = user.to_owned();
        let mut matches = self
            .store
            .read(move |tx| {
                let after = after.as_ref().map(|(at, id)| (*at, id.as_str()));
                matches::history(tx, &user, after, HISTORY_PAGE as i64 + 1)
            })
            .await?;
        let more = matches.len() > HISTORY_PAGE;
        matches.truncate(HISTORY_PAGE);
        let next = matches.last().filter(|_| more).map(|last| cursor::encode(last.finished_at, &last.id));
        Ok(History { matches, next })
    }

    /// Whether `viewer` may see the answers of a match: those of today's daily, also by way of a challenge, are open only to
    /// whoever has finished it.
    pub async fn seal(&self, id: &str, viewer: Option<&str>) -> Result<Seal, LadderError> {
        let (id, viewer) = (id.to_owned(), viewer.map(str::to_owned));
        let today = day_key(now_ms());
        let seal = self
            .store
            .read(move |tx| {
                if matches::head(tx, &id)?.is_none() {
                    return Ok(Seal::Unknown);
                }
                // Dates in this form sort like days.
                let Some(date) = matches::sealed(tx, &id)?.filter(|date| *date >= today) else {
                    return Ok(Seal::Open);
                };
                Ok(if played(tx, &date, viewer.as_deref())? { Seal::Open } else { Seal::DailyOpen { date } })
            })
            .await?;
        Ok(seal)
    }

    /// Whether `viewer` may see matches of the daily of `date`: the day is over, or they have finished it.
    pub async fn daily_open(&self, date: &str, viewer: Option<&str>) -> Result<bool, LadderError> {
        if *date < *day_key(now_ms()) {
            return Ok(true);
        }
        let (date, viewer) = (date.to_owned(), viewer.map(str::to_owned));
        Ok(self.store.read(move |tx| played(tx, &date, viewer.as_deref())).await?)
    }

    /// One match, `None` when there is none. Ask [`Ladder::seal`] first.
    pub async fn record(&self, id: &str) -> Result<Option<MatchRecord>, LadderError> {
        let id = id.to_owned();
        Ok(self.store.read(move |tx| record(tx, &id)).await?)
    }

    /// What rebuilds a match, `None` when there is none. Ask [`Ladder::seal`] first.
    pub async fn replay(&self, id: &str) -> Result<Option<Replay>, LadderError> {
        let id = id.to_owned();
        Ok(self.store.read(move |tx| matches::replay(tx, &id)).await?)
    }

    /// A match, or the match whose challenge it is, with the attempts to beat it. Ask [`Ladder::seal`] first.
    pub async fn compare(&self, id: &str) -> Result<Option<Comparison>, LadderError> {
        let id = id.to_owned();
        let comparison = self
            .store
            .read(move |tx| {
                let Some(head) = matches::head(tx, &id)? else { return Ok(None) };
                let root = head.challenge.unwrap_or(id);
                let Some(root) = record(tx, &root)? else { return Ok(None) };
                let attempts = matches::attempts(tx, &root.head.id, ATTEMPTS as i64)?;
                let mut results = BTreeMap::new();
                for attempt in &attempts {
                    if !results.contains_key(&attempt.match_id)
                        && let Some(json) = matches::results(tx, &attempt.match_id)?
                    {
                        results.insert(attempt.match_id.clone(), json);
                    }
                }
                Ok(Some(Comparison { root, attempts, results }))
            })
            .await?;
        Ok(comparison)
    }
}

fn played(tx: &mut dyn crate::store::Tx, date: &str, viewer: Option<&str>) -> crate::store::Result<bool> {
    let play = match viewer {
        Some(user) => daily::play(tx, date, user)?,
        None => None,
    };
    Ok(play.is_some_and(|play| play.match_id.is_some()))
}

fn record(tx: &mut dyn crate::store::Tx, id: &str) -> crate::store::Result<Option<MatchRecord>> {
    let Some(head) = matches::head(tx, id)? else { return Ok(None) };
    let seats = matches::seats(tx, id)?;
    let results = matches::results(tx, id)?.unwrap_or_default();
    Ok(Some(MatchRecord { head, seats, results }))
}
