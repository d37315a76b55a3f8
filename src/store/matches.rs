//! Finished matches: written once, read as history, record, replay and comparison.

use super::error::Result;
use super::sql::{Row, Tx, params, statements};
use super::{boards, daily, mirror, users};
use serde::Serialize;

statements! { "matches";
    by_index INSERT = "INSERT INTO matches (id, room, game, rules, board, daily, challenge, settings, seed, deck, inputs,
        hashes, results, rounds, max_points, started_at, finished_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
        ON CONFLICT (id) DO NOTHING";
    by_index SEAT = "INSERT INTO match_seats (match_id, seat, user_id, name, account, rank, points, left_early,
        challenge, finished_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    by_index QUEUE = "INSERT INTO outbox (match_id) VALUES ($1)";
    by_index HEAD = "SELECT id, room, game, rules, board, daily, challenge, settings, rounds, max_points, started_at,
        finished_at FROM matches WHERE id = $1";
    by_index SEATS = "SELECT seat, user_id, name, account, rank, points, left_early FROM match_seats
        WHERE match_id = $1 ORDER BY seat";
    by_index RESULTS = "SELECT results FROM matches WHERE id = $1";
    by_index REPLAY = "SELECT rules, seed, settings, deck, inputs, hashes FROM matches WHERE id = $1";
    by_index SEALED = "SELECT COALESCE(m.daily, r.daily) FROM matches m LEFT JOIN matches r ON r.id = m.challenge
        WHERE m.id = $1";
    by_index HISTORY = "SELECT s.match_id, s.rank, s.points, s.finished_at, m.game, m.board, m.daily, m.challenge,
        m.rounds, m.max_points FROM match_seats s CROSS JOIN matches m
        WHERE m.id = s.match_id AND s.user_id = $1 AND (s.finished_at, s.match_id) < ($2, $3)
        ORDER BY s.finished_at DESC, s.match_id DESC LIMIT $4";
    by_index ATTEMPTS = "SELECT match_id, user_id, name, account, points, seat, finished_at FROM match_seats
        WHERE challenge = $1 ORDER BY points DESC, match_id DESC, seat DESC LIMIT $2";
}

/// A match that has just ended, as the room hands it over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// `mat_…`; whoever finishes the same match again uses the same id.
    pub id: String,
    /// The room's id; its mirror is cleared.
    pub room: String,
    /// The game.
    pub game: String,
    /// Version of its rules.
    pub rules: u32,
    /// The preset that it was played with, if one.
    pub board: Option<String>,
    /// The date whose daily it was.
    pub daily: Option<String>,
    /// The match whose challenge it was: always the first of the chain.
    pub challenge: Option<String>,
    /// Settings, JSON.
    pub settings: String,
    /// The seed, as text.
    pub seed: String,
    /// The deck as the room encodes it.
    pub deck: Vec<u8>,
    /// The inputs as the room encodes them.
    pub inputs: Vec<u8>,
    /// State hashes, JSON.
    pub hashes: String,
    /// Results of the rounds, JSON.
    pub results: String,
    /// Rounds (or turns) that points are averaged over.
    pub rounds: u32,
    /// Most points that a seat could get.
    pub max_points: u32,
    /// Unix milliseconds.
    pub started_at: i64,
    /// Unix milliseconds.
    pub finished_at: i64,
    /// Who played.
    pub seats: Vec<SeatRecord>,
}

/// A seat of a finished match.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SeatRecord {
    /// Its number, from 0.
    pub seat: u32,
    /// The player's id, `None` once deleted.
    pub user: Option<String>,
    /// The name in that match.
    pub name: String,
    /// Had an account.
    pub account: bool,
    /// From 1; ties share one.
    pub rank: u32,
    /// Points of the match.
    pub points: i64,
    /// Left before the end.
    pub left: bool,
}

/// A finished match without its seats and content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// `mat_…`.
    pub id: String,
    /// The room's id.
    pub room: String,
    /// The game.
    pub game: String,
    /// Version of its rules.
    pub rules: u32,
    /// The preset that it was played with, if one.
    pub board: Option<String>,
    /// The date whose daily it was.
    pub daily: Option<String>,
    /// The match whose challenge it was.
    pub challenge: Option<String>,
    /// Settings, JSON.
    pub settings: String,
    /// Rounds that points are averaged over.
    pub rounds: i64,
    /// Most points that a seat could get.
    pub max_points: i64,
    /// Unix milliseconds.
    pub started_at: i64,
    /// Unix milliseconds.
    pub finished_at: i64,
}

impl Head {
    /// The board that it counts on: presets, but neither dailies nor challenges, whose places are known to some.
    pub fn counts_on(&self) -> Option<&str> {
        counts_on(self.board.as_ref(), self.daily.as_ref(), self.challenge.as_ref())
    }
}

fn counts_on<'a>(
    board: Option<&'a String>,
    daily: Option<&String>,
    challenge: Option<&String>,
) -> Option<&'a str> {
    board.map(String::as_str).filter(|_| daily.is_none() && challenge.is_none())
}

/// What rebuilds a match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replay {
    /// Version of its rules.
    pub rules: u32,
    /// The seed, as text.
    pub seed: String,
    /// Settings, JSON.
    pub settings: String,
    /// The deck as the room encoded it.
    pub deck: Vec<u8>,
    /// The inputs as the room encoded them.
    pub inputs: Vec<u8>,
    /// State hashes, JSON.
    pub hashes: String,
}

/// A line of a player's own history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MatchCard {
    /// `mat_…`.
    pub id: String,
    /// The game.
    pub game: String,
    /// The preset that it was played with, if one.
    pub preset: Option<String>,
    /// The date whose daily it was.
    pub daily: Option<String>,
    /// The match whose challenge it was.
    pub challenge: Option<String>,
    /// Unix milliseconds.
    pub finished_at: i64,
    /// Rounds.
    pub rounds: i64,
    /// How many seats there were.
    pub seats: usize,
    /// The player's rank.
    pub rank: i64,
    /// The player's points.
    pub points: i64,
    /// Most points that a seat could get.
    pub max_points: i64,
    /// The names of all seats, by seat.
    pub names: Vec<String>,
}

/// One seat's attempt at a challenge (or the match that it repeats).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Id of the match.
    pub match_id: String,
    /// Seat in it.
    pub seat: u32,
    /// The player's id, `None` once deleted.
    pub user: Option<String>,
    /// The name in that match.
    pub name: String,
    /// Had an account.
    pub account: bool,
    /// Points of the match.
    pub points: i64,
    /// Unix milliseconds.
    pub finished_at: i64,
}

/// Records a finished match with everything that follows from it, and clears the room's mirror. `false` when a match of
/// this id is recorded already: then nothing counts twice.
pub fn finish(tx: &mut dyn Tx, done: &Finished) -> Result<bool> {
    mirror::clear(tx, &done.room)?;
    let added = tx.execute(
        &INSERT,
        params![
            &done.id,
            &done.room,
            &done.game,
            i64::from(done.rules),
            &done.board,
            &done.daily,
            &done.challenge,
            &done.settings,
            &done.seed,
            done.deck.as_slice(),
            done.inputs.as_slice(),
            &done.hashes,
            &done.results,
            i64::from(done.rounds),
            i64::from(done.max_points),
            done.started_at,
            done.finished_at
        ],
    )?;
    if added == 0 {
        return Ok(false);
    }
    let mut scores = Vec::new();
    for seat in &done.seats {
        // A player may be gone from this database (deleted, or it was restored from before they came): the match counts.
        let user = match &seat.user {
            Some(id) => users::find(tx, id)?.map(|user| user.id),
            None => None,
        };
        tx.execute(
            &SEAT,
            params![
                &done.id,
                i64::from(seat.seat),
                &user,
                &seat.name,
                seat.account,
                i64::from(seat.rank),
                seat.points,
                seat.left,
                &done.challenge,
                done.finished_at
            ],
        )?;
        if let Some(user) = user {
            let average = boards::average(seat.points, i64::from(done.rounds));
            scores.push(boards::Score { user, points: seat.points, average, match_id: done.id.clone() });
        }
    }
    if let Some(date) = &done.daily {
        let mut counted = Vec::new();
        for score in scores {
            if daily::finish(tx, date, &score.user, &done.room, &done.id, score.points, done.finished_at)? {
                counted.push(score);
            }
        }
        boards::record_in(tx, boards::DAILY, date, None, &counted)?;
    } else if let Some(board) = counts_on(done.board.as_ref(), done.daily.as_ref(), done.challenge.as_ref()) {
        boards::record(tx, board, done.finished_at, &scores)?;
    }
    tx.execute(&QUEUE, params![&done.id])?;
    Ok(true)
}

/// A match without its seats and content.
pub fn head(tx: &mut dyn Tx, id: &str) -> Result<Option<Head>> {
    let row = tx.query_one(&HEAD, params![id])?;
    row.map(|mut row| {
        Ok(Head {
            id: row.text(0)?,
            room: row.text(1)?,
            game: row.text(2)?,
            rules: row.int(3)? as u32,
            board: row.opt_text(4)?,
            daily: row.opt_text(5)?,
            challenge: row.opt_text(6)?,
            settings: row.text(7)?,
            rounds: row.int(8)?,
            max_points: row.int(9)?,
            started_at: row.int(10)?,
            finished_at: row.int(11)?,
        })
    })
    .transpose()
}

/// The seats of a match, by number.
pub fn seats(tx: &mut dyn Tx, id: &str) -> Result<Vec<SeatRecord>> {
    let seat = |mut row: Row| {
        Ok(SeatRecord {
            seat: row.int(0)? as u32,
            user: row.opt_text(1)?,
            name: row.text(2)?,
            account: row.flag(3)?,
            rank: row.int(4)? as u32,
            points: row.int(5)?,
            left: row.flag(6)?,
        })
    };
    tx.query(&SEATS, params![id])?.into_iter().map(seat).collect()
}

/// The results of a match's rounds, JSON.
pub fn results(tx: &mut dyn Tx, id: &str) -> Result<Option<String>> {
    tx.query_one(&RESULTS, params![id])?.map(|mut row| row.text(0)).transpose()
}

/// What rebuilds a match (and what a challenge repeats).
pub fn replay(tx: &mut dyn Tx, id: &str) -> Result<Option<Replay>> {
    let row = tx.query_one(&REPLAY, params![id])?;
    row.map(|mut row| {
        Ok(Replay {
            rules: row.int(0)? as u32,
            seed: row.text(1)?,
            settings: row.text(2)?,
            deck: row.blob(3)?,
            inputs: row.blob(4)?,
            hashes: row.text(5)?,
        })
    })
    .transpose()
}

/// The date whose daily has the same answers as this match (its own, or that of the match whose challenge it is):
/// whoever has not finished that daily may not see them before the day is over.
pub fn sealed(tx: &mut dyn Tx, id: &str) -> Result<Option<String>> {
    tx.query_one(&SEALED, params![id])?.map_or(Ok(None), |mut row| row.opt_text(0))
}

/// Up to `limit` matches of a player, newest first, behind the one that `after` names (its end and id).
pub fn history(
    tx: &mut dyn Tx,
    user: &str,
    after: Option<(i64, &str)>,
    limit: i64,
) -> Result<Vec<MatchCard>> {
    let (finished_at, id) = after.unwrap_or((i64::MAX, ""));
    let rows = tx.query(&HISTORY, params![user, finished_at, id, limit])?;
    let mut cards = Vec::with_capacity(rows.len());
    for mut row in rows {
        let id = row.text(0)?;
        let names: Vec<String> = seats(tx, &id)?.into_iter().map(|seat| seat.name).collect();
        cards.push(MatchCard {
            id,
            rank: row.int(1)?,
            points: row.int(2)?,
            finished_at: row.int(3)?,
            game: row.text(4)?,
            preset: row.opt_text(5)?,
            daily: row.opt_text(6)?,
            challenge: row.opt_text(7)?,
            rounds: row.int(8)?,
            max_points: row.int(9)?,
            seats: names.len(),
            names,
        });
    }
    Ok(cards)
}

/// The seats of the match `root` and the best `limit` seats of its challenges, best first.
pub fn attempts(tx: &mut dyn Tx, root: &str, limit: i64) -> Result<Vec<Attempt>> {
    let mut all = Vec::new();
    if let Some(head) = head(tx, root)? {
        for seat in seats(tx, root)? {
            all.push(Attempt {
                match_id: root.to_owned(),
                seat: seat.seat,
                user: seat.user,
                name: seat.name,
                account: seat.account,
                points: seat.points,
                finished_at: head.finished_at,
            });
        }
    }
    for mut row in tx.query(&ATTEMPTS, params![root, limit])? {
        all.push(Attempt {
            match_id: row.text(0)?,
            user: row.opt_text(1)?,
            name: row.text(2)?,
            account: row.flag(3)?,
            points: row.int(4)?,
            seat: row.int(5)? as u32,
            finished_at: row.int(6)?,
        });
    }
    all.sort_by(|a, b| b.points.cmp(&a.points).then(a.finished_at.cmp(&b.finished_at)));
    Ok(all)
}
