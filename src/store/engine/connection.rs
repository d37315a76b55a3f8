//! One `SQLite` connection: how it is opened, how it speaks [`Tx`], what its errors mean.

use crate::store::error::{Result, StoreError};
use crate::store::sql::{Param, Row, Sql, Tx, Value};
use rusqlite::config::DbConfig;
use rusqlite::ffi::ErrorCode;
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, OpenFlags};
use std::path::Path;
use std::time::Duration;

/// The first release without the WAL-reset bug, which corrupts a database that one connection writes while another
/// checkpoints.
const OLDEST_SQLITE: i32 = 3_051_003;

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// The only one that writes and checkpoints. Creates the file.
    Writer,
    /// Serves reads.
    Reader,
    /// Looks at a file that may be anything, and never changes it.
    Inspector,
}

/// Opens a connection.
pub(crate) fn open(path: &Path, role: Role) -> Result<Connection> {
    if rusqlite::version_number() < OLDEST_SQLITE {
        return Err(StoreError::Schema(format!(
            "SQLite {} is linked, 3.51.3 or newer is needed (older ones may corrupt a WAL database)",
            rusqlite::version()
        )));
    }
    if role == Role::Writer {
        create_private(path)?;
    }
    let flags = match role {
        Role::Writer | Role::Reader => OpenFlags::SQLITE_OPEN_READ_WRITE,
        Role::Inspector => OpenFlags::SQLITE_OPEN_READ_ONLY,
    } | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(|error| map(&error))?;
    prepare(&connection, role).map_err(|error| map(&error))?;
    if role == Role::Writer {
        let mode: String = connection
            .query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))
            .map_err(|error| map(&error))?;
        if mode != "wal" {
            return Err(StoreError::Io(format!(
                "{} cannot be used with a write-ahead log (mode {mode}): is it on a network file system? \
                 Put the data directory on a local disk",
                path.display()
            )));
        }
    }
    Ok(connection)
}

fn prepare(connection: &Connection, role: Role) -> rusqlite::Result<()> {
    connection.busy_timeout(Duration::from_secs(5))?;
    // Only the writer moves pages from the log into the file; a connection that goes away must not.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.execute_batch(
        "PRAGMA wal_autocheckpoint = 0; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA mmap_size = 0;
         PRAGMA cell_size_check = ON;",
    )?;
    match role {
        Role::Writer => {
            connection.execute_batch(
                "PRAGMA synchronous = FULL; PRAGMA cache_size = -2048; PRAGMA journal_size_limit = 8388608;",
            )?;
            connection.set_prepared_statement_cache_capacity(128);
        }
        Role::Reader => {
            connection.execute_batch("PRAGMA query_only = ON; PRAGMA cache_size = -1024;")?;
            connection.set_prepared_statement_cache_capacity(64);
        }
        Role::Inspector => {}
    }
    Ok(())
}

/// Creates the file for its owner only: it holds names, hashes of sessions and the server's secret.
fn create_private(path: &Path) -> Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    match options.open(path) {
        Ok(_) => Ok(()),
        // Opening an existing file here and closing it again would drop SQLite's locks on it; `create_new` never does.
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::StorageFull => Err(StoreError::Full),
        Err(error) => Err(StoreError::Io(format!("{}: {error}", path.display()))),
    }
}

/// A connection within a transaction.
pub(crate) struct SqliteTx<'a> {
    connection: &'a Connection,
    /// Set when an error means that the connection is not to be trusted any more, or that the disk is full: the closure
    /// may have swallowed it.
    pub(crate) failed: Option<StoreError>,
}

impl<'a> SqliteTx<'a> {
    pub(crate) fn new(connection: &'a Connection) -> Self {
        Self { connection, failed: None }
    }

    fn note(&mut self, statement: &Sql, error: &rusqlite::Error) -> StoreError {
        let error = match map(error) {
            StoreError::Statement(detail) => StoreError::Statement(format!("{}: {detail}", statement.name)),
            other => other,
        };
        if error.distrust() || error == StoreError::Full {
            self.failed = Some(error.clone());
        }
        error
    }

    fn rows(&self, sql: &Sql, params: &[Param<'_>]) -> rusqlite::Result<Vec<Row>> {
        let mut statement = self.connection.prepare_cached(sql.text)?;
        let columns = statement.column_count();
        let mut rows = statement.query(rusqlite::params_from_iter(params))?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let mut values = Vec::with_capacity(columns);
            for column in 0..columns {
                values.push(match row.get_ref(column)? {
                    ValueRef::Null => Value::Null,
                    ValueRef::Integer(value) => Value::Int(value),
                    ValueRef::Real(value) => Value::Real(value),
                    ValueRef::Text(_) => Value::Text(row.get(column)?),
                    ValueRef::Blob(value) => Value::Blob(value.to_vec()),
                });
            }
            found.push(Row { statement: sql.name, values });
        }
        Ok(found)
    }
}

impl Tx for SqliteTx<'_> {
    fn execute(&mut self, sql: &Sql, params: &[Param<'_>]) -> Result<usize> {
        let done = self
            .connection
            .prepare_cached(sql.text)
            .and_then(|mut statement| statement.execute(rusqlite::params_from_iter(params)));
        done.map_err(|error| self.note(sql, &error))
    }

    fn query(&mut self, sql: &Sql, params: &[Param<'_>]) -> Result<Vec<Row>> {
        self.rows(sql, params).map_err(|error| self.note(sql, &error))
    }
}

impl ToSql for Param<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match *self {
            Param::Null => ValueRef::Null,
            Param::Int(value) => ValueRef::Integer(value),
            Param::Real(value) => ValueRef::Real(value),
            Param::Text(value) => ValueRef::Text(value.as_bytes()),
            Param::Blob(value) => ValueRef::Blob(value),
        }))
    }
}

/// Runs a statement that is not part of the registry (transaction control) through the cache.
pub(crate) fn control(connection: &Connection, text: &str) -> Result<()> {
    connection
        .prepare_cached(text)
        .and_then(|mut statement| statement.execute([]))
        .map_err(|error| map(&error))?;
    Ok(())
}

/// What an error of `SQLite` means to us.
pub(crate) fn map(error: &rusqlite::Error) -> StoreError {
    let rusqlite::Error::SqliteFailure(code, message) = error else {
        return StoreError::Statement(error.to_string());
    };
    let text = message.clone().unwrap_or_else(|| code.to_string());
    match code.code {
        ErrorCode::ConstraintViolation => StoreError::Constraint { name: constraint(&text) },
        ErrorCode::DiskFull => StoreError::Full,
        // The log's index could not grow: SQLite does not say so, but nothing else than a full disk is in its way.
        ErrorCode::SystemIoFailure if code.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE => {
            StoreError::Full
        }
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => StoreError::Damaged(text),
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => StoreError::Busy,
        ErrorCode::SystemIoFailure
        | ErrorCode::CannotOpen
        | ErrorCode::ReadOnly
        | ErrorCode::PermissionDenied
        | ErrorCode::OutOfMemory
        | ErrorCode::FileLockingProtocolFailed => {
            StoreError::Io(format!("{text} (code {})", code.extended_code))
        }
        _ => StoreError::Statement(text),
    }
}

/// `UNIQUE constraint failed: a.b, a.c` → `a_b_c`, the name that the Postgres schema gives the same constraint.
fn constraint(message: &str) -> String {
    let Some((kind, rest)) = message.split_once(" constraint failed: ") else {
        return "foreign_key".to_owned();
    };
    if kind == "CHECK" {
        return rest.to_owned();
    }
    let mut name = String::new();
    for (index, column) in rest.split(", ").enumerate() {
        let (table, column) = column.split_once('.').unwrap_or(("", column));
        if index == 0 {
            name.push_str(table);
        }
        name.push('_');
        name.push_str(column);
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constraints_are_named_alike_on_both_engines() {
        assert_eq!(constraint("UNIQUE constraint failed: users.id"), "users_id");
        assert_eq!(constraint("UNIQUE constraint failed: plays.user_id, plays.date"), "plays_user_id_date");
        assert_eq!(constraint("NOT NULL constraint failed: users.name"), "users_name");
        assert_eq!(constraint("CHECK constraint failed: users_account"), "users_account");
        assert_eq!(constraint("FOREIGN KEY constraint failed"), "foreign_key");
    }

    #[test]
    fn sqlite_is_new_enough() {
        assert!(rusqlite::version_number() >= OLDEST_SQLITE, "{}", rusqlite::version());
    }

    #[cfg(unix)]
    #[test]
    fn the_file_is_private() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("snug.db");
        drop(open(&path, Role::Writer).unwrap());
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
