//! The schema, forwards only. A database of an older schema is copied before it changes; a newer one is refused.

use super::engine::connection::{self, Role};
use super::error::{Result, StoreError};
use super::ids::now_ms;
use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Copies from before an upgrade that are kept.
const COPIES: usize = 2;

/// One step of the schema.
#[derive(Debug, Clone, Copy)]
pub(super) struct Migration {
    /// 1, 2, 3 …
    pub(super) version: i64,
    pub(super) name: &'static str,
    pub(super) sqlite: &'static str,
    pub(super) postgres: &'static str,
}

/// All steps. Once released, a step is never edited: its checksum stands in every database.
pub(super) const ALL: &[Migration] = &[Migration {
    version: 1,
    name: "start",
    sqlite: include_str!("migrations/sqlite/0001_start.sql"),
    postgres: include_str!("migrations/postgres/0001_start.sql"),
}];

impl Migration {
    fn checksum(&self) -> String {
        Sha256::digest(self.sqlite.as_bytes()).iter().fold(String::new(), |mut hex, byte| {
            // Writing to a string cannot fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }
}

/// The schema version of an open database: 0 when it is empty. Refuses what no binary of ours has left.
pub(super) fn version(connection: &Connection, known: &[Migration]) -> Result<i64> {
    let found = applied(connection).map_err(|error| connection::map(&error))?;
    let Some(found) = found else { return Ok(0) };
    let newest = found.last().map_or(0, |(version, _)| *version);
    for (place, (version, checksum)) in found.iter().enumerate() {
        if *version != place as i64 + 1 {
            return Err(StoreError::Schema(format!("schema version {} is missing in it", place + 1)));
        }
        if let Some(ours) = known.get(place)
            && ours.checksum() != *checksum
        {
            return Err(StoreError::Schema(format!(
                "its version {version} is not the one of this binary; was it written by a modified snug? \
                 Run the snug that wrote it, or restore a backup"
            )));
        }
    }
    if newest == 0 {
        return Err(StoreError::Schema("it is not a Snug database; point `data_dir` elsewhere".to_owned()));
    }
    Ok(newest)
}

/// A version and its checksum.
type Applied = (i64, String);

/// What stands in `schema_version`; `None` when the database is empty.
fn applied(connection: &Connection) -> rusqlite::Result<Option<Vec<Applied>>> {
    let tables: i64 = connection.query_row("SELECT COUNT(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if tables == 0 {
        return Ok(None);
    }
    let ours = connection
        .query_row("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'schema_version'", [], |_| {
            Ok(())
        })
        .optional()?;
    if ours.is_none() {
        return Ok(Some(Vec::new()));
    }
    let mut statement =
        connection.prepare("SELECT version, checksum FROM schema_version ORDER BY version")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect::<rusqlite::Result<_>>().map(Some)
}

/// Brings the schema of the database at `path` up to `known`.
pub(super) fn run(path: &Path, connection: &mut Connection, known: &[Migration]) -> Result<()> {
    let found = version(connection, known)?;
    refuse_newer(path, found, known)?;
    let newest = known.last().map_or(0, |migration| migration.version);
    if found == newest {
        return Ok(());
    }
    if found > 0 {
        copy(path, connection, newest)?;
        tracing::info!(from = found, to = newest, "the database's schema is upgraded; a copy was made first");
    }
    let fail = |error: rusqlite::Error| connection::map(&error);
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(fail)?;
    transaction
        .execute_batch(
            "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY, name TEXT NOT NULL,
             checksum TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT",
        )
        .map_err(fail)?;
    for migration in known.iter().filter(|migration| migration.version > found) {
        transaction.execute_batch(migration.sqlite).map_err(fail)?;
        transaction
            .execute(
                "INSERT INTO schema_version (version, name, checksum, applied_at) VALUES (?1, ?2, ?3, ?4)",
                (migration.version, migration.name, migration.checksum(), now_ms()),
            )
            .map_err(fail)?;
    }
    transaction.commit().map_err(fail)
}

/// Refuses a schema that a newer binary has left, and names the copy that this one can read.
pub(super) fn refuse_newer(path: &Path, found: i64, known: &[Migration]) -> Result<()> {
    let newest = known.last().map_or(0, |migration| migration.version);
    if found > newest {
        return Err(StoreError::TooNew { found, known: newest, copy: readable_copy(path, known) });
    }
    Ok(())
}

/// Where the copy from before the upgrade to `version` lies.
fn copy_path(path: &Path, version: i64) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".before-{version}"));
    PathBuf::from(name)
}

/// Copies the database beside itself. The copy has its final name only once it is whole and on the disk.
fn copy(path: &Path, connection: &Connection, version: i64) -> Result<()> {
    let target = copy_path(path, version);
    let mut part = target.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    let io = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::StorageFull => StoreError::Full,
        _ => StoreError::Io(format!("{}: {error}", target.display())),
    };
    match std::fs::remove_file(&part) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(io(error)),
        _ => {}
    }
    let Some(name) = part.to_str() else {
        return Err(StoreError::Io(format!("{} is not valid UTF-8", part.display())));
    };
    if let Err(error) = connection.execute("VACUUM INTO ?1", [name]) {
        let _ = std::fs::remove_file(&part);
        return Err(connection::map(&error));
    }
    let file = std::fs::File::open(&part).map_err(io)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        file.set_permissions(std::fs::Permissions::from_mode(0o600)).map_err(io)?;
    }
    file.sync_all().map_err(io)?;
    std::fs::rename(&part, &target).map_err(io)?;
    if let Some(dir) = target.parent().filter(|dir| !dir.as_os_str().is_empty()) {
        std::fs::File::open(dir).and_then(|dir| dir.sync_all()).map_err(io)?;
    }
    for (_, old) in copies(path).into_iter().skip(COPIES) {
        // A copy too many is no reason not to start.
        if let Err(error) = std::fs::remove_file(&old) {
            tracing::warn!(%error, copy = %old.display(), "an old copy of the database could not be removed");
        }
    }
    Ok(())
}

/// The copies beside the database, newest first.
fn copies(path: &Path) -> Vec<(i64, PathBuf)> {
    let (Some(dir), Some(file)) = (path.parent(), path.file_name().and_then(|name| name.to_str())) else {
        return Vec::new();
    };
    let dir = if dir.as_os_str().is_empty() { Path::new(".") } else { dir };
    let prefix = format!("{file}.before-");
    let mut found: Vec<(i64, PathBuf)> = std::fs::read_dir(dir)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let version = entry.file_name().to_str()?.strip_prefix(&prefix)?.parse().ok()?;
            Some((version, entry.path()))
        })
        .collect();
    found.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    found
}

/// The newest copy whose schema this binary knows.
fn readable_copy(path: &Path, known: &[Migration]) -> Option<PathBuf> {
    let newest = known.last().map_or(0, |migration| migration.version);
    copies(path).into_iter().map(|(_, copy)| copy).find(|copy| {
        connection::open(copy, Role::Inspector)
            .and_then(|connection| version(&connection, known))
            .is_ok_and(|version| version <= newest)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(version: i64) -> Migration {
        let sqlite = match version {
            1 => "CREATE TABLE one (x INTEGER) STRICT; INSERT INTO one VALUES (1)",
            2 => "ALTER TABLE one ADD COLUMN y TEXT",
            3 => "CREATE TABLE three (x INTEGER) STRICT",
            _ => "CREATE TABLE four (x INTEGER) STRICT",
        };
        Migration { version, name: "step", sqlite, postgres: "" }
    }

    fn upgrade(path: &Path, to: i64) -> Result<()> {
        let known: Vec<_> = (1..=to).map(step).collect();
        let mut connection = connection::open(path, Role::Writer)?;
        run(path, &mut connection, &known)
    }

    fn copy_names(path: &Path) -> Vec<i64> {
        copies(path).into_iter().map(|(version, _)| version).collect()
    }

    #[test]
    fn each_upgrade_is_copied_first_and_two_copies_are_kept() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("snug.db");
        upgrade(&path, 1).unwrap();
        assert!(copy_names(&path).is_empty(), "nothing to copy before the first");
        upgrade(&path, 2).unwrap();
        upgrade(&path, 2).unwrap();
        assert_eq!(copy_names(&path), [2]);
        upgrade(&path, 3).unwrap();
        upgrade(&path, 4).unwrap();
        assert_eq!(copy_names(&path), [4, 3]);
        let copy = connection::open(&copy_path(&path, 3), Role::Inspector).unwrap();
        assert_eq!(version(&copy, &[step(1), step(2)]), Ok(2));
        let rows: i64 = copy.query_row("SELECT COUNT(*) FROM one", [], |row| row.get(0)).unwrap();
        assert_eq!(rows, 1, "the copy holds the data");
    }

    #[test]
    fn an_older_binary_refuses_and_names_a_copy_that_it_can_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("snug.db");
        for to in 1..=3 {
            upgrade(&path, to).unwrap();
        }
        let refused = upgrade(&path, 2).unwrap_err();
        assert_eq!(refused, StoreError::TooNew { found: 3, known: 2, copy: Some(copy_path(&path, 3)) });
        assert!(refused.to_string().contains("snug.db.before-3"), "{refused}");
        let refused = upgrade(&path, 1).unwrap_err();
        assert_eq!(refused, StoreError::TooNew { found: 3, known: 1, copy: Some(copy_path(&path, 2)) });
        std::fs::remove_file(copy_path(&path, 2)).unwrap();
        let refused = upgrade(&path, 1).unwrap_err();
        assert_eq!(refused, StoreError::TooNew { found: 3, known: 1, copy: None });
    }

    #[test]
    fn a_failing_step_changes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("snug.db");
        upgrade(&path, 1).unwrap();
        let broken = [
            step(1),
            step(2),
            Migration { version: 3, name: "bad", sqlite: "CREATE TABLE one (x)", postgres: "" },
        ];
        let mut connection = connection::open(&path, Role::Writer).unwrap();
        assert!(matches!(run(&path, &mut connection, &broken), Err(StoreError::Statement(_))));
        assert_eq!(version(&connection, &broken), Ok(1));
        assert_eq!(copy_names(&path), [3]);
    }

    #[test]
    fn a_foreign_or_edited_database_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let foreign = dir.path().join("foreign.db");
        let other = connection::open(&foreign, Role::Writer).unwrap();
        other.execute_batch("CREATE TABLE cats (name TEXT)").unwrap();
        assert!(matches!(upgrade(&foreign, 1), Err(StoreError::Schema(_))));

        let path = dir.path().join("snug.db");
        upgrade(&path, 1).unwrap();
        let edited = Migration { sqlite: "CREATE TABLE one (x INTEGER, z INTEGER) STRICT", ..step(1) };
        let mut connection = connection::open(&path, Role::Writer).unwrap();
        assert!(matches!(run(&path, &mut connection, &[edited, step(2)]), Err(StoreError::Schema(_))));
        assert!(copy_names(&path).is_empty());
    }
}
