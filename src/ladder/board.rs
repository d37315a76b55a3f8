//! Leaderboards of presets, and the board of the day.

use super::{Ladder, LadderError, PAGE, cursor};
use crate::store::boards::{self, Entry, Metric, Standing};
use crate::store::periods::{Period, parse_day};
use crate::store::{Tx, now_ms};
use serde::Serialize;

/// Which board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoardQuery {
    /// The preset.
    pub preset: String,
    /// What it is sorted by.
    pub by: Metric,
    /// How far back it looks.
    pub period: Period,
    /// `next` of the page before.
    pub cursor: Option<String>,
}

/// A page of a leaderboard.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Leaderboard {
    /// Best first.
    pub rows: Vec<BoardRow>,
    /// Where the asking player stands.
    pub me: Option<BoardMe>,
    /// How many players are on it.
    pub players: i64,
    /// Cursor of the next page.
    pub next: Option<String>,
}

/// A line of a leaderboard.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BoardRow {
    /// From 1; ties share one.
    pub rank: i64,
    /// The player's id.
    pub user: String,
    /// The player's name.
    pub name: String,
    /// Whether the player has an account.
    pub account: bool,
    /// Points, or matches, or the average points a round of the best match.
    pub value: f64,
    /// Matches played.
    pub games: i64,
}

/// Where the asking player stands.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct BoardMe {
    /// From 1; ties share one.
    pub rank: i64,
    /// As in the rows.
    pub value: f64,
    /// Matches played.
    pub games: i64,
}

/// A page of the board of a day.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DailyBoard {
    /// Best first.
    pub rows: Vec<DailyRow>,
    /// The asking player's line.
    pub me: Option<DailyMe>,
    /// How many have finished.
    pub players: i64,
    /// Cursor of the next page.
    pub next: Option<String>,
}

/// A line of the board of a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DailyRow {
    /// From 1; ties share one.
    pub rank: i64,
    /// The player's id.
    pub user: String,
    /// The player's name.
    pub name: String,
    /// Whether the player has an account.
    pub account: bool,
    /// Points.
    pub points: i64,
    /// The match, for those who may open it.
    #[serde(rename = "match")]
    pub match_id: Option<String>,
}

/// The asking player's line on the board of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct DailyMe {
    /// From 1; ties share one.
    pub rank: i64,
    /// Points.
    pub points: i64,
}

/// What is shown of a stored value.
fn shown(metric: Metric, value: i64) -> f64 {
    match metric {
        Metric::Best => value as f64 / 100.0,
        Metric::Points | Metric::Games => value as f64,
    }
}

struct Page {
    entries: Vec<Entry>,
    me: Option<Standing>,
    players: i64,
    next: Option<String>,
}

fn page(
    tx: &mut dyn Tx,
    board: &str,
    period: &str,
    metric: Metric,
    after: Option<&(i64, String)>,
    viewer: Option<&str>,
) -> crate::store::Result<Page> {
    let Some(scope) = boards::scope(tx, board, period)? else {
        return Ok(Page { entries: Vec::new(), me: None, players: 0, next: None });
    };
    let after = after.map(|(value, user)| (*value, user.as_str()));
    // One more than is shown tells whether there is a next page.
    let mut entries = boards::page(tx, scope.id, metric, after, PAGE as i64 + 1)?;
    let more = entries.len() > PAGE;
    entries.truncate(PAGE);
    let next = entries.last().filter(|_| more).map(|last| cursor::encode(last.value, &last.user));
    let me = match viewer {
        Some(user) => boards::standing(tx, scope.id, metric, user)?,
        None => None,
    };
    Ok(Page { entries, me, players: scope.players, next })
}

impl Ladder {
    /// A page of a leaderboard as of now, with the place of `viewer`.
    pub async fn leaderboard(
        &self,
        query: BoardQuery,
        viewer: Option<&str>,
    ) -> Result<Leaderboard, LadderError> {
        let after = query.cursor.as_deref().map(cursor::decode).transpose()?;
        let viewer = viewer.map(str::to_owned);
        let period = query.period.key(now_ms());
        let (preset, by) = (query.preset, query.by);
        let page = self
            .store
            .read(move |tx| page(tx, &preset, &period, by, after.as_ref(), viewer.as_deref()))
            .await?;
        let row = |entry: Entry| BoardRow {
            rank: entry.rank,
            user: entry.user,
            name: entry.name,
            account: entry.account,
            value: shown(by, entry.value),
            games: entry.games,
        };
        Ok(Leaderboard {
            rows: page.entries.into_iter().map(row).collect(),
            me: page.me.map(|me| BoardMe { rank: me.rank, value: shown(by, me.value), games: me.games }),
            players: page.players,
            next: page.next,
        })
    }

    /// A page of the board of a day (`2026-11-21`), with the line of `viewer`. Matches are named only when `open`: see
    /// [`Ladder::seal`].
    pub async fn daily_board(
        &self,
        date: &str,
        viewer: Option<&str>,
        open: bool,
        cursor: Option<&str>,
    ) -> Result<DailyBoard, LadderError> {
        let date = parse_day(date).ok_or(LadderError::BadDate)?.to_string();
        let after = cursor.map(cursor::decode).transpose()?;
        let viewer = viewer.map(str::to_owned);
        let page = self
            .store
            .read(move |tx| page(tx, boards::DAILY, &date, Metric::Points, after.as_ref(), viewer.as_deref()))
            .await?;
        let row = |entry: Entry| DailyRow {
            rank: entry.rank,
            user: entry.user,
            name: entry.name,
            account: entry.account,
            points: entry.value,
            match_id: open.then_some(entry.best_match),
        };
        Ok(DailyBoard {
            rows: page.entries.into_iter().map(row).collect(),
            me: page.me.map(|me| DailyMe { rank: me.rank, points: me.value }),
            players: page.players,
            next: page.next,
        })
    }
}
