//! Sessions, known by the SHA-256 of their token only, and codes that move one to another device.

use super::error::Result;
use super::sql::{Tx, params, statements};
use super::users::{User, from_row};

statements! { "sessions";
    by_index INSERT = "INSERT INTO sessions (token_hash, user_id, created_at, seen_at, expires_at)
        VALUES ($1, $2, $3, $3, $4)";
    by_index FIND = "SELECT u.id, u.name, u.account, u.created_at, s.seen_at, s.expires_at
        FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.token_hash = $1 AND s.expires_at > $2";
    by_index TOUCH = "UPDATE sessions SET seen_at = $1, expires_at = $2 WHERE token_hash = $3";
    by_index DELETE = "DELETE FROM sessions WHERE token_hash = $1";
    by_index PURGE = "DELETE FROM sessions WHERE token_hash IN
        (SELECT token_hash FROM sessions WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)";
    by_index OFFER = "INSERT INTO transfers (code_hash, session_hash, user_id, expires_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (session_hash) DO UPDATE SET code_hash = excluded.code_hash, expires_at = excluded.expires_at";
    by_index CLAIM = "DELETE FROM transfers WHERE code_hash = $1 AND expires_at > $2
        RETURNING user_id, session_hash";
    by_index PURGE_TRANSFERS = "DELETE FROM transfers WHERE code_hash IN
        (SELECT code_hash FROM transfers WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)";
}

/// A SHA-256.
pub type Hash = [u8; 32];

/// A session with its player.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Whose it is.
    pub user: User,
    /// When it was last noted as used (Unix milliseconds).
    pub seen_at: i64,
    /// When it ends (Unix milliseconds).
    pub expires_at: i64,
}

/// Adds a session.
pub fn insert(tx: &mut dyn Tx, token: &Hash, user: &str, now: i64, expires_at: i64) -> Result<()> {
    tx.execute(&INSERT, params![token.as_slice(), user, now, expires_at])?;
    Ok(())
}

/// The session of this token's hash, unless it has ended by `now`.
pub fn find(tx: &mut dyn Tx, token: &Hash, now: i64) -> Result<Option<Found>> {
    let Some(mut row) = tx.query_one(&FIND, params![token.as_slice(), now])? else { return Ok(None) };
    let (seen_at, expires_at) = (row.int(4)?, row.int(5)?);
    Ok(Some(Found { user: from_row(row)?, seen_at, expires_at }))
}

/// Notes that a session was used, and when it ends now.
pub fn touch(tx: &mut dyn Tx, token: &Hash, now: i64, expires_at: i64) -> Result<()> {
    tx.execute(&TOUCH, params![now, expires_at, token.as_slice()])?;
    Ok(())
}

/// Ends a session; `false` when there was none.
pub fn delete(tx: &mut dyn Tx, token: &Hash) -> Result<bool> {
    Ok(tx.execute(&DELETE, params![token.as_slice()])? > 0)
}

/// Lets whoever knows the code take over a session until `expires_at`; an earlier code of the session is void.
pub fn offer(tx: &mut dyn Tx, code: &Hash, session: &Hash, user: &str, expires_at: i64) -> Result<()> {
    tx.execute(&OFFER, params![code.as_slice(), session.as_slice(), user, expires_at])?;
    Ok(())
}

/// Uses up a code: ends the session that gave it, and answers its player and hash. `None` when the code was never
/// given, has been used, has expired, or its session has ended. Of many at once exactly one gets an answer.
pub fn claim(tx: &mut dyn Tx, code: &Hash, now: i64) -> Result<Option<(String, Hash)>> {
    let Some(mut row) = tx.query_one(&CLAIM, params![code.as_slice(), now])? else { return Ok(None) };
    let (user, session) = (row.text(0)?, row.hash(1)?);
    Ok(delete(tx, &session)?.then_some((user, session)))
}

/// Forgets up to `limit` sessions and `limit` codes that have ended by `now`; answers how many.
pub fn purge(tx: &mut dyn Tx, now: i64, limit: i64) -> Result<usize> {
    Ok(tx.execute(&PURGE, params![now, limit])? + tx.execute(&PURGE_TRANSFERS, params![now, limit])?)
}
