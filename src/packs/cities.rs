//! The list of cities (`SNC1`), largest first, read in place.
//!
//! `"SNC1"`, count u32, records of 28 bytes (`GeoNames` id u32, latitude and longitude i32 in 1e-5 degrees, population u32,
//! country `[u8; 2]`, flags u8, continent u8, name offset u32, name length u16, alternates length u16), text length u32, text.

use super::bytes::{Damaged, Reader, magic};
use crate::games::atlas::{Continent, Point};

const RECORD: usize = 28;

/// The seat of its country's government.
const CAPITAL: u8 = 1;
/// In a disputed area.
const DISPUTED: u8 = 2;
/// Another city of this country has the same name.
const AMBIGUOUS: u8 = 4;
/// Only with [`AMBIGUOUS`]: at least ten times as large as any of them, so the name means this one.
const BY_FAR: u8 = 8;
/// Close beside a larger city: its district or suburb.
const SUBURB: u8 = 16;

/// The checked list over borrowed bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cities<'a> {
    records: &'a [u8],
    text: &'a str,
}

/// One city, borrowed from the list.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct City<'a> {
    /// Its number at `GeoNames`.
    pub(crate) id: u32,
    /// Where it is.
    pub(crate) point: Point,
    /// How many people live there.
    pub(crate) population: u32,
    /// Its country's ISO 3166-1 alpha-2 code, in ASCII.
    pub(crate) iso: [u8; 2],
    /// Its continent.
    pub(crate) continent: Continent,
    flags: u8,
    name_off: u32,
    name_len: u16,
    alts_len: u16,
    text: &'a str,
}

impl<'a> Cities<'a> {
    /// Checks the frame of the file and that its text is UTF-8.
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self, Damaged> {
        let mut reader = Reader::new(bytes);
        magic(&mut reader, *b"SNC1")?;
        let count = reader.u32()? as usize;
        let records = reader.take(count.checked_mul(RECORD).ok_or(Damaged("its count is too large"))?)?;
        let len = reader.u32()? as usize;
        let text = std::str::from_utf8(reader.take(len)?).map_err(|_| Damaged("its text is not UTF-8"))?;
        Ok(Self { records, text })
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.records.len() / RECORD
    }

    /// City number `index`, 0 is the largest; `None` past the end or when its record makes no sense.
    pub(crate) fn get(&self, index: usize) -> Option<City<'a>> {
        let start = index.checked_mul(RECORD)?;
        let mut r = Reader::new(self.records.get(start..start.checked_add(RECORD)?)?);
        let id = r.u32().ok()?;
        let (lat, lon) = (f64::from(r.i32().ok()?) / 1e5, f64::from(r.i32().ok()?) / 1e5);
        if !(-90.0..=90.0).contains(&lat) || !(-180.0..=180.0).contains(&lon) {
            return None;
        }
        Some(City {
            id,
            point: Point { lat, lon },
            population: r.u32().ok()?,
            iso: r.pair().ok()?,
            flags: r.u8().ok()?,
            continent: continent(r.u8().ok()?)?,
            name_off: r.u32().ok()?,
            name_len: r.u16().ok()?,
            alts_len: r.u16().ok()?,
            text: self.text,
        })
    }

    /// All cities with their number, largest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, City<'a>)> + use<'a> {
        let all = *self;
        (0..all.len()).filter_map(move |i| Some((i as u32, all.get(i)?)))
    }
}

impl<'a> City<'a> {
    fn text(&self, from: usize, len: usize) -> &'a str {
        self.text.get(from..from + len).unwrap_or_default()
    }

    /// Its common English name.
    pub(crate) fn name(&self) -> &'a str {
        self.text(self.name_off as usize, usize::from(self.name_len))
    }

    /// Other spellings.
    pub(crate) fn alternates(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let from = self.name_off as usize + usize::from(self.name_len);
        self.text(from, usize::from(self.alts_len)).split('\n').filter(|s| !s.is_empty())
    }

    /// Its country's code as text.
    pub(crate) fn country(&self) -> &str {
        std::str::from_utf8(&self.iso).unwrap_or_default()
    }

    /// Whether it is a capital.
    pub(crate) fn is_capital(&self) -> bool {
        self.flags & CAPITAL != 0
    }

    /// Whether it lies in a disputed area.
    pub(crate) fn is_disputed(&self) -> bool {
        self.flags & DISPUTED != 0
    }

    /// Whether its country has another city of this name.
    pub(crate) fn is_ambiguous(&self) -> bool {
        self.flags & AMBIGUOUS != 0
    }

    /// Whether it is a district or suburb of a larger city: an answer only where there is nothing else.
    pub(crate) fn is_suburb(&self) -> bool {
        self.flags & SUBURB != 0
    }

    /// Whether it may be the answer of a round: its place is undisputed, and its name means it within its country.
    pub(crate) fn can_be_answer(&self) -> bool {
        !self.is_disputed() && (!self.is_ambiguous() || self.flags & BY_FAR != 0)
    }
}

fn continent(number: u8) -> Option<Continent> {
    Some(match number {
        0 => Continent::EU,
        1 => Continent::AS,
        2 => Continent::AF,
        3 => Continent::NA,
        4 => Continent::SA,
        5 => Continent::OC,
        6 => Continent::AN,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn file(name_off: u32, text: &[u8]) -> Vec<u8> {
        flagged(CAPITAL, name_off, text)
    }

    fn flagged(flags: u8, name_off: u32, text: &[u8]) -> Vec<u8> {
        let mut out = b"SNC1\x01\0\0\0".to_vec();
        out.extend(42u32.to_le_bytes());
        out.extend(4_581_444i32.to_le_bytes());
        out.extend(1_597_798i32.to_le_bytes());
        out.extend(790_000u32.to_le_bytes());
        out.extend(b"HR");
        out.extend([flags, 0]);
        out.extend(name_off.to_le_bytes());
        out.extend(6u16.to_le_bytes());
        out.extend(11u16.to_le_bytes());
        out.extend((text.len() as u32).to_le_bytes());
        out.extend(text);
        out
    }

    #[test]
    fn a_record_is_read_in_place() {
        let bytes = file(0, b"ZagrebAgram\nZagab");
        let cities = Cities::parse(&bytes).unwrap();
        let city = cities.get(0).unwrap();
        assert_eq!((city.id, city.name(), city.country(), city.population), (42, "Zagreb", "HR", 790_000));
        assert_eq!(city.alternates().collect::<Vec<_>>(), ["Agram", "Zagab"]);
        assert!(city.is_capital() && city.can_be_answer() && !city.is_disputed() && !city.is_ambiguous());
        assert!((city.point.lat - 45.81444).abs() < 1e-9 && (city.point.lon - 15.97798).abs() < 1e-9);
        assert_eq!(cities.get(1), None);
        assert_eq!(cities.iter().count(), 1);
    }

    #[test]
    fn flags_decide_what_can_be_asked() {
        let can = |flags| {
            let bytes = flagged(flags, 0, b"ZagrebAgram\nZagab");
            let city = Cities::parse(&bytes).unwrap().get(0).unwrap();
            (city.can_be_answer(), city.is_suburb())
        };
        assert_eq!(can(0), (true, false));
        assert_eq!(can(AMBIGUOUS), (false, false));
        assert_eq!(can(AMBIGUOUS | BY_FAR), (true, false));
        assert_eq!(can(AMBIGUOUS | BY_FAR | DISPUTED), (false, false));
        assert_eq!(can(SUBURB), (true, true));
    }

    #[test]
    fn damage_is_told_or_gives_empty_names() {
        assert!(Cities::parse(&file(0, b"ZagrebAgram\nZag\xff")).is_err());
        assert!(Cities::parse(b"SNC1\xff\xff\xff\xff").is_err());
        let far = file(u32::MAX, b"Zagreb");
        assert_eq!(Cities::parse(&far).unwrap().get(0).unwrap().name(), "");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn no_bytes_make_it_panic(body in proptest::collection::vec(any::<u8>(), 0..160), count in 0u32..5) {
            let mut bytes = b"SNC1".to_vec();
            bytes.extend(count.to_le_bytes());
            bytes.extend(body);
            if let Ok(cities) = Cities::parse(&bytes) {
                for (_, city) in cities.iter() {
                    prop_assert!(city.name().len() <= bytes.len());
                    prop_assert!(city.alternates().all(|a| a.len() <= bytes.len()));
                }
            }
        }
    }
}
