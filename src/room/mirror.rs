//! Copies the inputs of open rooms to the store about once a second, so that the database alone, and any backup of it,
//! holds the games in play.

use super::ports::{Mirror, RoomDelta};
use crate::live::{Append, Appended, Latest, RoomLog};
use crate::store::{Store, mirror, now_ms};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// How often what is new is written.
const EVERY: Duration = Duration::from_secs(1);

/// What of one room is not in the store yet, and its latest-value inputs as they stand.
#[derive(Debug, Default)]
struct Room {
    code: String,
    epoch: u32,
    inputs: Vec<(u64, Bytes)>,
    latest: BTreeMap<u32, Bytes>,
    latest_changed: bool,
    keep_from: Option<u64>,
    changed: bool,
    removed: bool,
}

/// Collects what became durable and writes it in batches.
#[derive(Debug, Clone)]
pub struct StoreMirror {
    store: Store,
    rooms: Arc<Mutex<HashMap<String, Room>>>,
}

impl Mirror for StoreMirror {
    fn saved(&self, delta: RoomDelta) {
        let mut rooms = self.rooms();
        let room = rooms.entry(delta.room).or_default();
        room.changed = true;
        room.removed |= delta.remove;
        room.code = delta.code;
        room.epoch = delta.epoch;
        if delta.clear_latest {
            room.latest_changed |= !room.latest.is_empty();
            room.latest.clear();
        }
        room.latest_changed |= !delta.latest.is_empty();
        room.latest.extend(delta.latest);
        room.inputs.extend(delta.ordered);
        if let Some(keep_from) = delta.keep_from {
            room.keep_from = Some(keep_from);
            room.inputs.retain(|(seq, _)| *seq >= keep_from);
        }
    }

    fn recall(&self, room: &str) -> BoxFuture<'static, Option<RoomLog>> {
        let (mirror, room) = (self.clone(), room.to_owned());
        Box::pin(async move {
            // What is collected is durable; with it the store has all of the room.
            mirror.flush().await.ok()?;
            mirror.store.read(move |tx| mirror::load(tx, &room)).await.ok()?.and_then(log_of)
        })
    }
}

/// A mirrored room as the journal would have it; `None` when it has a gap or no inputs.
pub fn log_of(room: mirror::MirroredRoom) -> Option<RoomLog> {
    let first_seq = room.inputs.first()?.0;
    if room.inputs.iter().zip(first_seq..).any(|((seq, _), expected)| *seq != expected) {
        return None;
    }
    Some(RoomLog {
        epoch: room.epoch,
        first_seq,
        ordered: room.inputs.into_iter().map(|(_, data)| data).collect(),
        latest: room.latest.into_iter().map(|(slot, data)| Latest { slot, data }).collect(),
    })
}

/// A room's log as one append into a journal that knows nothing of the room.
pub fn append_of(room: &str, log: &RoomLog, done: Appended) -> Append {
    Append {
        room: room.to_owned(),
        epoch: log.epoch,
        seq: log.first_seq,
        ordered: log.ordered.clone(),
        latest: log.latest.iter().map(|latest| (latest.slot, latest.data.clone())).collect(),
        clear_latest: false,
        // It may begin with a snapshot: clients and the mirror know its entries by their numbers.
        keep_from: Some(log.first_seq),
        remove: false,
        done,
    }
}

impl StoreMirror {
    /// Nothing collected yet.
    pub fn new(store: Store) -> Self {
        Self { store, rooms: Arc::default() }
    }

    fn rooms(&self) -> MutexGuard<'_, HashMap<String, Room>> {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes about once a second until `stopped` turns true, then once more.
    pub async fn run(self, mut stopped: watch::Receiver<bool>) {
        loop {
            let done = tokio::select! {
                () = tokio::time::sleep(EVERY) => false,
                _ = stopped.wait_for(|stopped| *stopped) => true,
            };
            if let Err(why) = self.flush().await {
                tracing::warn!(%why, "open rooms could not be copied to the database; trying again");
            }
            if done {
                return;
            }
        }
    }

    /// Writes what is new.
    pub async fn flush(&self) -> crate::store::Result<()> {
        let deltas = self.take();
        if deltas.is_empty() {
            return Ok(());
        }
        let shared = Arc::new(deltas);
        let writing = shared.clone();
        let outcome = self.store.write(move |tx| mirror::save(tx, &writing, now_ms())).await;
        if outcome.is_err() {
            self.put_back(&shared);
        }
        outcome
    }

    fn take(&self) -> Vec<mirror::RoomDelta> {
        let mut rooms = self.rooms();
        let mut deltas = Vec::new();
        for (id, room) in rooms.iter_mut().filter(|(_, room)| room.changed) {
            deltas.push(mirror::RoomDelta {
                room: id.clone(),
                code: room.code.clone(),
                epoch: room.epoch,
                inputs: std::mem::take(&mut room.inputs),
                latest: std::mem::take(&mut room.latest_changed)
                    .then(|| room.latest.iter().map(|(slot, data)| (*slot, data.clone())).collect()),
                keep_from: room.keep_from.take(),
                remove: room.removed,
            });
            room.changed = false;
        }
        rooms.retain(|_, room| !room.removed);
        deltas
    }

    fn put_back(&self, deltas: &[mirror::RoomDelta]) {
        let mut rooms = self.rooms();
        for delta in deltas {
            let room = rooms.entry(delta.room.clone()).or_default();
            room.changed = true;
            room.removed |= delta.remove;
            room.code.clone_from(&delta.code);
            room.epoch = delta.epoch;
            room.latest_changed |= delta.latest.is_some();
            room.keep_from = room.keep_from.or(delta.keep_from);
            let newer = std::mem::take(&mut room.inputs);
            room.inputs = delta.inputs.iter().cloned().chain(newer).collect();
            if let Some(keep_from) = room.keep_from {
                room.inputs.retain(|(seq, _)| *seq >= keep_from);
            }
        }
    }
}
