//! What the host chooses, the presets, and what is refused.

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A kind of round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "AtlasKind"))]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A city's name is given: pin it.
    City,
    /// A country's outline (turned at hard): pin or name the country.
    Silhouette,
    /// A flag: pin or name the country.
    Flag,
    /// A view from orbit: pin its centre.
    Orbit,
    /// City lights at night: pin its centre.
    Lights,
    /// Relief without borders: pin its centre.
    Relief,
    /// Rivers and coast without borders: pin its centre.
    Rivers,
    /// A country's cities as stars: pin or name the country.
    Stars,
}

impl Kind {
    /// All kinds, in the order in which the page lists them.
    pub const ALL: [Self; 8] = [
        Self::City,
        Self::Silhouette,
        Self::Flag,
        Self::Orbit,
        Self::Lights,
        Self::Relief,
        Self::Rivers,
        Self::Stars,
    ];

    /// Whether the answer is a country (distance is to its border, 0 inside).
    pub fn is_country(self) -> bool {
        matches!(self, Self::Silhouette | Self::Flag | Self::Stars)
    }
}

/// A part of the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Continent {
    /// Europe.
    EU,
    /// Asia.
    AS,
    /// Africa.
    AF,
    /// North and Central America and the Caribbean.
    NA,
    /// South America.
    SA,
    /// Oceania.
    OC,
    /// Antarctica (no answer is there).
    AN,
}

/// Where answers are drawn from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Region {
    /// Everywhere.
    World,
    /// One continent.
    Continent(Continent),
    /// One country, by ISO 3166-1 alpha-2 code; only rounds whose answer is a place.
    Country(String),
}

/// How well known the places are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Difficulty {
    /// The best known.
    Easy,
    /// Well known.
    Normal,
    /// Everything; silhouettes are turned.
    Hard,
}

/// Named settings. Boards count these only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Preset {
    /// 3 rounds of 30 s.
    Quick,
    /// 5 rounds of 60 s.
    Classic,
    /// 10 rounds of 15 s, with time bonus.
    Sprint,
    /// 20 rounds of 60 s.
    Marathon,
    /// 10 rounds without a limit.
    Explorer,
}

/// The settings of a match.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "AtlasSettings"))]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Rounds, 1–20.
    pub rounds: u8,
    /// Seconds a round, 10–600, `None` is unlimited.
    pub seconds: Option<u16>,
    /// Where answers are drawn from.
    pub region: Region,
    /// How well known they are.
    pub difficulty: Difficulty,
    /// Which kinds of round, at least one.
    pub kinds: BTreeSet<Kind>,
    /// Up to 500 extra points for a quick lock, in proportion to the points and the time left.
    pub time_bonus: bool,
}
