//! What can go wrong in the store, and what a person does next.

use std::path::PathBuf;

/// What the store answers.
pub type Result<T> = std::result::Result<T, StoreError>;

/// Why the store did not do what it was asked. Cheap to clone: one failed commit answers many writes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The schema forbids it. `name` is the same on both engines: table and columns joined by `_`
    /// (`daily_plays_user_id_date`), a check's own name, or `foreign_key`.
    #[error("the database refused a row: constraint {name}")]
    Constraint {
        /// The constraint's name.
        name: String,
    },
    /// The disk is full. Nothing of the write was kept; it works again once there is space.
    #[error("the disk is full; free some space, nothing has to be restarted")]
    Full,
    /// The operating system could not read or write. Nothing of the write was kept.
    #[error(
        "the database could not be read or written: {0}; check the disk and the data directory's permissions"
    )]
    Io(String),
    /// The file is not what `SQLite` wrote.
    #[error(
        "the database is damaged ({0}); stop the server, set snug.db, snug.db-wal and snug.db-shm aside, and put a \
         backup or the newest snug.db.before-… copy in place of snug.db"
    )]
    Damaged(String),
    /// Too many writes or reads wait, or another program holds the database.
    #[error("the database is busy; try again in a moment")]
    Busy,
    /// The store was stopped.
    #[error("the database is closed because the server stops")]
    Closed,
    /// A newer binary has written the schema.
    #[error("{}", too_new(*found, *known, copy.as_ref()))]
    TooNew {
        /// The schema version in the file.
        found: i64,
        /// The newest that this binary knows.
        known: i64,
        /// The newest copy that this binary can read, if one is kept.
        copy: Option<PathBuf>,
    },
    /// The schema is not one that any of our binaries has left.
    #[error("the database has an unexpected schema: {0}")]
    Schema(String),
    /// A row held another type than the query expects: a bug.
    #[error("unexpected column: {0}")]
    Column(String),
    /// A statement is wrong: a bug.
    #[error("statement failed: {0}")]
    Statement(String),
    /// The code of a read or write panicked. Nothing of the write was kept.
    #[error("a read or write of the database panicked")]
    Panicked,
}

impl StoreError {
    /// The constraint's name, if that is what failed.
    pub fn constraint(&self) -> Option<&str> {
        match self {
            Self::Constraint { name } => Some(name),
            _ => None,
        }
    }

    /// Whether the connection that answered this should be replaced by a new one.
    pub(crate) fn distrust(&self) -> bool {
        matches!(self, Self::Io(_) | Self::Damaged(_))
    }
}

fn too_new(found: i64, known: i64, copy: Option<&PathBuf>) -> String {
    let head = format!(
        "the database has schema version {found}, this binary knows {known} at most: install the newer snug again"
    );
    match copy {
        Some(copy) => format!(
            "{head}, or put the copy from before the upgrade, {}, in place of snug.db (what happened since is lost)",
            copy.display()
        ),
        None => head,
    }
}
