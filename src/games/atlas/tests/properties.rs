//! What holds for any course of a match.

use super::*;
use crate::games::any::{AnyAction, AnyDeck, AnyEvent, AnyMatch, AnySettings, AnyView};
use crate::games::atlas::{SeatView, View};
use proptest::prelude::*;

/// One thing that happens, valid or not.
#[derive(Debug, Clone)]
enum Step {
    Act {
        seat: u8,
        as_host: bool,
        action: Action,
    },
    Seat {
        seat: u8,
        presence: Presence,
    },
    /// Milliseconds pass; ticks as they fall due.
    Wait(u64),
    /// The server was restarted.
    Extend(u64),
}

/// An input that was taken, as a room keeps it.
#[derive(Debug, Clone)]
enum Input {
    Act(By, Action),
    Seat(SeatId, Presence),
    Tick,
    Extend(MatchTime),
}

fn point() -> impl Strategy<Value = Point> {
    prop_oneof![
        8 => (-90.0..=90.0f64, -400.0..400.0f64).prop_map(|(lat, lon)| at(lat, lon)),
        2 => Just(THERE),
        1 => Just(at(f64::NAN, 0.0)),
    ]
}

fn action() -> impl Strategy<Value = Action> {
    let country = proptest::option::weighted(0.2, proptest::sample::select(vec!["TC", "FR", "x"]));
    let country = country.prop_map(|iso| iso.map(str::to_owned));
    prop_oneof![
        6 => (1u8..5, point(), country.clone()).prop_map(|(round, at, country)| Action::Pin { round, at, country }),
        4 => (1u8..5, proptest::option::of(point()), country)
            .prop_map(|(round, at, country)| Action::Lock { round, at, country }),
        2 => (1u8..5).prop_map(|round| Action::Skip { round }),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    use Presence::{Connected, Disconnected, Host, Late, Left, NoHost};
    let presence = vec![Late, Connected, Connected, Disconnected, Disconnected, Left, Host, NoHost];
    prop_oneof![
        8 => (0u8..5, any::<bool>(), action()).prop_map(|(seat, as_host, action)| Step::Act { seat, as_host, action }),
        4 => (0u8..5, proptest::sample::select(presence)).prop_map(|(seat, presence)| Step::Seat { seat, presence }),
        2 => prop_oneof![0u64..2_000, 0u64..30_000, 20_000u64..70_000].prop_map(Step::Wait),
        1 => (0u64..15_000).prop_map(Step::Extend),
    ]
}

/// A table that keeps what was taken, and a spectator who only ever saw the first view and the events.
struct Recorded {
    play: Match,
    first: Match,
    now: MatchTime,
    inputs: Vec<(MatchTime, Input)>,
    spectator: View,
}

impl Recorded {
    fn new(seats: u8, limited: bool, countries: bool) -> Self {
        let settings = Settings { time_bonus: limited, ..settings(4, limited.then_some(15)) };
        let deck = if countries { country_deck(4) } else { deck(4) };
        let seat = |i| Seat { id: SeatId(i), connected: i != 1, host: i == 0 };
        let seats: Vec<Seat> = (0..seats).map(seat).collect();
        let (play, _) = Match::start(&settings, &seats, deck, 1).unwrap();
        let spectator = play.view(Viewer::Spectator);
        Self { first: play.clone(), play, now: MatchTime(0), inputs: Vec::new(), spectator }
    }

    fn take(&mut self, input: Input) {
        let before = self.play.clone();
        match apply(&mut self.play, &input, self.now) {
            Ok(events) => {
                if let Input::Act(_, action) = &input
                    && Match::latest(action)
                {
                    assert!(events.is_empty(), "a pin makes no event");
                }
                for event in events {
                    see(&mut self.spectator, event);
                }
                self.inputs.push((self.now, input));
            }
            Err(_) => assert_eq!(self.play, before, "refused, yet something changed"),
        }
        assert_eq!(self.spectator, self.play.view(Viewer::Spectator), "the events do not tell all");
        self.check();
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Act { seat, as_host, mut action } => {
                let running = self.play.state.round;
                // Mostly the running round, or hardly anything would be taken.
                match &mut action {
                    Action::Pin { round, .. } | Action::Lock { round, .. } | Action::Skip { round }
                        if *round != 4 =>
                    {
                        *round = running;
                    }
                    _ => {}
                }
                self.take(Input::Act(
                    By { seat: (seat < 4).then_some(SeatId(seat)), host: as_host && seat == 0 },
                    action,
                ));
            }
            Step::Seat { seat, presence } => self.take(Input::Seat(SeatId(seat), presence)),
            Step::Wait(ms) => {
                let until = self.now.plus(ms);
                while let Some(due) = self.play.deadline().filter(|&due| due <= until) {
                    self.now = self.now.max(due);
                    self.take(Input::Tick);
                }
                self.now = until;
            }
            Step::Extend(ms) => self.take(Input::Extend(self.now.plus(ms))),
        }
    }

    /// There is a deadline, an end, somebody here who can act, or nobody here at all.
    fn check(&self) {
        let state = &self.play.state;
        let mut here = state.seats.values().filter(|seat| seat.connected && !seat.left).peekable();
        let empty = here.peek().is_none();
        let able = here.any(|seat| seat.playing && seat.locked.is_none() && state.phase == Phase::Round);
        let moving = self.play.outcome().is_some() || self.play.deadline().is_some();
        assert!(moving || able || empty, "stuck: {state:?}");
        assert_eq!(self.play.outcome().is_some(), state.phase == Phase::Finished);
        assert!(state.phase != Phase::Result || self.play.deadline().is_some());
        assert!(state.results.len() <= 4 && state.round <= 4);
        let most = 5500 * state.results.len() as u32;
        assert!(state.seats.values().all(|seat| seat.total <= most));
        for seat in &self.play.view(Viewer::Spectator).seats {
            assert!(seat.rank >= 1 && usize::from(seat.rank) <= state.seats.len());
        }
    }
}

fn apply(play: &mut Match, input: &Input, now: MatchTime) -> Result<Vec<Event>, Rejection> {
    match input.clone() {
        Input::Act(by, action) => play.act(by, action, now),
        Input::Seat(seat, presence) => Ok(play.seat(seat, presence, now)),
        Input::Tick => Ok(play.tick(now)),
        Input::Extend(until) => Ok(play.extend(until)),
    }
    .map(public)
}

/// What a client makes of an event. If this is ever hard, the events lack something.
fn see(view: &mut View, event: Event) {
    match event {
        Event::Round { round, kind, clue, picture, deadline } => {
            (view.phase, view.round, view.deadline) = (Phase::Round, round, deadline);
            (view.kind, view.clue, view.picture) = (kind, clue, picture);
            (view.votes, view.votes_needed) = (vec![], 0);
            for seat in &mut view.seats {
                (seat.locked, seat.waiting) = (false, false);
            }
        }
        Event::Locked { seat } => seat_mut(view, seat).locked = true,
        Event::Votes { seats, needed } => (view.votes, view.votes_needed) = (seats, needed),
        Event::Result { result, next } => {
            view.phase = if next.is_some() { Phase::Result } else { Phase::Finished };
            view.deadline = next;
            for line in &result.seats {
                seat_mut(view, line.seat).total = line.total;
            }
            view.seats.iter_mut().for_each(|seat| seat.locked = false);
            view.results.push(result);
        }
        Event::Deadline { deadline } => view.deadline = deadline,
        Event::Seated { seat } => {
            let new = SeatView {
                seat,
                locked: false,
                connected: true,
                left: false,
                waiting: true,
                total: 0,
                rank: 1,
            };
            view.seats.push(new);
            view.seats.sort_by_key(|seat| seat.seat);
        }
        Event::Seat { seat, connected, left } => {
            let seat = seat_mut(view, seat);
            (seat.connected, seat.left, seat.waiting) = (connected, left, seat.waiting && !left);
        }
        Event::Finished { standings } => {
            (view.phase, view.deadline, view.standings) = (Phase::Finished, None, Some(standings));
            (view.votes, view.votes_needed) = (vec![], 0);
        }
    }
    let totals: Vec<u32> = view.seats.iter().map(|seat| seat.total).collect();
    for seat in &mut view.seats {
        seat.rank = 1 + totals.iter().filter(|&&total| total > seat.total).count() as u8;
    }
}

fn seat_mut(view: &mut View, seat: SeatId) -> &mut SeatView {
    view.seats.iter_mut().find(|known| known.seat == seat).unwrap()
}

/// A copy that went to disk and back.
fn stored(play: &Match) -> Match {
    let bytes = rmp_serde::to_vec_named(play).unwrap();
    let back: Match = rmp_serde::from_slice(&bytes).unwrap();
    assert_eq!(serde_json::from_str::<Match>(&serde_json::to_string(play).unwrap()).unwrap(), back);
    back
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_course_replays_and_never_sticks(
        seats in 1u8..4, limited in any::<bool>(), countries in any::<bool>(),
        steps in proptest::collection::vec(step(), 1..120),
    ) {
        let mut table = Recorded::new(seats, limited, countries);
        for step in steps {
            table.step(step);
        }
        // Replay equals play, also through storage in the middle.
        let mut again = table.first.clone();
        for (i, (now, input)) in table.inputs.iter().enumerate() {
            apply(&mut again, input, *now).unwrap();
            if i == table.inputs.len() / 2 {
                again = stored(&again);
            }
        }
        prop_assert_eq!(again.hash(), table.play.hash());
        prop_assert_eq!(&again, &table.play);

        // A pin that the same seat replaced before anything else happened may be dropped.
        let pin_of = |input: &Input| match input {
            Input::Act(by, action) if Match::latest(action) => Some(by.seat),
            _ => None,
        };
        let mut again = table.first.clone();
        for (i, (now, input)) in table.inputs.iter().enumerate() {
            let run = table.inputs[i + 1..].iter().map_while(|(_, later)| pin_of(later));
            if pin_of(input).is_some_and(|seat| run.into_iter().any(|later| later == seat)) {
                continue;
            }
            apply(&mut again, input, *now).unwrap();
        }
        prop_assert_eq!(again.hash(), table.play.hash());

        // From here it can always be played to the end: who is still there locks, time passes.
        let mut rounds = 0;
        while table.play.outcome().is_none() {
            rounds += 1;
            prop_assert!(rounds < 20, "stuck: {:?}", table.play.state);
            let seats: Vec<SeatId> = table.play.state.seats.keys().copied().collect();
            for &seat in &seats {
                table.take(Input::Seat(seat, Presence::Connected));
            }
            for &seat in &seats {
                let by = By { seat: Some(seat), host: false };
                let round = table.play.state.round;
                table.take(Input::Act(by, Action::Lock { round, at: Some(THERE), country: None }));
            }
            table.step(Step::Wait(100_000));
        }
        let outcome = table.play.outcome().unwrap();
        prop_assert_eq!(outcome.standings.len(), table.play.state.seats.len());
        prop_assert!(outcome.standings.windows(2).all(|pair| pair[0].points >= pair[1].points));
    }

    /// A nearer pin never earns less than a farther one, whatever was pinned before.
    #[test]
    fn nearer_is_never_worse(pins in proptest::collection::vec((-90.0..=90.0f64, -180.0..=180.0f64), 2..6)) {
        let mut table = Table::new(pins.len() as u8, &settings(1, Some(60)));
        for (seat, &(lat, lon)) in pins.iter().enumerate() {
            table.pin(seat as u8, AWAY);
            table.pin(seat as u8, at(lat, lon));
        }
        table.wait(61_000);
        let lines = &table.play.view(Viewer::Spectator).results[0].seats;
        prop_assert_eq!(lines.len(), pins.len());
        prop_assert!(lines.windows(2).all(|pair| pair[0].points >= pair[1].points));
        for a in lines {
            for b in lines {
                prop_assert!(a.distance_m > b.distance_m || a.points >= b.points);
            }
        }
    }

    /// What clients and journals write is read back as it was.
    #[test]
    fn actions_and_events_survive_the_wire(action in action()) {
        let clean = match action.clone() {
            Action::Pin { round, at, country } => {
                Action::Pin { round, at: at.cleaned().unwrap_or(THERE), country }
            }
            Action::Lock { round, at, country } => {
                Action::Lock { round, at: at.and_then(|at| at.cleaned().ok()), country }
            }
            skip @ Action::Skip { .. } => skip,
        };
        let any = AnyAction::Atlas(clean);
        let json = serde_json::to_string(&any).unwrap();
        prop_assert_eq!(serde_json::from_str::<AnyAction>(&json).unwrap(), any);
        let any = AnyAction::Atlas(action);
        let bytes = rmp_serde::to_vec_named(&any).unwrap();
        let back: AnyAction = rmp_serde::from_slice(&bytes).unwrap();
        prop_assert_eq!(format!("{back:?}"), format!("{any:?}"));
    }
}

/// The same match through the types of any game.
#[test]
fn any_game_is_the_game() {
    let settings = settings(1, Some(60));
    let seats = [Seat { id: SeatId(0), connected: true, host: true }];
    let any = AnySettings::Atlas(settings.clone());
    assert_eq!((any.game(), any.board(), any.validate()), ("atlas", None, Ok(())));
    assert_eq!(AnySettings::Atlas(Settings::default()).board(), Some("classic"));
    let (mut play, events) = AnyMatch::start(&any, &seats, AnyDeck::Atlas(deck(1)), 1).unwrap();
    let (mut plain, _) = Match::start(&settings, &seats, deck(1), 1).unwrap();
    assert!(matches!(events[..], [Sent { event: AnyEvent::Atlas(Event::Round { .. }), .. }]));
    assert_eq!(play.progress(), Some((1, 1)));
    assert_eq!((play.id(), play.rules(), play.deadline()), ("atlas", 1, Some(MatchTime(61_000))));
    assert_eq!(play.view(Viewer::Spectator), AnyView::Atlas(plain.view(Viewer::Spectator)));
    let by = By { seat: Some(SeatId(0)), host: true };
    let pin = Action::Pin { round: 1, at: THERE, country: None };
    assert!(AnyMatch::latest(&AnyAction::Atlas(pin.clone())));
    assert!(!AnyMatch::latest(&AnyAction::Atlas(Action::Skip { round: 1 })));
    plain.act(by, pin.clone(), MatchTime(5)).unwrap();
    play.act(by, AnyAction::Atlas(pin), MatchTime(5)).unwrap();
    assert_eq!(play.hash(), plain.hash());
    assert_eq!(play.extend(MatchTime(70_000)).len(), 1);
    assert!(play.seat(SeatId(0), Presence::Host, MatchTime(6)).is_empty());
    assert!(play.tick(MatchTime(70_999)).is_empty());
    assert_eq!(play.tick(MatchTime(71_000)).len(), 2);
    assert_eq!(play.outcome().unwrap().standings[0].points, 5000);
    let bytes = rmp_serde::to_vec_named(&play).unwrap();
    assert_eq!(rmp_serde::from_slice::<AnyMatch>(&bytes).unwrap(), play);
}
