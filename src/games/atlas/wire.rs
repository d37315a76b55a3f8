//! What players send and see. These types are also the journal's: keep old inputs readable.

use super::{Clue, Kind, Settings};
use crate::games::{MatchTime, SeatId, Standing};
use serde::{Deserialize, Serialize};

/// A place on Earth in degrees, latitude −90..=90, longitude −180..180.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Point {
    /// Latitude in degrees, north is positive.
    pub lat: f64,
    /// Longitude in degrees, east is positive. Accepted beyond ±180 (a map's second world) and wrapped.
    pub lon: f64,
}

/// What a seat may do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "AtlasAction"))]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum Action {
    /// Moves the pin (latest-value). `round` is the number from the `round` event, so that a late frame never lands in
    /// the next round. `country` (ISO 3166-1 alpha-2) when a country was named rather than clicked.
    Pin {
        /// Round number, from 1.
        round: u8,
        /// Where.
        at: Point,
        /// The country that was named.
        #[serde(default)]
        #[cfg_attr(test, ts(optional))]
        country: Option<String>,
    },
    /// Makes the pin final; may carry the pin itself.
    Lock {
        /// Round number, from 1.
        round: u8,
        /// Where, if it differs from the last pin.
        #[serde(default)]
        #[cfg_attr(test, ts(optional))]
        at: Option<Point>,
        /// The country that was named.
        #[serde(default)]
        #[cfg_attr(test, ts(optional))]
        country: Option<String>,
    },
    /// Between rounds: the host goes on at once, another seat votes for it.
    Skip {
        /// Round number whose result is shown.
        round: u8,
    },
}

/// What follows from an input. All are public; a pin makes none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "AtlasEvent"))]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Event {
    /// A round begins.
    Round {
        /// From 1.
        round: u8,
        /// Its kind.
        kind: Kind,
        /// What is asked.
        clue: Clue,
        /// Token of the picture's address, see `GET /api/rooms/{code}/pictures/{token}`.
        picture: Option<String>,
        /// When it ends, `None` when unlimited.
        deadline: Option<MatchTime>,
    },
    /// A seat locked its pin. Where is not said.
    Locked {
        /// Which.
        seat: SeatId,
    },
    /// The votes to go on.
    Votes {
        /// Seats that voted.
        seats: Vec<SeatId>,
        /// How many are needed.
        needed: u8,
    },
    /// A round's end.
    Result {
        /// Everyone's pins, distances and points.
        result: RoundResult,
        /// When the next round begins; `None` after the last.
        next: Option<MatchTime>,
    },
    /// The running deadline moved (after a rebuild, or because a player came back).
    Deadline {
        /// To when.
        deadline: Option<MatchTime>,
    },
    /// A seat joined a running match; it plays from the next round.
    Seated {
        /// The new seat.
        seat: SeatId,
    },
    /// A seat's player came, dropped or left.
    Seat {
        /// Which.
        seat: SeatId,
        /// Has a player at the other end.
        connected: bool,
        /// Will not come back.
        left: bool,
    },
    /// The match is over.
    Finished {
        /// Best first.
        standings: Vec<Standing>,
    },
}

/// What is told about the right answer once the round is over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Reveal {
    /// Its name.
    pub name: String,
    /// ISO 3166-1 alpha-2 code of its country (the page outlines it).
    pub country: String,
    /// Its country's name.
    pub country_name: String,
    /// Where it is.
    pub point: Point,
}

/// One seat's result of one round.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SeatResult {
    /// Whose.
    pub seat: SeatId,
    /// The pin that counted, `None` when there was none.
    pub at: Option<Point>,
    /// Metres to the answer, `None` without a pin.
    pub distance_m: Option<u32>,
    /// Points of this round, time bonus included.
    pub points: u32,
    /// The time bonus within `points`.
    pub bonus: u32,
    /// Points so far.
    pub total: u32,
    /// Rank so far; ties share one.
    pub rank: u8,
}

/// One round's result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct RoundResult {
    /// From 1.
    pub round: u8,
    /// Its kind.
    pub kind: Kind,
    /// What was asked.
    pub clue: Clue,
    /// Token of its picture's address.
    pub picture: Option<String>,
    /// The right answer.
    pub answer: Reveal,
    /// One line a seat that played it, best of the round first.
    pub seats: Vec<SeatResult>,
}

/// Where a match stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "AtlasPhase"))]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Pins are taken.
    Round,
    /// The result is shown.
    Result,
    /// It is over.
    Finished,
}

/// One seat as everyone sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[allow(clippy::struct_excessive_bools, reason = "independent facts, named on the wire")]
pub struct SeatView {
    /// Which.
    pub seat: SeatId,
    /// Has locked in the running round.
    pub locked: bool,
    /// Has a player at the other end.
    pub connected: bool,
    /// Will not come back.
    pub left: bool,
    /// Waits for the next round.
    pub waiting: bool,
    /// Points up to the last finished round.
    pub total: u32,
    /// Rank up to the last finished round; ties share one.
    pub rank: u8,
}

/// What one viewer may see now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "AtlasView"))]
pub struct View {
    /// The settings played.
    pub settings: Settings,
    /// Where it stands.
    pub phase: Phase,
    /// The running or last round, from 1.
    pub round: u8,
    /// Its kind.
    pub kind: Kind,
    /// What is asked.
    pub clue: Clue,
    /// Token of the picture's address.
    pub picture: Option<String>,
    /// When the round ends, or (in `result`) the next begins.
    pub deadline: Option<MatchTime>,
    /// The viewer's own seat.
    pub seat: Option<SeatId>,
    /// The viewer's own pin of the running round.
    pub pin: Option<Point>,
    /// The country the viewer named.
    pub named: Option<String>,
    /// All seats.
    pub seats: Vec<SeatView>,
    /// Seats that voted to go on.
    pub votes: Vec<SeatId>,
    /// Votes needed.
    pub votes_needed: u8,
    /// Finished rounds.
    pub results: Vec<RoundResult>,
    /// Set when over.
    pub standings: Option<Vec<Standing>>,
}
