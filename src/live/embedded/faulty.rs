//! A disk in memory that behaves as badly as real ones do: for tests, here and in the integration target.
//!
//! It keeps what was synced apart from what was only written. [`FaultyDisk::cut`] takes the power away: of
//! the writes since the last sync all are gone, or any of them stay, or they stay in part. It can run full,
//! refuse, and come back.

use super::journal::Disk;
use redb::StorageBackend;
use std::io::{Error, ErrorKind, Result};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A disk writes so much at once, or not.
const SECTOR: usize = 512;

/// What a power cut leaves of the writes that were not synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Nothing.
    DropAll,
    /// Each with an even chance, whatever their order.
    DropSome,
    /// As `DropSome`, and of some only a part of the sectors.
    Tear,
}

/// What the disk refuses from a moment on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refuse {
    /// Writes, and to grow.
    Writes,
    /// Syncs. What was written is then visible and believed to be on disk, but is not (this is what Linux
    /// does).
    Syncs,
    /// Reads.
    Reads,
    /// All of it, and to open.
    Everything,
}

/// See the module. Clones are the same disk.
#[derive(Debug, Clone)]
pub struct FaultyDisk(Arc<Mutex<Inner>>);

#[derive(Debug)]
struct Inner {
    /// What survives a power cut.
    durable: Vec<u8>,
    /// What a program sees.
    view: Vec<u8>,
    /// Writes and lengths since the last sync, in their order.
    pending: Vec<Pending>,
    random: u64,
    /// A backend of an earlier life is dead.
    life: u64,
    on: bool,
    /// Writes, new lengths and syncs so far.
    steps: u64,
    cut_at: Option<(u64, Cut)>,
    refuse: Option<(u64, Refuse, ErrorKind)>,
    panic_at: Option<u64>,
    capacity: u64,
    set_aside: Vec<Vec<u8>>,
}

#[derive(Debug)]
enum Pending {
    Write { at: usize, data: Vec<u8> },
    Len(usize),
}

impl FaultyDisk {
    /// An empty disk; all chance comes from `seed`.
    pub fn new(seed: u64) -> Self {
        Self::holding(seed, Vec::new())
    }

    /// A disk that holds a file.
    pub fn holding(seed: u64, file: Vec<u8>) -> Self {
        Self(Arc::new(Mutex::new(Inner {
            durable: file.clone(),
            view: file,
            pending: Vec::new(),
            random: seed,
            life: 0,
            on: true,
            steps: 0,
            cut_at: None,
            refuse: None,
            panic_at: None,
            capacity: u64::MAX,
            set_aside: Vec::new(),
        })))
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Cuts the power now: all that has the file open gets errors from here on, and nobody can open it.
    pub fn cut(&self, how: Cut) {
        self.lock().cut(how);
    }

    /// Cuts the power in the middle of the write or sync that is so many steps away (0 is the next).
    pub fn cut_after(&self, steps: u64, how: Cut) {
        let mut inner = self.lock();
        inner.cut_at = Some((inner.steps + steps, how));
    }

    /// Gives the power back. Whoever had the file open must open it anew.
    pub fn power_on(&self) {
        let mut inner = self.lock();
        inner.on = true;
        inner.cut_at = None;
    }

    /// Whether the power is on.
    pub fn is_on(&self) -> bool {
        self.lock().on
    }

    /// Refuses with this kind of error once so many writes and syncs more are done, until [`Self::heal`].
    pub fn refuse_after(&self, steps: u64, what: Refuse, kind: ErrorKind) {
        let mut inner = self.lock();
        inner.refuse = Some((inner.steps + steps, what, kind));
    }

    /// Panics, once, in the write or sync that is so many steps away: as a bug in the database engine would.
    pub fn panic_after(&self, steps: u64) {
        let mut inner = self.lock();
        inner.panic_at = Some(inner.steps + steps);
    }

    /// The file cannot grow past so many bytes: the disk is full.
    pub fn set_capacity(&self, bytes: u64) {
        self.lock().capacity = bytes;
    }

    /// Refuses nothing any more, plans no panic, and has space.
    pub fn heal(&self) {
        let mut inner = self.lock();
        inner.refuse = None;
        inner.panic_at = None;
        inner.capacity = u64::MAX;
    }

    /// Flips the bits of the byte at this place: the disk rots.
    pub fn flip(&self, at: usize) {
        let mut inner = self.lock();
        inner.view[at] ^= 0xff;
        inner.durable[at] ^= 0xff;
    }

    /// The file as a program sees it.
    pub fn view(&self) -> Vec<u8> {
        self.lock().view.clone()
    }

    /// Writes, new lengths and syncs so far.
    pub fn steps(&self) -> u64 {
        self.lock().steps
    }

    /// Files that were set aside, the oldest first.
    pub fn set_aside_files(&self) -> Vec<Vec<u8>> {
        self.lock().set_aside.clone()
    }
}

impl Disk for FaultyDisk {
    fn open(&self) -> Result<Box<dyn StorageBackend>> {
        let inner = self.lock();
        inner.check(Refuse::Everything)?;
        if !inner.on {
            return Err(Error::other("the power is off"));
        }
        Ok(Box::new(Backend { disk: self.clone(), life: inner.life }))
    }

    fn set_aside(&self, at: u64) -> Result<String> {
        let mut inner = self.lock();
        inner.check(Refuse::Everything)?;
        let file = std::mem::take(&mut inner.view);
        inner.durable.clear();
        inner.pending.clear();
        inner.set_aside.push(file);
        Ok(format!("damaged-{at}"))
    }
}

impl Inner {
    /// splitmix64
    fn random(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn check(&self, what: Refuse) -> Result<()> {
        match self.refuse {
            Some((from, refused, kind))
                if self.steps >= from && (refused == what || refused == Refuse::Everything) =>
            {
                Err(Error::new(kind, "the test's disk refuses"))
            }
            _ => Ok(()),
        }
    }

    /// Some of the writes reach the disk, the others never will, and nobody is told which.
    fn lose_some(&mut self) {
        for pending in std::mem::take(&mut self.pending) {
            if self.random() & 1 == 0 {
                self.persist(pending);
            }
        }
    }

    fn persist(&mut self, pending: Pending) {
        match pending {
            Pending::Len(len) => self.durable.resize(len, 0),
            Pending::Write { at, data } => put(&mut self.durable, at, &data),
        }
    }

    fn cut(&mut self, how: Cut) {
        for pending in std::mem::take(&mut self.pending) {
            let keep = how != Cut::DropAll && self.random() & 1 == 0;
            let tear = how == Cut::Tear && self.random() & 1 == 0;
            match pending {
                Pending::Len(len) if keep => self.durable.resize(len, 0),
                Pending::Write { at, data } if keep || tear => {
                    for (i, sector) in data.chunks(SECTOR).enumerate() {
                        if !tear || self.random() & 1 == 0 {
                            put(&mut self.durable, at + i * SECTOR, sector);
                        }
                    }
                }
                _ => {}
            }
        }
        self.view = self.durable.clone();
        self.life += 1;
        self.on = false;
        self.cut_at = None;
    }

    /// Counts a write or sync; at the planned one the power fails.
    fn step(&mut self) -> Result<()> {
        let step = self.steps;
        self.steps += 1;
        assert!(self.panic_at.take_if(|at| step >= *at).is_none(), "the test's disk panics on purpose");
        if let Some((at, how)) = self.cut_at
            && step >= at
        {
            self.cut(how);
            return Err(Error::other("the power is off"));
        }
        Ok(())
    }
}

fn put(file: &mut Vec<u8>, at: usize, data: &[u8]) {
    if file.len() < at + data.len() {
        file.resize(at + data.len(), 0);
    }
    file[at..at + data.len()].copy_from_slice(data);
}

#[derive(Debug)]
struct Backend {
    disk: FaultyDisk,
    life: u64,
}

impl Backend {
    fn alive(&self) -> Result<MutexGuard<'_, Inner>> {
        let inner = self.disk.lock();
        if inner.life != self.life || !inner.on {
            return Err(Error::other("the power is off"));
        }
        Ok(inner)
    }
}

impl StorageBackend for Backend {
    fn len(&self) -> Result<u64> {
        Ok(self.alive()?.view.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> Result<()> {
        let inner = self.alive()?;
        inner.check(Refuse::Reads)?;
        let at = usize::try_from(offset).map_err(Error::other)?;
        let found = inner.view.get(at..).and_then(|rest| rest.get(..out.len()));
        out.copy_from_slice(found.ok_or(ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn set_len(&self, len: u64) -> Result<()> {
        let mut inner = self.alive()?;
        inner.check(Refuse::Writes)?;
        if len > inner.capacity && len > inner.view.len() as u64 {
            return Err(ErrorKind::StorageFull.into());
        }
        inner.step()?;
        let len = usize::try_from(len).map_err(Error::other)?;
        inner.view.resize(len, 0);
        inner.pending.push(Pending::Len(len));
        Ok(())
    }

    fn sync_data(&self) -> Result<()> {
        let mut inner = self.alive()?;
        if let Err(error) = inner.check(Refuse::Syncs) {
            inner.lose_some();
            return Err(error);
        }
        inner.step()?;
        for pending in std::mem::take(&mut inner.pending) {
            inner.persist(pending);
        }
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> Result<()> {
        let mut inner = self.alive()?;
        inner.check(Refuse::Writes)?;
        let at = usize::try_from(offset).map_err(Error::other)?;
        if (at + data.len()) as u64 > inner.capacity && at + data.len() > inner.view.len() {
            return Err(ErrorKind::StorageFull.into());
        }
        inner.pending.push(Pending::Write { at, data: data.to_owned() });
        inner.step()?;
        put(&mut inner.view, at, data);
        Ok(())
    }
}
