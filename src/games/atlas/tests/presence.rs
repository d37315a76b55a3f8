//! Who is there, who votes, who is waited for.

use super::*;

/// A table that shows the first result.
fn resulted(seats: u8) -> Table {
    let mut table = Table::new(seats, &settings(5, Some(60)));
    assert_eq!(names(&table.wait(61_000)), ["result", "votes"]);
    table
}

fn votes(events: &[Event]) -> (Vec<u8>, u8) {
    let [.., Event::Votes { seats, needed }] = events else { panic!("{events:?}") };
    (seats.iter().map(|seat| seat.0).collect(), *needed)
}

#[test]
fn case_03_a_seat_is_taken_once_and_late() {
    let mut table = Table::new(2, &settings(3, Some(60)));
    let before = table.play.hash();
    assert!(table.seat(1, Presence::Late).is_empty());
    assert_eq!(table.play.hash(), before);
    assert_eq!(table.seat(2, Presence::Late), [Event::Seated { seat: SeatId(2) }]);
    assert!(table.play.view(Viewer::Spectator).seats[2].waiting);
    assert_eq!(table.refused(2, Action::Pin { round: 1, at: THERE, country: None }), "waiting");
    // It is not waited for, and not in the result.
    table.lock(0, THERE);
    let events = table.lock(1, THERE);
    let Event::Result { result, .. } = &events[1] else { panic!("{events:?}") };
    assert_eq!(result.seats.len(), 2);
    // It may vote, and plays the next round.
    table.skip(1).unwrap();
    assert_eq!(names(&table.skip(2).unwrap()), ["round"]);
    assert!(!table.play.view(Viewer::Spectator).seats[2].waiting);
    table.pin(2, THERE);
}

#[test]
fn case_10_a_seat_stays_however_long_its_player_is_away() {
    let mut table = Table::new(2, &settings(2, Some(60)));
    table.pin(1, THERE);
    let away = table.seat(1, Presence::Disconnected);
    assert_eq!(away, [Event::Seat { seat: SeatId(1), connected: false, left: false }]);
    assert!(table.seat(1, Presence::Disconnected).is_empty());
    table.wait(61_000 + 20_000 + 31_000);
    assert_eq!(table.totals(), [0, 5000]);
    assert_eq!(names(&table.seat(1, Presence::Connected)), ["seat"]);
    table.pin(1, THERE);
    // Back, it is waited for again.
    assert_eq!(names(&table.lock(0, THERE)), ["locked"]);
    assert_eq!(names(&table.lock(1, THERE)), ["locked", "result", "finished"]);
}

#[test]
fn case_11_when_all_have_left_the_match_is_over() {
    let mut table = Table::new(2, &settings(3, None));
    table.seat(0, Presence::Disconnected);
    table.seat(1, Presence::Disconnected);
    // Away is not left: an unlimited round waits.
    assert!(table.wait(3_600_000).is_empty());
    table.seat(1, Presence::Connected);
    table.pin(1, THERE);
    table.seat(1, Presence::Left);
    let events = table.seat(0, Presence::Left);
    assert_eq!(names(&events), ["seat", "result", "finished"]);
    let Some(Event::Finished { standings }) = events.last() else { panic!("{events:?}") };
    // What was pinned before leaving counts.
    assert_eq!((standings[0].seat, standings[0].points, standings[0].left), (SeatId(1), 5000, true));
    assert_eq!(table.play.outcome().unwrap().rounds, 3);
    // Between rounds too.
    let mut table = resulted(2);
    table.seat(0, Presence::Left);
    assert_eq!(names(&table.seat(1, Presence::Left)), ["seat", "finished"]);
}

#[test]
fn who_left_keeps_points_and_is_never_waited_for() {
    let mut table = Table::new(3, &settings(2, Some(60)));
    table.lock(0, THERE);
    table.lock(1, THERE);
    let events = table.seat(2, Presence::Left);
    assert_eq!(names(&events), ["seat", "result", "votes"]);
    assert_eq!(events[0], Event::Seat { seat: SeatId(2), connected: false, left: true });
    assert_eq!(table.refused(2, Action::Skip { round: 1 }), "no_seat");
    // Gone for good.
    for presence in
        [Presence::Connected, Presence::Disconnected, Presence::Late, Presence::Host, Presence::Left]
    {
        assert!(table.seat(2, presence).is_empty(), "{presence:?}");
    }
    table.seat(1, Presence::Left);
    table.skip(0).unwrap();
    let events = table.lock(0, THERE);
    let [.., Event::Result { result, .. }, Event::Finished { standings }] = &events[..] else {
        panic!("{events:?}")
    };
    assert_eq!(result.seats.iter().map(|line| line.seat.0).collect::<Vec<_>>(), [0]);
    let lines: Vec<_> = standings.iter().map(|line| (line.seat.0, line.points, line.left)).collect();
    assert_eq!(lines, [(0, 10_000, false), (1, 5000, true), (2, 0, true)]);
}

#[test]
fn case_12_the_host_goes_on_and_others_vote() {
    // Only in the result, only for its round.
    let mut table = Table::new(3, &settings(5, Some(60)));
    assert_eq!(table.skip(0).unwrap_err().code, "round_running");
    // Host and two players: both players are needed.
    let mut table = resulted(3);
    assert_eq!(table.refused(1, Action::Skip { round: 2 }), "wrong_round");
    assert_eq!(votes(&table.skip(1).unwrap()), (vec![1], 2));
    assert_eq!(table.skip(1).unwrap_err().code, "already_voted");
    assert_eq!(names(&table.skip(2).unwrap()), ["round"]);
    // The host needs no vote.
    let mut table = resulted(3);
    assert_eq!(names(&table.skip(0).unwrap()), ["round"]);
    assert_eq!(table.refused(0, Action::Skip { round: 1 }), "wrong_round");
    // Host and one player: the player alone (the predecessor's could never pass).
    let mut table = resulted(2);
    assert_eq!(table.play.view(Viewer::Spectator).votes_needed, 1);
    assert_eq!(names(&table.skip(1).unwrap()), ["round"]);
    // Host and four: three.
    let mut table = resulted(5);
    table.skip(1).unwrap();
    assert_eq!(votes(&table.skip(2).unwrap()), (vec![1, 2], 3));
    assert_eq!(names(&table.skip(3).unwrap()), ["round"]);
}

#[test]
fn a_host_who_only_watches_goes_on_too() {
    let mut table = resulted(3);
    table.seat(0, Presence::NoHost);
    assert_eq!(table.play.view(Viewer::Spectator).votes_needed, 2);
    assert_eq!(
        names(&table.act_by(By { seat: None, host: true }, Action::Skip { round: 1 }).unwrap()),
        ["round"]
    );
    let spectator = By { seat: None, host: false };
    table.wait(61_000);
    assert_eq!(table.act_by(spectator, Action::Skip { round: 2 }).unwrap_err().code, "no_seat");
}

/// The predecessor cleared the deadline and never went on.
#[test]
fn case_13_a_vote_goes_with_its_voter_and_the_rest_may_then_pass() {
    let mut table = resulted(5);
    table.skip(1).unwrap();
    table.skip(2).unwrap();
    // Own vote dropped, the others' kept; now 2 of 3 are needed.
    assert_eq!(votes(&table.seat(1, Presence::Disconnected)), (vec![2], 2));
    assert_eq!(table.refused(1, Action::Skip { round: 1 }), "not_connected");
    table.seat(1, Presence::Connected);
    table.skip(1).unwrap();
    // 2 votes of 4, then one without a vote drops: 2 of 3 pass at once.
    assert_eq!(names(&table.seat(4, Presence::Disconnected)), ["seat", "round"]);
    assert_eq!(table.play.deadline(), Some(MatchTime(61_000 + 61_000)));
}

#[test]
fn a_change_of_host_counts_the_votes_anew() {
    // 0 is host; 1 of 3 has voted.
    let mut table = resulted(4);
    table.skip(1).unwrap();
    // Another host: now 0, 1 and 3 vote, and nothing else has changed.
    let hash = table.play.hash();
    assert!(table.seat(2, Presence::Host).is_empty());
    assert_ne!(table.play.hash(), hash);
    // The voter becomes host: that is going on.
    assert_eq!(names(&table.seat(1, Presence::Host)), ["round"]);
    // A newcomer's vote, and that of a host who is none any more: all are told when more are needed.
    let mut table = resulted(3);
    table.skip(1).unwrap();
    assert_eq!(names(&table.seat(3, Presence::Late)), ["seated"]);
    assert_eq!(votes(&table.seat(0, Presence::NoHost)), (vec![1], 3));
    // A host whom no seat knows changes nothing; no host at all may be said of any seat.
    let hash = table.play.hash();
    assert!(table.seat(200, Presence::Host).is_empty() && table.seat(255, Presence::NoHost).is_empty());
    assert_eq!(table.play.hash(), hash);
}

#[test]
fn an_unlimited_round_does_not_strand_newcomers() {
    let mut table = Table::new(1, &settings(3, None));
    table.seat(0, Presence::Disconnected);
    table.wait(5_000);
    let events = table.seat(1, Presence::Late);
    assert_eq!(events[1], Event::Deadline { deadline: Some(MatchTime(65_000)) });
    // Back in time: no limit again.
    assert_eq!(names(&table.seat(0, Presence::Connected)), ["seat", "deadline"]);
    assert_eq!(table.play.deadline(), None);
    table.seat(0, Presence::Disconnected);
    assert_eq!(names(&table.wait(61_000)), ["result", "votes"]);
    assert_eq!(names(&table.skip(1).unwrap()), ["round"]);
    assert_eq!(table.play.deadline(), None);
    table.lock(1, THERE);
    assert_eq!(table.phase(), Phase::Result);
    // When those who play have left for good, nothing is waited for.
    let mut table = Table::new(1, &settings(3, None));
    table.seat(1, Presence::Late);
    assert_eq!(names(&table.seat(0, Presence::Left)), ["seat", "result", "votes"]);
}

#[test]
fn fifty_seats_and_more() {
    let mut table = Table::new(50, &settings(1, Some(60)));
    for seat in 0..49 {
        assert_eq!(names(&table.lock(seat, THERE)), ["locked"]);
    }
    let events = table.lock(49, AWAY);
    let Some(Event::Finished { standings }) = events.last() else { panic!("{events:?}") };
    assert!(standings[..49].iter().all(|line| line.rank == 1));
    assert_eq!(standings[49].rank, 50);
}
