//! What may be asked.

use super::*;
use crate::games::atlas::Continent;
use crate::games::atlas::deck::plan;
use std::collections::BTreeSet;

const CONTINENTS: [Continent; 6] =
    [Continent::EU, Continent::AS, Continent::AF, Continent::NA, Continent::SA, Continent::OC];

/// Countries whose candidates there are.
fn asked(kind: Kind, difficulty: Difficulty) -> BTreeSet<String> {
    let (pack, settings) = (pack(), settings(Region::World, difficulty));
    let all = pack.candidates(kind, &settings);
    all.iter().map(|c| pack.countries[c.index as usize].iso.clone()).collect()
}

#[test]
fn the_disputed_is_never_asked() {
    let pack = pack();
    for difficulty in LEVELS {
        for kind in Kind::ALL {
            let settings = settings(Region::World, difficulty);
            let all = pack.candidates(kind, &settings);
            if kind.is_country() {
                let asked = asked(kind, difficulty);
                for iso in ["EH", "XK", "FK", "AQ", "GI", "TF", "HM", "BV"] {
                    assert!(!asked.contains(iso), "{kind:?} {iso}");
                }
                continue;
            }
            for candidate in all {
                let city = pack.cities.get(candidate.index as usize).unwrap();
                assert!(!pack.areas.contain(city.point) && city.can_be_answer(), "{}", city.name());
                assert!(!["EH", "XK", "FK", "AQ"].contains(&city.country()), "{}", city.name());
            }
        }
    }
    for iso in ["EH", "XK", "FK", "AQ"] {
        let settings = settings(Region::Country(iso.into()), Difficulty::Hard);
        assert!(pack.candidates(Kind::City, &settings).is_empty(), "{iso}");
    }
}

#[test]
fn large_namesakes_are_asked_and_suburbs_only_at_hard_or_in_small_countries() {
    let pack = pack();
    let names = |region: Region, difficulty| -> BTreeSet<String> {
        let all = pack.candidates(Kind::City, &settings(region, difficulty));
        all.iter().map(|c| pack.cities.get(c.index as usize).unwrap().name().to_owned()).collect()
    };
    let (world, normal) = (names(Region::World, Difficulty::Hard), names(Region::World, Difficulty::Normal));
    for city in ["Dallas", "Zagreb", "Wuxi", "Paris"] {
        assert!(world.contains(city), "{city}");
    }
    for suburb in ["Brooklyn", "Pudong", "Navi Mumbai", "Soweto"] {
        assert!(world.contains(suburb) && !normal.contains(suburb), "{suburb}");
    }
    assert!(names(Region::Country("HK".into()), Difficulty::Normal).contains("Kowloon"), "little else there");
    assert!(!names(Region::Country("US".into()), Difficulty::Normal).contains("Brooklyn"));
}

#[test]
fn the_list_of_countries_counts_what_a_match_within_one_can_ask() {
    let pack = pack();
    for iso in ["HR", "HK", "SG", "US", "UA", "XK", "EE", "NR"] {
        let settings = settings(Region::Country(iso.into()), Difficulty::Hard);
        let info = pack.countries().into_iter().find(|c| c.iso == iso).unwrap();
        assert_eq!(info.cities as usize, pack.candidates(Kind::City, &settings).len(), "{iso}");
    }
}

#[test]
fn a_name_that_two_countries_share_comes_with_its_country_even_at_hard() {
    let (pack, settings) = (pack(), settings(Region::World, Difficulty::Hard));
    let within = |name: &str, iso: &str| {
        let all = pack.candidates(Kind::City, &settings);
        let found = all.iter().find(|c| {
            let city = pack.cities.get(c.index as usize).unwrap();
            city.name() == name && city.country() == iso
        });
        pack.describe(Kind::City, found.unwrap().index, &settings).1.within
    };
    assert_eq!(within("Hyderabad", "IN").as_deref(), Some("India"));
    assert_eq!(within("London", "CA").as_deref(), Some("Canada"));
    assert_eq!(within("London", "GB"), None, "ten times Canada's");
    assert_eq!(within("Zagreb", "HR"), None);
}

#[test]
fn every_continent_has_a_match_of_each_kind() {
    let pack = pack();
    for continent in CONTINENTS {
        for difficulty in LEVELS {
            for kind in Kind::ALL {
                let settings = Settings {
                    rounds: if kind == Kind::Stars && continent == Continent::OC { 2 } else { 5 },
                    kinds: BTreeSet::from([kind]),
                    ..settings(Region::Continent(continent), difficulty)
                };
                let deck = plan(&settings, 7, &*pack);
                assert!(deck.is_ok(), "{continent:?} {difficulty:?} {kind:?}: {deck:?}");
            }
        }
    }
}

#[test]
fn harder_asks_for_more() {
    let pack = pack();
    for kind in Kind::ALL {
        let count = |d| pack.candidates(kind, &settings(Region::World, d)).len();
        let [easy, normal, hard] = LEVELS.map(count);
        assert!(easy >= 40 && easy < normal && normal < hard, "{kind:?}: {easy} {normal} {hard}");
    }
}

/// Mean difference of two flags of 16 × 12 pixels, 0–255.
fn apart(a: &[u8], b: &[u8]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(a.abs_diff(*b))).sum::<f64>() / a.len() as f64
}

#[test]
fn no_two_flags_that_are_asked_look_the_same() {
    let (pack, asked) = (pack(), asked(Kind::Flag, Difficulty::Hard));
    let small: Vec<(&String, Vec<u8>)> = asked
        .iter()
        .map(|iso| {
            let [a, b] = countries::code(iso).unwrap();
            let flag = image::load_from_memory(pack.flags.get(u64::from(a) << 8 | u64::from(b)).unwrap());
            (iso, flag.unwrap().thumbnail_exact(16, 12).into_rgb8().into_raw())
        })
        .collect();
    for (i, (iso, flag)) in small.iter().enumerate() {
        for (other, theirs) in &small[..i] {
            let apart = apart(flag, theirs);
            assert!(apart > 4.0, "{iso} and {other} are {apart:.1} apart");
        }
    }
    // The better known of each pair of twins is asked.
    for iso in ["FR", "US", "GB", "NL", "AU", "NO", "RO", "ID"] {
        assert!(asked.contains(iso), "{iso}");
    }
}
