//! What a match was dealt, and the port through which it is drawn.

use super::chance::{Dice, Stream};
use super::choice::{largest_distance_m, next_place};
use super::geo::Unit;
use super::{Continent, Difficulty, Kind, Point, Region, Settings};
use crate::games::Rejection;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The least scale: a town's worth of places is still told apart by tens of metres.
pub const SCALE_MIN_M: f64 = 50_000.0;
/// The largest scale, that of the world.
pub const SCALE_MAX_M: f64 = 14_917_000.0;

/// What a match was dealt from outside its rules.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Deck {
    /// Largest geodesic distance within the pool that was played, in metres, kept within 50 km and 14,917 km.
    pub scale_m: f64,
    /// One entry a round.
    pub rounds: Vec<RoundDeck>,
}

/// One round's content.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RoundDeck {
    /// Its kind.
    pub kind: Kind,
    /// What is asked, as text.
    pub clue: Clue,
    /// The picture that is asked, if any.
    pub picture: Option<PictureSpec>,
    /// The right answer; leaves the game only in the round's result.
    pub answer: Answer,
}

/// What is asked in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Clue {
    /// The place to find ("Lyon"), `None` in picture rounds.
    pub name: Option<String>,
    /// Its country's name, when the difficulty gives it away.
    pub within: Option<String>,
}

/// How to draw a round's picture. Never sent to a client.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PictureSpec {
    /// 32 lower-case hex digits drawn with the deck: the picture's address within its match, known when its round
    /// starts.
    pub token: String,
    /// What to draw.
    pub kind: Kind,
    /// The centre of the picture (place kinds).
    pub centre: Point,
    /// Its height in degrees of latitude (place kinds).
    pub height_deg: f64,
    /// Clockwise turn in degrees (silhouettes at hard), else 0.
    pub turn_deg: f64,
    /// The country to draw (country kinds).
    pub country: String,
}

/// The right answer of a round.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// Identifies the answer within the catalogue ("city:2996944", "country:HR"); no two rounds of a match share one.
    pub id: String,
    /// Its name.
    pub name: String,
    /// ISO 3166-1 alpha-2 code of its country.
    pub country: String,
    /// Its country's name.
    pub country_name: String,
    /// Where it is (of a country: a point well inside).
    pub point: Point,
    /// The country's border (country kinds): distance is to it, 0 inside.
    pub border: Option<Border>,
}

/// A country's border, simplified: rings of (longitude, latitude) in 1e-4 degrees, not closed, cut at the
/// antimeridian. A point is inside when it is inside an odd number of rings.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Border {
    /// The rings; outer and inner ones are not told apart (even-odd rule).
    pub rings: Vec<Vec<(i32, i32)>>,
}

/// A place that can be asked for, as the catalogue lists it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    /// The catalogue's own number of it.
    pub index: u32,
    /// Where it is.
    pub point: Point,
}

/// The content that Atlas draws from: a pack. Read-only and fixed while a match is planned.
pub trait Catalog: Send + Sync {
    /// All distinct answers for this kind of round under these settings (region, difficulty), disputed ones left out.
    fn candidates(&self, kind: Kind, settings: &Settings) -> Vec<Candidate>;
    /// One candidate in full: its answer, clue and how wide a picture of it should be (degrees of latitude; 0 for kinds
    /// without one). Borders are set for country kinds.
    fn describe(&self, kind: Kind, index: u32, settings: &Settings) -> (Answer, Clue, f64);
    /// Whether the catalogue knows this country, and its continent.
    fn country(&self, iso: &str) -> Option<Continent>;
}

/// Draws the deck of a match. Runs once, at its start; the deck is stored with the match.
///
/// The same settings, seed and catalogue give the same deck. Rounds spread over the world, kinds take turns, and no
/// answer repeats.
///
/// # Errors
/// `invalid_settings`, and `not_enough_places` with the numbers, when there are fewer distinct answers than rounds.
pub fn plan(settings: &Settings, seed: u64, catalog: &dyn Catalog) -> Result<Deck, Rejection> {
    settings.validate()?;
    if let Region::Country(iso) = &settings.region
        && catalog.country(iso).is_none()
    {
        return Err(Rejection::new(
            "invalid_settings",
            format!("No country here has the code {iso}: choose one from the list."),
        ));
    }
    let mut table = Table::new(settings, seed, catalog);
    for kind in turns(settings, &mut table.dice) {
        if !table.deal(kind) {
            return Err(table.too_few());
        }
    }
    let pools: Vec<&[Candidate]> = table.distinct_pools();
    let scale_m = largest_distance_m(&pools, SCALE_MAX_M).max(SCALE_MIN_M);
    Ok(Deck { scale_m, rounds: table.rounds })
}

/// The kind of each round: the chosen ones take turns in a new order each time, none twice running where it can be
/// helped.
fn turns(settings: &Settings, dice: &mut Dice) -> Vec<Kind> {
    let rounds = usize::from(settings.rounds);
    let mut order: Vec<Kind> = settings.kinds.iter().copied().collect();
    let mut turns: Vec<Kind> = Vec::with_capacity(rounds);
    while turns.len() < rounds {
        dice.shuffle(&mut order);
        if order.len() > 1 && turns.last() == order.first() {
            let other = 1 + dice.below(order.len() - 1);
            order.swap(0, other);
        }
        turns.extend(order.iter().take(rounds - turns.len()));
    }
    turns
}

/// A deck in the making.
struct Table<'a> {
    settings: &'a Settings,
    catalog: &'a dyn Catalog,
    dice: Dice,
    tokens: Dice,
    pools: BTreeMap<Kind, Pool>,
    /// Where the rounds so far are.
    places: Vec<Unit>,
    /// Their answers.
    ids: BTreeSet<String>,
    rounds: Vec<RoundDeck>,
}

/// What one kind of round draws from.
struct Pool {
    candidates: Vec<Candidate>,
    /// Positions that were asked, or whose answer was asked by another kind.
    spent: BTreeSet<usize>,
    /// Rounds of this kind so far.
    rounds: u8,
}

impl<'a> Table<'a> {
    fn new(settings: &'a Settings, seed: u64, catalog: &'a dyn Catalog) -> Self {
        let pool = |&kind: &Kind| {
            let candidates = catalog.candidates(kind, settings);
            (kind, Pool { candidates, spent: BTreeSet::new(), rounds: 0 })
        };
        Self {
            settings,
            catalog,
            dice: Dice::new(seed, Stream::Choice),
            tokens: Dice::new(seed, Stream::Tokens),
            pools: settings.kinds.iter().map(pool).collect(),
            places: Vec::new(),
            ids: BTreeSet::new(),
            rounds: Vec::new(),
        }
    }

    /// Deals one round of this kind, or of the least used other one when it has no answer left. `false` when none
    /// has: then every distinct answer there is has been dealt, as a round takes any one of them and all are tried.
    fn deal(&mut self, kind: Kind) -> bool {
        let mut others: Vec<Kind> = self.pools.keys().copied().filter(|&other| other != kind).collect();
        others.sort_by_key(|other| self.pools[other].rounds);
        std::iter::once(kind).chain(others).any(|kind| self.deal_exactly(kind))
    }

    fn deal_exactly(&mut self, kind: Kind) -> bool {
        let Some(pool) = self.pools.get_mut(&kind) else { return false };
        while let Some(i) = next_place(&mut self.dice, &pool.candidates, &pool.spent, &self.places) {
            pool.spent.insert(i);
            let (answer, clue, height) = self.catalog.describe(kind, pool.candidates[i].index, self.settings);
            // Two kinds can ask for the same city or country, which only the full description shows.
            if !self.ids.insert(answer.id.clone()) {
                continue;
            }
            pool.rounds += 1;
            self.places.push(answer.point.into());
            let round = self.round(kind, answer, clue, height);
            self.rounds.push(round);
            return true;
        }
        false
    }

    fn round(&mut self, kind: Kind, answer: Answer, clue: Clue, height_deg: f64) -> RoundDeck {
        if kind == Kind::City {
            return RoundDeck { kind, clue, picture: None, answer };
        }
        let turned = kind == Kind::Silhouette && self.settings.difficulty == Difficulty::Hard;
        let picture = PictureSpec {
            token: self.tokens.token(),
            kind,
            centre: answer.point,
            height_deg: if kind.is_country() { 0.0 } else { height_deg },
            // Never so little that it looks unturned.
            turn_deg: if turned { 30.0 + self.dice.below(301) as f64 } else { 0.0 },
            country: if kind.is_country() { answer.country.clone() } else { String::new() },
        };
        // A picture says all: whatever the catalogue adds in words could only give the answer away.
        RoundDeck { kind, clue: Clue { name: None, within: None }, picture: Some(picture), answer }
    }

    /// The pools, those that list the same places only once.
    fn distinct_pools(&self) -> Vec<&[Candidate]> {
        let mut distinct: Vec<&[Candidate]> = Vec::new();
        for pool in self.pools.values().map(|pool| pool.candidates.as_slice()) {
            if !distinct.contains(&pool) {
                distinct.push(pool);
            }
        }
        distinct
    }

    fn too_few(&self) -> Rejection {
        let Settings { rounds, difficulty, region, .. } = self.settings;
        let name = match (region, self.rounds.first()) {
            (Region::World, _) => "The world",
            (Region::Continent(continent), _) => continent.name(),
            (Region::Country(_), Some(round)) => &round.answer.country_name,
            (Region::Country(iso), None) => iso,
        };
        let (have, s) = (self.rounds.len(), if self.rounds.len() == 1 { "" } else { "s" });
        let mut ways = vec!["more kinds of round"];
        if *region != Region::World {
            ways.insert(0, "a larger region");
        }
        if *difficulty != Difficulty::Hard {
            ways.push("a harder difficulty");
        }
        let fewer = if have > 0 { format!("at most {have} round{s}, ") } else { String::new() };
        let message = format!(
            "{name} has {have} place{s} at {} for {rounds} rounds: choose {fewer}{}.",
            difficulty.name(),
            ways.join(" or ")
        );
        Rejection::new("not_enough_places", message)
    }
}
