//! Looks at a database file without changing it, for `snug check`.

use super::engine::connection::{self, Role};
use super::error::{Result, StoreError};
use super::{Store, migrations};
use rusqlite::Connection;
use std::path::Path;

/// Problems listed at most.
const PROBLEMS: usize = 20;

/// What an upgrade would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// The schema version in the file; 0 when there is no database yet.
    pub found: i64,
    /// The version of this binary.
    pub known: i64,
    /// Names of the steps that the next start applies.
    pub steps: Vec<&'static str>,
}

/// What a check has found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The schema version.
    pub version: i64,
    /// Size of the database in bytes (without its log).
    pub bytes: u64,
    /// What is wrong, 20 lines at most; empty when all is well.
    pub problems: Vec<String>,
}

impl Store {
    /// Verifies every page, index and reference of the database at `path`. Blocks for about a second per GB.
    ///
    /// A file that is not a database at all answers [`StoreError::Damaged`]; one that is missing, [`StoreError::Io`].
    pub fn check(path: &Path) -> Result<Report> {
        let connection = inspect(path)?;
        let version = migrations::version(&connection, migrations::ALL)?;
        let mut problems =
            lines(&connection, &format!("PRAGMA integrity_check({PROBLEMS})"), |row| row.get(0))?;
        problems.retain(|line| line != "ok");
        if problems.is_empty() {
            problems = lines(&connection, "PRAGMA foreign_key_check", |row| {
                let (table, parent): (String, String) = (row.get(0)?, row.get(2)?);
                Ok(format!("a row of {table} refers to a row of {parent} that does not exist"))
            })?;
        }
        let bytes = connection
            .query_row("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size", [], |row| {
                row.get::<_, i64>(0)
            })
            .map_err(|error| connection::map(&error))?;
        Ok(Report { version, bytes: bytes.max(0) as u64, problems })
    }

    /// Says what the next start would do to the schema of the database at `path`. What it would refuse is refused here
    /// too: a newer schema answers [`StoreError::TooNew`].
    pub fn pending(path: &Path) -> Result<Pending> {
        let known = migrations::ALL.last().map_or(0, |migration| migration.version);
        let found = if path.exists() { migrations::version(&inspect(path)?, migrations::ALL)? } else { 0 };
        migrations::refuse_newer(path, found, migrations::ALL)?;
        let steps =
            migrations::ALL.iter().filter(|step| step.version > found).map(|step| step.name).collect();
        Ok(Pending { found, known, steps })
    }
}

fn inspect(path: &Path) -> Result<Connection> {
    if !path.exists() {
        return Err(StoreError::Io(format!("{} does not exist", path.display())));
    }
    connection::open(path, Role::Inspector)
}

fn lines(
    connection: &Connection,
    pragma: &str,
    line: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<String>,
) -> Result<Vec<String>> {
    let collect = || -> rusqlite::Result<Vec<String>> {
        let mut statement = connection.prepare(pragma)?;
        statement.query_map([], line)?.take(PROBLEMS).collect()
    };
    collect().map_err(|error| connection::map(&error))
}
