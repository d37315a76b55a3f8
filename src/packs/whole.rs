//! The embedded content as a whole: counts, regions, names, borders, tiles, and pictures of every kind.

use super::render::STEP;
use super::*;
use crate::games::atlas::deck::Candidate;
use crate::games::atlas::{Continent, Difficulty, Kind, PictureSpec, Point, Region, Settings};
use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

static PACK: LazyLock<Arc<Pack>> = LazyLock::new(|| Arc::new(Pack::embedded().unwrap()));
const LEVELS: [Difficulty; 3] = [Difficulty::Easy, Difficulty::Normal, Difficulty::Hard];

fn settings(region: Region, difficulty: Difficulty) -> Settings {
    Settings {
        rounds: 5,
        seconds: None,
        region,
        difficulty,
        kinds: Kind::ALL.into_iter().collect(),
        time_bonus: false,
    }
}

fn world(difficulty: Difficulty) -> Settings {
    settings(Region::World, difficulty)
}

fn isos(kind: Kind, settings: &Settings) -> BTreeSet<String> {
    let all = PACK.candidates(kind, settings);
    all.iter().map(|c| PACK.countries[c.index as usize].iso.clone()).collect()
}

fn spec(kind: Kind, at: Candidate, token: &str) -> PictureSpec {
    let (answer, _, height_deg) = PACK.describe(kind, at.index, &world(Difficulty::Normal));
    PictureSpec {
        token: token.into(),
        kind,
        centre: at.point,
        height_deg,
        turn_deg: 0.0,
        country: answer.country,
    }
}

fn of_country(kind: Kind, iso: &str, turn_deg: f64) -> PictureSpec {
    let centre = Point { lat: 0.0, lon: 0.0 };
    PictureSpec {
        token: format!("{iso}{turn_deg}"),
        kind,
        centre,
        height_deg: 0.0,
        turn_deg,
        country: iso.into(),
    }
}

fn pixels(picture: &Picture) -> image::RgbImage {
    image::load_from_memory(&picture.bytes).unwrap().into_rgb8()
}

#[test]
fn there_is_enough_of_everything() {
    let count = |kind, d| PACK.candidates(kind, &world(d)).len();
    assert!(count(Kind::City, Difficulty::Hard) >= 34_000);
    assert!(count(Kind::Flag, Difficulty::Hard) >= 190);
    assert!(count(Kind::Silhouette, Difficulty::Hard) >= 150);
    assert!(count(Kind::Stars, Difficulty::Hard) >= 120);
    for kind in Kind::ALL {
        let [easy, normal, hard] = LEVELS.map(|d| count(kind, d));
        assert!(40 <= easy && easy < normal && normal < hard, "{kind:?}: {easy}, {normal}, {hard}");
    }
}

#[test]
fn no_answer_is_disputed_or_listed_twice() {
    for kind in Kind::ALL {
        let all = PACK.candidates(kind, &world(Difficulty::Hard));
        let distinct: BTreeSet<u32> = all.iter().map(|c| c.index).collect();
        assert_eq!(distinct.len(), all.len(), "{kind:?}");
        if kind.is_country() {
            for iso in ["XK", "EH", "AQ", "FK", "GI"] {
                assert!(!isos(kind, &world(Difficulty::Hard)).contains(iso), "{iso} in {kind:?}");
            }
            continue;
        }
        for c in all {
            let city = PACK.cities.get(c.index as usize).unwrap();
            assert!(!PACK.areas.contain(c.point), "{} is in a disputed area", city.name());
            assert!(
                city.can_be_answer() && !["XK", "EH", "AQ", "FK"].contains(&city.country()),
                "{}",
                city.name()
            );
            assert_eq!(c.point, city.point);
        }
    }
}

#[test]
fn regions_hold_only_what_lies_in_them() {
    for kind in Kind::ALL {
        for d in LEVELS {
            let inside = PACK.candidates(kind, &settings(Region::Continent(Continent::AF), d));
            assert!(inside.len() >= 12, "{kind:?} {d:?}");
            for c in inside {
                let (answer, _, _) = PACK.describe(kind, c.index, &world(d));
                assert_eq!(PACK.country(&answer.country), Some(Continent::AF), "{}", answer.name);
            }
            let croatia = settings(Region::Country("HR".into()), d);
            let inside = PACK.candidates(kind, &croatia);
            assert_eq!(inside.is_empty(), kind.is_country(), "{kind:?} {d:?}");
            assert!(inside.iter().all(|c| PACK.describe(kind, c.index, &croatia).0.country == "HR"));
        }
    }
    let places = |iso: &str, d| PACK.candidates(Kind::City, &settings(Region::Country(iso.into()), d)).len();
    let listed = |iso: &str| PACK.countries().iter().find(|c| c.iso == iso).unwrap().cities as usize;
    for iso in ["HR", "US", "IS", "AQ", "XK"] {
        assert_eq!(places(iso, Difficulty::Hard), listed(iso), "{iso}");
    }
    assert!(
        places("US", Difficulty::Easy) >= 20
            && places("US", Difficulty::Easy) < places("US", Difficulty::Normal)
    );
    assert_eq!(places("nowhere", Difficulty::Hard), 0);
    assert_eq!(PACK.country("ZZ"), None);
}

#[test]
fn answers_are_described_and_clues_help_as_much_as_they_should() {
    let find = |name: &str, d| {
        let all = PACK.candidates(Kind::City, &world(d));
        all.into_iter().find(|c| PACK.cities.get(c.index as usize).unwrap().name() == name).unwrap()
    };
    for d in LEVELS {
        let at = find("Paris", d);
        let (answer, clue, height) = PACK.describe(Kind::City, at.index, &world(d));
        assert_eq!(
            (answer.id.as_str(), answer.country.as_str(), answer.border),
            ("city:2988507", "FR", None)
        );
        assert_eq!(clue.name.as_deref(), Some("Paris"));
        assert_eq!(clue.within.as_deref(), (d != Difficulty::Hard).then_some("France"));
        assert!(height.abs() < f64::EPSILON);
        for (kind, low, high) in [
            (Kind::Orbit, 8.0, 20.0),
            (Kind::Lights, 10.0, 22.0),
            (Kind::Relief, 10.0, 22.0),
            (Kind::Rivers, 11.9, 24.0),
        ] {
            let (_, clue, height) = PACK.describe(kind, at.index, &world(d));
            assert!((low..=high).contains(&height), "{kind:?} {height}");
            assert_eq!((clue.name, clue.within), (None, None), "a picture is the whole question");
        }
    }
    let at = PACK.candidates(Kind::Flag, &world(Difficulty::Hard))[0];
    let (answer, clue, _) = PACK.describe(Kind::Flag, at.index, &world(Difficulty::Hard));
    assert_eq!(answer.id, format!("country:{}", answer.country));
    assert_eq!((clue.name, clue.within), (None, None));
    assert!(PACK.describe(Kind::City, u32::MAX, &world(Difficulty::Easy)).0.name.is_empty());
}

#[test]
fn borders_are_small_and_hold_their_countrys_point() {
    let all = PACK.candidates(Kind::Flag, &world(Difficulty::Hard));
    for c in all {
        let (answer, _, _) = PACK.describe(Kind::Flag, c.index, &world(Difficulty::Hard));
        let rings = answer.border.unwrap().rings;
        let points: usize = rings.iter().map(Vec::len).sum();
        assert!((3..=border::MAX_POINTS).contains(&points), "{}: {points}", answer.name);
        let (x, y) = (answer.point.lon * shapes::DEGREE, answer.point.lat * shapes::DEGREE);
        let mut inside = false;
        for ring in &rings {
            for (i, a) in ring.iter().enumerate() {
                let b = ring[(i + 1) % ring.len()];
                let ((ax, ay), (bx, by)) =
                    ((f64::from(a.0), f64::from(a.1)), (f64::from(b.0), f64::from(b.1)));
                if (ay > y) != (by > y) && x < (bx - ax) * (y - ay) / (by - ay) + ax {
                    inside = !inside;
                }
            }
        }
        assert!(inside, "{}: its point lies outside its border", answer.name);
    }
}

#[test]
fn names_are_those_of_2026() {
    let countries = PACK.countries();
    let name = |iso: &str| countries.iter().find(|c| c.iso == iso).unwrap().name.as_str();
    assert_eq!(["TR", "MK", "SZ", "CZ"].map(name), ["Türkiye", "North Macedonia", "Eswatini", "Czechia"]);
    for (query, city) in [("Astana", "Astana"), ("nur-sultan", "Astana"), ("kiev", "Kyiv"), ("Kyiv", "Kyiv")]
    {
        assert_eq!(PACK.search(query, SearchScope::Places)[0].name, city);
    }
    let playable = |iso: &str| countries.iter().find(|c| c.iso == iso).unwrap().playable;
    assert!(
        playable("PS")
            && playable("IL")
            && playable("TW")
            && !playable("XK")
            && !playable("AQ")
            && !playable("GI")
    );
}

#[test]
fn search_finds_what_people_type() {
    let first = |query: &str| PACK.search(query, SearchScope::Places).into_iter().next().unwrap();
    for (query, name, country) in [
        ("zurich", "Zürich", "CH"),
        ("ivory coast", "Côte d'Ivoire", "CI"),
        ("turkey", "Türkiye", "TR"),
        ("sao paulo", "São Paulo", "BR"),
        ("lodz", "Łódź", "PL"),
        ("uk", "United Kingdom", "GB"),
        ("GEORGIA", "Georgia", "GE"),
        ("niger", "Niger", "NE"),
        ("munich", "Munich", "DE"),
        ("münchen", "Munich", "DE"),
    ] {
        let place = first(query);
        assert_eq!((place.name.as_str(), place.country.as_str()), (name, country), "{query}");
    }
    let paris = PACK.search("paris", SearchScope::Places);
    assert_eq!((paris[0].detail.as_str(), paris[0].kind), ("France", PlaceKind::City));
    let york = PACK.search("york", SearchScope::Places);
    let at = |name: &str| york.iter().position(|p| p.name.starts_with(name)).unwrap_or(99);
    assert!(at("York") < at("New York"), "a beginning comes before a later word");
    assert!(PACK.search("a", SearchScope::Places).len() == MAX_PLACES);
    assert!(
        PACK.search("xqzv", SearchScope::Places).is_empty()
            && PACK.search(" .' ", SearchScope::Places).is_empty()
    );
    assert!(PACK.search("berlin", SearchScope::Countries).is_empty());
    assert_eq!(PACK.search("germ", SearchScope::Countries)[0].country, "DE");
    assert!(PACK.search(&"ö".repeat(5_000), SearchScope::Places).is_empty());
    let sevastopol = first("sevastopol");
    assert_eq!((sevastopol.detail.as_str(), sevastopol.country.as_str()), ("", ""), "no side is taken");
}

#[test]
fn tiles_are_found_and_nothing_beyond_the_map() {
    assert_eq!(PACK.tile(TileSet::Map, 0, 0, 0).map(|t| &t[..2]), Some(&[0x1f, 0x8b][..]), "gzip");
    assert_eq!(PACK.tile(TileSet::Shade, 0, 0, 0).map(|t| &t[8..12]), Some(&b"WEBP"[..]));
    assert!(PACK.tile(TileSet::Map, 6, 33, 22).is_some());
    for (z, x, y) in [(7, 0, 0), (0, 1, 0), (3, 0, 8), (33, 0, 0), (255, u32::MAX, u32::MAX)] {
        assert_eq!(PACK.tile(TileSet::Map, z, x, y), None);
    }
    let fallback: serde_json::Value = serde_json::from_slice(PACK.fallback()).unwrap();
    assert_eq!(fallback["type"], "Topology");
}

/// What is in a file besides the picture: PNG chunk types, or JPEG markers before the first scan.
fn parts(picture: &Picture) -> BTreeSet<String> {
    let b = &picture.bytes;
    let mut found = BTreeSet::new();
    let mut at = if picture.content_type == "image/png" { 8 } else { 2 };
    while at + 8 <= b.len() {
        if picture.content_type == "image/png" {
            found.insert(String::from_utf8_lossy(&b[at + 4..at + 8]).into_owned());
            at += 12 + u32::from_be_bytes(b[at..at + 4].try_into().unwrap()) as usize;
        } else {
            found.insert(format!("{:x}", b[at + 1]));
            if b[at + 1] == 0xda {
                break;
            }
            at += 2 + usize::from(u16::from_be_bytes([b[at + 2], b[at + 3]]));
        }
    }
    found
}

#[test]
fn pictures_of_all_kinds_are_drawn_and_tell_nothing() {
    // Fewer of the kinds that are slow without optimisation.
    for (kind, count) in [
        (Kind::Silhouette, 8),
        (Kind::Flag, 8),
        (Kind::Stars, 7),
        (Kind::Rivers, 3),
        (Kind::Relief, 1),
        (Kind::Lights, 1),
        (Kind::Orbit, 1),
    ] {
        let all = PACK.candidates(kind, &world(Difficulty::Hard));
        for i in 0..count {
            let at = all[(i * 7_919 + all.len() / 3) % all.len()];
            let picture = render::render(&PACK, &spec(kind, at, "00ff")).unwrap();
            assert_eq!(picture.bytes.len() % STEP, 0);
            let image = pixels(&picture);
            assert_eq!(image.dimensions(), (800, 600));
            let colours: BTreeSet<[u8; 3]> = image.pixels().map(|p| p.0).collect();
            assert!(colours.len() > 8, "{kind:?} {i}: a blank picture");
            let known: &[&str] = if kind == Kind::Orbit || kind == Kind::Lights || kind == Kind::Relief {
                &["e0", "fe", "c0", "c4", "db", "da"]
            } else {
                &["IHDR", "IDAT", "snUg", "IEND"]
            };
            let found = parts(&picture);
            assert!(found.iter().all(|p| known.contains(&p.as_str())), "{kind:?}: {found:?}");
        }
    }
    let city = spec(Kind::City, PACK.candidates(Kind::City, &world(Difficulty::Easy))[0], "0");
    assert_eq!(render::render(&PACK, &city), Err(RenderError::NoPicture(Kind::City)));
    for iso in ["ZZ", "", "Germany"] {
        for kind in [Kind::Flag, Kind::Silhouette, Kind::Stars] {
            assert!(render::render(&PACK, &of_country(kind, iso, 0.0)).is_err(), "{iso} {kind:?}");
        }
    }
}

#[test]
fn every_flag_decodes() {
    for c in PACK.candidates(Kind::Flag, &world(Difficulty::Hard)) {
        let code = PACK.countries[c.index as usize].code();
        let bytes = PACK.flags.get(u64::from(code[0]) << 8 | u64::from(code[1])).unwrap();
        let size = image::ImageReader::with_format(std::io::Cursor::new(bytes), image::ImageFormat::WebP);
        assert_eq!(size.into_dimensions().unwrap(), (640, 480), "{code:?}");
    }
}

#[test]
fn the_same_picture_has_other_bytes_in_another_match() {
    let pictures = Pictures::new(PACK.clone());
    for kind in [Kind::Flag, Kind::Rivers] {
        let at = PACK.candidates(kind, &world(Difficulty::Easy))[7];
        let one = pictures.get(&spec(kind, at, &format!("11aa{kind:?}"))).unwrap();
        let other = pictures.get(&spec(kind, at, &format!("22bb{kind:?}"))).unwrap();
        assert!(one.bytes != other.bytes, "{kind:?}");
        assert!(pixels(&one) != pixels(&other), "{kind:?}: not only the padding differs");
        assert!(Arc::ptr_eq(&one, &pictures.get(&spec(kind, at, &format!("11aa{kind:?}"))).unwrap()), "kept");
        let again = render::render(&PACK, &spec(kind, at, &format!("11aa{kind:?}"))).unwrap();
        assert!(*one == again, "{kind:?}: a restart gives the same picture");
    }
    assert!(pictures.get(&of_country(Kind::Flag, "ZZ", 0.0)).is_err());
}

/// Width, height and share of filled pixels of a silhouette.
fn figure(iso: &str, turn_deg: f64) -> (f64, f64, f64) {
    let image = pixels(&render::render(&PACK, &of_country(Kind::Silhouette, iso, turn_deg)).unwrap());
    let filled: Vec<(u32, u32)> = image
        .enumerate_pixels()
        .filter(|(_, _, p)| p.0[0] > 200 && p.0[2] < 140)
        .map(|(x, y, _)| (x, y))
        .collect();
    let range = |pick: fn(&(u32, u32)) -> u32| {
        let (low, high) = (filled.iter().map(pick).min().unwrap(), filled.iter().map(pick).max().unwrap());
        f64::from(high - low + 1)
    };
    (range(|p| p.0), range(|p| p.1), filled.len() as f64 / f64::from(800 * 600))
}

#[test]
fn countries_across_the_antimeridian_keep_their_shape() {
    for (iso, narrowest, widest, least) in [
        ("RU", 1.4, 2.4, 0.15),
        ("US", 1.1, 2.0, 0.12),
        ("FJ", 0.9, 2.2, 0.03),
        ("NZ", 0.5, 0.95, 0.05),
        ("CL", 0.08, 0.35, 0.01),
        ("FR", 0.85, 1.25, 0.2),
        ("NO", 0.4, 1.0, 0.05),
    ] {
        let (w, h, share) = figure(iso, 0.0);
        assert!((narrowest..widest).contains(&(w / h)), "{iso}: {w} × {h}");
        assert!(share > least, "{iso}: {share} filled");
        assert!(w <= 700.0 && h <= 500.0 && (w > 480.0 || h > 400.0), "{iso}: {w} × {h} does not fit well");
    }
    let (w, h, _) = figure("CL", 90.0);
    assert!(w > 3.0 * h, "turned by a quarter, Chile lies");
}

#[test]
fn holes_of_enclaves_are_seen_and_rented_ones_not() {
    let filled_middle = |iso: &str, lon: f64, lat: f64| {
        let image = pixels(&render::render(&PACK, &of_country(Kind::Silhouette, iso, 0.0)).unwrap());
        let near = PACK.countries.iter().find(|c| c.iso == iso).unwrap().info(0).bbox;
        // Only roughly: the picture is fitted to the outline, which the box describes well enough at the middle of a country.
        let k = f64::midpoint(near[1], near[3]).to_radians().cos();
        let scale = (688.0 / ((near[2] - near[0]) * k)).min(488.0 / (near[3] - near[1]));
        let x = 400.0 + (lon - f64::midpoint(near[0], near[2])) * lat.to_radians().cos() * scale;
        let y = 300.0 - (lat - f64::midpoint(near[1], near[3])) * scale;
        let p = image.get_pixel(x as u32, y as u32).0;
        p[0] > 200 && p[2] < 140
    };
    assert!(!filled_middle("ZA", 28.3, -29.6), "Lesotho");
    assert!(filled_middle("ZA", 24.0, -30.5), "the Karoo");
}
