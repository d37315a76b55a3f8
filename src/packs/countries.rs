//! The countries and territories, from the embedded JSON; the only list that is held on the heap (about 200 KB).

use super::bytes::Damaged;
use crate::games::atlas::{Continent, Point};
use serde::{Deserialize, Serialize};

/// Territories: playable, but only at hard, for few know their flags and outlines.
const TERRITORIES: &str = "AI AS AW AX BL BM BQ BV CC CK CW CX FK FO GF GG GI GP GS GU HK HM IM IO JE KY MF MO MP MQ MS NC \
    NF NU PF PM PN PR RE SH SJ SX TC TF TK UM VG VI WF YT";

/// Flags that are another's to the eye; the better known one is asked for, these never are. Réunion, Guadeloupe, French
/// Guiana, Saint Martin and others fly the French flag or one like it, Chad's is Romania's, Monaco's is Indonesia's.
const TWIN_FLAGS: &str = "BL BQ BV GF GP HM MC MF PM RE SH SJ TD UM WF YT";

/// Scattered atolls: dots without a figure.
const NO_FIGURE: &str = "KI";

/// Too small to click, and claimed by its neighbour: stays out of country rounds (disputed.toml).
const NOT_IN_COUNTRY_ROUNDS: &str = "GI";

/// One entry of `countries.json`.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Country {
    /// ISO 3166-1 alpha-2.
    pub(crate) iso: String,
    /// Common English name in 2026.
    pub(crate) name: String,
    /// Other spellings, languages, former names.
    pub(crate) alts: Vec<String>,
    /// Its continent.
    pub(crate) continent: Continent,
    /// Land and inland water.
    pub(crate) area_km2: f64,
    /// Rounded.
    pub(crate) population: u64,
    lat: f64,
    lon: f64,
    /// West, south, east, north of its main part, in degrees.
    bbox: [f64; 4],
    /// Never an answer of a country round.
    pub(crate) neutral: bool,
    /// Too small to click on a map of the world.
    pub(crate) tiny: bool,
    /// Its outline may be asked for.
    pub(crate) shape: bool,
}

/// A country as pages list it (`GET /api/atlas/countries`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct CountryInfo {
    /// ISO 3166-1 alpha-2.
    pub iso: String,
    /// Common English name.
    pub name: String,
    /// Other spellings.
    pub alts: Vec<String>,
    /// Its continent.
    pub continent: Continent,
    /// Latitude of a point well inside, degrees.
    pub lat: f64,
    /// Longitude of it.
    pub lon: f64,
    /// West, south, east, north of its main part, degrees.
    pub bbox: [f64; 4],
    /// Whether country rounds may ask for it.
    pub playable: bool,
    /// How many of its cities can be an answer (for a match within this country).
    pub cities: u32,
}

impl Country {
    /// A point well inside.
    pub(crate) fn point(&self) -> Point {
        Point { lat: self.lat, lon: self.lon }
    }

    /// Whether country rounds may ask for it at all.
    pub(crate) fn is_playable(&self) -> bool {
        !self.neutral && !listed(NOT_IN_COUNTRY_ROUNDS, &self.iso) && self.continent != Continent::AN
    }

    /// Whether its outline is a figure and not a few dots.
    pub(crate) fn has_figure(&self) -> bool {
        !listed(NO_FIGURE, &self.iso)
    }

    /// Whether its flag can be told from all better known ones.
    pub(crate) fn has_own_flag(&self) -> bool {
        !listed(TWIN_FLAGS, &self.iso)
    }

    /// How well known it probably is: its size and its people, territories far behind.
    pub(crate) fn fame(&self) -> f64 {
        let far_behind = if listed(TERRITORIES, &self.iso) { -100.0 } else { 0.0 };
        far_behind + (self.population.max(1) as f64).log10() + 0.6 * self.area_km2.max(1.0).log10()
    }

    /// Whether it is a territory of another country.
    pub(crate) fn is_territory(&self) -> bool {
        listed(TERRITORIES, &self.iso)
    }

    /// As pages list it.
    pub(crate) fn info(&self, cities: u32) -> CountryInfo {
        CountryInfo {
            iso: self.iso.clone(),
            name: self.name.clone(),
            alts: self.alts.clone(),
            continent: self.continent,
            lat: self.lat,
            lon: self.lon,
            bbox: self.bbox,
            playable: self.is_playable(),
            cities,
        }
    }

    /// Its code as two ASCII bytes.
    pub(crate) fn code(&self) -> [u8; 2] {
        code(&self.iso).unwrap_or_default()
    }
}

/// A two-letter code as bytes, `None` when it has another length.
pub(crate) fn code(iso: &str) -> Option<[u8; 2]> {
    iso.as_bytes().try_into().ok()
}

fn listed(list: &str, iso: &str) -> bool {
    list.split_whitespace().any(|x| x == iso)
}

/// Reads the list and sorts it by code.
pub(crate) fn parse(json: &[u8]) -> Result<Vec<Country>, Damaged> {
    let mut all: Vec<Country> =
        serde_json::from_slice(json).map_err(|_| Damaged("it is not the expected JSON"))?;
    if all.iter().any(|c| code(&c.iso).is_none() || !(-90.0..=90.0).contains(&c.lat) || c.lon.abs() > 180.0) {
        return Err(Damaged("a country has no two-letter code or lies nowhere"));
    }
    all.sort_by(|a, b| a.iso.cmp(&b.iso));
    for country in &mut all {
        country.alts.shrink_to_fit();
    }
    Ok(all)
}

/// The country with this code in a list sorted by code.
pub(crate) fn find<'a>(all: &'a [Country], iso: &str) -> Option<(u32, &'a Country)> {
    let index = all.binary_search_by(|c| c.iso.as_str().cmp(iso)).ok()?;
    Some((index as u32, &all[index]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damage_is_told() {
        assert!(parse(b"").is_err());
        assert!(parse(b"[{}]").is_err());
        assert!(parse(br#"[{"iso":"ABC","name":"","alts":[],"continent":"EU","area_km2":1,"population":1,"lat":0,"lon":0,
            "bbox":[0,0,0,0],"neutral":false,"tiny":false,"shape":true}]"#).is_err());
        assert_eq!(parse(b"[]").unwrap().len(), 0);
    }
}
