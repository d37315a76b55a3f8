//! The rules as players meet them. `case_NN` are the predecessor's cases that apply (reference/dguesser.md, 8).

mod course;
mod plan;
mod presence;
mod properties;
mod secrets;

use super::testing::{at, boxed};
use super::{
    Action, Answer, Clue, Deck, Event, Kind, Match, Phase, PictureSpec, Point, Preset, RoundDeck, Settings,
};
use crate::games::{By, Game, MatchTime, Presence, Rejection, Seat, SeatId, Sent, Viewer};

/// The answer of every city round of [`deck`].
const THERE: Point = Point { lat: 10.0, lon: 20.0 };
/// Some 6,000 km from there.
const AWAY: Point = Point { lat: -40.0, lon: 40.0 };

/// Settings that differ from the preset's in rounds and seconds.
fn settings(rounds: u8, seconds: Option<u16>) -> Settings {
    Settings { rounds, seconds, ..Settings::preset(Preset::Classic) }
}

/// A deck in which every round asks for the place [`THERE`], as a city.
fn deck(rounds: u8) -> Deck {
    let round = |i: u8| RoundDeck {
        kind: Kind::City,
        clue: Clue { name: Some(format!("Town {i}")), within: None },
        picture: None,
        answer: Answer {
            id: format!("city:{i}"),
            name: format!("Town {i}"),
            country: "TC".into(),
            country_name: "Testland".into(),
            point: THERE,
            border: None,
        },
    };
    Deck { scale_m: 14_917_000.0, rounds: (0..rounds).map(round).collect() }
}

/// A deck of silhouettes of a country between 0° and 10° north and 170° east and 170° west.
fn country_deck(rounds: u8) -> Deck {
    let mut deck = deck(rounds);
    for (i, round) in deck.rounds.iter_mut().enumerate() {
        round.kind = Kind::Silhouette;
        round.clue = Clue { name: None, within: None };
        round.answer.border = Some(boxed(&[(170.0, 0.0, 180.0, 10.0), (-180.0, 0.0, -170.0, 10.0)]));
        round.picture = Some(PictureSpec {
            token: format!("{i:032x}"),
            kind: Kind::Silhouette,
            centre: THERE,
            height_deg: 0.0,
            turn_deg: 0.0,
            country: "TC".into(),
        });
    }
    deck
}

/// A match at a table, with a clock, that checks on every step what must always hold.
struct Table {
    play: Match,
    now: MatchTime,
}

impl Table {
    /// `seats` connected seats, the first one the host's, with the deck of cities.
    fn new(seats: u8, settings: &Settings) -> Self {
        Self::with(seats, settings, deck(settings.rounds))
    }

    fn with(seats: u8, settings: &Settings, deck: Deck) -> Self {
        let seats: Vec<Seat> =
            (0..seats).map(|i| Seat { id: SeatId(i), connected: true, host: i == 0 }).collect();
        let (play, events) = Match::start(settings, &seats, deck, 7).unwrap();
        assert!(matches!(events[..], [Sent { event: Event::Round { round: 1, .. }, .. }]), "{events:?}");
        Self { play, now: MatchTime(0) }
    }

    fn act(&mut self, seat: u8, action: Action) -> Result<Vec<Event>, Rejection> {
        let by = By { seat: Some(SeatId(seat)), host: seat == 0 };
        self.act_by(by, action)
    }

    fn act_by(&mut self, by: By, action: Action) -> Result<Vec<Event>, Rejection> {
        let before = self.play.clone();
        let done = self.play.act(by, action, self.now);
        if done.is_err() {
            assert_eq!(self.play, before, "a refused action changed something");
        }
        done.map(public)
    }

    fn refused(&mut self, seat: u8, action: Action) -> String {
        self.act(seat, action).unwrap_err().code.into_owned()
    }

    fn pin(&mut self, seat: u8, at: Point) {
        let round = self.round();
        assert_eq!(self.act(seat, Action::Pin { round, at, country: None }), Ok(vec![]));
    }

    fn lock(&mut self, seat: u8, at: Point) -> Vec<Event> {
        let round = self.round();
        self.act(seat, Action::Lock { round, at: Some(at), country: None }).unwrap()
    }

    fn skip(&mut self, seat: u8) -> Result<Vec<Event>, Rejection> {
        let round = self.round();
        self.act(seat, Action::Skip { round })
    }

    fn seat(&mut self, seat: u8, presence: Presence) -> Vec<Event> {
        public(self.play.seat(SeatId(seat), presence, self.now))
    }

    /// Time passes; the match is told as the room would: at its deadline.
    fn wait(&mut self, ms: u64) -> Vec<Event> {
        let until = self.now.plus(ms);
        let mut events = Vec::new();
        while let Some(deadline) = self.play.deadline().filter(|&deadline| deadline <= until) {
            self.now = self.now.max(deadline);
            events.extend(public(self.play.tick(self.now)));
        }
        self.now = until;
        assert_eq!(self.play.tick(until), vec![], "nothing is due");
        events
    }

    fn round(&self) -> u8 {
        self.play.state.round
    }

    fn phase(&self) -> Phase {
        self.play.state.phase
    }

    fn totals(&self) -> Vec<u32> {
        self.play.state.seats.values().map(|seat| seat.total).collect()
    }
}

fn public(events: Vec<Sent<Event>>) -> Vec<Event> {
    events
        .into_iter()
        .map(|sent| {
            assert_eq!(sent.to, crate::games::Audience::Everyone);
            sent.event
        })
        .collect()
}

/// The names of events, to compare batches at a glance.
fn names(events: &[Event]) -> Vec<&'static str> {
    let name = |event: &Event| match event {
        Event::Round { .. } => "round",
        Event::Locked { .. } => "locked",
        Event::Votes { .. } => "votes",
        Event::Result { .. } => "result",
        Event::Deadline { .. } => "deadline",
        Event::Seated { .. } => "seated",
        Event::Seat { .. } => "seat",
        Event::Finished { .. } => "finished",
    };
    events.iter().map(name).collect()
}
