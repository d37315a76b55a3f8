//! The journal in this process: one append-only log in redb, one thread that commits it in groups.
//!
//! | file | what |
//! |---|---|
//! | `record` | one record of the log, framed and checksummed |
//! | `index` | what the log means: which records of which room are alive |
//! | `disk` | where the file lives |
//! | `log` | opening, checking, committing and compacting the file |
//! | `queue` | the bounded queue in front of the thread |
//! | `worker` | the thread: groups, commits, answers, cleans up, reopens after an error |
//!
//! **Durability.** `done(Ok)` is called after the commit's fsync, never before. A commit is all or nothing,
//! so of a room's appends always a prefix is on disk. After an error the tail that was not acknowledged is
//! cut off when the file is reopened. Only if the process dies between the error and that, may an append that
//! was answered `NotSaved` be there on the next start, whole and in order.
//!
//! **Damage.** Everything is verified when the file is opened (redb's page checksums and one of ours for each
//! record) and each record again when it is read. A damaged file is set aside as `<name>.damaged-<unix ms>`
//! and a new one started, at the start or while running; rooms that are open then find their sequence out of
//! order.

mod disk;
mod index;
mod log;
mod queue;
mod record;
mod worker;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_faults;
#[cfg(test)]
mod tests_model;

pub use disk::{Disk, FileDisk};

use crate::live::journal::{Append, Journal, JournalError, JournalHealth, Latest, RoomLog};
use disk::Gauge;
use index::Places;
use log::{Fault, LOG, Live, guarded};
use queue::Queue;
use record::Op;
use redb::{ReadTransaction, ReadableDatabase};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use worker::Worker;

/// How a journal is opened.
#[derive(Debug, Clone)]
pub struct Options {
    /// redb's cache in bytes (8 MB: what is read again is little, and the system's cache is behind it).
    pub cache_bytes: usize,
    /// Appends that may wait (65,536), whatever of their size at most 64 MB together. Past that they are
    /// answered `Unavailable`.
    pub queue: usize,
    /// Where the file lives instead of a plain file at the path given: for tests.
    pub disk: Option<Arc<dyn Disk>>,
    /// When it tidies up.
    pub tidy: Tidy,
}

/// When the journal deletes what is dead and makes its file smaller. The defaults are right; tests are
/// hastier.
#[derive(Debug, Clone, Copy)]
pub struct Tidy {
    /// Dead records are deleted along with appends once there are so many (1,024), and more than a quarter of
    /// the living: few of them lie far apart, many lie close together, and what costs is the number of pages
    /// that change.
    pub dead: usize,
    /// So long without an append (5 s), and all of them are deleted.
    pub quiet: Duration,
    /// A file that is more than four times its content and larger than so many bytes (64 MB) is compacted
    /// even while appends come …
    pub wasteful: u64,
    /// … but only so often (a minute), because that takes 20 to 200 ms.
    pub wasteful_every: Duration,
    /// The same in bytes when nothing comes, and at the close (4 MB).
    pub wasteful_quiet: u64,
}

impl Default for Tidy {
    fn default() -> Self {
        Self {
            dead: 1024,
            quiet: Duration::from_secs(5),
            wasteful: 64 << 20,
            wasteful_every: Duration::from_mins(1),
            wasteful_quiet: 4 << 20,
        }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self { cache_bytes: 8 << 20, queue: 65_536, disk: None, tidy: Tidy::default() }
    }
}

/// Why the journal does not open. A damaged file is no reason: it is set aside.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process holds it.
    #[error(
        "the journal {0} is open in another process: stop that one first, or choose another data directory"
    )]
    InUse(String),
    /// The disk refused.
    #[error(
        "the journal {path} cannot be opened: {why}. Check that its directory exists, is writable and has space left"
    )]
    Disk {
        /// The file.
        path: String,
        /// What the system says.
        why: String,
    },
    /// Its content is not what was written. From [`EmbeddedJournal::open`]: even a new file is damaged at once.
    #[error(
        "the journal {path} is damaged: {why}. The server sets such a file aside when it starts; check the disk"
    )]
    Damaged {
        /// The file.
        path: String,
        /// What is wrong.
        why: String,
    },
    /// No thread could be started.
    #[error("the journal's thread cannot be started: {0}")]
    Thread(std::io::Error),
}

impl OpenError {
    fn new(path: &Path, fault: Fault) -> Self {
        let path = path.display().to_string();
        match fault {
            Fault::InUse => Self::InUse(path),
            Fault::Disk(why) => Self::Disk { path, why },
            Fault::Damaged(why) => Self::Damaged { path, why },
        }
    }
}

/// What [`EmbeddedJournal::check`] found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Checked {
    /// Rooms of which something is kept.
    pub rooms: usize,
    /// Records that are alive: inputs, latest values and notes about them.
    pub records: usize,
    /// Size of the file in bytes.
    pub file_bytes: u64,
}

/// What the thread and the readers share.
#[derive(Debug)]
struct Shared {
    queue: Queue,
    /// `None` while it is being reopened and after the close. Never held during a commit.
    live: Mutex<Option<Live>>,
    gauge: Arc<Gauge>,
    error: Mutex<Option<String>>,
    set_aside: Mutex<Vec<String>>,
    commits: AtomicU64,
    inputs: AtomicU64,
    last_commit_us: AtomicU64,
}

impl Shared {
    fn live(&self) -> MutexGuard<'_, Option<Live>> {
        // A panic under this lock is a bug that the thread answers by rebuilding everything from disk.
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set_error(&self, error: Option<String>) {
        *self.error.lock().unwrap_or_else(PoisonError::into_inner) = error;
    }
}

/// The journal in this process. Dropping it closes it.
#[derive(Debug)]
pub struct EmbeddedJournal {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl EmbeddedJournal {
    /// Opens the file at `path` (conventionally `live.redb`), creates it if there is none, sets it aside if
    /// it is damaged (see [`Self::set_aside`]), and rebuilds the index: about 0.3 s for a million records.
    pub fn open(path: &Path, options: Options) -> Result<Self, OpenError> {
        let disk = options.disk.unwrap_or_else(|| Arc::new(FileDisk::new(path)));
        let shared = Arc::new(Shared {
            queue: Queue::new(options.queue),
            live: Mutex::new(None),
            gauge: Arc::default(),
            error: Mutex::default(),
            set_aside: Mutex::default(),
            commits: AtomicU64::new(0),
            inputs: AtomicU64::new(0),
            last_commit_us: AtomicU64::new(0),
        });
        let mut worker = Worker::new(shared.clone(), disk, options.cache_bytes, options.tidy);
        worker.open(None).map_err(|fault| OpenError::new(path, fault))?;
        let thread = std::thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || worker.run())
            .map_err(OpenError::Thread)?;
        Ok(Self { shared, thread: Mutex::new(Some(thread)) })
    }

    /// Checks the file at `path` as opening does, but sets nothing aside: for `snug check`. What a killed process left is repaired, as
    /// always. If there is no file, that is fine.
    pub fn check(path: &Path) -> Result<Checked, OpenError> {
        if !path.exists() {
            return Ok(Checked::default());
        }
        let gauge = Arc::default();
        let live = log::open(&FileDisk::new(path), Options::default().cache_bytes, &gauge, None);
        let live = live.map_err(|fault| OpenError::new(path, fault))?;
        let checked = Checked {
            rooms: live.index.rooms().len(),
            records: live.index.alive(),
            file_bytes: gauge.len.load(Ordering::Relaxed),
        };
        log::close(live);
        Ok(checked)
    }

    /// Where damaged files were set aside since the start, the oldest first: for a warning to the host.
    pub fn set_aside(&self) -> Vec<String> {
        self.shared.set_aside.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What a reader found wrong makes the thread reopen the file, which checks all of it.
    fn suspect(&self, fault: &Fault) -> JournalError {
        self.shared.queue.suspect(fault.to_string());
        JournalError::Unavailable
    }
}

impl Journal for EmbeddedJournal {
    /// `done` is called from the journal's thread, except for `Unavailable`, which may come from the caller's
    /// before this returns.
    fn append(&self, append: Append) {
        self.shared.queue.push(append);
    }

    fn rooms(&self) -> Result<Vec<String>, JournalError> {
        self.shared.live().as_ref().map(|live| live.index.rooms()).ok_or(JournalError::Unavailable)
    }

    fn load(&self, room: &str) -> Result<Option<RoomLog>, JournalError> {
        // Both under one lock: a record is only deleted from the file after it was found dead in the index.
        let (places, txn) = {
            let live = self.shared.live();
            let live = live.as_ref().ok_or(JournalError::Unavailable)?;
            let Some(places) = live.index.places(room) else {
                return Ok(None);
            };
            let txn = guarded(&self.shared.gauge, || Ok(live.db.begin_read()?));
            (places, txn.map_err(|fault| self.suspect(&fault))?)
        };
        let log = guarded(&self.shared.gauge, || read(&txn, room, &places));
        log.map(Some).map_err(|fault| self.suspect(&fault))
    }

    fn health(&self) -> JournalHealth {
        let shared = &self.shared;
        JournalHealth {
            error: shared.error.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            file_bytes: shared.gauge.len.load(Ordering::Relaxed),
            queued: shared.queue.len() as u64,
            commits: shared.commits.load(Ordering::Relaxed),
            inputs: shared.inputs.load(Ordering::Relaxed),
            last_commit_us: shared.last_commit_us.load(Ordering::Relaxed),
        }
    }

    fn close(&self) {
        self.shared.queue.close();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        // The last owner may be an append's `done`, which runs in that thread: it then ends by itself.
        if let Some(thread) = thread
            && thread.thread().id() != std::thread::current().id()
        {
            // It catches panics itself; if one escaped there is nothing left to close.
            let _ = thread.join();
        }
    }
}

impl Drop for EmbeddedJournal {
    fn drop(&mut self) {
        self.close();
    }
}

fn read(txn: &ReadTransaction, room: &str, places: &Places) -> Result<RoomLog, Fault> {
    let table = txn.open_table(LOG)?;
    let get = |key: u64, seq: Option<u64>, slot: Option<u32>| {
        let wrong = || Fault::Damaged(format!("record {key} is not what was written"));
        let value = table.get(key)?.ok_or_else(wrong)?;
        let value = value.value();
        let record = record::decode(key, value).filter(|record| record.room == room).ok_or_else(wrong)?;
        match record.op {
            Op::Ordered(data) if seq == Some(record.seq) => Ok(bytes::Bytes::copy_from_slice(data)),
            Op::Latest { slot: found, data } if slot == Some(found) => {
                Ok(bytes::Bytes::copy_from_slice(data))
            }
            _ => Err(wrong()),
        }
    };
    let ordered = (places.first..).zip(&places.ordered).map(|(seq, key)| get(*key, Some(seq), None));
    let latest =
        places.latest.iter().map(|&(slot, key)| Ok(Latest { slot, data: get(key, None, Some(slot))? }));
    Ok(RoomLog {
        epoch: places.epoch,
        first_seq: places.first,
        ordered: ordered.collect::<Result<_, Fault>>()?,
        latest: latest.collect::<Result<_, Fault>>()?,
    })
}
