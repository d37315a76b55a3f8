//! The journal's thread.

use super::disk::Disk;
use super::index::Tip;
use super::log::{self, Fault, guarded};
use super::queue::{Answer, Next, Waiting};
use super::record::{self, Op, Record};
use super::{Shared, Tidy};
use crate::live::journal::{Append, JournalError};
use std::collections::HashMap;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant, SystemTime};

/// What is deleted in one commit, in records and areas: along with appends (under a millisecond more) …
const SWEEP: (usize, usize) = (1024, 64);
/// … and when nobody waits.
const SWEEP_QUIET: (usize, usize) = (8192, 1024);
/// Waits before the file is reopened after an error, doubled each time.
const BACK_OFF: Range<Duration> = Duration::from_millis(100)..Duration::from_secs(5);

/// The records of one commit, encoded one behind the other.
#[derive(Debug, Default)]
struct Batch {
    first: u64,
    bytes: Vec<u8>,
    records: Vec<Range<usize>>,
    inputs: u64,
    dead: Vec<u64>,
    answers: Vec<(Answer, Result<(), JournalError>)>,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Worker {
    shared: Arc<Shared>,
    disk: Arc<dyn Disk>,
    cache: usize,
    tidy: Tidy,
    /// Key of the newest acknowledged record.
    acknowledged: u64,
    last_commit: Option<Instant>,
    last_compaction: Option<Instant>,
    /// Something may be there to tidy up.
    untidy: bool,
}

impl Worker {
    pub(super) fn new(shared: Arc<Shared>, disk: Arc<dyn Disk>, cache: usize, tidy: Tidy) -> Self {
        Self {
            shared,
            disk,
            cache,
            tidy,
            acknowledged: 0,
            last_commit: None,
            last_compaction: None,
            untidy: true,
        }
    }

    /// Opens the file, after setting it aside if it is damaged. For `keep` see [`log::open`].
    pub(super) fn open(&mut self, keep: Option<u64>) -> Result<(), Fault> {
        let open = |keep| log::open(&*self.disk, self.cache, &self.shared.gauge, keep);
        let live = match open(keep) {
            Err(Fault::Damaged(why)) => {
                let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
                let to = self.disk.set_aside(now.as_millis() as u64)?;
                tracing::error!(file = %to, "the journal is damaged ({why}); it was set aside and a new one started");
                self.shared.set_aside.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(to);
                open(None)?
            }
            result => result?,
        };
        if live.repaired {
            tracing::warn!("the journal was damaged and could be repaired; its newest commit may be missing");
        }
        self.acknowledged = live.next - 1;
        *self.shared.live() = Some(live);
        Ok(())
    }

    /// Works until the queue is closed.
    pub(super) fn run(mut self) {
        loop {
            // A panic here is a bug of ours or of redb's; the file tells what is true.
            match catch_unwind(AssertUnwindSafe(|| self.step())) {
                Ok(Ok(true)) => {}
                Ok(Ok(false)) => break,
                Ok(Err(fault)) => self.reopen(fault),
                Err(_) => self.reopen(Fault::Disk("the journal's thread panicked".to_owned())),
            }
        }
        self.shared.queue.drain();
        let live = self.shared.live().take();
        if let Some(mut live) = live {
            if log::is_wasteful(&live, &self.shared.gauge, self.tidy.wasteful_quiet) {
                let _ = log::compact(&mut live, &self.shared.gauge);
            }
            log::close(live);
        }
    }

    /// One piece of work; `false` when it was the last.
    fn step(&mut self) -> Result<bool, Fault> {
        match self.shared.queue.next(self.last_commit, self.untidy.then_some(self.tidy.quiet)) {
            Next::Group(group) => {
                self.untidy = true;
                self.commit(group, SWEEP)?;
                if self.last_compaction.is_none_or(|last| last.elapsed() > self.tidy.wasteful_every) {
                    self.compact(self.tidy.wasteful)?;
                }
            }
            Next::Idle => self.tidy()?,
            Next::Suspect(why) => return Err(Fault::Disk(why)),
            Next::Closed => return Ok(false),
        }
        Ok(true)
    }

    /// Deletes what is dead in steps, then compacts.
    fn tidy(&mut self) -> Result<(), Fault> {
        if self.shared.live().as_ref().is_some_and(|live| live.index.dead() > 0) {
            return self.commit(Vec::new(), SWEEP_QUIET);
        }
        self.untidy = false;
        self.compact(self.tidy.wasteful_quiet)
    }

    fn commit(&mut self, group: Vec<Waiting>, sweep: (usize, usize)) -> Result<(), Fault> {
        let quiet = group.is_empty();
        let (mut batch, db) = {
            let mut live = self.shared.live();
            let live = live.as_mut().ok_or(Fault::Disk("it is closed".to_owned()))?;
            let mut batch = Batch { first: live.next, ..Batch::default() };
            let mut tips = HashMap::new();
            for Waiting { append, answer } in group {
                let tip = match tips.get_mut(&append.room) {
                    Some(tip) => tip,
                    None => tips.entry(append.room.clone()).or_insert_with(|| live.index.tip(&append.room)),
                };
                let result = batch.add(&append, tip);
                batch.answers.push((answer, result));
            }
            if quiet || live.index.dead() > self.tidy.dead.max(live.index.alive() / 4) {
                // At least as much as comes in, so that it cannot pile up.
                let records = batch.records.len();
                batch.dead = live.index.take_dead(sweep.0.max(2 * records), sweep.1.max(records / 8));
            }
            (batch, live.db.clone())
        };
        if !batch.records.is_empty() || !batch.dead.is_empty() {
            let start = Instant::now();
            let result = guarded(&self.shared.gauge, || {
                log::commit(&db, batch.first, &batch.bytes, &batch.records, &batch.dead)
            });
            drop(db);
            if let Err(fault) = &result {
                self.fail(fault);
                for (answer, _) in batch.answers.drain(..) {
                    answer.give(Err(JournalError::NotSaved(fault.to_string())));
                }
            }
            self.committed(&batch, result?, start)?;
        }
        for (answer, result) in batch.answers {
            answer.give(result);
        }
        Ok(())
    }

    /// Takes what is durable now into the index, exactly as a restart would.
    fn committed(&mut self, batch: &Batch, deleted: u64, start: Instant) -> Result<(), Fault> {
        let now = Instant::now();
        self.last_commit = Some(now);
        let shared = &self.shared;
        shared.last_commit_us.store(now.duration_since(start).as_micros() as u64, Ordering::Relaxed);
        shared.commits.fetch_add(1, Ordering::Relaxed);
        shared.inputs.fetch_add(batch.inputs, Ordering::Relaxed);
        let mut live = shared.live();
        let live = live.as_mut().ok_or(Fault::Disk("it is closed".to_owned()))?;
        live.stored = (live.stored + batch.bytes.len() as u64).saturating_sub(deleted);
        for (key, range) in (batch.first..).zip(&batch.records) {
            let applied = record::decode(key, &batch.bytes[range.clone()])
                .is_some_and(|record| live.index.apply(key, &record).is_ok());
            // Cannot be, unless memory is faulty: the record was encoded from a checked append a moment ago.
            if !applied {
                return Err(Fault::Damaged(format!("record {key} changed in memory")));
            }
        }
        live.next = batch.first + batch.records.len() as u64;
        self.acknowledged = live.next - 1;
        Ok(())
    }

    fn compact(&mut self, least: u64) -> Result<(), Fault> {
        let mut live = self.shared.live();
        if let Some(live) = live.as_mut()
            && log::is_wasteful(live, &self.shared.gauge, least)
        {
            self.last_compaction = Some(Instant::now());
            log::compact(live, &self.shared.gauge)?;
        }
        Ok(())
    }

    /// From here on everything is unavailable. Comes before the first answer that tells of it, so that
    /// whoever got one is not served what was before.
    fn fail(&self, fault: &Fault) {
        self.shared.set_error(Some(fault.to_string()));
        self.shared.queue.refuse();
        let live = self.shared.live().take();
        if let Some(live) = live {
            log::close(live);
        }
    }

    /// Closes the file, answers everything with an error, and opens it again, at intervals, until that works
    /// or the journal is closed.
    fn reopen(&mut self, fault: Fault) {
        let mut fault = fault;
        self.fail(&fault);
        self.shared.queue.drain();
        tracing::error!("the journal failed and is being reopened: {fault}");
        let mut wait = BACK_OFF.start;
        while !self.shared.queue.sleep(wait) {
            match self.open(Some(self.acknowledged)) {
                Ok(()) => {
                    tracing::info!("the journal is open again");
                    self.shared.set_error(None);
                    self.shared.queue.up();
                    self.untidy = true;
                    return;
                }
                Err(error) => fault = error,
            }
            self.shared.set_error(Some(fault.to_string()));
            wait = (wait * 2).min(BACK_OFF.end);
        }
    }
}

impl Batch {
    /// Adds an append's records, if it follows from `tip`, which moves on. A record is only written where it
    /// changes something.
    fn add(&mut self, append: &Append, tip: &mut Tip) -> Result<(), JournalError> {
        if append.room.len() > record::MAX_ROOM {
            return Err(JournalError::NotSaved("the room's id is too long".to_owned()));
        }
        if append.remove {
            if tip.exists {
                self.put(append, tip.last, Op::Remove);
                *tip = Tip::none();
            }
            return Ok(());
        }
        if !tip.exists && append.seq > 0 && append.keep_from == Some(append.seq) && !append.ordered.is_empty()
        {
            // A room that comes from elsewhere, with its numbers: what was before is in its snapshot.
            (tip.last, tip.first) = (append.seq - 1, append.seq);
        }
        if append.seq != tip.last + 1 {
            return Err(JournalError::OutOfOrder { expected: tip.last + 1, got: append.seq });
        }
        for data in &append.ordered {
            tip.last += 1;
            self.put(append, tip.last, Op::Ordered(data));
        }
        self.inputs += (append.ordered.len() + append.latest.len()) as u64;
        let clear = append.clear_latest && tip.has_latest;
        let keep_from = append.keep_from.unwrap_or(0).min(tip.last + 1);
        let truncate = keep_from > tip.first;
        let epoch =
            tip.exists && tip.epoch != append.epoch && append.ordered.is_empty() && append.latest.is_empty();
        if clear || truncate || epoch {
            self.put(
                append,
                tip.last,
                Op::Control { clear, keep_from: if truncate { keep_from } else { 0 } },
            );
        }
        for (slot, data) in &append.latest {
            self.put(append, tip.last, Op::Latest { slot: *slot, data });
        }
        *tip = Tip {
            exists: tip.exists || !append.ordered.is_empty() || !append.latest.is_empty(),
            epoch: append.epoch,
            last: tip.last,
            first: tip.first.max(keep_from),
            has_latest: (tip.has_latest && !append.clear_latest) || !append.latest.is_empty(),
        };
        Ok(())
    }

    fn put(&mut self, append: &Append, seq: u64, op: Op<'_>) {
        let key = self.first + self.records.len() as u64;
        let start = self.bytes.len();
        Record { epoch: append.epoch, seq, room: &append.room, op }.encode(key, &mut self.bytes);
        self.records.push(start..self.bytes.len());
    }
}
