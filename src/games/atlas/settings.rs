//! What the host chooses, the presets, and what is refused.

use super::score::{MAX_BONUS, MAX_POINTS};
use crate::games::Rejection;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::ops::RangeInclusive;

/// How many rounds a match may have.
pub const ROUNDS: RangeInclusive<u8> = 1..=20;
/// How many seconds a limited round may last.
pub const SECONDS: RangeInclusive<u16> = 10..=600;

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

    /// Its name, as on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::City => "city",
            Self::Silhouette => "silhouette",
            Self::Flag => "flag",
            Self::Orbit => "orbit",
            Self::Lights => "lights",
            Self::Relief => "relief",
            Self::Rivers => "rivers",
            Self::Stars => "stars",
        }
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

impl Continent {
    /// Its name in English.
    pub fn name(self) -> &'static str {
        match self {
            Self::EU => "Europe",
            Self::AS => "Asia",
            Self::AF => "Africa",
            Self::NA => "North America",
            Self::SA => "South America",
            Self::OC => "Oceania",
            Self::AN => "Antarctica",
        }
    }
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

impl Difficulty {
    /// Its name, as on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Easy => "easy",
            Self::Normal => "normal",
            Self::Hard => "hard",
        }
    }
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

impl Preset {
    /// All presets, in the order in which the page lists them.
    pub const ALL: [Self; 5] = [Self::Quick, Self::Classic, Self::Sprint, Self::Marathon, Self::Explorer];

    /// Its name, as on the wire, in URLs and as the board's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Quick => "quick",
            Self::Classic => "classic",
            Self::Sprint => "sprint",
            Self::Marathon => "marathon",
            Self::Explorer => "explorer",
        }
    }
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

impl Default for Settings {
    /// The preset `classic`.
    fn default() -> Self {
        Self::preset(Preset::Classic)
    }
}

impl Settings {
    /// The most points that a seat can get.
    pub fn max_points(&self) -> u32 {
        let bonus = if self.time_bonus && self.seconds.is_some() { MAX_BONUS } else { 0 };
        u32::from(self.rounds) * (MAX_POINTS + bonus)
    }

    /// What a preset stands for: the whole world, normal, all kinds of round.
    pub fn preset(preset: Preset) -> Self {
        let (rounds, seconds) = match preset {
            Preset::Quick => (3, Some(30)),
            Preset::Classic => (5, Some(60)),
            Preset::Sprint => (10, Some(15)),
            Preset::Marathon => (20, Some(60)),
            Preset::Explorer => (10, None),
        };
        Self {
            rounds,
            seconds,
            region: Region::World,
            difficulty: Difficulty::Normal,
            kinds: Kind::ALL.into(),
            time_bonus: preset == Preset::Sprint,
        }
    }

    /// The preset that these settings are, `None` when any of them differs.
    pub fn as_preset(&self) -> Option<Preset> {
        Preset::ALL.into_iter().find(|&preset| *self == Self::preset(preset))
    }

    /// Length of a round in milliseconds, `None` when unlimited.
    pub fn round_ms(&self) -> Option<u64> {
        self.seconds.map(|seconds| u64::from(seconds) * 1000)
    }

    /// Whether a match can be played with these.
    ///
    /// # Errors
    /// `invalid_settings`, with the value and what it may be.
    pub fn validate(&self) -> Result<(), Rejection> {
        let refuse = |message: String| Err(Rejection::new("invalid_settings", message));
        if !ROUNDS.contains(&self.rounds) {
            let (least, most) = (ROUNDS.start(), ROUNDS.end());
            return refuse(format!("{} rounds are not possible: choose {least} to {most}.", self.rounds));
        }
        if let Some(seconds) = self.seconds.filter(|s| !SECONDS.contains(s)) {
            let (least, most) = (SECONDS.start(), SECONDS.end());
            return refuse(format!(
                "{seconds} seconds a round are not possible: choose {least} to {most}, or no limit."
            ));
        }
        if self.kinds.is_empty() {
            return refuse("0 kinds of round are chosen: choose 1 to 8.".into());
        }
        let Region::Country(iso) = &self.region else { return Ok(()) };
        if !is_iso(iso) {
            // Shown shortened: it may be anything.
            let said: String = iso.chars().take(8).collect();
            return refuse(format!(
                "{said:?} is not a country's code: it has 2 capital letters, as in \"FR\" (ISO 3166-1)."
            ));
        }
        match self.kinds.iter().find(|kind| kind.is_country()) {
            None => Ok(()),
            Some(kind) => refuse(format!(
                "Rounds of kind \"{}\" ask for a country, which the region {iso} would give away: \
                 choose only city, orbit, lights, relief or rivers, or a larger region.",
                kind.name()
            )),
        }
    }
}

/// Whether this could be a country's ISO 3166-1 alpha-2 code: 2 capital letters.
pub(super) fn is_iso(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|b| b.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(change: impl FnOnce(&mut Settings)) -> String {
        let mut settings = Settings::default();
        change(&mut settings);
        let rejection = settings.validate().unwrap_err();
        assert_eq!(rejection.code, "invalid_settings");
        rejection.message
    }

    fn places() -> BTreeSet<Kind> {
        Kind::ALL.into_iter().filter(|kind| !kind.is_country()).collect()
    }

    /// dguesser 14.
    #[test]
    fn case_14_settings_are_checked() {
        assert!(
            refused(|s| s.rounds = 0).contains("0 rounds") && refused(|s| s.rounds = 25).contains("1 to 20")
        );
        assert!(refused(|s| s.seconds = Some(700)).contains("10 to 600"));
        assert!(refused(|s| s.seconds = Some(9)).starts_with("9 seconds"));
        assert!(refused(|s| s.kinds.clear()).contains("1 to 8"));
        let mut custom = Settings::preset(Preset::Classic);
        custom.rounds = 7;
        assert_eq!(custom.validate(), Ok(()));
        assert_eq!(custom.as_preset(), None);
    }

    #[test]
    fn a_country_is_played_with_places_only() {
        let mut settings = Settings { region: Region::Country("FR".into()), ..Settings::default() };
        assert!(settings.validate().unwrap_err().message.contains("silhouette"));
        settings.kinds = places();
        assert_eq!(settings.validate(), Ok(()));
        for iso in ["", "F", "fr", "FRA", "F1", "ÉÉ", "🇫🇷"] {
            assert!(
                refused(|s| *s = Settings { region: Region::Country(iso.into()), ..settings.clone() })
                    .contains("capital")
            );
        }
        let long = refused(|s| s.region = Region::Country("x".repeat(100_000)));
        assert!(long.len() < 200);
    }

    #[test]
    fn presets_are_themselves_and_valid() {
        for preset in Preset::ALL {
            let settings = Settings::preset(preset);
            assert_eq!(settings.validate(), Ok(()));
            assert_eq!(settings.as_preset(), Some(preset));
            assert_eq!(serde_json::to_value(preset).unwrap(), preset.name());
        }
        assert_eq!(Settings::default().as_preset(), Some(Preset::Classic));
        let sprint = Settings::preset(Preset::Sprint);
        assert_eq!((sprint.rounds, sprint.seconds, sprint.time_bonus), (10, Some(15), true));
        assert_eq!(Settings::preset(Preset::Explorer).round_ms(), None);
    }

    #[test]
    fn names_are_those_on_the_wire() {
        for kind in Kind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
        }
        for difficulty in [Difficulty::Easy, Difficulty::Normal, Difficulty::Hard] {
            assert_eq!(serde_json::to_value(difficulty).unwrap(), difficulty.name());
        }
    }
}
