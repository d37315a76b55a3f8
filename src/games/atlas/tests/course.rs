//! Rounds, pins, locks, time and the end.

use super::*;
use crate::games::atlas::RoundResult;

/// The only result among these events.
fn result(events: &[Event]) -> &RoundResult {
    events
        .iter()
        .find_map(|event| match event {
            Event::Result { result, .. } => Some(result),
            _ => None,
        })
        .unwrap()
}

#[test]
fn case_04_start_gives_round_one() {
    let table = Table::new(3, &settings(5, Some(60)));
    assert_eq!((table.phase(), table.round()), (Phase::Round, 1));
    let view = table.play.view(Viewer::Spectator);
    assert_eq!(view.deadline, Some(MatchTime(60_000)));
    assert_eq!(view.clue.name.as_deref(), Some("Town 0"));
    assert!(view.seats.iter().all(|seat| seat.rank == 1 && !seat.waiting));
}

#[test]
fn start_refuses_what_does_not_fit() {
    let seats = [Seat { id: SeatId(0), connected: true, host: true }];
    let code =
        |settings: &Settings, seats: &[Seat], deck| Match::start(settings, seats, deck, 0).unwrap_err().code;
    assert_eq!(code(&settings(5, Some(60)), &[], deck(5)), "no_seats");
    assert_eq!(code(&settings(5, Some(60)), &seats, deck(4)), "deck_mismatch");
    assert_eq!(code(&settings(0, Some(60)), &seats, deck(0)), "invalid_settings");
    let only_flags = Settings { kinds: [Kind::Flag].into(), ..settings(5, None) };
    assert_eq!(code(&only_flags, &seats, deck(5)), "deck_mismatch");
    let mut flat = deck(5);
    flat.scale_m = 0.0;
    assert_eq!(code(&settings(5, None), &seats, flat), "deck_mismatch");
}

#[test]
fn case_05_a_perfect_pin_and_what_comes_too_late() {
    let mut table = Table::new(2, &settings(2, Some(60)));
    assert_eq!(table.lock(0, THERE), [Event::Locked { seat: SeatId(0) }]);
    let again = Action::Lock { round: 1, at: Some(AWAY), country: None };
    assert_eq!(table.refused(0, again), "already_locked");
    assert_eq!(table.refused(0, Action::Pin { round: 1, at: AWAY, country: None }), "already_locked");
    table.now = MatchTime(120_000);
    assert_eq!(table.refused(1, Action::Pin { round: 1, at: THERE, country: None }), "too_late");
    let events = table.wait(0);
    // The tick came late: the round ends when it does.
    assert_eq!(names(&events), ["result", "votes"]);
    let lines = &result(&events).seats;
    assert_eq!((lines[0].seat, lines[0].points, lines[0].total, lines[0].rank), (SeatId(0), 5000, 5000, 1));
    assert_eq!((lines[0].at, lines[0].distance_m, lines[0].bonus), (Some(THERE), Some(0), 0));
    assert_eq!((lines[1].points, lines[1].at, lines[1].distance_m, lines[1].rank), (0, None, None, 2));
}

#[test]
fn grace_lets_in_what_was_on_its_way() {
    let mut table = Table::new(2, &settings(2, Some(60)));
    table.now = MatchTime(61_000);
    table.pin(1, THERE);
    assert_eq!(names(&table.lock(0, AWAY)), ["locked"]);
    table.now = MatchTime(61_001);
    assert_eq!(table.refused(1, Action::Lock { round: 1, at: None, country: None }), "too_late");
    // Shown is the nominal deadline, the tick comes after the grace.
    assert_eq!(table.play.view(Viewer::Spectator).deadline, Some(MatchTime(60_000)));
    assert_eq!(table.play.deadline(), Some(MatchTime(61_000)));
    // The pin that was never locked counts.
    assert_eq!(result(&table.wait(0)).seats[0].seat, SeatId(1));
}

#[test]
fn case_06_and_07_results_for_twenty_seconds_then_the_next_round() {
    let mut table = Table::new(1, &settings(2, Some(60)));
    table.wait(10_000);
    let events = table.lock(0, THERE);
    assert_eq!(names(&events), ["locked", "result", "votes"]);
    assert!(matches!(events[1], Event::Result { next: Some(MatchTime(30_000)), .. }));
    assert_eq!((table.phase(), table.play.state.results.len()), (Phase::Result, 1));
    assert_eq!(table.refused(0, Action::Pin { round: 1, at: THERE, country: None }), "too_late");
    assert_eq!(table.refused(0, Action::Pin { round: 2, at: THERE, country: None }), "wrong_round");
    assert!(table.wait(19_999).is_empty());
    let events = table.wait(1);
    assert!(
        matches!(events[..], [Event::Round { round: 2, deadline: Some(MatchTime(90_000)), .. }]),
        "{events:?}"
    );
    assert_eq!(table.refused(0, Action::Pin { round: 1, at: THERE, country: None }), "wrong_round");
    // After the last result the match is over at once.
    let events = table.lock(0, THERE);
    assert_eq!(names(&events), ["locked", "result", "finished"]);
    assert!(matches!(events[1], Event::Result { next: None, .. }));
    assert_eq!((table.phase(), table.play.deadline()), (Phase::Finished, None));
    for action in [
        Action::Pin { round: 2, at: THERE, country: None },
        Action::Lock { round: 2, at: None, country: None },
        Action::Skip { round: 2 },
    ] {
        assert_eq!(table.refused(0, action), "match_over");
    }
    assert!(table.wait(1_000_000).is_empty());
}

#[test]
fn case_08_ranks_and_ties() {
    let mut table = Table::new(4, &settings(1, Some(60)));
    table.pin(3, THERE);
    table.pin(1, THERE);
    table.pin(2, AWAY);
    let events = table.wait(61_000);
    let Some(Event::Finished { standings }) = events.last() else { panic!("{events:?}") };
    let ranks: Vec<(u8, u8)> = standings.iter().map(|line| (line.seat.0, line.rank)).collect();
    // The predecessor broke ties at random; here they share a rank and the next one is skipped.
    assert_eq!(ranks, [(1, 1), (3, 1), (2, 3), (0, 4)]);
    let lines: Vec<(u8, u8)> = result(&events).seats.iter().map(|line| (line.seat.0, line.rank)).collect();
    assert_eq!(lines, ranks);
    let outcome = table.play.outcome().unwrap();
    assert_eq!((&outcome.standings, outcome.rounds, outcome.board), (standings, 1, None));
}

#[test]
fn presets_count_for_their_board() {
    for (preset, board) in [(Preset::Quick, Some("quick")), (Preset::Sprint, Some("sprint"))] {
        let settings = Settings::preset(preset);
        let mut table = Table::new(1, &settings);
        assert_eq!(table.play.outcome(), None);
        table.wait(10_000_000);
        assert_eq!(table.play.outcome().unwrap().board.as_deref(), board);
        assert_eq!(table.play.outcome().unwrap().rounds, u32::from(settings.rounds));
    }
}

#[test]
fn case_09_a_round_ends_by_time_or_by_locks() {
    let mut table = Table::new(3, &settings(3, Some(60)));
    assert!(table.wait(60_999).is_empty());
    assert_eq!(names(&table.wait(1)), ["result", "votes"]);
    table.wait(20_000);
    table.lock(0, THERE);
    table.lock(1, THERE);
    assert_eq!(names(&table.lock(2, THERE)), ["locked", "result", "votes"]);
    // Not by locks when nobody is connected.
    table.wait(20_000);
    table.lock(0, THERE);
    for seat in [1, 2, 0] {
        table.seat(seat, Presence::Disconnected);
        if seat != 2 {
            continue;
        }
        // Those who are here have locked, so it ended when the last of the others dropped.
        assert_eq!(table.phase(), Phase::Finished);
    }
}

#[test]
fn case_09_nobody_connected_means_waiting_for_the_deadline() {
    let mut table = Table::new(2, &settings(3, Some(60)));
    table.pin(1, THERE);
    assert_eq!(names(&table.seat(0, Presence::Disconnected)), ["seat"]);
    assert_eq!(names(&table.seat(1, Presence::Disconnected)), ["seat"]);
    assert!(table.wait(60_000).is_empty());
    assert_eq!(result(&table.wait(1_000)).seats[0].points, 5000);
}

#[test]
fn case_15_unlimited_never_ends_by_time() {
    let mut table = Table::new(2, &settings(1, None));
    assert_eq!((table.play.deadline(), table.play.view(Viewer::Spectator).deadline), (None, None));
    assert!(table.wait(24 * 3_600_000).is_empty());
    table.lock(0, THERE);
    assert_eq!(table.phase(), Phase::Round);
    table.lock(1, AWAY);
    assert_eq!(table.phase(), Phase::Finished);
}

#[test]
fn the_last_pin_counts_and_a_lock_may_use_it() {
    let mut table = Table::new(2, &settings(2, Some(60)));
    assert_eq!(table.refused(0, Action::Lock { round: 1, at: None, country: None }), "no_pin");
    table.pin(0, AWAY);
    table.pin(0, THERE);
    table.act(0, Action::Lock { round: 1, at: None, country: None }).unwrap();
    table.pin(1, THERE);
    table.pin(1, at(10.0, 380.000_001));
    table.wait(61_000);
    // A click in the map's second world is the same place.
    assert_eq!(table.totals(), [5000, 5000]);
    // Pins do not outlive their round.
    table.wait(20_000);
    assert_eq!(table.refused(0, Action::Lock { round: 2, at: None, country: None }), "no_pin");
    assert_eq!(table.play.view(Viewer::Seat(SeatId(0))).pin, None);
}

#[test]
fn bad_points_and_countries_are_refused() {
    let mut table = Table::with(1, &settings(1, Some(60)), country_deck(1));
    for at in [at(90.5, 0.0), at(f64::NAN, 0.0), at(0.0, f64::NEG_INFINITY)] {
        assert_eq!(table.refused(0, Action::Pin { round: 1, at, country: None }), "bad_point");
        assert_eq!(table.refused(0, Action::Lock { round: 1, at: Some(at), country: None }), "bad_point");
    }
    for country in ["", "tc", "TCX", "Testland"] {
        let country = Some(country.to_owned());
        assert_eq!(table.refused(0, Action::Pin { round: 1, at: THERE, country }), "bad_country");
    }
    let nobody = By { seat: None, host: true };
    let pin = Action::Pin { round: 1, at: THERE, country: None };
    assert_eq!(table.act_by(nobody, pin.clone()).unwrap_err().code, "no_seat");
    assert_eq!(table.refused(9, pin), "no_seat");
}

#[test]
fn countries_are_pinned_or_named() {
    let mut table = Table::with(6, &settings(1, Some(60)), country_deck(1));
    let outside = at(5.0, -169.0);
    table.pin(0, at(5.0, -175.0));
    table.pin(1, at(5.0, 175.0));
    table.pin(2, outside);
    // Named rightly counts wherever the pin is; wrongly, the pin does. Locking by name alone keeps the pin.
    let named = |iso: &str| Some(iso.to_owned());
    table.act(3, Action::Pin { round: 1, at: AWAY, country: named("TC") }).unwrap();
    table.act(4, Action::Pin { round: 1, at: outside, country: named("AA") }).unwrap();
    table.pin(5, AWAY);
    table.act(5, Action::Lock { round: 1, at: None, country: named("TC") }).unwrap();
    let view = table.play.view(Viewer::Seat(SeatId(3)));
    assert_eq!((view.named.as_deref(), view.pin), (Some("TC"), Some(AWAY)));
    let events = table.wait(61_000);
    let lines = &result(&events).seats;
    let mut by_seat: Vec<(u8, Option<u32>)> =
        lines.iter().map(|line| (line.seat.0, line.distance_m)).collect();
    by_seat.sort_unstable();
    let far = by_seat[2].1.unwrap();
    assert!((110_000..112_000).contains(&far), "{far}");
    let expected = [Some(0), Some(0), Some(far), Some(0), Some(far), Some(0)];
    assert_eq!(by_seat.iter().map(|line| line.1).collect::<Vec<_>>(), expected);
}

#[test]
fn a_named_country_means_nothing_when_a_place_is_asked() {
    let mut table = Table::new(1, &settings(1, Some(60)));
    table.act(0, Action::Pin { round: 1, at: AWAY, country: Some("TC".into()) }).unwrap();
    assert_eq!(table.play.view(Viewer::Seat(SeatId(0))).named, None);
    table.wait(61_000);
    assert!(table.totals()[0] < 1000);
}

#[test]
fn a_time_bonus_for_an_early_lock() {
    let timed = Settings { time_bonus: true, ..settings(2, Some(20)) };
    let mut table = Table::new(3, &timed);
    table.pin(2, THERE);
    table.wait(5_000);
    table.lock(0, THERE);
    table.wait(15_500);
    table.lock(1, THERE);
    let events = table.wait(500);
    let bonus: Vec<(u8, u32, u32)> =
        result(&events).seats.iter().map(|line| (line.seat.0, line.points, line.bonus)).collect();
    // Three quarters of the time left; in the grace none is; a pin without a lock earns none.
    assert_eq!(bonus, [(0, 5375, 375), (1, 5000, 0), (2, 5000, 0)]);
    // More time after a restart is time to act, not to earn: the round's own length counts.
    table.wait(20_000);
    table.wait(19_000);
    table.play.extend(table.now.plus(10_000));
    table.wait(9_000);
    table.lock(0, THERE);
    assert_eq!(table.play.state.seats[&SeatId(0)].locked, Some(0));
    // Unlimited rounds have none.
    let mut table = Table::new(1, &Settings { time_bonus: true, ..settings(1, None) });
    table.lock(0, THERE);
    assert_eq!(table.totals(), [5000]);
}

#[test]
fn a_rebuild_leaves_time_to_act() {
    let mut table = Table::new(2, &settings(2, Some(60)));
    table.wait(55_000);
    assert!(table.play.extend(MatchTime(59_000)).is_empty());
    let moved = public(table.play.extend(MatchTime(65_000)));
    assert_eq!(moved, [Event::Deadline { deadline: Some(MatchTime(65_000)) }]);
    table.wait(11_000);
    table.wait(19_000);
    assert_eq!(table.phase(), Phase::Result);
    assert_eq!(names(&public(table.play.extend(table.now.plus(10_000)))), ["deadline"]);
    assert!(table.wait(9_999).is_empty());
    assert_eq!(names(&table.wait(1)), ["round"]);
    // Nothing to extend without a limit, or after the end.
    assert!(Table::new(1, &settings(1, None)).play.extend(MatchTime(9)).is_empty());
    table.wait(1_000_000);
    assert!(table.play.outcome().is_some() && table.play.extend(MatchTime(u64::MAX)).is_empty());
}
