//! The outlines of countries (`SNG1`), decoded one country at a time.
//!
//! `"SNG1"`, count u32, index entries of 16 bytes (code `[u8; 2]`, flags u8, 0, offset u32, length u32, points u32), bodies:
//! varint polygons; each: bounds w s e n as i32, varint rings (outer first), each: varint points, then zigzag deltas. 1e-4 degrees.

use super::bytes::{Damaged, Reader, magic, slice};

const ENTRY: usize = 16;
/// A flag of an index entry: the body lies on top of another's.
const OVERLAY: u8 = 2;
/// One degree in the units of the file.
pub(crate) const DEGREE: f64 = 1e4;

/// West, south, east, north in 1e-4 degrees.
pub(crate) type Bounds = [i32; 4];

/// The checked index over borrowed bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shapes<'a> {
    bytes: &'a [u8],
    index: &'a [u8],
}

/// One polygon: its outer ring first, then its holes, in (longitude, latitude) of 1e-4 degrees, not closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Polygon {
    /// Its bounds.
    pub(crate) bounds: Bounds,
    /// Its rings.
    pub(crate) rings: Vec<Vec<(i32, i32)>>,
}

impl<'a> Shapes<'a> {
    /// Checks the header.
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self, Damaged> {
        let mut reader = Reader::new(bytes);
        magic(&mut reader, *b"SNG1")?;
        let count = reader.u32()? as usize;
        let index = reader.take(count.checked_mul(ENTRY).ok_or(Damaged("its count is too large"))?)?;
        Ok(Self { bytes, index })
    }

    /// The codes of the bodies that make up all land without covering each other: neutral ones too, overlays not.
    pub(crate) fn codes(&self) -> impl Iterator<Item = [u8; 2]> + use<'a> {
        self.index.chunks_exact(ENTRY).filter(|e| e[2] & OVERLAY == 0).map(|e| [e[0], e[1]])
    }

    fn body(&self, code: [u8; 2]) -> Result<&'a [u8], Damaged> {
        let entry =
            self.index.chunks_exact(ENTRY).find(|e| e[..2] == code).ok_or(Damaged("no such country"))?;
        let mut reader = Reader::new(entry);
        reader.take(4)?;
        slice(self.bytes, reader.u32()?, reader.u32()?)
    }

    /// The polygons of `code` whose bounds `keep` accepts; the others are stepped over without being stored.
    pub(crate) fn polygons(
        &self,
        code: [u8; 2],
        mut keep: impl FnMut(&Bounds) -> bool,
    ) -> Result<Vec<Polygon>, Damaged> {
        let mut reader = Reader::new(self.body(code)?);
        let mut polygons = Vec::new();
        for _ in 0..reader.count(17)? {
            let bounds = [reader.i32()?, reader.i32()?, reader.i32()?, reader.i32()?];
            let wanted = keep(&bounds);
            let mut rings = Vec::new();
            for _ in 0..reader.count(1)? {
                let points = reader.count(2)?;
                let mut ring = Vec::with_capacity(if wanted { points } else { 0 });
                let (mut lon, mut lat) = (0i32, 0i32);
                for _ in 0..points {
                    lon = lon.wrapping_add(reader.zigzag()?);
                    lat = lat.wrapping_add(reader.zigzag()?);
                    if wanted {
                        ring.push((lon, lat));
                    }
                }
                if wanted {
                    rings.push(ring);
                }
            }
            if wanted {
                polygons.push(Polygon { bounds, rings });
            }
        }
        Ok(polygons)
    }
}

impl Polygon {
    /// Its area in square degrees at the equator (longitudes shrunk by the cosine of their latitude), without holes.
    pub(crate) fn area(&self) -> f64 {
        self.rings.first().map_or(0.0, |ring| ring_area(ring))
    }
}

/// The area of a ring in square degrees at the equator.
pub(crate) fn ring_area(ring: &[(i32, i32)]) -> f64 {
    let flat = |&(lon, lat): &(i32, i32)| {
        (f64::from(lon) / DEGREE, (f64::from(lat) / DEGREE).to_radians().sin().to_degrees())
    };
    let mut twice = 0.0;
    for (i, a) in ring.iter().enumerate() {
        let (ax, ay) = flat(a);
        let (bx, by) = flat(&ring[(i + 1) % ring.len()]);
        twice += ax * by - bx * ay;
    }
    (twice / 2.0).abs()
}

/// Builds a file with one body of one ring, for tests.
#[cfg(test)]
pub(crate) fn build(code: [u8; 2], ring: &[(i32, i32)]) -> Vec<u8> {
    fn varint(out: &mut Vec<u8>, mut n: u32) {
        while n >= 0x80 {
            out.push(n as u8 | 0x80);
            n >>= 7;
        }
        out.push(n as u8);
    }
    let mut body = vec![1];
    let xs = || ring.iter().map(|p| p.0);
    let ys = || ring.iter().map(|p| p.1);
    for edge in [xs().min(), ys().min(), xs().max(), ys().max()] {
        body.extend(edge.unwrap().to_le_bytes());
    }
    body.push(1);
    varint(&mut body, ring.len() as u32);
    let mut last = (0, 0);
    for &(lon, lat) in ring {
        for d in [lon - last.0, lat - last.1] {
            varint(&mut body, ((d << 1) ^ (d >> 31)) as u32);
        }
        last = (lon, lat);
    }
    let mut out = b"SNG1\x01\0\0\0".to_vec();
    out.extend(code);
    out.extend([0, 0]);
    out.extend(24u32.to_le_bytes());
    out.extend((body.len() as u32).to_le_bytes());
    out.extend((ring.len() as u32).to_le_bytes());
    out.extend(body);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_body_is_decoded() {
        let ring = [(100_000, 0), (110_000, 0), (110_000, 10_000), (100_000, 10_000)];
        let bytes = build(*b"AA", &ring);
        let shapes = Shapes::parse(&bytes).unwrap();
        assert_eq!(shapes.codes().collect::<Vec<_>>(), [*b"AA"]);
        let polygons = shapes.polygons(*b"AA", |_| true).unwrap();
        assert_eq!(polygons[0].bounds, [100_000, 0, 110_000, 10_000]);
        assert_eq!(polygons[0].rings, [ring.to_vec()]);
        assert!((polygons[0].area() - 1.0).abs() < 0.01);
        assert!(shapes.polygons(*b"AA", |_| false).unwrap().is_empty());
        assert!(shapes.polygons(*b"BB", |_| true).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn no_bytes_make_it_panic(at in 8usize..60, to: u8, cut in 0usize..60) {
            let mut bytes = build(*b"AA", &[(0, 0), (5_000, -70_000), (1_800_000, 900_000)]);
            let len = bytes.len();
            bytes[at.min(len - 1)] = to;
            for bytes in [&bytes[..], &bytes[..len.saturating_sub(cut)]] {
                if let Ok(shapes) = Shapes::parse(bytes) {
                    for code in shapes.codes() {
                        if let Ok(polygons) = shapes.polygons(code, |_| true) {
                            prop_assert!(polygons.iter().flat_map(|p| &p.rings).map(Vec::len).sum::<usize>() <= len);
                            prop_assert!(polygons.iter().all(|p| p.area() >= 0.0));
                        }
                    }
                }
            }
        }
    }
}
