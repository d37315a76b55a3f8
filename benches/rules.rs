//! The hot paths of the rules: scoring, the distance to a border, the choice of places, and views.
#![allow(missing_docs, reason = "criterion's macros make undocumented items")]

use criterion::{Criterion, criterion_group, criterion_main};
use snug::games::atlas::area::Area;
use snug::games::atlas::chance::{Dice, Stream};
use snug::games::atlas::choice::{largest_distance_m, next_place};
use snug::games::atlas::{
    Action, Answer, Border, Candidate, Catalog, Clue, Continent, Deck, Kind, Match, Point, Preset, RoundDeck,
    Settings, geo, plan, score,
};
use snug::games::{By, Game, MatchTime, Seat, SeatId, Viewer};
use std::collections::BTreeSet;
use std::hint::black_box;

const PLACES: usize = 100_000;
const SCALE: f64 = 14_917_000.0;

/// Places all over a box in degrees.
fn places(dice: &mut Dice, count: usize, south: f64, west: f64, size: (f64, f64)) -> Vec<Candidate> {
    let mut part = || dice.below(1_000_000) as f64 / 1e6;
    let mut point = || Point { lat: south + size.0 * part(), lon: west + size.1 * part() };
    (0..count).map(|i| Candidate { index: i as u32, point: point() }).collect()
}

/// A coast-like ring of so many corners around 48° north, 9° east.
fn border(corners: u32) -> Border {
    let mut dice = Dice::new(11, Stream::Choice);
    let corner = |i: u32| {
        let angle = f64::from(i) / f64::from(corners) * std::f64::consts::TAU;
        let reach = 50_000.0 + dice.below(3_000) as f64;
        ((90_000.0 + reach * angle.cos()) as i32, (480_000.0 + reach * angle.sin()) as i32)
    };
    Border { rings: vec![(0..corners).map(corner).collect()] }
}

/// A catalogue in memory: the same places for all kinds.
struct World(Vec<Candidate>);

impl Catalog for World {
    fn candidates(&self, _: Kind, _: &Settings) -> Vec<Candidate> {
        self.0.clone()
    }

    fn describe(&self, _: Kind, index: u32, _: &Settings) -> (Answer, Clue, f64) {
        let name = format!("Place {index}");
        let answer = Answer {
            id: format!("city:{index}"),
            name: name.clone(),
            country: "AA".into(),
            country_name: "Aland".into(),
            point: self.0[index as usize].point,
            border: None,
        };
        (answer, Clue { name: Some(name), within: None }, 10.0)
    }

    fn country(&self, _: &str) -> Option<Continent> {
        Some(Continent::EU)
    }
}

fn scoring(c: &mut Criterion) {
    let (a, b) = (Point { lat: 51.5074, lon: -0.1278 }, Point { lat: -33.86, lon: 151.2 });
    c.bench_function("geodesic and points", |bench| {
        bench.iter(|| score::points(geo::distance_m(black_box(a), black_box(b)), SCALE));
    });
    let border = border(3_000);
    c.bench_function("border of 3,000 points: prepare", |bench| bench.iter(|| Area::new(black_box(&border))));
    let Some(area) = Area::new(&border) else { return };
    let mut dice = Dice::new(3, Stream::Choice);
    let pins = places(&mut dice, 512, -80.0, -180.0, (160.0, 360.0));
    let near = places(&mut dice, 512, 41.0, 2.0, (14.0, 14.0));
    for (name, pins) in [("anywhere", &pins), ("near or inside", &near)] {
        let mut pins = pins.iter().cycle();
        c.bench_function(&format!("border of 3,000 points: distance, pin {name}"), |bench| {
            bench.iter(|| pins.next().map(|pin| area.distance_m(black_box(pin.point))));
        });
    }
}

fn choosing(c: &mut Criterion) {
    let mut dice = Dice::new(5, Stream::Choice);
    let pool = places(&mut dice, PLACES, -55.0, -180.0, (125.0, 360.0));
    let earlier: Vec<geo::Unit> = pool[..19].iter().map(|candidate| candidate.point.into()).collect();
    let spent: BTreeSet<usize> = (0..19).collect();
    c.bench_function("next place of 100,000 after 19 rounds", |bench| {
        bench.iter(|| next_place(&mut dice, black_box(&pool), &spent, &earlier));
    });
    c.bench_function("scale of 100,000 places: world", |bench| {
        bench.iter(|| largest_distance_m(&[black_box(&pool)], SCALE));
    });
    let country = places(&mut dice, PLACES, 42.0, -4.0, (9.0, 12.0));
    c.bench_function("scale of 100,000 places: one country", |bench| {
        bench.iter(|| largest_distance_m(&[black_box(&country)], SCALE));
    });
    let (world, marathon) = (World(pool), Settings::preset(Preset::Marathon));
    let mut seed = 0;
    c.bench_function("whole deck: 20 rounds, 8 kinds of 100,000 places", |bench| {
        bench.iter(|| {
            seed += 1;
            plan(&marathon, seed, &world)
        });
    });
}

fn deck(rounds: u8, border: Option<&Border>) -> Deck {
    let round = |i: u8| RoundDeck {
        kind: if border.is_some() { Kind::Flag } else { Kind::City },
        clue: Clue { name: Some(format!("Place {i}")), within: None },
        picture: None,
        answer: Answer {
            id: format!("city:{i}"),
            name: format!("Place {i}"),
            country: "AA".into(),
            country_name: "Aland".into(),
            point: Point { lat: 48.0, lon: 9.0 },
            border: border.cloned(),
        },
    };
    Deck { scale_m: SCALE, rounds: (0..rounds).map(round).collect() }
}

/// A match of 50 seats in its last round, 19 results behind it, all but one seat locked.
fn full_house(border: Option<&Border>) -> Option<Match> {
    let settings = Settings::preset(Preset::Marathon);
    let seats: Vec<Seat> = (0..50).map(|i| Seat { id: SeatId(i), connected: true, host: i == 0 }).collect();
    let (mut play, _) = Match::start(&settings, &seats, deck(20, border), 1).ok()?;
    let mut dice = Dice::new(9, Stream::Choice);
    for round in 1..=20 {
        for seat in 0..50 {
            let at = places(&mut dice, 1, 30.0, -10.0, (30.0, 30.0))[0].point;
            if round < 20 || seat < 49 {
                lock(&mut play, seat, round, at);
            }
        }
        if let Some(deadline) = play.deadline().filter(|_| round < 20) {
            play.tick(deadline);
        }
    }
    Some(play)
}

fn lock(play: &mut Match, seat: u8, round: u8, at: Point) {
    let by = By { seat: Some(SeatId(seat)), host: seat == 0 };
    let locked = play.act(by, Action::Lock { round, at: Some(at), country: None }, MatchTime(0));
    assert!(locked.is_ok(), "{locked:?}");
}

fn matches(c: &mut Criterion) {
    let border = border(3_000);
    let Some(play) = full_house(None) else { return };
    c.bench_function("view: 50 seats, 19 results", |bench| {
        bench.iter(|| black_box(&play).view(Viewer::Seat(SeatId(7))));
    });
    c.bench_function("hash: 50 seats, 19 results", |bench| bench.iter(|| black_box(&play).hash()));
    let at = Point { lat: 60.0, lon: 20.0 };
    for (name, border) in [("a place", None), ("a border of 3,000 points", Some(&border))] {
        let Some(play) = full_house(border) else { return };
        c.bench_function(&format!("last lock of 50 seats: {name}"), |bench| {
            bench.iter_batched_ref(
                || play.clone(),
                |play| lock(play, 49, 20, at),
                criterion::BatchSize::SmallInput,
            );
        });
    }
}

criterion_group!(benches, scoring, choosing, matches);
criterion_main!(benches);
