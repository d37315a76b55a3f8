//! A small world for tests: real cities, countries as boxes.

use super::{
    Answer, Border, Candidate, Catalog, Clue, Continent, Deck, Difficulty, Kind, Point, Region, Settings,
    plan,
};
use Continent::{AF, AS, EU, NA, OC, SA};

/// A point.
pub(crate) fn at(lat: f64, lon: f64) -> Point {
    Point { lat, lon }
}

/// A border of boxes, each (west, south, east, north) in degrees.
pub(crate) fn boxed(boxes: &[(f64, f64, f64, f64)]) -> Border {
    let n = |degrees: f64| (degrees * 1e4).round() as i32;
    let ring = |&(w, s, e, north): &(f64, f64, f64, f64)| {
        vec![(n(w), n(s)), (n(e), n(s)), (n(e), n(north)), (n(w), n(north))]
    };
    Border { rings: boxes.iter().map(ring).collect() }
}

/// A deck for these settings from the small world.
pub(crate) fn deck(settings: &Settings, seed: u64) -> Deck {
    plan(settings, seed, &SmallWorld).unwrap()
}

/// The small world. Kinds number the same cities differently, as a real catalogue may.
pub(crate) struct SmallWorld;

type City = (&'static str, &'static str, f64, f64, Difficulty);
type Country = (&'static str, &'static str, Continent, &'static [(f64, f64, f64, f64)]);

impl SmallWorld {
    fn has(settings: &Settings, iso: &str, continent: Continent) -> bool {
        match &settings.region {
            Region::World => true,
            Region::Continent(wanted) => *wanted == continent,
            Region::Country(wanted) => wanted == iso,
        }
    }

    fn offset(kind: Kind) -> u32 {
        if kind == Kind::City { 0 } else { 1000 }
    }
}

fn country(iso: &str) -> &'static Country {
    COUNTRIES.iter().find(|country| country.0 == iso).unwrap()
}

fn middle(country: &Country) -> Point {
    let (w, s, e, n) = country.3[0];
    at(f64::midpoint(s, n), f64::midpoint(w, e))
}

impl Catalog for SmallWorld {
    fn candidates(&self, kind: Kind, settings: &Settings) -> Vec<Candidate> {
        if kind.is_country() {
            let inside = COUNTRIES.iter().enumerate().filter(|(_, c)| Self::has(settings, c.0, c.2));
            return inside.map(|(i, c)| Candidate { index: i as u32, point: middle(c) }).collect();
        }
        let asked =
            |city: &&City| city.4 <= settings.difficulty && Self::has(settings, city.1, country(city.1).2);
        let number = |city: &City| CITIES.iter().position(|c| c == city).unwrap() as u32 + Self::offset(kind);
        CITIES.iter().filter(asked).map(|c| Candidate { index: number(c), point: at(c.2, c.3) }).collect()
    }

    fn describe(&self, kind: Kind, index: u32, settings: &Settings) -> (Answer, Clue, f64) {
        if kind.is_country() {
            let found = &COUNTRIES[index as usize];
            let answer = Answer {
                id: format!("country:{}", found.0),
                name: found.1.into(),
                country: found.0.into(),
                country_name: found.1.into(),
                point: middle(found),
                border: Some(boxed(found.3)),
            };
            // A careless catalogue: the clue gives the answer away. The plan must not take it.
            return (answer, Clue { name: Some(found.1.into()), within: None }, 7.0);
        }
        let city = &CITIES[(index - Self::offset(kind)) as usize];
        let within = country(city.1).1;
        let answer = Answer {
            id: format!("city:{}", index - Self::offset(kind)),
            name: city.0.into(),
            country: city.1.into(),
            country_name: within.into(),
            point: at(city.2, city.3),
            border: None,
        };
        let easy = settings.difficulty == Difficulty::Easy;
        (answer, Clue { name: Some(city.0.into()), within: easy.then(|| within.into()) }, 12.0)
    }

    fn country(&self, iso: &str) -> Option<Continent> {
        COUNTRIES.iter().find(|country| country.0 == iso).map(|country| country.2)
    }
}

const COUNTRIES: [Country; 16] = [
    ("FR", "France", EU, &[(-4.0, 42.5, 7.5, 50.8), (8.6, 41.4, 9.5, 43.0)]),
    ("DE", "Germany", EU, &[(7.5, 47.5, 14.5, 54.5)]),
    ("HR", "Croatia", EU, &[(13.6, 44.2, 19.3, 46.4), (14.6, 42.6, 18.3, 44.2)]),
    ("ES", "Spain", EU, &[(-9.0, 36.2, -4.0, 43.6), (-4.0, 36.8, 3.0, 42.5)]),
    ("RU", "Russia", EU, &[(40.0, 50.0, 180.0, 72.0), (-180.0, 64.0, -170.0, 70.0)]),
    ("JP", "Japan", AS, &[(130.0, 31.0, 142.0, 41.0), (140.0, 41.5, 145.5, 45.5)]),
    ("IN", "India", AS, &[(70.0, 9.0, 88.0, 32.0)]),
    ("TH", "Thailand", AS, &[(97.5, 6.0, 105.5, 20.0)]),
    ("EG", "Egypt", AF, &[(25.0, 22.0, 34.5, 31.5)]),
    ("KE", "Kenya", AF, &[(34.0, -4.6, 41.8, 4.9)]),
    ("ZA", "South Africa", AF, &[(17.0, -34.5, 32.5, -23.0)]),
    ("US", "United States", NA, &[(-124.5, 30.0, -68.0, 49.0), (-168.0, 55.0, -141.0, 71.0)]),
    ("CA", "Canada", NA, &[(-140.0, 49.0, -55.0, 75.0)]),
    ("BR", "Brazil", SA, &[(-70.0, -30.0, -36.0, 4.0)]),
    ("AR", "Argentina", SA, &[(-70.0, -54.0, -58.0, -24.0)]),
    ("FJ", "Fiji", OC, &[(177.0, -19.2, 180.0, -16.0), (-180.0, -19.0, -179.0, -16.0)]),
];

const E: Difficulty = Difficulty::Easy;
const N: Difficulty = Difficulty::Normal;
const H: Difficulty = Difficulty::Hard;

const CITIES: [City; 56] = [
    ("Paris", "FR", 48.85341, 2.3488, E),
    ("Lyon", "FR", 45.74846, 4.84671, E),
    ("Marseille", "FR", 43.29695, 5.38107, E),
    ("Toulouse", "FR", 43.60426, 1.44367, N),
    ("Brest", "FR", 48.39029, -4.48628, N),
    ("Ajaccio", "FR", 41.91886, 8.73812, H),
    ("Berlin", "DE", 52.52437, 13.41053, E),
    ("Hamburg", "DE", 53.57532, 10.01534, E),
    ("Munich", "DE", 48.13743, 11.57549, N),
    ("Jena", "DE", 50.92878, 11.5899, H),
    ("Zagreb", "HR", 45.81444, 15.97798, E),
    ("Split", "HR", 43.50891, 16.43915, N),
    ("Pula", "HR", 44.86833, 13.84806, H),
    ("Madrid", "ES", 40.4165, -3.70256, E),
    ("Seville", "ES", 37.38283, -5.97317, N),
    ("Teruel", "ES", 40.3456, -1.10646, H),
    ("Moscow", "RU", 55.75222, 37.61556, E),
    ("Omsk", "RU", 54.99244, 73.36859, N),
    ("Yakutsk", "RU", 62.03389, 129.73306, N),
    ("Anadyr", "RU", 64.73424, 177.5103, H),
    ("Tokyo", "JP", 35.6895, 139.69171, E),
    ("Osaka", "JP", 34.69379, 135.50107, E),
    ("Sapporo", "JP", 43.06667, 141.35, N),
    ("Wakkanai", "JP", 45.40944, 141.67389, H),
    ("Delhi", "IN", 28.65195, 77.23149, E),
    ("Mumbai", "IN", 19.07283, 72.88261, E),
    ("Chennai", "IN", 13.08784, 80.27847, N),
    ("Bangkok", "TH", 13.75398, 100.50144, E),
    ("Chiang Mai", "TH", 18.79038, 98.98468, N),
    ("Cairo", "EG", 30.06263, 31.24967, E),
    ("Aswan", "EG", 24.09343, 32.90704, N),
    ("Nairobi", "KE", -1.28333, 36.81667, E),
    ("Mombasa", "KE", -4.05466, 39.66359, N),
    ("Cape Town", "ZA", -33.92584, 18.42322, E),
    ("Durban", "ZA", -29.8579, 31.0292, N),
    ("Upington", "ZA", -28.44776, 21.25612, H),
    ("New York", "US", 40.71427, -74.00597, E),
    ("Los Angeles", "US", 34.05223, -118.24368, E),
    ("Denver", "US", 39.73915, -104.9847, N),
    ("Anchorage", "US", 61.21806, -149.90028, N),
    ("Nome", "US", 64.50111, -165.40639, H),
    ("Toronto", "CA", 43.70011, -79.4163, E),
    ("Vancouver", "CA", 49.24966, -123.11934, E),
    ("Winnipeg", "CA", 49.8844, -97.14704, N),
    ("Iqaluit", "CA", 63.74697, -68.51727, H),
    ("Rio de Janeiro", "BR", -22.90642, -43.18223, E),
    ("Manaus", "BR", -3.10194, -60.025, N),
    ("Recife", "BR", -8.05389, -34.88111, N),
    ("Buenos Aires", "AR", -34.61315, -58.37723, E),
    ("Mendoza", "AR", -32.89084, -68.82717, N),
    ("Ushuaia", "AR", -54.8, -68.3, H),
    ("Suva", "FJ", -18.14161, 178.44149, E),
    ("Lautoka", "FJ", -17.61686, 177.45049, N),
    ("Labasa", "FJ", -16.4332, 179.36451, H),
    ("Nadi", "FJ", -17.80309, 177.41617, H),
    ("Levuka", "FJ", -17.68333, 178.83333, H),
];
