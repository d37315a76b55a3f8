//! Archives of small files by number (`SNT1`): tiles, pictures in tiles, flags.
//!
//! `"SNT1"`, count u32, then `count` entries sorted by key (key u64, offset u32, length u32), then the files.

use super::bytes::{Damaged, Reader, magic, slice};

const HEAD: usize = 8;
const ENTRY: usize = 16;

/// A checked archive over borrowed bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Archive<'a> {
    bytes: &'a [u8],
    entries: &'a [u8],
}

impl<'a> Archive<'a> {
    /// Checks the header; entries are checked when they are used, so that opening touches no more than the first page.
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self, Damaged> {
        let mut reader = Reader::new(bytes);
        magic(&mut reader, *b"SNT1")?;
        let count = reader.u32()? as usize;
        let len = count.checked_mul(ENTRY).ok_or(Damaged("its count is too large"))?;
        let entries =
            bytes.get(HEAD..).and_then(|b| b.get(..len)).ok_or(Damaged("its index ends too early"))?;
        Ok(Self { bytes, entries })
    }

    /// How many files there are.
    pub(crate) fn len(&self) -> usize {
        self.entries.len() / ENTRY
    }

    fn entry(&self, index: usize) -> Option<(u64, u32, u32)> {
        let mut reader = Reader::new(self.entries.get(index * ENTRY..)?);
        Some((reader.u64().ok()?, reader.u32().ok()?, reader.u32().ok()?))
    }

    /// The file with this key.
    pub(crate) fn get(&self, key: u64) -> Option<&'a [u8]> {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            let (found, offset, len) = self.entry(middle)?;
            match found.cmp(&key) {
                std::cmp::Ordering::Equal => return slice(self.bytes, offset, len).ok(),
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        None
    }
}

/// The key of a tile: zoom, column, row.
pub(crate) fn tile_key(z: u8, x: u32, y: u32) -> u64 {
    u64::from(z) << 48 | u64::from(x) << 24 | u64::from(y)
}

/// Builds an archive from files sorted by key, for tests.
#[cfg(test)]
pub(crate) fn build(files: &[(u64, &[u8])]) -> Vec<u8> {
    let mut out = b"SNT1".to_vec();
    out.extend((files.len() as u32).to_le_bytes());
    let mut offset = (HEAD + files.len() * ENTRY) as u32;
    for (key, file) in files {
        out.extend(key.to_le_bytes());
        out.extend(offset.to_le_bytes());
        out.extend((file.len() as u32).to_le_bytes());
        offset += file.len() as u32;
    }
    for (_, file) in files {
        out.extend_from_slice(file);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn files_are_found_by_key() {
        let bytes = build(&[(1, b"one"), (tile_key(3, 5, 2), b"tile"), (u64::MAX, b"")]);
        let archive = Archive::parse(&bytes).unwrap();
        assert_eq!(archive.len(), 3);
        assert_eq!(archive.get(1), Some(&b"one"[..]));
        assert_eq!(archive.get(tile_key(3, 5, 2)), Some(&b"tile"[..]));
        assert_eq!(archive.get(u64::MAX), Some(&b""[..]));
        assert_eq!(archive.get(2), None);
        assert!(Archive::parse(&bytes[..40]).is_err());
        assert!(Archive::parse(b"SNT2\0\0\0\0").is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn no_bytes_make_it_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..120), count in 0u32..9, key: u64) {
            if bytes.len() >= 8 {
                bytes[..4].copy_from_slice(b"SNT1");
                bytes[4..8].copy_from_slice(&count.to_le_bytes());
            }
            if let Ok(archive) = Archive::parse(&bytes) {
                prop_assert_eq!(archive.len(), count as usize);
                let first = archive.entry(0).map_or(key, |e| e.0);
                for k in [key, first, 0] {
                    if let Some(file) = archive.get(k) {
                        prop_assert!(file.len() <= bytes.len());
                    }
                }
            }
        }
    }
}
