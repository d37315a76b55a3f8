//! What the server remembers about itself.

use super::error::{Result, StoreError};
use super::ids::random;
use super::sql::{Tx, params, statements};

statements! { "meta";
    by_index GET = "SELECT value FROM meta WHERE key = $1";
    by_index KEEP = "INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING";
    by_index SET = "INSERT INTO meta (key, value) VALUES ($1, $2)
        ON CONFLICT (key) DO UPDATE SET value = excluded.value";
}

/// What stands under `key`.
pub fn get(tx: &mut dyn Tx, key: &str) -> Result<Option<Vec<u8>>> {
    tx.query_one(&GET, params![key])?.map(|mut row| row.blob(0)).transpose()
}

/// Writes `value` under `key`.
pub fn set(tx: &mut dyn Tx, key: &str, value: &[u8]) -> Result<()> {
    tx.execute(&SET, params![key, value])?;
    Ok(())
}

/// The server's secret of this name (`daily`, `seat` …): drawn once, the same for ever. Never send or log it.
pub fn secret(tx: &mut dyn Tx, name: &str) -> Result<[u8; 32]> {
    let key = format!("secret.{name}");
    tx.execute(&KEEP, params![&key, random::<32>().as_slice()])?;
    let mut row = tx
        .query_one(&GET, params![&key])?
        .ok_or_else(|| StoreError::Column(format!("{key} is missing right after it was written")))?;
    row.hash(0)
}
