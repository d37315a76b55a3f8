//! kill -9 around the end of many matches: each is recorded exactly once, and counts once.

use super::next_round;
use crate::support::client::{act, is, lock, play_match};
use crate::support::{Client, Dice, Guest, Server};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

const ROOMS: usize = 8;

/// The preset `quick`, so that the matches count on a board.
fn quick() -> Value {
    json!({"public": false, "late": "watch", "game": {"game": "atlas", "rounds": 3, "seconds": 30, "region": "world",
        "difficulty": "normal", "time_bonus": false,
        "kinds": ["city", "silhouette", "flag", "orbit", "lights", "relief", "rivers", "stars"]}})
}

/// All but the last lock of the last round.
async fn almost_played(server: &Server) -> Vec<Client> {
    let host = Guest::new(server).await;
    let code = host.room(server, Some(quick())).await;
    let mut clients = vec![Client::join(server, host, &code).await];
    clients.push(Client::join(server, Guest::new(server).await, &code).await);
    clients[0].must(json!({"type": "start"})).await;
    for round in 1..=3 {
        if round > 1 {
            next_round(&mut clients, round).await;
        }
        clients[0].must(lock(round, 10.0, 20.0)).await;
        if round < 3 {
            clients[1].must(lock(round, -10.0, 50.0)).await;
            for client in &mut clients {
                client
                    .wait(0, "the result", |e| is(e, "result") && e["event"]["result"]["round"] == round)
                    .await;
            }
        }
    }
    clients
}

async fn until_recorded(client: &mut Client, server: &Server) -> String {
    for _ in 0..600 {
        if !client.connected() {
            client.connect(server).await;
        }
        if let Some((_, event)) = client.events.iter().find(|(_, event)| event["type"] == "ended") {
            return event["match_id"].as_str().expect("an id").to_owned();
        }
        // What was folded into a snapshot before the crash comes as a view.
        if let Some(id) = client.view.as_ref().and_then(|view| view["ended"].as_str()) {
            return id.to_owned();
        }
        client.settle(Duration::from_millis(50)).await;
    }
    panic!("the match was never recorded: {:?}", client.events.last());
}

async fn run(seed: u64) {
    let mut dice = Dice(seed ^ 0xF1A1);
    let mut server = Server::with(&[
        ("SNUG_LIMITS_GUESTS_BURST", "1000"),
        ("SNUG_LIMITS_ROOMS_BURST", "1000"),
        ("SNUG_LIMITS_REQUESTS_BURST", "100000"),
    ])
    .await;
    let mut rooms = Vec::new();
    for _ in 0..ROOMS {
        rooms.push(almost_played(&server).await);
    }
    for clients in &mut rooms {
        clients[1].send(act(json!({"do": "lock", "round": 3, "at": {"lat": 3.0, "lon": 4.0}}))).await;
        if dice.below(2) == 0 {
            tokio::time::sleep(Duration::from_millis(dice.below(12))).await;
        }
    }
    tokio::time::sleep(Duration::from_millis(dice.below(60))).await;
    server.kill();
    if seed.is_multiple_of(3) {
        // And again while it starts and records what it finds.
        server.spawn();
        tokio::time::sleep(Duration::from_millis(20 + dice.below(150))).await;
        server.kill();
    }
    server.restart().await;
    for client in rooms.iter_mut().flatten() {
        assert!(client.connect(&server).await, "seed {seed}: {:?}", client.refused);
    }
    let mut ids: BTreeMap<String, usize> = BTreeMap::new();
    for (index, clients) in rooms.iter_mut().enumerate() {
        let mut seen = Vec::new();
        for client in clients.iter_mut() {
            seen.push(until_recorded(client, &server).await);
            let ends = client.events.iter().filter(|(_, event)| event["type"] == "ended").count();
            let finishes = client.events.iter().filter(|(_, event)| is(event, "finished")).count();
            let once = usize::from(client.fresh_views == 0);
            assert!(client.fresh_views <= 1 && client.gaps == 0, "seed {seed}");
            assert!(
                ends <= 1 && finishes <= 1 && ends >= once && finishes >= once,
                "seed {seed}: {ends}, {finishes}"
            );
            client.settle(Duration::from_millis(20)).await;
            assert!(client.unanswered.is_empty(), "seed {seed}: {:?}", client.unanswered);
        }
        assert_eq!(seen[0], seen[1], "seed {seed}");
        assert!(ids.insert(seen.remove(0), index).is_none(), "seed {seed}");
    }
    for clients in &rooms {
        for client in clients {
            let guest = &client.guest;
            let (_, history) = guest.get(&server, "/api/matches").await;
            let matches = history["matches"].as_array().expect("matches");
            assert_eq!(matches.len(), 1, "seed {seed}: recorded once");
            let points = matches[0]["points"].as_i64().expect("points");
            let path = "/api/leaderboard?preset=quick&by=points&period=all";
            let (_, board) = guest.get(&server, path).await;
            assert_eq!(board["me"]["games"], 1, "seed {seed}: counted once");
            assert_eq!(board["me"]["value"].as_f64(), Some(points as f64), "seed {seed}");
            assert_eq!(board["players"], ROOMS * 2);
            let mut profile = Value::Null;
            for _ in 0..100 {
                (_, profile) = guest.get(&server, &format!("/api/users/{}", guest.id)).await;
                if profile["games"] != 0 {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            assert_eq!(
                (profile["games"].as_i64(), profile["points"].as_i64()),
                (Some(1), Some(points)),
                "seed {seed}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_match_that_ends_in_a_crash_is_recorded_exactly_once() {
    let runs = std::env::var("SNUG_TEST_FINISH_RUNS").map_or(10, |text| text.parse().expect("a number"));
    for seed in 1..=runs {
        run(seed).await;
    }
}

#[tokio::test]
async fn who_missed_a_match_gets_its_events_and_who_missed_two_a_fresh_view() {
    let mut server = Server::start().await;
    let mut clients = almost_played(&server).await;
    let mut away = Client::new(Guest::new(&server).await, &clients[0].room, 3);
    away.watch = true;
    assert!(away.connect(&server).await, "{:?}", away.refused);
    let mut long_away = Client::new(Guest::new(&server).await, &clients[0].room, 4);
    long_away.watch = true;
    assert!(long_away.connect(&server).await, "{:?}", long_away.refused);
    away.cut();
    long_away.cut();
    clients[1].must(lock(3, 3.0, 4.0)).await;
    clients[0].wait(0, "the record", |event| event["type"] == "ended").await;
    // The snapshot follows the record at once; a line of chat shows that it is in the journal.
    clients[0].must(json!({"type": "chat", "text": "well played"})).await;
    server.kill();
    server.restart().await;

    // One snapshot later all is there still, once and in order.
    assert!(away.connect(&server).await, "{:?}", away.refused);
    away.wait(0, "the chat", |event| event["line"]["text"] == "well played").await;
    assert_eq!((away.fresh_views, away.gaps), (0, 0));
    assert_eq!(away.events.iter().filter(|(_, event)| event["type"] == "ended").count(), 1);
    for client in &mut clients {
        assert!(client.connect(&server).await);
        assert_eq!(client.fresh_views, 0);
    }

    clients[0].must(json!({"type": "again"})).await;
    play_match(&mut clients, 3, &[(1.0, 2.0), (3.0, 4.0)]).await;
    clients[0].must(json!({"type": "chat", "text": "and again"})).await;
    server.kill();
    server.restart().await;
    assert!(long_away.connect(&server).await, "{:?}", long_away.refused);
    let welcome = long_away.raw.iter().rev().find(|frame| frame["t"] == "welcome").expect("a welcome");
    assert_eq!(welcome["view"]["match"]["view"]["phase"], "finished");
    assert!(welcome["view"]["ended"].is_string());
    // One that was there gets what it missed and nothing else.
    assert!(clients[0].connect(&server).await);
    assert_eq!(clients[0].fresh_views, 0);
    long_away.must(json!({"type": "chat", "text": "back"})).await;
    clients[0].wait(0, "her line", |event| event["line"]["text"] == "back").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_room_that_closes_on_its_result_keeps_it() {
    let mut server =
        Server::with(&[("SNUG_LIMITS_ROOMS_BURST", "1000"), ("SNUG_LIMITS_GUESTS_BURST", "1000")]).await;
    let mut hosts = Vec::new();
    for n in 0..10 {
        let mut clients = almost_played(&server).await;
        let (mut ben, mut ada) = (clients.pop().expect("two"), clients.pop().expect("two"));
        ben.send(act(json!({"do": "lock", "round": 3, "at": {"lat": 3.0, "lon": 4.0}}))).await;
        ada.wait(0, "the last result", |e| is(e, "result") && e["event"]["result"]["round"] == 3).await;
        // Without waiting for the record.
        ada.send(json!({"type": "close"})).await;
        if n == 9 {
            server.kill();
            server.restart().await;
        } else {
            ada.settle(Duration::from_millis(100)).await;
            assert_eq!(ada.bye.as_ref().expect("told")["why"], "closed");
        }
        hosts.push(ada.guest);
    }
    for host in hosts {
        let mut found = 0;
        for _ in 0..100 {
            let (_, history) = host.get(&server, "/api/matches").await;
            found = history["matches"].as_array().expect("matches").len();
            if found > 0 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(found, 1, "the result is recorded");
    }
}
