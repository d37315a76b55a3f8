//! What the log means: which records of which room are alive. It is never stored; replaying the log rebuilds
//! it.
//!
//! **Why a restart resurrects nothing.** A record dies by a later one (an overwrite, a control, a removal),
//! and dead records are deleted from the file later, in batches, always the one with the smallest key first.
//! So when the record that killed others is itself deleted, its victims are already gone. And a room's newest
//! record is never dead, so the epoch and the last number are always on disk.

use super::record::{Op, Record};
use std::collections::{BTreeSet, HashMap, VecDeque};

/// The live records of all rooms, by their keys in the log.
#[derive(Debug, Default)]
pub(super) struct Index {
    rooms: HashMap<Box<str>, Room>,
    dead: BTreeSet<u64>,
    alive: usize,
}

#[derive(Debug, Default)]
struct Room {
    epoch: u32,
    /// Number of the newest ordered input that ever was, 0 before the first.
    last: u64,
    /// Keys of the kept ordered inputs; the newest is numbered `last`.
    ordered: VecDeque<u64>,
    /// Slot and key, by slot.
    latest: Vec<(u32, u64)>,
    /// The newest record if that is a control: it alone may hold the epoch and `last`.
    control: Option<u64>,
}

/// What the next append of a room is checked against.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tip {
    /// Whether anything is kept.
    pub(super) exists: bool,
    /// The epoch last appended with.
    pub(super) epoch: u32,
    /// Number of the newest ordered input.
    pub(super) last: u64,
    /// Number of the first kept ordered input (`last + 1` if none).
    pub(super) first: u64,
    /// Whether there are latest values.
    pub(super) has_latest: bool,
}

impl Tip {
    /// The tip of a room of which nothing is kept.
    pub(super) fn none() -> Self {
        Self { first: 1, ..Self::default() }
    }
}

/// Where the records of a room are.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Places {
    /// The epoch last appended with.
    pub(super) epoch: u32,
    /// Number of the first of `ordered`.
    pub(super) first: u64,
    /// Keys of the ordered inputs.
    pub(super) ordered: Vec<u64>,
    /// Slot and key of the latest values, by slot.
    pub(super) latest: Vec<(u32, u64)>,
}

/// A record does not follow from those before it: the file is damaged.
#[derive(Debug)]
pub(super) struct Inconsistent;

impl Index {
    /// Takes the next record of the log in. Records must come in the order of their keys.
    pub(super) fn apply(&mut self, key: u64, record: &Record<'_>) -> Result<(), Inconsistent> {
        if let Op::Remove = record.op {
            if let Some(room) = self.rooms.remove(record.room) {
                self.alive -= room.ordered.len() + room.latest.len() + usize::from(room.control.is_some());
                self.dead.extend(room.ordered);
                self.dead.extend(room.latest.into_iter().map(|(_, key)| key));
                self.dead.extend(room.control);
            }
            self.dead.insert(key);
            return Ok(());
        }
        let ordered = matches!(record.op, Op::Ordered(_));
        let room = if let Some(room) = self.rooms.get_mut(record.room) {
            // Kept ordered inputs have no gaps. While none is kept, some may have come and gone since the
            // record before.
            let next = room.last + u64::from(ordered);
            if record.seq < next || (record.seq > next && !room.ordered.is_empty()) {
                return Err(Inconsistent);
            }
            room
        } else {
            self.rooms.entry(record.room.into()).or_default()
        };
        room.epoch = record.epoch;
        room.last = record.seq;
        self.alive += 1;
        if let Some(control) = room.control.take() {
            self.dead.insert(control);
            self.alive -= 1;
        }
        match record.op {
            Op::Ordered(_) => room.ordered.push_back(key),
            Op::Latest { slot, .. } => match room.latest.binary_search_by_key(&slot, |entry| entry.0) {
                Ok(at) => {
                    self.dead.insert(std::mem::replace(&mut room.latest[at].1, key));
                    self.alive -= 1;
                }
                Err(at) => room.latest.insert(at, (slot, key)),
            },
            Op::Control { clear, keep_from } => {
                room.control = Some(key);
                if clear {
                    self.alive -= room.latest.len();
                    self.dead.extend(room.latest.drain(..).map(|(_, key)| key));
                }
                let first = room.last + 1 - room.ordered.len() as u64;
                let gone = (keep_from.saturating_sub(first) as usize).min(room.ordered.len());
                self.alive -= gone;
                self.dead.extend(room.ordered.drain(..gone));
            }
            Op::Remove => {}
        }
        Ok(())
    }

    /// What the next append of `room` is checked against.
    pub(super) fn tip(&self, room: &str) -> Tip {
        self.rooms.get(room).map_or_else(Tip::none, |room| Tip {
            exists: true,
            epoch: room.epoch,
            last: room.last,
            first: room.last + 1 - room.ordered.len() as u64,
            has_latest: !room.latest.is_empty(),
        })
    }

    /// Where the records of `room` are, `None` if nothing is kept of it.
    pub(super) fn places(&self, room: &str) -> Option<Places> {
        self.rooms.get(room).map(|room| Places {
            epoch: room.epoch,
            first: room.last + 1 - room.ordered.len() as u64,
            ordered: room.ordered.iter().copied().collect(),
            latest: room.latest.clone(),
        })
    }

    /// Ids of all rooms of which something is kept.
    pub(super) fn rooms(&self) -> Vec<String> {
        self.rooms.keys().map(ToString::to_string).collect()
    }

    /// Number of records that are alive.
    pub(super) fn alive(&self) -> usize {
        self.alive
    }

    /// Number of dead records that are still in the file.
    pub(super) fn dead(&self) -> usize {
        self.dead.len()
    }

    /// Takes dead records out, smallest key first (see the module for why), to be deleted from the file: at
    /// most `most`, and from at most `areas` areas of [`AREA`] keys, because what costs is the number of
    /// pages that change.
    pub(super) fn take_dead(&mut self, most: usize, areas: usize) -> Vec<u64> {
        let (mut taken, mut seen, mut area) = (Vec::new(), 0, None);
        while taken.len() < most
            && let Some(&key) = self.dead.first()
        {
            if area != Some(key / AREA) {
                if seen == areas {
                    break;
                }
                seen += 1;
                area = Some(key / AREA);
            }
            self.dead.pop_first();
            taken.push(key);
        }
        taken
    }
}

/// So many neighbouring records share a page, about.
const AREA: u64 = 32;
