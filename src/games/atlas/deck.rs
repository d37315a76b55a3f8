//! What a match was dealt, and the port through which it is drawn.

use super::{Continent, Kind, Point, Settings};
use crate::games::Rejection;
use serde::{Deserialize, Serialize};

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
    /// 32 lower-case hex digits drawn with the deck: the picture's address within its match, known when its round starts.
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

/// A country's border, simplified: rings of (longitude, latitude) in 1e-4 degrees, not closed, cut at the antimeridian. A
/// point is inside when it is inside an odd number of rings.
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
/// The same settings, seed and catalogue give the same deck. Rounds spread over the world and no answer repeats.
///
/// # Errors
/// `not_enough_places` with the numbers, when there are fewer distinct answers than rounds.
pub fn plan(settings: &Settings, seed: u64, catalog: &dyn Catalog) -> Result<Deck, Rejection> {
    let _ = (settings, seed, catalog);
    Err(Rejection::new("not_enough_places", "not built yet"))
}
