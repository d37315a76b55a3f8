//! One record of the log: what stands behind one key of redb's only table.
//!
//! ```text
//! key    u64      global sequence of the log: ascending over all rooms
//! value  u64      xxh3-64 of all that follows, seeded with the key
//!        u8       kind: 1 ordered, 2 latest, 3 control, 4 remove
//!        u32      epoch
//!        u64      seq: an ordered input's number; for the others that of the newest ordered one before it
//!        u16, …   the room's id
//!        kind 1: the input · kind 2: u32 slot, the input · kind 3: u8 (1 = clear latest), u64 keep_from (0 = none)
//! ```
//!
//! Numbers are little endian. Every record names its room in full (about 20 bytes more than a number would
//! need, 400 KB a second at 20,000 inputs a second), so each can be read, checked and repaired alone and no
//! second table must agree with this one. One record holds one input, so that a record is alive or dead as a
//! whole. The checksum is ours because redb verifies its own only in a repair; with the key as seed a record
//! that turns up under another key is found as well.

use xxhash_rust::xxh3::xxh3_64_with_seed;

const CHECK: usize = 8;
const HEAD: usize = CHECK + 1 + 4 + 8 + 2;
/// Longest room id in bytes.
pub(super) const MAX_ROOM: usize = u16::MAX as usize;

/// A decoded record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Record<'a> {
    /// The room's epoch when it was written.
    pub(super) epoch: u32,
    /// See the module.
    pub(super) seq: u64,
    /// The room's id.
    pub(super) room: &'a str,
    /// What it says.
    pub(super) op: Op<'a>,
}

/// What a record says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Op<'a> {
    /// The ordered input numbered `seq`.
    Ordered(&'a [u8]),
    /// The newest value of a slot.
    Latest {
        /// The slot.
        slot: u32,
        /// The input.
        data: &'a [u8],
    },
    /// Earlier records of the room are dead.
    Control {
        /// All latest values.
        clear: bool,
        /// Ordered inputs below this number; 0 means none.
        keep_from: u64,
    },
    /// All earlier records of the room are dead.
    Remove,
}

impl Record<'_> {
    /// Appends the encoded record for `key` to `out`. The room's id must not be longer than [`MAX_ROOM`].
    pub(super) fn encode(&self, key: u64, out: &mut Vec<u8>) {
        let start = out.len();
        out.extend_from_slice(&[0; CHECK]);
        out.push(match self.op {
            Op::Ordered(_) => 1,
            Op::Latest { .. } => 2,
            Op::Control { .. } => 3,
            Op::Remove => 4,
        });
        out.extend_from_slice(&self.epoch.to_le_bytes());
        out.extend_from_slice(&self.seq.to_le_bytes());
        debug_assert!(self.room.len() <= MAX_ROOM);
        out.extend_from_slice(&(self.room.len() as u16).to_le_bytes());
        out.extend_from_slice(self.room.as_bytes());
        match self.op {
            Op::Ordered(data) => out.extend_from_slice(data),
            Op::Latest { slot, data } => {
                out.extend_from_slice(&slot.to_le_bytes());
                out.extend_from_slice(data);
            }
            Op::Control { clear, keep_from } => {
                out.push(u8::from(clear));
                out.extend_from_slice(&keep_from.to_le_bytes());
            }
            Op::Remove => {}
        }
        let check = xxh3_64_with_seed(&out[start + CHECK..], key);
        out[start..start + CHECK].copy_from_slice(&check.to_le_bytes());
    }
}

/// Reads the record under `key`; `None` when it is not what was written there.
pub(super) fn decode(key: u64, value: &[u8]) -> Option<Record<'_>> {
    let (check, body) = value.split_first_chunk::<CHECK>()?;
    if xxh3_64_with_seed(body, key) != u64::from_le_bytes(*check) || value.len() < HEAD {
        return None;
    }
    let (kind, rest) = body.split_first()?;
    let (epoch, rest) = rest.split_first_chunk::<4>()?;
    let (seq, rest) = rest.split_first_chunk::<8>()?;
    let (room, rest) = rest.split_first_chunk::<2>()?;
    let (room, rest) = rest.split_at_checked(usize::from(u16::from_le_bytes(*room)))?;
    let op = match kind {
        1 => Op::Ordered(rest),
        2 => {
            let (slot, data) = rest.split_first_chunk::<4>()?;
            Op::Latest { slot: u32::from_le_bytes(*slot), data }
        }
        3 => {
            let (clear, keep_from) = rest.split_first()?;
            let keep_from = u64::from_le_bytes(keep_from.try_into().ok()?);
            Op::Control { clear: *clear != 0, keep_from }
        }
        4 if rest.is_empty() => Op::Remove,
        _ => return None,
    };
    Some(Record {
        epoch: u32::from_le_bytes(*epoch),
        seq: u64::from_le_bytes(*seq),
        room: std::str::from_utf8(room).ok()?,
        op,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn what_is_written_is_read(key: u64, epoch: u32, seq: u64, slot: u32, clear: bool, room in ".{0,40}", data in proptest::collection::vec(any::<u8>(), 0..200)) {
            for op in [Op::Ordered(&data), Op::Latest { slot, data: &data }, Op::Control { clear, keep_from: seq }, Op::Remove] {
                let record = Record { epoch, seq, room: &room, op };
                let mut out = vec![9; 3];
                record.encode(key, &mut out);
                prop_assert_eq!(decode(key, &out[3..]), Some(record));
                prop_assert_eq!(decode(key.wrapping_add(1), &out[3..]), None);
            }
        }

        #[test]
        fn a_changed_byte_or_a_cut_is_found(at: prop::sample::Index, bit in 0u8..8, data in proptest::collection::vec(any::<u8>(), 0..60)) {
            let mut out = Vec::new();
            Record { epoch: 1, seq: 7, room: "rm_x", op: Op::Ordered(&data) }.encode(5, &mut out);
            prop_assert_eq!(decode(5, &out[..at.index(out.len())]), None);
            let at = at.index(out.len());
            out[at] ^= 1 << bit;
            prop_assert_eq!(decode(5, &out), None);
        }

        #[test]
        fn anything_is_read_without_a_panic(key: u64, bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            // With a right checksum in front, so that the rest of the decoder is reached.
            let mut value = xxh3_64_with_seed(&bytes, key).to_le_bytes().to_vec();
            value.extend_from_slice(&bytes);
            if let Some(record) = decode(key, &value) {
                let mut again = Vec::new();
                record.encode(key, &mut again);
                prop_assert_eq!(again.len(), value.len());
            }
        }
    }
}
