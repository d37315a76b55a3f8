//! `SQLite`: one thread that writes in groups, a few that read, and the care of the log between them.

use super::connection::{self, Role, SqliteTx, control};
use super::queue::{Queue, Refused};
use crate::store::error::{Result, StoreError};
use crate::store::sql::Tx;
use rusqlite::Connection;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Threads that read.
const READERS: usize = 2;
/// Writes, and apart from them reads, that may wait before callers are told that the store is busy.
const WAITING: usize = 8_192;
/// Writes that share one commit at most …
const GROUP: usize = 256;
/// … and how long a group takes in more before it commits.
const GROUP_TIME: Duration = Duration::from_millis(20);
/// Frames of the log (4 KiB each) not yet in the file that make a checkpoint due: 4 MiB.
const CHECKPOINT_FRAMES: i64 = 1_024;

/// A write that waits, with the way to its caller.
pub(in crate::store) trait WriteJob: Send {
    /// Runs it within a transaction. May be called again when the transaction was lost.
    fn run(&mut self, tx: &mut dyn Tx) -> Result<()>;
    /// Tells the caller, once.
    fn answer(self: Box<Self>, outcome: Result<()>);
}

/// A read that waits. Called once, with a transaction or the reason why there is none.
pub(in crate::store) type ReadJob = Box<dyn FnOnce(Result<&mut dyn Tx>) + Send>;

enum Work {
    Write(Box<dyn WriteJob>),
    /// Lets a test reach the writer's connection.
    #[cfg(test)]
    Control(Box<dyn FnOnce(&Connection) + Send>),
}

/// Numbers for health and metrics.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StoreHealth {
    /// Why the newest commit or checkpoint failed; `None` once one succeeded again.
    pub error: Option<String>,
    /// Writes that wait.
    pub queued: usize,
    /// Commits since start.
    pub commits: u64,
    /// Writes committed since start.
    pub writes: u64,
    /// Duration of the newest commit in microseconds.
    pub last_commit_us: u64,
    /// Bytes of the log that are not yet in the database file.
    pub wal_bytes: u64,
}

/// The running threads of one database.
pub(in crate::store) struct Engine {
    writes: Arc<Queue<Work>>,
    reads: Arc<Queue<ReadJob>>,
    health: Arc<Mutex<StoreHealth>>,
    threads: Mutex<Threads>,
}

#[derive(Default)]
struct Threads {
    writer: Option<JoinHandle<()>>,
    readers: Vec<JoinHandle<()>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Whoever panicked with the lock held only read or replaced plain numbers.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Engine {
    /// Starts the threads over an open, migrated writer connection.
    pub(in crate::store) fn start(path: &Path, writer: Connection) -> Result<Self> {
        let engine = Self {
            writes: Arc::new(Queue::new(WAITING)),
            reads: Arc::new(Queue::new(WAITING)),
            health: Arc::default(),
            threads: Mutex::default(),
        };
        let mut threads = Threads::default();
        let mut writer = Writer {
            path: path.to_owned(),
            connection: Some(writer),
            queue: engine.writes.clone(),
            health: engine.health.clone(),
            checkpoint_at: CHECKPOINT_FRAMES,
        };
        threads.writer = Some(spawn("store-writer", move || writer.run())?);
        for number in 0..READERS {
            let mut reader = Reader { path: path.to_owned(), connection: None, queue: engine.reads.clone() };
            threads.readers.push(spawn(&format!("store-reader-{number}"), move || reader.run())?);
        }
        *lock(&engine.threads) = threads;
        Ok(engine)
    }

    pub(in crate::store) fn write(&self, job: Box<dyn WriteJob>) -> Result<()> {
        self.writes.push(Work::Write(job)).map_err(|refused| refusal(&refused))
    }

    pub(in crate::store) fn read(&self, job: ReadJob) -> Result<()> {
        self.reads.push(job).map_err(|refused| refusal(&refused))
    }

    #[cfg(test)]
    pub(in crate::store) fn control(&self, job: Box<dyn FnOnce(&Connection) + Send>) {
        assert!(self.writes.push(Work::Control(job)).is_ok());
    }

    pub(in crate::store) fn health(&self) -> StoreHealth {
        let mut health = lock(&self.health).clone();
        health.queued = self.writes.len();
        health
    }

    /// Finishes what waits, empties the log into the file and ends the threads. Blocks; doing it again is harmless.
    pub(in crate::store) fn close(&self) {
        let threads = std::mem::take(&mut *lock(&self.threads));
        // Readers first: one in a transaction would keep the writer from emptying the log.
        self.reads.close();
        for reader in threads.readers {
            let _ = reader.join();
        }
        self.writes.close();
        if let Some(writer) = threads.writer {
            let _ = writer.join();
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // The threads see it, finish what waits, and end on their own.
        self.reads.close();
        self.writes.close();
    }
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>> {
    std::thread::Builder::new()
        .name(name.to_owned())
        .stack_size(1 << 20)
        .spawn(run)
        .map_err(|error| StoreError::Io(format!("cannot start a thread: {error}")))
}

fn refusal<J>(refused: &Refused<J>) -> StoreError {
    match refused {
        Refused::Full(_) => StoreError::Busy,
        Refused::Closed(_) => StoreError::Closed,
    }
}

/// The connection, opened anew when the last one was given up.
fn connected<'a>(slot: &'a mut Option<Connection>, path: &Path, role: Role) -> Result<&'a Connection> {
    match slot {
        Some(connection) => Ok(connection),
        None => Ok(slot.insert(connection::open(path, role)?)),
    }
}

struct Reader {
    path: PathBuf,
    connection: Option<Connection>,
    queue: Arc<Queue<ReadJob>>,
}

impl Reader {
    fn run(&mut self) {
        while let Some(job) = self.queue.pop() {
            if let Some(error) = self.serve(job)
                && error.distrust()
            {
                self.connection = None;
            }
        }
    }

    /// Runs one read on one snapshot; answers what was noticed about the connection.
    fn serve(&mut self, job: ReadJob) -> Option<StoreError> {
        let begun = connected(&mut self.connection, &self.path, Role::Reader)
            .and_then(|connection| control(connection, "BEGIN").map(|()| connection));
        let connection = match begun {
            Ok(connection) => connection,
            Err(error) => {
                job(Err(error.clone()));
                return Some(error);
            }
        };
        let mut tx = SqliteTx::new(connection);
        job(Ok(&mut tx));
        let failed = tx.failed.take();
        if !connection.is_autocommit()
            && let Err(error) = control(connection, "COMMIT")
        {
            return Some(StoreError::Io(error.to_string()));
        }
        failed
    }
}

struct Writer {
    path: PathBuf,
    connection: Option<Connection>,
    queue: Arc<Queue<Work>>,
    health: Arc<Mutex<StoreHealth>>,
    /// Frames that make the next checkpoint due.
    checkpoint_at: i64,
}

/// A write of the current group and what came of it.
type Done = (Box<dyn WriteJob>, Result<()>);

impl Writer {
    fn run(&mut self) {
        while let Some(work) = self.queue.pop() {
            match work {
                Work::Write(job) => {
                    self.group(job);
                    self.checkpoint_if_due();
                }
                #[cfg(test)]
                Work::Control(job) => {
                    if let Ok(connection) = connected(&mut self.connection, &self.path, Role::Writer) {
                        job(connection);
                    }
                }
            }
        }
        if let Some(connection) = self.connection.take()
            && let Err(error) = checkpoint(&connection, "PRAGMA wal_checkpoint(TRUNCATE)")
        {
            // Nothing is lost: the next start reads the log.
            tracing::warn!(%error, "the database's log could not be emptied at stop");
        }
    }

    /// Commits `first` and what else waits in one transaction, each write under its own savepoint.
    fn group(&mut self, first: Box<dyn WriteJob>) {
        let begun = connected(&mut self.connection, &self.path, Role::Writer)
            .and_then(|connection| control(connection, "BEGIN IMMEDIATE"));
        if let Err(error) = begun {
            self.note(&error);
            first.answer(Err(error));
            return;
        }
        let Some(connection) = &self.connection else { return };
        let started = Instant::now();
        let mut done: Vec<Done> = Vec::new();
        let mut next = Some(first);
        let mut lost = None;
        while let Some(mut job) = next.take() {
            let (outcome, failed) = guarded(connection, job.as_mut());
            done.push((job, outcome));
            if failed.is_some() {
                lost = failed;
                break;
            }
            if done.len() < GROUP && started.elapsed() < GROUP_TIME {
                next = match self.queue.try_pop() {
                    Some(Work::Write(job)) => Some(job),
                    #[cfg(test)]
                    Some(Work::Control(job)) => {
                        job(connection);
                        None
                    }
                    None => None,
                };
            }
        }
        let commit_started = Instant::now();
        let mut again = lost.is_some();
        if lost.is_none()
            && let Err(error) = control(connection, "COMMIT")
        {
            // Out of space: surely not committed, and a single write may still fit. After another error it is not
            // certain that none of it will reappear after a crash, so nothing is tried again.
            again = error == StoreError::Full;
            lost = Some(error);
        }
        match lost {
            None => {
                let mut health = lock(&self.health);
                health.error = None;
                health.commits += 1;
                health.writes += done.len() as u64;
                health.last_commit_us = commit_started.elapsed().as_micros() as u64;
                drop(health);
                for (job, outcome) in done {
                    job.answer(outcome);
                }
            }
            Some(error) => {
                self.give_up(&error);
                for (job, _) in done {
                    if again {
                        self.alone(job);
                    } else {
                        job.answer(Err(error.clone()));
                    }
                }
            }
        }
    }

    /// Runs a write again in a transaction of its own, after its group was lost.
    fn alone(&mut self, mut job: Box<dyn WriteJob>) {
        let outcome = connected(&mut self.connection, &self.path, Role::Writer).and_then(|connection| {
            control(connection, "BEGIN IMMEDIATE")?;
            let (outcome, failed) = guarded(connection, job.as_mut());
            outcome?;
            failed.map_or(Ok(()), Err)?;
            control(connection, "COMMIT")
        });
        match &outcome {
            Ok(()) => {
                let mut health = lock(&self.health);
                health.error = None;
                health.commits += 1;
                health.writes += 1;
            }
            Err(error) => self.give_up(error),
        }
        job.answer(outcome);
    }

    /// Undoes the open transaction; forgets the connection if it is not to be trusted.
    fn give_up(&mut self, error: &StoreError) {
        if matches!(error, StoreError::Full) || error.distrust() {
            self.note(error);
        }
        let rolled_back = match &self.connection {
            Some(connection) if !connection.is_autocommit() => control(connection, "ROLLBACK").is_ok(),
            _ => true,
        };
        if error.distrust() || !rolled_back {
            self.connection = None;
        }
    }

    fn note(&self, error: &StoreError) {
        lock(&self.health).error = Some(error.to_string());
    }

    /// Moves the log into the file once there is enough of it. Readers that still need old pages make it partial.
    fn checkpoint_if_due(&mut self) {
        let Some(connection) = &self.connection else { return };
        let Ok(pending) = checkpoint(connection, "PRAGMA wal_checkpoint(NOOP)") else { return };
        if pending < self.checkpoint_at {
            lock(&self.health).wal_bytes = pending.max(0) as u64 * 4_096;
            return;
        }
        match checkpoint(connection, "PRAGMA wal_checkpoint(PASSIVE)") {
            Ok(left) => {
                lock(&self.health).wal_bytes = left.max(0) as u64 * 4_096;
                self.checkpoint_at = left + CHECKPOINT_FRAMES;
            }
            Err(error) => {
                // For example a full disk: the log still holds everything. Try again when it has grown a little.
                tracing::warn!(%error, "the database's log could not be moved into the file");
                self.note(&error);
                self.checkpoint_at = pending + CHECKPOINT_FRAMES / 4;
            }
        }
    }
}

/// Runs one of the checkpoint pragmas; answers how many frames are not in the file yet.
fn checkpoint(connection: &Connection, pragma: &str) -> Result<i64> {
    let (log, moved): (i64, i64) = connection
        .prepare_cached(pragma)
        .and_then(|mut statement| statement.query_row([], |row| Ok((row.get(1)?, row.get(2)?))))
        .map_err(|error| connection::map(&error))?;
    Ok(log - moved)
}

/// Runs a write under a savepoint. The second part is set when the whole transaction is lost.
fn guarded(connection: &Connection, job: &mut dyn WriteJob) -> (Result<()>, Option<StoreError>) {
    if let Err(error) = control(connection, "SAVEPOINT one") {
        return (Err(error.clone()), Some(error));
    }
    let mut tx = SqliteTx::new(connection);
    let outcome = catch_unwind(AssertUnwindSafe(|| job.run(&mut tx))).unwrap_or(Err(StoreError::Panicked));
    if let Some(error) = tx.failed.take() {
        return (Err(error.clone()), Some(error));
    }
    let closed = match &outcome {
        Ok(()) => control(connection, "RELEASE one"),
        Err(_) => control(connection, "ROLLBACK TO one").and_then(|()| control(connection, "RELEASE one")),
    };
    // Some errors make SQLite undo the whole transaction; then there is no savepoint to close either.
    (outcome, closed.err())
}
