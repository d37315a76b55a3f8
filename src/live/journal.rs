//! The journal port: the ordered, durable inputs of every open room.

use bytes::Bytes;

/// One append: what one room wants to be durable, all or nothing.
#[derive(Debug)]
pub struct Append {
    /// The room's id.
    pub room: String,
    /// The room's epoch (a fence; the embedded journal has one owner and only stores it).
    pub epoch: u32,
    /// Sequence number of the first entry of `ordered`: one more than the last that was appended. The first is 1, or
    /// equal to `keep_from` (a room that is restored with its numbers).
    pub seq: u64,
    /// Ordered inputs, each encoded.
    pub ordered: Vec<Bytes>,
    /// Latest-value inputs: each overwrites the one of the same slot. They belong behind the newest ordered input.
    pub latest: Vec<(u32, Bytes)>,
    /// Forget all slots of `latest` before these are set (an ordered input took them over).
    pub clear_latest: bool,
    /// Forget ordered inputs below this number (a snapshot took them over).
    pub keep_from: Option<u64>,
    /// The room is finished: forget all of it. Nothing else may be set.
    pub remove: bool,
    /// Called once from the journal's thread, after the commit or when it failed.
    pub done: Appended,
}

/// How an append ended: called exactly once, must not block.
pub struct Appended(pub Box<dyn FnOnce(Result<(), JournalError>) + Send>);

impl std::fmt::Debug for Appended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Appended")
    }
}

/// Why something is not in the journal.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub enum JournalError {
    /// The commit failed; nothing of it is durable. The room must be loaded anew before it goes on.
    #[error("the journal could not save: {0}")]
    NotSaved(String),
    /// `seq` does not follow what is there: somebody else wrote, or the caller is stale.
    #[error("the journal expected sequence {expected}, got {got}")]
    OutOfOrder {
        /// What it expected.
        expected: u64,
        /// What it got.
        got: u64,
    },
    /// The journal is being reopened after an error; try again soon.
    #[error("the journal is being reopened")]
    Unavailable,
}

/// A latest-value entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Latest {
    /// Its slot.
    pub slot: u32,
    /// The encoded input.
    pub data: Bytes,
}

/// All that is kept of one room.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RoomLog {
    /// The epoch last appended with.
    pub epoch: u32,
    /// Number of the first kept ordered input.
    pub first_seq: u64,
    /// Ordered inputs from `first_seq` on.
    pub ordered: Vec<Bytes>,
    /// Latest-value inputs behind the newest ordered one.
    pub latest: Vec<Latest>,
}

/// Numbers for health and metrics.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JournalHealth {
    /// Set while appends fail.
    pub error: Option<String>,
    /// Size of the file in bytes.
    pub file_bytes: u64,
    /// Appends that wait.
    pub queued: u64,
    /// Commits since start.
    pub commits: u64,
    /// Inputs committed since start.
    pub inputs: u64,
    /// Duration of the newest commit in microseconds.
    pub last_commit_us: u64,
}

/// The ordered, durable inputs of every open room.
pub trait Journal: Send + Sync {
    /// Queues an append. Appends of one room commit in the order of these calls; many rooms share one fsync.
    fn append(&self, append: Append);
    /// Ids of all rooms that have something in the journal.
    fn rooms(&self) -> Result<Vec<String>, JournalError>;
    /// What is kept of a room, `None` if nothing. Blocks on the disk: call it off the runtime's threads.
    fn load(&self, room: &str) -> Result<Option<RoomLog>, JournalError>;
    /// Numbers for health and metrics.
    fn health(&self) -> JournalHealth;
    /// Commits what is queued and closes the file. Later appends fail.
    fn close(&self);
}
