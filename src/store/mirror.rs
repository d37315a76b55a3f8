//! The mirror of the live journal: open rooms, so that the database alone (and any backup of it) holds the games in
//! play. Written about once a second with what is new.

use super::error::Result;
use super::sql::{Row, Tx, params, statements};
use bytes::Bytes;

statements! { "mirror";
    by_index ROOM = "INSERT INTO room_mirror (room, code, epoch, updated_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (room) DO UPDATE SET code = excluded.code, epoch = excluded.epoch,
        updated_at = excluded.updated_at";
    by_index INPUT = "INSERT INTO room_inputs (room, seq, data) VALUES ($1, $2, $3)
        ON CONFLICT (room, seq) DO UPDATE SET data = excluded.data";
    by_index LATEST = "INSERT INTO room_latest (room, slot, data) VALUES ($1, $2, $3)
        ON CONFLICT (room, slot) DO UPDATE SET data = excluded.data";
    by_index CLEAR_LATEST = "DELETE FROM room_latest WHERE room = $1";
    by_index DROP_BELOW = "DELETE FROM room_inputs WHERE room = $1 AND seq < $2";
    by_index CLEAR_INPUTS = "DELETE FROM room_inputs WHERE room = $1";
    by_index REMOVE = "DELETE FROM room_mirror WHERE room = $1";
    whole ROOMS = "SELECT room, code, epoch, updated_at FROM room_mirror ORDER BY room";
    by_index ONE = "SELECT room, code, epoch, updated_at FROM room_mirror WHERE room = $1";
    by_index INPUTS = "SELECT seq, data FROM room_inputs WHERE room = $1 ORDER BY seq";
    by_index LATESTS = "SELECT slot, data FROM room_latest WHERE room = $1 ORDER BY slot";
}

/// What is new of one room since it was mirrored last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RoomDelta {
    /// The room's id.
    pub room: String,
    /// Its code.
    pub code: String,
    /// Its epoch.
    pub epoch: u32,
    /// New ordered inputs with their numbers. One that is there already is replaced.
    pub inputs: Vec<(u64, Bytes)>,
    /// When set: all latest-value inputs that count now, by slot. The former ones go.
    pub latest: Option<Vec<(u32, Bytes)>>,
    /// Forget ordered inputs below this number.
    pub keep_from: Option<u64>,
    /// Forget the room; nothing else of this delta counts.
    pub remove: bool,
}

/// A room as it was mirrored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MirroredRoom {
    /// The room's id.
    pub room: String,
    /// Its code.
    pub code: String,
    /// Its epoch.
    pub epoch: u32,
    /// When it was last mirrored (Unix milliseconds).
    pub updated_at: i64,
    /// Ordered inputs with their numbers, ascending.
    pub inputs: Vec<(u64, Bytes)>,
    /// Latest-value inputs by slot.
    pub latest: Vec<(u32, Bytes)>,
}

/// Writes what is new. Doing it again changes nothing, so a batch whose answer was lost may be sent again.
pub fn save(tx: &mut dyn Tx, deltas: &[RoomDelta], now: i64) -> Result<()> {
    for delta in deltas {
        let room = &delta.room;
        if delta.remove {
            clear(tx, room)?;
            continue;
        }
        tx.execute(&ROOM, params![room, &delta.code, i64::from(delta.epoch), now])?;
        for (seq, data) in &delta.inputs {
            tx.execute(&INPUT, params![room, *seq as i64, data.as_ref()])?;
        }
        if let Some(latest) = &delta.latest {
            tx.execute(&CLEAR_LATEST, params![room])?;
            for (slot, data) in latest {
                tx.execute(&LATEST, params![room, i64::from(*slot), data.as_ref()])?;
            }
        }
        if let Some(keep_from) = delta.keep_from {
            tx.execute(&DROP_BELOW, params![room, keep_from as i64])?;
        }
    }
    Ok(())
}

/// Forgets a room.
pub fn clear(tx: &mut dyn Tx, room: &str) -> Result<()> {
    tx.execute(&CLEAR_LATEST, params![room])?;
    tx.execute(&CLEAR_INPUTS, params![room])?;
    tx.execute(&REMOVE, params![room])?;
    Ok(())
}

/// One mirrored room, `None` when it is not there.
pub fn load(tx: &mut dyn Tx, room: &str) -> Result<Option<MirroredRoom>> {
    tx.query_one(&ONE, params![room])?.map(|row| whole_room(tx, row)).transpose()
}

/// All mirrored rooms: what play goes on from when the journal is lost.
pub fn load_all(tx: &mut dyn Tx) -> Result<Vec<MirroredRoom>> {
    let rows = tx.query(&ROOMS, &[])?;
    rows.into_iter().map(|row| whole_room(tx, row)).collect()
}

fn whole_room(tx: &mut dyn Tx, mut row: Row) -> Result<MirroredRoom> {
    let room = row.text(0)?;
    let mut inputs = Vec::new();
    for mut input in tx.query(&INPUTS, params![&room])? {
        inputs.push((input.int(0)? as u64, Bytes::from(input.blob(1)?)));
    }
    let mut latest = Vec::new();
    for mut entry in tx.query(&LATESTS, params![&room])? {
        latest.push((entry.int(0)? as u32, Bytes::from(entry.blob(1)?)));
    }
    let (code, epoch, updated_at) = (row.text(1)?, row.int(2)? as u32, row.int(3)?);
    Ok(MirroredRoom { room, code, epoch, updated_at, inputs, latest })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::store;

    fn bytes(text: &'static str) -> Bytes {
        Bytes::from_static(text.as_bytes())
    }

    #[test]
    fn deltas_add_up_and_may_come_twice() {
        let (_dir, store) = store();
        let delta =
            |inputs: &[(u64, &'static str)], latest: Option<&[(u32, &'static str)]>, keep_from| RoomDelta {
                room: "rom_a".into(),
                code: "ABCDEF".into(),
                epoch: 7,
                inputs: inputs.iter().map(|(seq, text)| (*seq, bytes(text))).collect(),
                latest: latest.map(|all| all.iter().map(|(slot, text)| (*slot, bytes(text))).collect()),
                keep_from,
                remove: false,
            };
        let steps = [
            delta(&[(1, "one"), (2, "two")], Some(&[(4, "p4"), (5, "p5")]), None),
            delta(&[(3, "three")], None, None),
            delta(&[(4, "four")], Some(&[(5, "p5'")]), Some(3)),
        ];
        for (step, now) in steps.iter().zip(10..) {
            for _ in 0..2 {
                let step = step.clone();
                store.write_blocking(move |tx| save(tx, std::slice::from_ref(&step), now)).unwrap();
            }
        }
        let other =
            RoomDelta { room: "rom_b".into(), code: "GHJKLM".into(), epoch: 1, ..RoomDelta::default() };
        let gone = RoomDelta { remove: true, ..other.clone() };
        store.write_blocking(move |tx| save(tx, std::slice::from_ref(&other), 20)).unwrap();
        assert_eq!(store.read_blocking(load_all).unwrap().len(), 2);
        store.write_blocking(move |tx| save(tx, std::slice::from_ref(&gone), 21)).unwrap();
        let left = store.read_blocking(load_all).unwrap();
        assert_eq!(
            left,
            [MirroredRoom {
                room: "rom_a".into(),
                code: "ABCDEF".into(),
                epoch: 7,
                updated_at: 12,
                inputs: vec![(3, bytes("three")), (4, bytes("four"))],
                latest: vec![(5, bytes("p5'"))],
            }]
        );
    }
}
