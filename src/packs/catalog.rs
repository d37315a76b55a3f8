//! What Atlas deals from: which places each kind of round may ask for, and all about one of them.

use super::countries::{self, Country};
use super::{Pack, border};
use crate::games::atlas::deck::{Candidate, Catalog};
use crate::games::atlas::{Answer, Border, Clue, Continent, Difficulty, Kind, Point, Region, Settings};

/// Stars need this many cities to hint at a figure, which is enough at hard.
const STARS_MIN: u32 = 12;
/// And this many to form one that most can read.
const STARS_CLEAR: u32 = 25;
/// Of a country whose cities lie in disputed areas by more than this share, stars would draw a distorted figure.
const STARS_MAX_DISPUTED: f64 = 0.15;
/// With fewer cities than a match may have rounds, a country's districts and suburbs count too.
const FEW: usize = 20;
/// At hard a name stands alone when it means a city at least this many times as large as all others of that name.
const BY_FAR: u64 = 10;
/// Pictures of places are centred no nearer to a pole.
const MAX_LAT: f64 = 72.0;

/// Which cities belong to a pool: every one with `people`, capitals of countries with `capitals` people, and the largest of the
/// region until there are `least`.
struct Rule {
    people: u32,
    capitals: u64,
    least: usize,
    /// The least mark of [`super::telling`].
    telling: u8,
}

fn rule(kind: Kind, difficulty: Difficulty) -> Rule {
    let (people, capitals, least) = match (kind, difficulty) {
        (Kind::City, Difficulty::Easy) => (1_000_000, 3_000_000, 40),
        (Kind::City, Difficulty::Normal) => (150_000, 0, 150),
        (Kind::City, Difficulty::Hard) => (0, 0, usize::MAX),
        (_, Difficulty::Easy) => (400_000, 3_000_000, 60),
        (_, Difficulty::Normal) => (120_000, 0, 120),
        (_, Difficulty::Hard) => (30_000, 0, 300),
    };
    let telling = match kind {
        Kind::Lights => 2,
        Kind::Orbit | Kind::Relief => 6,
        Kind::Rivers => 5,
        Kind::City | Kind::Silhouette | Kind::Flag | Kind::Stars => 0,
    };
    Rule { people, capitals, least, telling }
}

impl Pack {
    /// How many cities of each country can be an answer in a match within it.
    pub(super) fn count_answers(&self) -> Vec<u32> {
        let mut counts = vec![0; self.countries.len()];
        for (_, city) in self.cities.iter().filter(|(_, c)| c.can_be_answer()) {
            if let Some((i, country)) = countries::find(&self.countries, city.country())
                && !country.neutral
                && !self.areas.contain(city.point)
            {
                counts[i as usize] += 1;
            }
        }
        counts
    }

    fn places(&self, kind: Kind, settings: &Settings) -> Vec<Candidate> {
        let rule = rule(kind, settings.difficulty);
        let within = match &settings.region {
            Region::World => None,
            Region::Continent(continent) => Some(Err(*continent)),
            Region::Country(iso) => match countries::code(iso) {
                Some(code) => Some(Ok(code)),
                None => return Vec::new(),
            },
        };
        // Cities of a neutral country are in the list for searching only.
        let neutral: Vec<[u8; 2]> = self.countries.iter().filter(|c| c.neutral).map(Country::code).collect();
        let pool = self.cities.iter().filter(|(_, c)| {
            let inside = match within {
                None => true,
                Some(Ok(code)) => c.iso == code,
                Some(Err(continent)) => c.continent == continent,
            };
            inside
                && c.can_be_answer()
                && !neutral.contains(&c.iso)
                && !self.areas.contain(c.point)
                && (rule.telling == 0 || c.point.lat.abs() <= MAX_LAT)
                && self.telling.mark(kind, c.point) >= rule.telling
        });
        // A suburb is a mean question ("Kowloon?", "Thane?") and lies where its city does: asked by name at hard
        // only, or where a country has little else.
        let (mut pool, suburbs): (Vec<_>, Vec<_>) = pool.partition(|(_, c)| !c.is_suburb());
        let few = matches!(within, Some(Ok(_))) && pool.len() < FEW;
        if few || (kind == Kind::City && settings.difficulty == Difficulty::Hard) {
            pool.extend(suburbs);
        }
        let pool: Vec<(Candidate, u32, bool)> = pool
            .into_iter()
            .map(|(index, c)| {
                let big_enough = || {
                    let country = countries::find(&self.countries, c.country());
                    country.is_some_and(|(_, country)| country.population >= rule.capitals)
                };
                (Candidate { index, point: c.point }, c.population, c.is_capital() && big_enough())
            })
            .collect();
        if matches!(within, Some(Ok(_))) {
            // Within one country absolute sizes say nothing: its larger cities are the known ones.
            let count = match settings.difficulty {
                Difficulty::Easy => (pool.len() / 10).max(20),
                Difficulty::Normal => (pool.len() * 2 / 5).max(20),
                Difficulty::Hard => pool.len(),
            };
            return pool.into_iter().take(count).map(|p| p.0).collect();
        }
        // The list is sorted by size, so the first `least` are the largest.
        let enough =
            |i: usize, people: u32, capital: bool| people >= rule.people || capital || i < rule.least;
        pool.into_iter().enumerate().filter(|(i, p)| enough(*i, p.1, p.2)).map(|(_, p)| p.0).collect()
    }

    fn states(&self, kind: Kind, settings: &Settings) -> Vec<Candidate> {
        let within = |c: &Country| match &settings.region {
            Region::World => true,
            Region::Continent(continent) => c.continent == *continent,
            // A round that asks for the only country there is would be no question.
            Region::Country(_) => false,
        };
        let stars = if kind == Kind::Stars { self.star_counts() } else { Vec::new() };
        let least_stars = if settings.difficulty == Difficulty::Hard { STARS_MIN } else { STARS_CLEAR };
        let mut pool: Vec<(u32, &Country)> =
            (0..).zip(&self.countries).filter(|(_, c)| c.is_playable() && within(c)).collect();
        pool.retain(|(i, c)| match kind {
            Kind::Silhouette => c.shape && !c.tiny && c.has_figure(),
            Kind::Flag => c.has_own_flag() && self.flag(c).is_some(),
            Kind::Stars => {
                let (all, disputed) = stars[*i as usize];
                all >= least_stars && f64::from(disputed) <= STARS_MAX_DISPUTED * f64::from(all + disputed)
            }
            _ => false,
        });
        pool.retain(|(_, c)| settings.difficulty == Difficulty::Hard || !c.is_territory());
        pool.sort_by(|a, b| b.1.fame().total_cmp(&a.1.fame()));
        let count = match settings.difficulty {
            Difficulty::Easy => (pool.len() * 2 / 5).max(12),
            Difficulty::Normal => (pool.len() * 3 / 4).max(24),
            Difficulty::Hard => pool.len(),
        };
        pool.truncate(count);
        pool.into_iter().map(|(index, c)| Candidate { index, point: c.point() }).collect()
    }

    fn flag(&self, country: &Country) -> Option<&'static [u8]> {
        let [a, b] = country.code();
        self.flags.get(u64::from(a) << 8 | u64::from(b))
    }

    /// Undisputed and disputed cities of each country.
    fn star_counts(&self) -> Vec<(u32, u32)> {
        let mut counts = vec![(0, 0); self.countries.len()];
        for (_, city) in self.cities.iter() {
            if let Some((i, _)) = countries::find(&self.countries, city.country()) {
                let count = &mut counts[i as usize];
                if city.is_disputed() { count.1 += 1 } else { count.0 += 1 }
            }
        }
        counts
    }

    fn describe_country(&self, index: u32) -> Option<Answer> {
        let country = self.countries.get(index as usize)?;
        let polygons = self.shapes.polygons(country.code(), |_| true).unwrap_or_default();
        let border = if polygons.is_empty() { speck(country.point()) } else { border::simplify(&polygons) };
        Some(Answer {
            id: format!("country:{}", country.iso),
            name: country.name.clone(),
            country: country.iso.clone(),
            country_name: country.name.clone(),
            point: country.point(),
            border: Some(border),
        })
    }

    /// Whether another country has a city of the same name that a player could as well mean.
    fn is_shared(&self, index: u32) -> bool {
        self.cities.get(index as usize).is_some_and(|city| {
            let other = |c: &super::cities::City<'_>| {
                c.iso != city.iso
                    && c.name() == city.name()
                    && u64::from(c.population) * BY_FAR > u64::from(city.population)
            };
            self.cities.iter().any(|(_, c)| other(&c))
        })
    }

    fn describe_place(&self, index: u32) -> Option<Answer> {
        let city = self.cities.get(index as usize)?;
        Some(Answer {
            id: format!("city:{}", city.id),
            name: city.name().to_owned(),
            country: city.country().to_owned(),
            country_name: self.country_name(city.country()).to_owned(),
            point: city.point,
            border: None,
        })
    }
}

/// A border for a country without an outline: a kilometre or so around its point.
fn speck(at: Point) -> Border {
    let (x, y) = ((at.lon * 1e4) as i32, (at.lat * 1e4) as i32);
    Border { rings: vec![vec![(x - 50, y - 50), (x + 50, y - 50), (x + 50, y + 50), (x - 50, y + 50)]] }
}

/// How much of the Earth a picture shows, in degrees of latitude: less is harder. Places differ a little, always the same.
fn height(kind: Kind, difficulty: Difficulty, index: u32) -> f64 {
    let (wide, middle, near) = match kind {
        Kind::Orbit => (18.0, 15.0, 12.5),
        Kind::Lights => (20.0, 15.0, 11.5),
        Kind::Relief => (20.0, 15.0, 11.0),
        Kind::Rivers => (22.0, 17.0, 13.0),
        Kind::City | Kind::Silhouette | Kind::Flag | Kind::Stars => return 0.0,
    };
    let base = match difficulty {
        Difficulty::Easy => wide,
        Difficulty::Normal => middle,
        Difficulty::Hard => near,
    };
    base * (0.92 + f64::from(index % 9) * 0.02)
}

impl Catalog for Pack {
    fn candidates(&self, kind: Kind, settings: &Settings) -> Vec<Candidate> {
        if kind.is_country() { self.states(kind, settings) } else { self.places(kind, settings) }
    }

    fn describe(&self, kind: Kind, index: u32, settings: &Settings) -> (Answer, Clue, f64) {
        let answer =
            if kind.is_country() { self.describe_country(index) } else { self.describe_place(index) };
        // Indices come from `candidates`; for any other there is no place, and an empty answer is harmless.
        let answer = answer.unwrap_or_else(|| Answer {
            id: "none".into(),
            name: String::new(),
            country: String::new(),
            country_name: String::new(),
            point: Point { lat: 0.0, lon: 0.0 },
            border: None,
        });
        let named = kind == Kind::City;
        let helped = named
            && !matches!(settings.region, Region::Country(_))
            && (settings.difficulty != Difficulty::Hard || self.is_shared(index));
        let clue = Clue {
            name: named.then(|| answer.name.clone()),
            within: helped.then(|| answer.country_name.clone()),
        };
        (answer, clue, height(kind, settings.difficulty, index))
    }

    fn country(&self, iso: &str) -> Option<Continent> {
        countries::find(&self.countries, iso).map(|(_, c)| c.continent)
    }
}
