//! Leaderboards: a row a user, board and period, and counts per bucket of values, so that a rank among a million is the sum
//! of some hundred counts and a short walk along an index. Rows and counts change in one transaction.

use super::error::{Result, StoreError};
use super::periods::Period;
use super::sql::{Row, Sql, Tx, params, statements};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// CROSS JOIN keeps `SQLite` from starting with the users; to Postgres it is the same join.
macro_rules! page {
    ($value:literal) => {
        concat!(
            "SELECT r.user_id, u.name, u.account, r.",
            $value,
            ", r.games, r.best_match FROM board_rows r CROSS JOIN users u
        WHERE u.id = r.user_id AND r.scope = $1 AND (r.",
            $value,
            ", r.user_id) < ($2, $3) ORDER BY r.",
            $value,
            " DESC, r.user_id DESC LIMIT $4"
        )
    };
}
/// How many rows have a higher value: whole groups of buckets, then buckets of the own group, then rows of the own
/// bucket.
macro_rules! above {
    ($value:literal) => {
        concat!(
            "SELECT CAST(
        COALESCE((SELECT SUM(players) FROM board_buckets
            WHERE scope = $1 AND metric = $2 AND level = 1 AND bucket > $3), 0)
        + COALESCE((SELECT SUM(players) FROM board_buckets
            WHERE scope = $1 AND metric = $2 AND level = 0 AND bucket > $4 AND bucket < $5), 0)
        + (SELECT COUNT(*) FROM board_rows WHERE scope = $1 AND ",
            $value,
            " > $6 AND ",
            $value,
            " < $7) AS BIGINT)"
        )
    };
}
statements! { "boards";
    by_index SCOPE = "SELECT id, players FROM board_scopes WHERE board = $1 AND period = $2";
    by_index ADD_SCOPE = "INSERT INTO board_scopes (board, period, players, expires_at) VALUES ($1, $2, 0, $3)
        ON CONFLICT (board, period) DO NOTHING";
    by_index ADD_PLAYERS = "UPDATE board_scopes SET players = players + $1 WHERE id = $2";
    by_index ROW = "SELECT points, best, games, best_match FROM board_rows WHERE user_id = $1 AND scope = $2";
    by_index PUT = "INSERT INTO board_rows (user_id, scope, points, best, games, best_match)
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (user_id, scope) DO UPDATE SET points = excluded.points,
        best = excluded.best, games = excluded.games, best_match = excluded.best_match";
    by_index COUNT = "INSERT INTO board_buckets (scope, metric, level, bucket, players) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (scope, metric, level, bucket) DO UPDATE SET players = board_buckets.players + excluded.players";
    by_index PAGE_POINTS = page!("points");
    by_index PAGE_BEST = page!("best");
    by_index PAGE_GAMES = page!("games");
    by_index ABOVE_POINTS = above!("points");
    by_index ABOVE_BEST = above!("best");
    by_index ABOVE_GAMES = above!("games");
    by_index EXPIRED = "SELECT id FROM board_scopes WHERE expires_at < $1 ORDER BY expires_at LIMIT 1";
    by_index DROP_ROWS = "DELETE FROM board_rows WHERE scope = $1 AND user_id IN
        (SELECT user_id FROM board_rows WHERE scope = $1 ORDER BY points, user_id LIMIT $2)";
    by_index DROP_BUCKETS = "DELETE FROM board_buckets WHERE scope = $1";
    by_index DROP_SCOPE = "DELETE FROM board_scopes WHERE id = $1";
}

/// The board that holds the daily's results; its periods are dates. No preset is named like this.
pub const DAILY: &str = "@daily";

/// What a board is sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Points of all matches.
    Points,
    /// Average points a round of the best match, times 100.
    Best,
    /// Matches played.
    Games,
}

impl Metric {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Points, Self::Best, Self::Games];

    fn number(self) -> i64 {
        match self {
            Self::Points => 0,
            Self::Best => 1,
            Self::Games => 2,
        }
    }

    fn page(self) -> &'static Sql {
        match self {
            Self::Points => &PAGE_POINTS,
            Self::Best => &PAGE_BEST,
            Self::Games => &PAGE_GAMES,
        }
    }

    fn above(self) -> &'static Sql {
        match self {
            Self::Points => &ABOVE_POINTS,
            Self::Best => &ABOVE_BEST,
            Self::Games => &ABOVE_GAMES,
        }
    }
}

/// What one match adds for one user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Score {
    /// Whose.
    pub user: String,
    /// Points of the match.
    pub points: i64,
    /// Average points a round, times 100: see [`average`].
    pub average: i64,
    /// The match.
    pub match_id: String,
}

/// Average points a round, times 100, rounded half up.
pub fn average(points: i64, rounds: i64) -> i64 {
    let rounds = rounds.max(1);
    (points * 200 + rounds).div_euclid(rounds * 2)
}

/// A board in a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope {
    /// Its number.
    pub id: i64,
    /// How many users are on it.
    pub players: i64,
}

/// A line of a board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// From 1; equal values share one and the next is skipped (1, 1, 3).
    pub rank: i64,
    /// The user's id.
    pub user: String,
    /// The user's name.
    pub name: String,
    /// Whether the user has an account.
    pub account: bool,
    /// The value of the metric.
    pub value: i64,
    /// Matches played.
    pub games: i64,
    /// Id of the best match.
    pub best_match: String,
}

/// Where a user stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// From 1; equal values share one.
    pub rank: i64,
    /// The value of the metric.
    pub value: i64,
    /// Matches played.
    pub games: i64,
}

/// Sub-buckets of an octave: values below this have a bucket each, higher ones share one with at most 0.1 % of their like.
const FINE: i64 = 1_024;
/// Buckets of a group, as a power of two.
const GROUP_BITS: u32 = 6;

/// The bucket of a value (negative ones count as 0). Higher values never have a lower bucket.
pub fn bucket(value: i64) -> i64 {
    let value = value.max(0);
    if value < FINE {
        return value;
    }
    let shift = i64::from(value.ilog2()) - 10;
    (shift + 1) * FINE + (value >> shift) - FINE
}

/// The lowest value of a bucket.
fn bucket_start(bucket: i64) -> i64 {
    if bucket < FINE {
        return bucket;
    }
    let shift = bucket / FINE - 1;
    (bucket % FINE + FINE)
        .checked_shl(shift as u32)
        .filter(|start| start >> shift == bucket % FINE + FINE)
        .unwrap_or(i64::MAX)
}

/// Adds a match to a board for all periods that contain `at` (Unix milliseconds).
pub(super) fn record(tx: &mut dyn Tx, board: &str, at: i64, scores: &[Score]) -> Result<()> {
    for period in Period::ALL {
        record_in(tx, board, &period.key(at), period.expiry(at), scores)?;
    }
    Ok(())
}

/// Adds a match to one board in one period, which may be forgotten after `expires_at`.
pub(super) fn record_in(
    tx: &mut dyn Tx,
    board: &str,
    period: &str,
    expires_at: Option<i64>,
    scores: &[Score],
) -> Result<()> {
    tx.execute(&ADD_SCOPE, params![board, period, expires_at])?;
    let scope = scope(tx, board, period)?
        .ok_or_else(|| StoreError::Column(format!("board {board} {period} is missing after it was written")))?
        .id;
    let mut counts: BTreeMap<(i64, i64, i64), i64> = BTreeMap::new();
    let mut count = |values: [i64; 3], by: i64| {
        for (metric, value) in Metric::ALL.into_iter().zip(values) {
            let fine = bucket(value);
            *counts.entry((metric.number(), 0, fine)).or_default() += by;
            *counts.entry((metric.number(), 1, fine >> GROUP_BITS)).or_default() += by;
        }
    };
    let mut players = 0;
    for score in scores {
        let mut new = [score.points, score.average, 1];
        let mut best_match = score.match_id.clone();
        if let Some(mut row) = tx.query_one(&ROW, params![&score.user, scope])? {
            let old = [row.int(0)?, row.int(1)?, row.int(2)?];
            count(old, -1);
            new = [old[0] + score.points, old[1].max(score.average), old[2] + 1];
            if old[1] >= score.average {
                best_match = row.text(3)?;
            }
        } else {
            players += 1;
        }
        count(new, 1);
        tx.execute(&PUT, params![&score.user, scope, new[0], new[1], new[2], &best_match])?;
    }
    for ((metric, level, bucket), by) in counts {
        if by != 0 {
            tx.execute(&COUNT, params![scope, metric, level, bucket, by])?;
        }
    }
    if players > 0 {
        tx.execute(&ADD_PLAYERS, params![players, scope])?;
    }
    Ok(())
}

/// A board in a period, `None` while nobody is on it.
pub fn scope(tx: &mut dyn Tx, board: &str, period: &str) -> Result<Option<Scope>> {
    let row = tx.query_one(&SCOPE, params![board, period])?;
    row.map(|mut row| Ok(Scope { id: row.int(0)?, players: row.int(1)? })).transpose()
}

/// The rank of a value: one more than there are rows with a higher one.
pub fn rank(tx: &mut dyn Tx, scope: i64, metric: Metric, value: i64) -> Result<i64> {
    let fine = bucket(value);
    let group = fine >> GROUP_BITS;
    let row = tx.query_one(
        metric.above(),
        params![
            scope,
            metric.number(),
            group,
            fine,
            (group + 1) << GROUP_BITS,
            value,
            bucket_start(fine + 1)
        ],
    )?;
    Ok(1 + row.map_or(Ok(0), |mut row| row.int(0))?)
}

/// Where a user stands, `None` when not on the board.
pub fn standing(tx: &mut dyn Tx, scope: i64, metric: Metric, user: &str) -> Result<Option<Standing>> {
    let Some(mut row) = tx.query_one(&ROW, params![user, scope])? else { return Ok(None) };
    let games = row.int(2)?;
    let value = match metric {
        Metric::Points => row.int(0)?,
        Metric::Best => row.int(1)?,
        Metric::Games => games,
    };
    Ok(Some(Standing { rank: rank(tx, scope, metric, value)?, value, games }))
}

/// Up to `limit` lines, highest value first, behind the line `after` (its value and user).
pub fn page(
    tx: &mut dyn Tx,
    scope: i64,
    metric: Metric,
    after: Option<(i64, &str)>,
    limit: i64,
) -> Result<Vec<Entry>> {
    let (value, user) = after.unwrap_or((i64::MAX, ""));
    let rows = tx.query(metric.page(), params![scope, value, user, limit])?;
    let mut entries = rows.into_iter().map(entry).collect::<Result<Vec<_>>>()?;
    let Some(first) = entries.first().map(|first| first.value) else { return Ok(entries) };
    let first_rank = if after.is_none() { 1 } else { rank(tx, scope, metric, first)? };
    // Ties of the first line may lie on the page before, so positions count only from the next value on.
    let next = entries.iter().position(|entry| entry.value != first);
    let base = match next {
        Some(next) if after.is_some() => rank(tx, scope, metric, entries[next].value)? - next as i64,
        _ => 1,
    };
    let mut last = (first, first_rank);
    for (place, entry) in entries.iter_mut().enumerate() {
        if entry.value != last.0 {
            last = (entry.value, base + place as i64);
        }
        entry.rank = last.1;
    }
    Ok(entries)
}

fn entry(mut row: Row) -> Result<Entry> {
    Ok(Entry {
        rank: 0,
        user: row.text(0)?,
        name: row.text(1)?,
        account: row.flag(2)?,
        value: row.int(3)?,
        games: row.int(4)?,
        best_match: row.text(5)?,
    })
}

/// Forgets up to `limit` rows of a board whose period is long over by `now`; `true` when there may be more.
pub fn purge(tx: &mut dyn Tx, now: i64, limit: i64) -> Result<bool> {
    let Some(mut row) = tx.query_one(&EXPIRED, params![now])? else { return Ok(false) };
    let scope = row.int(0)?;
    if tx.execute(&DROP_ROWS, params![scope, limit])? == 0 {
        tx.execute(&DROP_BUCKETS, params![scope])?;
        tx.execute(&DROP_SCOPE, params![scope])?;
    }
    Ok(true)
}

#[cfg(test)]
#[path = "boards_tests.rs"]
mod tests;
