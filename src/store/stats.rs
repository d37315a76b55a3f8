//! Totals of each user, counted from the outbox behind finished matches.

use super::error::Result;
use super::sql::{Tx, params, statements};
use super::{boards, matches};

statements! { "stats";
    whole PENDING = "SELECT match_id FROM outbox ORDER BY match_id LIMIT $1";
    by_index TAKE = "DELETE FROM outbox WHERE match_id = $1";
    by_index ADD = "INSERT INTO user_stats (user_id, games, wins, points) VALUES ($1, 1, $2, $3)
        ON CONFLICT (user_id) DO UPDATE SET games = user_stats.games + 1, wins = user_stats.wins + excluded.wins,
        points = user_stats.points + excluded.points";
    by_index BEST = "INSERT INTO user_bests (user_id, board, best, match_id) VALUES ($1, $2, $3, $4)
        ON CONFLICT (user_id, board) DO UPDATE SET best = excluded.best, match_id = excluded.match_id
        WHERE excluded.best > user_bests.best";
    by_index TOTALS = "SELECT games, wins, points FROM user_stats WHERE user_id = $1";
    by_index BESTS = "SELECT board, best, match_id FROM user_bests WHERE user_id = $1 ORDER BY board";
}

/// A user's totals.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Matches.
    pub games: i64,
    /// First ranks among at least two seats.
    pub wins: i64,
    /// Points.
    pub points: i64,
}

/// A user's best match on a board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Best {
    /// The board.
    pub board: String,
    /// Average points a round, times 100.
    pub best: i64,
    /// Id of the match.
    pub match_id: String,
}

/// Up to `limit` matches that are not counted yet, oldest first.
pub fn pending(tx: &mut dyn Tx, limit: i64) -> Result<Vec<String>> {
    tx.query(&PENDING, params![limit])?.into_iter().map(|mut row| row.text(0)).collect()
}

/// Counts a match, once: taking it out of the outbox and adding it is one transaction. `false` when it was counted
/// before.
pub fn count(tx: &mut dyn Tx, match_id: &str) -> Result<bool> {
    if tx.execute(&TAKE, params![match_id])? == 0 {
        return Ok(false);
    }
    let Some(head) = matches::head(tx, match_id)? else { return Ok(true) };
    let seats = matches::seats(tx, match_id)?;
    let several = seats.len() > 1;
    for seat in &seats {
        let Some(user) = &seat.user else { continue };
        let won = several && seat.rank == 1;
        tx.execute(&ADD, params![user, won, seat.points])?;
        if let Some(board) = head.counts_on() {
            tx.execute(&BEST, params![user, board, boards::average(seat.points, head.rounds), match_id])?;
        }
    }
    Ok(true)
}

/// A user's totals.
pub fn totals(tx: &mut dyn Tx, user: &str) -> Result<Totals> {
    let row = tx.query_one(&TOTALS, params![user])?;
    row.map_or(Ok(Totals::default()), |mut row| {
        Ok(Totals { games: row.int(0)?, wins: row.int(1)?, points: row.int(2)? })
    })
}

/// A user's bests, by board.
pub fn bests(tx: &mut dyn Tx, user: &str) -> Result<Vec<Best>> {
    tx.query(&BESTS, params![user])?
        .into_iter()
        .map(|mut row| Ok(Best { board: row.text(0)?, best: row.int(1)?, match_id: row.text(2)? }))
        .collect()
}
