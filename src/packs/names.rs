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

/// Finds up to [`MAX_PLACES`] places: whole names first, then names that start so, then words, then parts; among equals the
/// one with more people. No heap grows with the pack: every name is folded in passing.
pub(super) fn search(pack: &Pack, query: &str, scope: SearchScope) -> Vec<Place> {
    let cut = query.char_indices().nth(MAX_QUERY).map_or(query.len(), |(at, _)| at);
    let wanted = fold(&query[..cut]);
    let mut best: Vec<(Fit, std::cmp::Reverse<u64>, Found)> = Vec::with_capacity(MAX_PLACES + 1);
    if wanted.is_empty() {
        return Vec::new();
    }
    let mut buffer = String::with_capacity(64);
    let mut offer = |fit: Fit, people: u64, found: Found| {
        let rank = (fit, std::cmp::Reverse(people));
        let at = best.partition_point(|b| (b.0, b.1) <= rank);
        if at < MAX_PLACES {
            best.insert(at, (rank.0, rank.1, found));
            best.truncate(MAX_PLACES);
        }
    };
    for (i, country) in pack.countries.iter().enumerate() {
        let code = country.iso.eq_ignore_ascii_case(query.trim()).then_some(Fit::Start);
        let fit = std::iter::once(country.name.as_str())
            .chain(country.alts.iter().map(String::as_str))
            .filter_map(|name| fit(name, &wanted, &mut buffer))
            .chain(code)
            .min();
        if let Some(fit) = fit {
            offer(fit, country.population, Found::Country(i));
        }
    }
    if scope == SearchScope::Places {
        for (i, city) in pack.cities.iter() {
            let fit = std::iter::once(city.name())
                .chain(city.alternates())
                .filter_map(|name| fit(name, &wanted, &mut buffer))
                .min();
            if let Some(fit) = fit {
                offer(fit, u64::from(city.population), Found::City(i as usize));
            }
        }
    }
    best.into_iter().filter_map(|(_, _, found)| place(pack, &found)).collect()
}

fn fit(name: &str, wanted: &str, buffer: &mut String) -> Option<Fit> {
    fold_into(name, buffer);
    let (name, want) = (buffer.as_bytes(), wanted.as_bytes());
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
