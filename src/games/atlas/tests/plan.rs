//! Decks.

use super::*;
use crate::games::atlas::deck::{SCALE_MAX_M, SCALE_MIN_M};
use crate::games::atlas::geo::distance_m;
use crate::games::atlas::testing::{SmallWorld, deck as small_deck};
use crate::games::atlas::{Candidate, Catalog, Continent, Difficulty, Region, plan};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

fn of(rounds: u8, region: Region, difficulty: Difficulty, kinds: &[Kind]) -> Settings {
    let kinds = kinds.iter().copied().collect();
    Settings { rounds, region, difficulty, kinds, ..Settings::default() }
}

fn refusal(settings: &Settings) -> String {
    let rejection = plan(settings, 3, &SmallWorld).unwrap_err();
    assert_eq!(rejection.code, "not_enough_places");
    rejection.message
}

#[test]
fn too_few_places_are_refused_with_the_numbers() {
    let france = Region::Country("FR".into());
    let message = refusal(&of(5, france.clone(), Difficulty::Easy, &[Kind::City]));
    assert_eq!(
        message,
        "France has 3 places at easy for 5 rounds: choose at most 3 rounds, a larger region or more kinds of round or a \
         harder difficulty."
    );
    // Other kinds ask for the same three cities: they are not more answers.
    let message = refusal(&of(5, france.clone(), Difficulty::Easy, &[Kind::City, Kind::Orbit, Kind::Relief]));
    assert!(message.starts_with("France has 3 places at easy for 5 rounds"), "{message}");
    assert!(plan(&of(3, france, Difficulty::Easy, &[Kind::City, Kind::Orbit]), 3, &SmallWorld).is_ok());
    // A country by flag and by silhouette is one answer as well.
    let oceania = Region::Continent(Continent::OC);
    let message = refusal(&of(2, oceania, Difficulty::Hard, &[Kind::Flag, Kind::Silhouette, Kind::Stars]));
    assert!(
        message.starts_with("Oceania has 1 place at hard for 2 rounds: choose at most 1 round, a"),
        "{message}"
    );
    assert!(!message.contains("difficulty"));
    let empty = refusal(&of(1, Region::Continent(Continent::AN), Difficulty::Hard, &[Kind::City]));
    assert!(empty.starts_with("Antarctica has 0 places") && !empty.contains("at most"), "{empty}");
    let rounds = small_deck(&of(16, Region::World, Difficulty::Easy, &[Kind::Flag, Kind::Stars]), 1).rounds;
    assert_eq!(rounds.len(), 16);
}

#[test]
fn unknown_countries_are_refused() {
    let settings = of(5, Region::Country("ZZ".into()), Difficulty::Hard, &[Kind::City]);
    let rejection = plan(&settings, 1, &SmallWorld).unwrap_err();
    assert_eq!(rejection.code, "invalid_settings");
    assert!(rejection.message.contains("ZZ"));
    let invalid = Settings { rounds: 21, ..Settings::default() };
    assert_eq!(plan(&invalid, 1, &SmallWorld).unwrap_err().code, "invalid_settings");
}

#[test]
fn the_scale_is_that_of_the_pool() {
    let scale = |region, kinds: &[Kind]| small_deck(&of(1, region, Difficulty::Hard, kinds), 1).scale_m;
    assert!((scale(Region::World, &[Kind::City]) - SCALE_MAX_M).abs() < 1e-6);
    // Brest to Ajaccio.
    let france = f64::from(distance_m(at(48.39029, -4.48628), at(41.91886, 8.73812)));
    assert!((scale(Region::Country("FR".into()), &[Kind::City, Kind::Relief]) - france).abs() < 1e-6);
    // One country of the continent: never below the least.
    assert!((scale(Region::Continent(Continent::OC), &[Kind::Flag]) - SCALE_MIN_M).abs() < 1e-6);
}

#[test]
fn pictures_tell_nothing_in_words() {
    let kinds = Kind::ALL;
    let easy = small_deck(&of(20, Region::World, Difficulty::Easy, &kinds), 5);
    for round in &easy.rounds {
        let Some(picture) = &round.picture else {
            assert_eq!(round.kind, Kind::City);
            assert!(round.clue.name.as_ref() == Some(&round.answer.name) && round.clue.within.is_some());
            continue;
        };
        assert_eq!(round.clue, Clue { name: None, within: None });
        assert_eq!((picture.kind, picture.centre), (round.kind, round.answer.point));
        assert_eq!(picture.country.is_empty(), !round.kind.is_country());
        assert_eq!(picture.height_deg > 0.0, !round.kind.is_country());
        assert_eq!(round.answer.border.is_some(), round.kind.is_country());
        assert!(picture.turn_deg.abs() < 1e-9);
        assert!(picture.token.len() == 32);
    }
    let tokens: BTreeSet<_> =
        easy.rounds.iter().filter_map(|round| round.picture.as_ref()).map(|p| &p.token).collect();
    assert_eq!(tokens.len(), easy.rounds.iter().filter(|round| round.kind != Kind::City).count());
    let hard = small_deck(&of(10, Region::World, Difficulty::Hard, &[Kind::Silhouette]), 5);
    assert!(
        hard.rounds.iter().all(|round| (30.0..=330.0).contains(&round.picture.as_ref().unwrap().turn_deg))
    );
}

/// Rounds lie farther from each other than chance would put them.
#[test]
fn rounds_spread_over_the_world() {
    let settings = of(8, Region::World, Difficulty::Hard, &[Kind::City]);
    let least = |points: &[Point]| {
        let pairs =
            points.iter().enumerate().flat_map(|(i, &a)| points[..i].iter().map(move |&b| distance_m(a, b)));
        f64::from(pairs.min().unwrap())
    };
    let pool: Vec<Candidate> = SmallWorld.candidates(Kind::City, &settings);
    let mut dice = crate::games::atlas::chance::Dice::new(1, crate::games::atlas::chance::Stream::Choice);
    let (mut ours, mut chance) = (0.0, 0.0);
    for seed in 0..40 {
        let rounds = small_deck(&settings, seed).rounds;
        ours += least(&rounds.iter().map(|round| round.answer.point).collect::<Vec<_>>());
        let mut any: Vec<Point> = pool.iter().map(|candidate| candidate.point).collect();
        dice.shuffle(&mut any);
        chance += least(&any[..8]);
    }
    assert!(ours > 4.0 * chance, "{ours} {chance}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn decks_are_fair_whatever_the_seed(
        seed in any::<u64>(), rounds in 1u8..=20, kinds in proptest::sample::subsequence(Kind::ALL.to_vec(), 1..=8),
        level in 0usize..3, part in 0usize..4,
    ) {
        let difficulty = [Difficulty::Easy, Difficulty::Normal, Difficulty::Hard][level];
        let region = [Region::World, Region::World, Region::World, Region::Continent(Continent::EU)][part].clone();
        let settings = of(rounds, region, difficulty, &kinds);
        // What there is: distinct answers over all kinds.
        let all: BTreeSet<String> = kinds.iter().flat_map(|&kind| {
            let ids = SmallWorld.candidates(kind, &settings).into_iter();
            ids.map(|candidate| SmallWorld.describe(kind, candidate.index, &settings).0.id).collect::<Vec<_>>()
        }).collect();
        let planned = plan(&settings, seed, &SmallWorld);
        prop_assert_eq!(plan(&settings, seed, &SmallWorld), planned.clone());
        if all.len() < usize::from(rounds) {
            let message = planned.unwrap_err().message;
            let have = format!(" has {} place", all.len());
            prop_assert!(message.contains(&have), "{}", message);
            return Ok(());
        }
        let deck = planned.unwrap();
        prop_assert_eq!(deck.rounds.len(), usize::from(rounds));
        prop_assert!((SCALE_MIN_M..=SCALE_MAX_M).contains(&deck.scale_m));
        let ids: BTreeSet<&str> = deck.rounds.iter().map(|round| round.answer.id.as_str()).collect();
        prop_assert_eq!(ids.len(), usize::from(rounds), "an answer repeats");
        // Kinds take turns, unless one runs out of answers.
        let mut used: BTreeMap<Kind, u32> = kinds.iter().map(|&kind| (kind, 0)).collect();
        for round in &deck.rounds {
            *used.get_mut(&round.kind).unwrap() += 1;
        }
        let plenty = kinds.iter().all(|&kind| SmallWorld.candidates(kind, &settings).len() >= 40)
            || kinds.iter().all(|&kind| kind.is_country()) && rounds <= 4;
        if plenty {
            prop_assert!(used.values().max().unwrap() - used.values().min().unwrap() <= 1, "{used:?}");
            if kinds.len() > 1 {
                prop_assert!(deck.rounds.windows(2).all(|pair| pair[0].kind != pair[1].kind));
            }
        }
        // Other seeds, other decks (unless there is next to nothing to choose).
        if all.len() > 40 && rounds >= 5 {
            prop_assert_ne!(plan(&settings, seed ^ 1, &SmallWorld).unwrap(), deck);
        }
    }
}
