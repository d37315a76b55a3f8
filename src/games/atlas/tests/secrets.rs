//! What must not leave the game early does not.

use super::*;
use crate::games::atlas::testing::deck as small_deck;

/// Every text and number of a JSON value.
fn leaves(value: &serde_json::Value, found: &mut Vec<String>) {
    match value {
        serde_json::Value::Array(items) => items.iter().for_each(|item| leaves(item, found)),
        serde_json::Value::Object(fields) => {
            for (name, item) in fields {
                found.push(name.clone());
                leaves(item, found);
            }
        }
        serde_json::Value::String(text) => found.push(text.clone()),
        other => found.push(other.to_string()),
    }
}

fn told(seen: &impl serde::Serialize) -> Vec<String> {
    let mut found = Vec::new();
    leaves(&serde_json::to_value(seen).unwrap(), &mut found);
    found
}

/// Plays whole matches of all kinds and searches everything that anyone gets before a round ends for its answer, for
/// the rounds to come, and for the pins of the others.
#[test]
fn answers_and_rivals_pins_never_leave_early() {
    let settings = Settings { rounds: 20, ..Settings::default() };
    for seed in 0..4 {
        let deck = small_deck(&settings, seed);
        let mut table = Table::with(3, &settings, deck.clone());
        let mut events = Vec::new();
        for (i, round) in deck.rounds.iter().enumerate() {
            // Pins that nothing else resembles: 0.123 and 1.123 degrees off.
            let pin = |seat: u8| at(f64::from(seat) + 0.12345, 33.12345 + i as f64).cleaned().unwrap();
            table.pin(0, pin(0));
            events.extend(table.lock(1, pin(1)));
            table.pin(2, pin(2));
            for viewer in [
                Viewer::Spectator,
                Viewer::Seat(SeatId(0)),
                Viewer::Seat(SeatId(1)),
                Viewer::Seat(SeatId(2)),
                Viewer::Seat(SeatId(77)),
            ] {
                let mut view = table.play.view(viewer);
                assert_eq!(view.results.len(), i, "only finished rounds have results");
                // What is finished is public; look at the rest.
                view.results.clear();
                let found: Vec<String> = told(&view).into_iter().chain(told(&events)).collect();
                let hidden = |secret: &str, what: &str| {
                    assert!(
                        !found.iter().any(|leaf| leaf == secret),
                        "{what} {secret} for {viewer:?} in {found:?}"
                    );
                };
                for (n, later) in deck.rounds.iter().enumerate().skip(i) {
                    let answer = &later.answer;
                    hidden(&answer.point.lat.to_string(), "latitude");
                    hidden(&answer.point.lon.to_string(), "longitude");
                    hidden(&answer.id, "id");
                    hidden(&answer.country, "country");
                    if n > i || round.kind != Kind::City {
                        hidden(&answer.name, "name");
                        hidden(&answer.country_name, "country's name");
                    }
                    if n > i
                        && let Some(picture) = &later.picture
                    {
                        hidden(&picture.token, "later picture");
                    }
                }
                for rival in 0..3 {
                    let own = viewer == Viewer::Seat(SeatId(rival));
                    let lat = pin(rival).lat.to_string();
                    assert_eq!(found.contains(&lat), own, "pin of {rival} for {viewer:?}");
                }
            }
            table.lock(0, pin(0));
            let ended = table.lock(2, pin(2));
            assert!(names(&ended).contains(&"result"));
            events = table.wait(20_000);
        }
        assert_eq!(table.phase(), Phase::Finished);
    }
}

#[test]
fn a_pin_and_a_lock_tell_the_others_no_more_than_that() {
    let mut table = Table::new(2, &settings(1, Some(60)));
    let before = table.play.view(Viewer::Seat(SeatId(1)));
    table.pin(0, THERE);
    assert_eq!(table.play.view(Viewer::Seat(SeatId(1))), before);
    assert_eq!(table.play.view(Viewer::Spectator).seat, None);
    table.lock(0, THERE);
    let after = table.play.view(Viewer::Seat(SeatId(1)));
    assert!(after.seats[0].locked && after.seats[0].total == 0);
    assert_eq!((after.pin, after.results.len()), (None, 0));
}
