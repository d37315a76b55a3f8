//! Games in play, from the database back into a new journal: after a restored backup, or when the journal was damaged.

use super::AppError;
use crate::live::{Appended, Journal, RoomLog};
use crate::room::entry::{Entry, decode};
use crate::room::mirror::{append_of, log_of};
use crate::room::state::RoomState;
use crate::store::{Store, mirror};
use std::sync::mpsc;

/// Puts every mirrored room into the (empty) journal, under a new epoch: what clients saw beyond the mirror never
/// happened now, so their versions must not be compared with ours. Gives how many.
pub(super) fn from_mirror(store: &Store, journal: &dyn Journal) -> Result<usize, AppError> {
    let rooms = store.read_blocking(mirror::load_all)?;
    let mut count = 0;
    for room in rooms {
        let Some((first, data)) = room.inputs.first() else { continue };
        // Between a match's record and the snapshot behind it the mirror holds no beginning: a lobby is lost, no match.
        if decode::<Entry>(data).ok().and_then(|entry| RoomState::begin(&entry, *first)).is_none() {
            tracing::warn!(room.id = room.room, "a mirrored room has no beginning and is left out");
            continue;
        }
        let id = room.room.clone();
        let Some(log) = log_of(room) else {
            tracing::error!(room.id = id, "a mirrored room has a gap and is left out");
            continue;
        };
        let log = RoomLog { epoch: log.epoch.wrapping_add(1).max(1), ..log };
        let (done, answer) = mpsc::channel();
        let done = Appended(Box::new(move |result| {
            let _ = done.send(result);
        }));
        journal.append(append_of(&id, &log, done));
        match answer.recv() {
            Ok(Ok(())) => count += 1,
            other => return Err(AppError::Rebuild(format!("room {id}: {other:?}"))),
        }
    }
    Ok(count)
}
