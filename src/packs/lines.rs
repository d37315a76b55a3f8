//! Coasts, rivers and lakes (`SNL1`), walked feature by feature.
//!
//! `"SNL1"`, layers u32, per layer 16 bytes (id u8, 0 0 0, offset u32, length u32, features u32); features: bounds w s e n as
//! i16 in 1/100 degree (rounded outwards), varint length of the rest, varint points, zigzag deltas of longitude and latitude
//! in 1e-3 degrees.

use super::bytes::{Damaged, Reader, magic, slice};

const ENTRY: usize = 16;

/// What a feature is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layer {
    /// A line along the sea.
    #[cfg_attr(
        not(test),
        expect(
            dead_code,
            reason = "pictures draw the exact edge of the land; only telling.bin counts coasts"
        )
    )]
    Coast,
    /// A river's line.
    River,
    /// A lake's outer ring.
    Lake,
}

/// The checked layers over borrowed bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lines<'a> {
    bytes: &'a [u8],
    layers: &'a [u8],
}

impl<'a> Lines<'a> {
    /// Checks the header.
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self, Damaged> {
        let mut reader = Reader::new(bytes);
        magic(&mut reader, *b"SNL1")?;
        let count = reader.u32()? as usize;
        let layers = reader.take(count.checked_mul(ENTRY).ok_or(Damaged("its count is too large"))?)?;
        Ok(Self { bytes, layers })
    }

    /// Calls `each` with the points (longitude, latitude in degrees) of every feature whose bounds (w, s, e, n in degrees)
    /// `keep` accepts.
    pub(crate) fn each(
        &self,
        layer: Layer,
        keep: impl Fn([f64; 4]) -> bool,
        mut each: impl FnMut(&[(f64, f64)]),
    ) -> Result<(), Damaged> {
        let Some(entry) = self.layers.chunks_exact(ENTRY).find(|e| e[0] == layer as u8) else {
            return Err(Damaged("a layer is missing"));
        };
        let mut head = Reader::new(&entry[4..]);
        let mut reader = Reader::new(slice(self.bytes, head.u32()?, head.u32()?)?);
        let mut points = Vec::new();
        while !reader.is_empty() {
            let mut bounds = [0.0; 4];
            for b in &mut bounds {
                *b = f64::from(reader.i16()?) / 100.0;
            }
            let len = reader.count(1)?;
            let mut rest = Reader::new(reader.take(len)?);
            if !keep(bounds) {
                continue;
            }
            points.clear();
            let (mut lon, mut lat) = (0i32, 0i32);
            for _ in 0..rest.count(2)? {
                lon = lon.wrapping_add(rest.zigzag()?);
                lat = lat.wrapping_add(rest.zigzag()?);
                points.push((f64::from(lon) / 1e3, f64::from(lat) / 1e3));
            }
            each(&points);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn file() -> Vec<u8> {
        let mut feature = Vec::new();
        for b in [100i16, -200, 110, -190] {
            feature.extend(b.to_le_bytes());
        }
        feature.extend([7, 2, 0xd0, 0x0f, 0x9f, 0x1f, 2, 4]); // (1.000, -2.000), then +0.001, +0.002
        let mut out = b"SNL1\x01\0\0\0\x01\0\0\0".to_vec();
        out.extend(24u32.to_le_bytes());
        out.extend((feature.len() as u32).to_le_bytes());
        out.extend(1u32.to_le_bytes());
        out.extend(feature);
        out
    }

    #[test]
    fn features_are_walked() {
        let bytes = file();
        let lines = Lines::parse(&bytes).unwrap();
        let mut seen = Vec::new();
        lines
            .each(
                Layer::River,
                |b| b.iter().zip([1.0, -2.0, 1.1, -1.9]).all(|(a, b)| (a - b).abs() < 1e-9),
                |p| seen.extend_from_slice(p),
            )
            .unwrap();
        assert_eq!(seen, [(1.0, -2.0), (1.001, -1.998)]);
        lines.each(Layer::River, |_| false, |_| panic!("left out")).unwrap();
        assert!(lines.each(Layer::Lake, |_| true, |_| ()).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn no_bytes_make_it_panic(at in 4usize..40, to: u8, cut in 0usize..30) {
            let mut bytes = file();
            let len = bytes.len();
            bytes[at.min(len - 1)] = to;
            for bytes in [&bytes[..], &bytes[..len - cut]] {
                if let Ok(lines) = Lines::parse(bytes) {
                    let mut points = 0;
                    let _ = lines.each(Layer::River, |_| true, |p| points += p.len());
                    prop_assert!(points <= len);
                }
            }
        }
    }
}
