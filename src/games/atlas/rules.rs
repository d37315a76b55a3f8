//! The match: rounds, pins, locks, votes, presence and time.

use super::area::Area;
use super::deck::{SCALE_MAX_M, SCALE_MIN_M};
use super::geo::distance_m;
use super::settings::is_iso;
use super::{Action, Deck, Event, Phase, Point, RoundDeck, SeatResult, Settings, View, score};
use crate::games::{By, Game, MatchTime, Outcome, Presence, Rejection, Seat, SeatId, Sent, Viewer};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How long after the shown deadline pins and locks still count, for what was on its way.
pub(super) const GRACE_MS: u64 = 1_000;
/// How long a result is shown.
pub(super) const RESULT_MS: u64 = 20_000;
/// How long an unlimited round goes on when everyone who is here came too late to play in it.
pub(super) const STRANDED_MS: u64 = 60_000;

/// A match of Atlas.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Match {
    pub(super) settings: Settings,
    /// Shared, as it never changes and borders are large.
    pub(super) deck: Arc<Deck>,
    pub(super) state: State,
}

/// All that changes. Its hash is the match's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    /// From 1.
    pub(super) round: u8,
    pub(super) phase: Phase,
    /// When the round, or else its result, began.
    pub(super) began: MatchTime,
    /// As it is shown: without the grace.
    pub(super) deadline: Option<MatchTime>,
    pub(super) seats: BTreeMap<SeatId, SeatState>,
    /// Whose player is the host, `None` when the host only watches.
    pub(super) host: Option<SeatId>,
    /// Who wants to go on; only connected seats.
    pub(super) votes: BTreeSet<SeatId>,
    /// Of each finished round, best first.
    pub(super) results: Vec<Vec<SeatResult>>,
}

/// One seat.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct SeatState {
    pub(super) connected: bool,
    pub(super) left: bool,
    /// Was dealt into the running round (or the one whose result is shown).
    pub(super) playing: bool,
    pub(super) pin: Option<Pin>,
    /// Milliseconds of the round's own length that were left when it locked.
    pub(super) locked: Option<u64>,
    /// Points of all finished rounds.
    pub(super) total: u32,
}

/// A pin of the running round.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Pin {
    pub(super) at: Point,
    pub(super) country: Option<String>,
}

impl SeatState {
    fn new(connected: bool) -> Self {
        Self { connected, left: false, playing: false, pin: None, locked: None, total: 0 }
    }

    /// Is dealt in and may still lock.
    fn active(&self) -> bool {
        self.playing && !self.left
    }

    /// Sits here and has a player at the other end.
    fn here(&self) -> bool {
        self.connected && !self.left
    }

    /// Came too late for this round.
    pub(super) fn waiting(&self) -> bool {
        !self.playing && !self.left
    }
}

type Events = crate::games::Events<Event>;

impl Game for Match {
    const ID: &'static str = "atlas";
    const RULES: u32 = 1;
    type Settings = Settings;
    type Deck = Deck;
    type Action = Action;
    type Event = Event;
    type View = View;

    /// Fails with `invalid_settings`, `no_seats`, or `deck_mismatch` when the deck was planned for other settings.
    fn start(settings: &Settings, seats: &[Seat], deck: Deck, _: u64) -> Result<(Self, Events), Rejection> {
        settings.validate()?;
        if seats.is_empty() {
            return Err(Rejection::new("no_seats", "Nobody has a seat: take one before the match starts."));
        }
        let fits = deck.rounds.len() == usize::from(settings.rounds)
            && deck.rounds.iter().all(|round| settings.kinds.contains(&round.kind))
            && (SCALE_MIN_M..=SCALE_MAX_M).contains(&deck.scale_m);
        if !fits {
            let said = "The places drawn do not belong to these settings: start the match again.";
            return Err(Rejection::new("deck_mismatch", said));
        }
        let host = seats.iter().find(|seat| seat.host).map(|seat| seat.id);
        let seats = seats.iter().map(|seat| (seat.id, SeatState::new(seat.connected))).collect();
        let state = State {
            round: 0,
            phase: Phase::Result,
            began: MatchTime::default(),
            deadline: None,
            seats,
            host,
            votes: BTreeSet::new(),
            results: Vec::new(),
        };
        let mut play = Self { settings: settings.clone(), deck: Arc::new(deck), state };
        let events = play.begin_round(MatchTime::default());
        Ok((play, events))
    }

    /// Codes: `match_over`, `no_seat`, `wrong_round`, `too_late`, `waiting`, `already_locked`, `bad_point`,
    /// `bad_country`, `no_pin`, `round_running`, `not_connected`, `already_voted`.
    fn act(&mut self, by: By, action: Action, now: MatchTime) -> Result<Events, Rejection> {
        if self.state.phase == Phase::Finished {
            return Err(Rejection::new("match_over", "The match is over: start another one."));
        }
        match action {
            Action::Pin { round, at, country } => {
                let seat = self.may_pin(by, round, now)?;
                self.checked_pin(seat, Some(at), country).map(|pin| {
                    self.seat_mut(seat, |state| state.pin = Some(pin));
                    Vec::new()
                })
            }
            Action::Lock { round, at, country } => {
                let seat = self.may_pin(by, round, now)?;
                let pin = self.checked_pin(seat, at, country)?;
                Ok(self.lock(seat, pin, now))
            }
            Action::Skip { round } => self.skip(by, round, now),
        }
    }

    fn latest(action: &Action) -> bool {
        matches!(action, Action::Pin { .. })
    }

    fn seat(&mut self, seat: SeatId, presence: Presence, now: MatchTime) -> Events {
        if self.state.phase == Phase::Finished {
            return Vec::new();
        }
        let needed = self.votes_needed();
        let votes = self.state.votes.len();
        let mut events = match presence {
            Presence::Late => self.sit_down(seat),
            Presence::Connected => self.change(seat, |state| state.connected = true),
            Presence::Disconnected => self.change(seat, |state| state.connected = false),
            Presence::Left => self.change(seat, |state| (state.connected, state.left) = (false, true)),
            Presence::Host => self.make_host(seat),
            Presence::NoHost => {
                self.state.host = None;
                Vec::new()
            }
        };
        let State { seats, votes: voters, host, .. } = &mut self.state;
        voters.retain(|voter| seats[voter].here());
        *host = host.filter(|host| !seats[host].left);
        // Whatever was waited for may have happened by this change alone.
        events.extend(self.go_on(now).unwrap_or_else(|| {
            let told = (needed, votes) == (self.votes_needed(), self.state.votes.len());
            if told || self.state.phase != Phase::Result { Vec::new() } else { vec![self.told_votes()] }
        }));
        events
    }

    fn tick(&mut self, now: MatchTime) -> Events {
        if self.deadline().is_none_or(|deadline| now < deadline) {
            return Vec::new();
        }
        match self.state.phase {
            Phase::Round => self.end_round(now),
            Phase::Result => self.begin_round(now),
            Phase::Finished => Vec::new(),
        }
    }

    /// In a round this is later than the deadline that players see, by the network grace.
    fn deadline(&self) -> Option<MatchTime> {
        let grace = if self.state.phase == Phase::Round { GRACE_MS } else { 0 };
        self.state.deadline.map(|deadline| deadline.plus(grace))
    }

    fn extend(&mut self, until: MatchTime) -> Events {
        match self.state.deadline {
            Some(deadline) if deadline < until => self.move_deadline(Some(until)),
            _ => Vec::new(),
        }
    }

    fn view(&self, viewer: Viewer) -> View {
        self.seen_by(viewer)
    }

    fn outcome(&self) -> Option<Outcome> {
        (self.state.phase == Phase::Finished).then(|| Outcome {
            standings: self.standings(),
            board: self.settings.as_preset().map(|preset| preset.name().to_owned()),
            rounds: u32::from(self.settings.rounds),
        })
    }

    fn hash(&self) -> u64 {
        // Cannot fail: plain structs of known length, written to memory.
        let bytes = rmp_serde::to_vec_named(&self.state).expect("a state can be encoded");
        xxhash_rust::xxh3::xxh3_64(&bytes)
    }
}

/// Actions.
impl Match {
    /// What was dealt. The server's own: it holds the answers of rounds to come.
    pub fn deck(&self) -> &Deck {
        &self.deck
    }

    /// The acting seat, when it may move or lock a pin of `round` now.
    fn may_pin(&self, by: By, round: u8, now: MatchTime) -> Result<SeatId, Rejection> {
        let (seat, state) = self.seated(by)?;
        let current = self.state.round;
        let refuse = |code, message: &str| Err(Rejection::new(code, message));
        if round != current {
            let message = format!("This is round {current}, not {round}: the pin was not taken.");
            return refuse("wrong_round", &message);
        }
        let over = self.state.deadline.is_some_and(|deadline| now > deadline.plus(GRACE_MS));
        if self.state.phase != Phase::Round || over {
            return refuse("too_late", "The round is over: the last pin before its end counts.");
        }
        if state.waiting() {
            return refuse("waiting", "You came while this round was running: you play from the next one.");
        }
        if state.locked.is_some() {
            return refuse(
                "already_locked",
                "Your pin is locked and stays where it is until the next round.",
            );
        }
        Ok(seat)
    }

    /// The seat of whoever acts.
    fn seated(&self, by: By) -> Result<(SeatId, &SeatState), Rejection> {
        by.seat
            .and_then(|id| self.state.seats.get(&id).map(|state| (id, state)))
            .filter(|(_, state)| !state.left)
            .ok_or_else(|| Rejection::new("no_seat", "You only watch this match: take a seat to play."))
    }

    /// The pin that `seat` means: a new place, or the last one, with the country that was named (in country rounds
    /// only).
    fn checked_pin(
        &self,
        seat: SeatId,
        at: Option<Point>,
        country: Option<String>,
    ) -> Result<Pin, Rejection> {
        if country.as_deref().is_some_and(|iso| !is_iso(iso)) {
            let said = "A country is named by its code of 2 capital letters, as in \"FR\" (ISO 3166-1).";
            return Err(Rejection::new("bad_country", said));
        }
        let country = country.filter(|_| self.dealt().kind.is_country());
        if let Some(at) = at {
            return Ok(Pin { at: at.cleaned()?, country });
        }
        let last = self.state.seats.get(&seat).and_then(|state| state.pin.clone());
        let last =
            last.ok_or_else(|| Rejection::new("no_pin", "There is no pin to lock: place one first."))?;
        Ok(Pin { at: last.at, country: country.or(last.country) })
    }

    fn lock(&mut self, seat: SeatId, pin: Pin, now: MatchTime) -> Events {
        // Not until the deadline: that may have been moved, which must not earn anything.
        let left = self.settings.round_ms().map_or(0, |ms| now.until(self.state.began.plus(ms)));
        self.seat_mut(seat, |state| {
            state.pin = Some(pin);
            state.locked = Some(left);
        });
        let mut events = vec![Sent::all(Event::Locked { seat })];
        events.extend(self.go_on(now).unwrap_or_default());
        events
    }

    fn skip(&mut self, by: By, round: u8, now: MatchTime) -> Result<Events, Rejection> {
        let refuse = |code, message: &str| Err(Rejection::new(code, message));
        // A host who only watches may go on too.
        let seat = if by.host && by.seat.is_none() { None } else { Some(self.seated(by)?) };
        if round != self.state.round {
            let message = format!("Round {round} is over, this is round {}.", self.state.round);
            return refuse("wrong_round", &message);
        }
        if self.state.phase != Phase::Result {
            return refuse("round_running", "The round is still running: go on when its result is shown.");
        }
        match seat {
            Some((id, state)) if !by.host && self.state.host != Some(id) => {
                if !state.connected {
                    return refuse("not_connected", "You are not connected: vote when you are back.");
                }
                if !self.state.votes.insert(id) {
                    return refuse("already_voted", "You have voted to go on already.");
                }
                Ok(self.go_on(now).unwrap_or_else(|| vec![self.told_votes()]))
            }
            _ => Ok(self.begin_round(now)),
        }
    }
}

/// Presence.
impl Match {
    fn seat_mut(&mut self, seat: SeatId, change: impl FnOnce(&mut SeatState)) {
        if let Some(state) = self.state.seats.get_mut(&seat) {
            change(state);
        }
    }

    fn sit_down(&mut self, seat: SeatId) -> Events {
        if self.state.seats.contains_key(&seat) {
            return Vec::new();
        }
        self.state.seats.insert(seat, SeatState::new(true));
        vec![Sent::all(Event::Seated { seat })]
    }

    /// Changes a known seat that has not left, and tells about it if anyone can see the difference.
    fn change(&mut self, seat: SeatId, change: impl FnOnce(&mut SeatState)) -> Events {
        let Some(state) = self.state.seats.get_mut(&seat).filter(|state| !state.left) else {
            return Vec::new();
        };
        let before = (state.connected, state.left);
        change(state);
        let (connected, left) = (state.connected, state.left);
        if before == (connected, left) {
            return Vec::new();
        }
        vec![Sent::all(Event::Seat { seat, connected, left })]
    }

    fn make_host(&mut self, seat: SeatId) -> Events {
        // A seat that nobody knows, or that was left, makes no host: then the old one stays.
        if self.state.seats.get(&seat).is_some_and(|state| !state.left) {
            self.state.host = Some(seat);
        }
        Vec::new()
    }
}

/// The course of the match.
impl Match {
    /// What the running round was dealt.
    pub(super) fn dealt(&self) -> &RoundDeck {
        &self.deck.rounds[usize::from(self.state.round) - 1]
    }

    /// Most of the connected seats without the host's, at least one.
    pub(super) fn votes_needed(&self) -> u8 {
        if self.state.phase != Phase::Result {
            return 0;
        }
        let votes = |(id, state): &(&SeatId, &SeatState)| state.here() && Some(**id) != self.state.host;
        let voters = self.state.seats.iter().filter(votes).count();
        // With nobody to vote it is 1, which then nobody reaches.
        (voters / 2 + 1) as u8
    }

    pub(super) fn told_votes(&self) -> Sent<Event> {
        let seats = self.state.votes.iter().copied().collect();
        Sent::all(Event::Votes { seats, needed: self.votes_needed() })
    }

    /// Goes on if nothing is waited for any more. Called after every lock, vote and change of presence; `None` when
    /// all stays.
    fn go_on(&mut self, now: MatchTime) -> Option<Events> {
        let seats = &self.state.seats;
        match self.state.phase {
            Phase::Round => {
                // Without any seat that could still lock, now or after a reconnection, there is nothing to wait for.
                let abandoned = !seats.values().any(SeatState::active);
                let mut present = seats.values().filter(|state| state.active() && state.connected).peekable();
                let all_locked = present.peek().is_some() && present.all(|state| state.locked.is_some());
                if abandoned || all_locked { Some(self.end_round(now)) } else { self.unstrand(now) }
            }
            Phase::Result => {
                if seats.values().all(|state| state.left) {
                    return Some(self.finish());
                }
                // A vote of a seat that has become host since counts as the host's.
                let by_host = self.state.host.is_some_and(|host| self.state.votes.contains(&host));
                let passed = by_host || self.state.votes.len() >= usize::from(self.votes_needed());
                passed.then(|| self.begin_round(now))
            }
            Phase::Finished => None,
        }
    }

    /// An unlimited round must not hold up newcomers for ever when those who play it have dropped out: it gets a
    /// deadline, which goes as soon as one of them is back.
    fn unstrand(&mut self, now: MatchTime) -> Option<Events> {
        if self.settings.seconds.is_some() {
            return None;
        }
        let mut here = self.state.seats.values().filter(|state| state.here()).peekable();
        let stranded = here.peek().is_some() && here.all(SeatState::waiting);
        match (stranded, self.state.deadline) {
            (true, None) => Some(self.move_deadline(Some(now.plus(STRANDED_MS)))),
            (false, Some(_)) => Some(self.move_deadline(None)),
            _ => None,
        }
    }

    fn move_deadline(&mut self, deadline: Option<MatchTime>) -> Events {
        self.state.deadline = deadline;
        vec![Sent::all(Event::Deadline { deadline })]
    }

    fn begin_round(&mut self, now: MatchTime) -> Events {
        let state = &mut self.state;
        state.round += 1;
        state.phase = Phase::Round;
        state.votes.clear();
        state.began = now;
        state.deadline = self.settings.round_ms().map(|ms| now.plus(ms));
        for seat in state.seats.values_mut() {
            seat.playing = !seat.left;
            seat.pin = None;
            seat.locked = None;
        }
        let (round, deadline) = (state.round, state.deadline);
        let dealt = self.dealt();
        let picture = dealt.picture.as_ref().map(|picture| picture.token.clone());
        vec![Sent::all(Event::Round { round, kind: dealt.kind, clue: dealt.clue.clone(), picture, deadline })]
    }

    fn end_round(&mut self, now: MatchTime) -> Events {
        let lines = self.score_round();
        self.state.results.push(lines);
        self.state.phase = Phase::Result;
        self.state.votes.clear();
        let over =
            self.state.round >= self.settings.rounds || self.state.seats.values().all(|state| state.left);
        self.state.began = now;
        self.state.deadline = (!over).then(|| now.plus(RESULT_MS));
        let result = self.round_result(self.state.results.len() - 1);
        let mut events = vec![Sent::all(Event::Result { result, next: self.state.deadline })];
        if over {
            events.extend(self.finish());
        } else {
            events.push(self.told_votes());
        }
        events
    }

    /// Adds the round's points to the totals.
    fn score_round(&mut self) -> Vec<SeatResult> {
        let deck = Arc::clone(&self.deck);
        let answer = &deck.rounds[usize::from(self.state.round) - 1].answer;
        let area = answer.border.as_ref().and_then(Area::new);
        let full_ms = self.settings.round_ms().filter(|_| self.settings.time_bonus);
        let mut lines = Vec::new();
        for (&seat, state) in self.state.seats.iter_mut().filter(|(_, state)| state.playing) {
            let mut line =
                SeatResult { seat, at: None, distance_m: None, points: 0, bonus: 0, total: 0, rank: 0 };
            if let Some(pin) = &state.pin {
                let named = pin.country.as_ref() == Some(&answer.country);
                let distance = match &area {
                    _ if named => 0,
                    Some(area) => area.distance_m(pin.at),
                    None => distance_m(pin.at, answer.point),
                };
                let points = score::points(distance, deck.scale_m);
                let left = state.locked.unwrap_or(0);
                line.bonus = full_ms.map_or(0, |full| score::bonus(points, left, full));
                line.points = points + line.bonus;
                (line.at, line.distance_m) = (Some(pin.at), Some(distance));
            }
            state.total += line.points;
            line.total = state.total;
            lines.push(line);
        }
        let ranks = self.ranks();
        for line in &mut lines {
            line.rank = ranks[&line.seat];
        }
        lines.sort_by_key(|line| (std::cmp::Reverse(line.points), line.seat));
        lines
    }

    fn finish(&mut self) -> Events {
        self.state.phase = Phase::Finished;
        self.state.deadline = None;
        self.state.votes.clear();
        vec![Sent::all(Event::Finished { standings: self.standings() })]
    }
}
