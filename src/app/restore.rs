//! Games in play, from the database back into a new journal: after a restored backup, or when the journal was damaged.

use super::AppError;
use crate::room::entry::{Entry, decode};
use crate::room::state::RoomState;
use crate::live::{Append, Appended, Journal};
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
        let gap = room.inputs.windows(2).any(|pair| pair[1].0 != pair[0].0 + 1);
        if gap {
            tracing::error!(room.id = room.room, "a mirrored room has a gap and is left out");
            continue;
        }
        let (done, answer) = mpsc::channel();
        journal.append(Append {
            room: room.room.clone(),
            epoch: room.epoch.wrapping_add(1).max(1),
            seq: *first,
            ordered: room.inputs.iter().map(|(_, data)| data.clone()).collect(),
            latest: room.latest.clone(),
            clear_latest: false,
            // It may begin with a snapshot: clients and the mirror know its entries by their numbers.
            keep_from: Some(*first),
            remove: false,
            done: Appended(Box::new(move |result| {
                let _ = done.send(result);
            })),
        });
        match answer.recv() {
            Ok(Ok(())) => count += 1,
            other => return Err(AppError::Rebuild(format!("room {}: {other:?}", room.room))),
        }
    }
    Ok(count)
}
