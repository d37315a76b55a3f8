//! Players.

use super::error::Result;
use super::sql::{Row, Tx, params, statements};
use serde::Serialize;

statements! { "users";
    by_index INSERT = "INSERT INTO users (id, name, account, created_at, seen_at) VALUES ($1, $2, $3, $4, $4)";
    by_index FIND = "SELECT id, name, account, created_at FROM users WHERE id = $1";
    by_index RENAME = "UPDATE users SET name = $1 WHERE id = $2 RETURNING id, name, account, created_at";
    by_index TOUCH = "UPDATE users SET seen_at = $1 WHERE id = $2 AND seen_at < $1";
}

/// A player.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct User {
    /// `usr_…`.
    pub id: String,
    /// Shown name, 1–24 characters.
    pub name: String,
    /// Has an account; `false` is a guest.
    pub account: bool,
    /// Unix milliseconds.
    pub created_at: i64,
}

/// Reads a row of id, name, account and time of creation.
pub(super) fn from_row(mut row: Row) -> Result<User> {
    Ok(User { id: row.text(0)?, name: row.text(1)?, account: row.flag(2)?, created_at: row.int(3)? })
}

/// Adds a player.
pub fn insert(tx: &mut dyn Tx, user: &User) -> Result<()> {
    tx.execute(&INSERT, params![&user.id, &user.name, user.account, user.created_at])?;
    Ok(())
}

/// The player of this id.
pub fn find(tx: &mut dyn Tx, id: &str) -> Result<Option<User>> {
    tx.query_one(&FIND, params![id])?.map(from_row).transpose()
}

/// Gives a player another name (already checked); answers the player.
pub fn rename(tx: &mut dyn Tx, id: &str, name: &str) -> Result<Option<User>> {
    tx.query_one(&RENAME, params![name, id])?.map(from_row).transpose()
}

/// Notes that the player was here at `now` (Unix milliseconds).
pub fn touch(tx: &mut dyn Tx, id: &str, now: i64) -> Result<()> {
    tx.execute(&TOUCH, params![now, id])?;
    Ok(())
}
