//! The daily: one deck a UTC date, once a player. Its board is a scope of [`super::boards`].

use super::error::{Result, StoreError};
use super::sql::{Tx, params, statements};

statements! { "daily";
    by_index KEEP_DECK = "INSERT INTO daily_decks (date, seed, deck) VALUES ($1, $2, $3)
        ON CONFLICT (date) DO NOTHING";
    by_index DECK = "SELECT seed, deck FROM daily_decks WHERE date = $1";
    by_index START = "INSERT INTO daily_plays (user_id, date, room, started_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (user_id, date) DO NOTHING";
    by_index PLAY = "SELECT room, match_id, points FROM daily_plays WHERE user_id = $1 AND date = $2";
    by_index MOVE = "UPDATE daily_plays SET room = $1
        WHERE user_id = $2 AND date = $3 AND room = $4 AND match_id IS NULL";
    by_index FINISH = "INSERT INTO daily_plays (user_id, date, room, match_id, points, started_at, finished_at)
        VALUES ($1, $2, $3, $4, $5, $6, $6)
        ON CONFLICT (user_id, date) DO UPDATE SET room = excluded.room, match_id = excluded.match_id,
        points = excluded.points, finished_at = excluded.finished_at WHERE daily_plays.match_id IS NULL";
}

/// What was dealt on a date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DailyDeck {
    /// The seed.
    pub seed: String,
    /// The deck as the caller encoded it.
    pub deck: Vec<u8>,
}

/// A player's play of a date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DailyPlay {
    /// Where it is, or was, played.
    pub room: String,
    /// The finished match.
    pub match_id: Option<String>,
    /// Its points.
    pub points: Option<i64>,
}

/// What [`start`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DailyStart {
    /// The player starts now, in the room that was given.
    Started,
    /// The player has started before, in this room, and has not finished.
    Running {
        /// That room's id.
        room: String,
    },
    /// The player has finished it.
    Played {
        /// Id of the match.
        match_id: String,
    },
}

/// Keeps the deck of a date unless one is kept already; answers the one that counts.
pub fn keep_deck(tx: &mut dyn Tx, date: &str, made: &DailyDeck) -> Result<DailyDeck> {
    tx.execute(&KEEP_DECK, params![date, &made.seed, made.deck.as_slice()])?;
    deck(tx, date)?
        .ok_or_else(|| StoreError::Column(format!("the deck of {date} is missing after it was written")))
}

/// The deck of a date.
pub fn deck(tx: &mut dyn Tx, date: &str) -> Result<Option<DailyDeck>> {
    let row = tx.query_one(&DECK, params![date])?;
    row.map(|mut row| Ok(DailyDeck { seed: row.text(0)?, deck: row.blob(1)? })).transpose()
}

/// Starts the daily of `date` for a player in `room`, unless the player has started before. Of many at once exactly one
/// starts.
pub fn start(tx: &mut dyn Tx, date: &str, user: &str, room: &str, now: i64) -> Result<DailyStart> {
    if tx.execute(&START, params![user, date, room, now])? > 0 {
        return Ok(DailyStart::Started);
    }
    Ok(match play(tx, date, user)? {
        Some(DailyPlay { match_id: Some(match_id), .. }) => DailyStart::Played { match_id },
        Some(DailyPlay { room, .. }) => DailyStart::Running { room },
        None => DailyStart::Started,
    })
}

/// A player's play of a date, `None` when it has not been started.
pub fn play(tx: &mut dyn Tx, date: &str, user: &str) -> Result<Option<DailyPlay>> {
    let row = tx.query_one(&PLAY, params![user, date])?;
    row.map(|mut row| {
        Ok(DailyPlay { room: row.text(0)?, match_id: row.opt_text(1)?, points: row.opt_int(2)? })
    })
    .transpose()
}

/// Moves an unfinished daily from a room that is gone to a new one; `false` when it was moved or finished meanwhile.
pub fn move_to(tx: &mut dyn Tx, date: &str, user: &str, from: &str, to: &str) -> Result<bool> {
    Ok(tx.execute(&MOVE, params![to, user, date, from])? > 0)
}

/// Notes a finished daily; `false` when the player has finished it before, which then does not count again.
pub(super) fn finish(
    tx: &mut dyn Tx,
    date: &str,
    user: &str,
    room: &str,
    match_id: &str,
    points: i64,
    now: i64,
) -> Result<bool> {
    Ok(tx.execute(&FINISH, params![user, date, room, match_id, points, now])? > 0)
}
