//! Finding places by what people type.

use super::Pack;
use super::fold::{fold, fold_into};
use crate::games::atlas::Point;
use serde::{Deserialize, Serialize};

/// How many places a search gives at most.
pub const MAX_PLACES: usize = 8;
/// Longer queries are cut: no place has a longer name.
const MAX_QUERY: usize = 80;

/// What is searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SearchScope {
    /// Countries only (country rounds).
    Countries,
    /// Countries and cities.
    Places,
}

/// What a place is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum PlaceKind {
    /// A country or territory.
    Country,
    /// A city.
    City,
}

/// A place that was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Place {
    /// Its name.
    pub name: String,
    /// What tells it from others of that name: a city's country, and its coordinates when the country has two of that name;
    /// empty for countries and where the country is disputed.
    pub detail: String,
    /// ISO 3166-1 alpha-2 code of its country; empty where that is disputed.
    pub country: String,
    /// Where it is.
    pub point: Point,
    /// What it is.
    pub kind: PlaceKind,
}

/// How well a name matches, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    Whole,
    Start,
    Word,
    Inside,
}

enum Found {
    Country(usize),
    City(usize),
}

/// The best places so far, best first.
struct Best(Vec<(Fit, std::cmp::Reverse<u64>, Found)>);

impl Best {
    fn offer(&mut self, fit: Fit, people: u64, found: Found) {
        let rank = (fit, std::cmp::Reverse(people));
        let at = self.0.partition_point(|b| (b.0, b.1) <= rank);
        if at < MAX_PLACES {
            self.0.insert(at, (rank.0, rank.1, found));
            self.0.truncate(MAX_PLACES);
        }
    }

    /// Whether a place with so many people needs its whole name to match to get in.
    fn is_full_of_starts(&self, people: u64) -> bool {
        let last = (Fit::Start, std::cmp::Reverse(people));
        self.0.get(MAX_PLACES - 1).is_some_and(|b| (b.0, b.1) <= last)
    }
}

/// Finds up to [`MAX_PLACES`] places: whole names first, then names that start so, then words, then parts; among equals the
/// one with more people. No heap grows with the pack: every name is folded in passing.
pub(super) fn search(pack: &Pack, query: &str, scope: SearchScope) -> Vec<Place> {
    let cut = query.char_indices().nth(MAX_QUERY).map_or(query.len(), |(at, _)| at);
    let mut wanted = Wanted::new(&query[..cut]);
    let mut best = Best(Vec::with_capacity(MAX_PLACES + 1));
    if wanted.text.is_empty() {
        return Vec::new();
    }
    for (i, country) in pack.countries.iter().enumerate() {
        let code = country.iso.eq_ignore_ascii_case(query.trim()).then_some(Fit::Start);
        let fit = std::iter::once(country.name.as_str())
            .chain(country.alts.iter().map(String::as_str))
            .filter_map(|name| wanted.fit(name, false))
            .chain(code)
            .min();
        if let Some(fit) = fit {
            best.offer(fit, country.population, Found::Country(i));
        }
    }
    if scope == SearchScope::Places {
        for (i, city) in pack.cities.iter() {
            let people = u64::from(city.population);
            let whole = best.is_full_of_starts(people);
            let fit = std::iter::once(city.name())
                .chain(city.alternates())
                .filter_map(|name| wanted.fit(name, whole))
                .min();
            if let Some(fit) = fit {
                best.offer(fit, people, Found::City(i as usize));
            }
        }
    }
    best.0.into_iter().filter_map(|(_, _, found)| place(pack, &found)).collect()
}

/// What is searched for, folded.
struct Wanted {
    text: String,
    /// Which of a–z it holds, one bit each.
    letters: u32,
    /// How many letters and digits it has.
    len: usize,
    /// The name that is being compared, folded.
    name: String,
}

const ST: u32 = 1 << (b's' - b'a') | 1 << (b't' - b'a');
const AIN: u32 = 1 | 1 << (b'i' - b'a') | 1 << (b'n' - b'a');

impl Wanted {
    fn new(query: &str) -> Self {
        let text = fold(query);
        let bit = |b: u8| if b.is_ascii_lowercase() { 1 << (b - b'a') } else { 0 };
        let letters = text.bytes().fold(0, |all, b| all | bit(b));
        let len = text.bytes().filter(u8::is_ascii_alphanumeric).count();
        Self { text, letters, len, name: String::with_capacity(64) }
    }

    /// Whether it is worth folding `name`: a plain name must hold all letters that are wanted. Nine of ten names end here.
    fn may_fit(&self, name: &str, whole: bool) -> bool {
        let (mut have, mut len) = (0u32, 0);
        for b in name.bytes() {
            match b {
                b'a'..=b'z' | b'A'..=b'Z' => {
                    have |= 1 << ((b | 32) - b'a');
                    len += 1;
                }
                b'0'..=b'9' => len += 1,
                // What becomes of these only folding tells.
                b'&' | 0x80.. => return true,
                _ => (),
            }
        }
        if have & ST == ST {
            have |= AIN; // "St" may stand for "Saint"
        } else if whole && len != self.len {
            return false;
        }
        self.letters & !have == 0
    }

    /// How well `name` fits; with `whole`, fits of a part may be left out.
    fn fit(&mut self, name: &str, whole: bool) -> Option<Fit> {
        if !self.may_fit(name, whole) {
            return None;
        }
        fold_into(name, &mut self.name);
        let (name, want) = (self.name.as_bytes(), self.text.as_bytes());
        let last = name.len().checked_sub(want.len())?;
        let mut inside = None;
        for at in 0..=last {
            if name[at] == want[0] && name[at..at + want.len()] == *want {
                if at == 0 {
                    return Some(if last == 0 { Fit::Whole } else { Fit::Start });
                }
                if name[at - 1] == b' ' {
                    return Some(Fit::Word);
                }
                inside = Some(Fit::Inside);
            }
        }
        inside
    }
}

fn place(pack: &Pack, found: &Found) -> Option<Place> {
    match *found {
        Found::Country(i) => {
            let country = pack.countries.get(i)?;
            Some(Place {
                name: country.name.clone(),
                detail: String::new(),
                country: country.iso.clone(),
                point: country.point(),
                kind: PlaceKind::Country,
            })
        }
        Found::City(i) => {
            let city = pack.cities.get(i)?;
            let iso = if city.is_disputed() { "" } else { city.country() };
            let mut detail = pack.country_name(iso).to_owned();
            if city.is_ambiguous() && !detail.is_empty() {
                let (lat, lon) = (city.point.lat, city.point.lon);
                let (ns, ew) = (if lat < 0.0 { 'S' } else { 'N' }, if lon < 0.0 { 'W' } else { 'E' });
                detail = format!("{detail}, {:.1}° {ns} {:.1}° {ew}", lat.abs(), lon.abs());
            }
            Some(Place {
                name: city.name().to_owned(),
                detail,
                country: iso.to_owned(),
                point: city.point,
                kind: PlaceKind::City,
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn whole_names_come_before_beginnings_words_and_parts() {
        let mut york = Wanted::new("York");
        for (name, fit) in [
            ("York", Some(Fit::Whole)),
            ("Yorkton", Some(Fit::Start)),
            ("New York", Some(Fit::Word)),
            ("Dayork", Some(Fit::Inside)),
            ("Yerk", None),
        ] {
            assert_eq!(york.fit(name, false), fit, "{name}");
        }
        assert_eq!(Wanted::new("saint johns").fit("St. John's", true), Some(Fit::Whole));
        assert_eq!(Wanted::new("lodz").fit("Łódź", true), Some(Fit::Whole));
        assert_eq!(Wanted::new("trinidad and tobago").fit("Trinidad & Tobago", true), Some(Fit::Whole));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn the_quick_look_never_misses(name in "[A-Za-z0-9&.' -]{1,14}|\\PC{1,8}|St\\. [A-Z][a-z]{2,5}", from in 0usize..8, len in 1usize..9) {
            let folded = fold(&name);
            let part: String = folded.chars().skip(from).take(len).collect();
            let mut wanted = Wanted::new(&part);
            prop_assume!(!wanted.text.is_empty() && folded.contains(&wanted.text));
            prop_assert!(wanted.fit(&name, false).is_some());
            let mut all = Wanted::new(&name);
            prop_assert_eq!(all.fit(&name, true), Some(Fit::Whole));
        }
    }
}
