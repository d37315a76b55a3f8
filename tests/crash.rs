//! kill -9 in the middle of everything. The oracle is what the clients themselves sent and saw.

use crate::support::client::{is, lock, pin, settings};
use crate::support::{Address, Client, Dice, Guest, Server};
use futures_util::StreamExt as _;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::watch;

const ROOMS: usize = 20;
const PLAYERS: usize = 3;

/// When the process is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    Lobby,
    Round,
    Results,
    Finish,
    StartUp,
    Anywhen,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Play,
    /// Wait for the replies to what was sent, then end.
    Drain,
}

/// What a client did to its pin in the running round.
#[derive(Debug, Default)]
struct Pins {
    /// Pins of the round, by command.
    sent: Vec<(u32, u64, f64, f64)>,
    locked: bool,
}

struct Played {
    client: Client,
    pins: Pins,
    chats: BTreeMap<u32, String>,
}

/// Where the running match stands, as the client has seen it.
fn stand(client: &Client) -> (u64, &'static str) {
    let mut stand = (0, "lobby");
    if let Some(view) = client.view.as_ref().and_then(|view| view["match"].as_object()) {
        let round = view["view"]["round"].as_u64().unwrap_or(0);
        stand = match view["view"]["phase"].as_str() {
            Some("round") => (round, "round"),
            Some("result") => (round, "result"),
            _ => (round, "finished"),
        };
    }
    for (_, event) in &client.events {
        if event["type"] == "started" {
            stand = (1, "round");
        } else if is(event, "round") {
            stand = (event["event"]["round"].as_u64().unwrap_or(0), "round");
        } else if is(event, "result") {
            stand = (event["event"]["result"]["round"].as_u64().unwrap_or(0), "result");
        } else if is(event, "finished") {
            stand.1 = "finished";
        } else if event["type"] == "lobby" {
            stand = (0, "lobby");
        }
    }
    stand
}

async fn play(
    mut client: Client,
    server: Address,
    mut dice: Dice,
    eager: bool,
    host: bool,
    mut stage: watch::Receiver<Stage>,
    inputs: Arc<AtomicU64>,
) -> Played {
    let mut pins = Pins::default();
    let mut pins_round = 0;
    let mut chats = BTreeMap::new();
    let mut drained = 0;
    loop {
        if !client.connected() {
            if !client.connect(&server).await {
                assert!(client.refused.is_none(), "refused: {:?}", client.refused);
                tokio::time::sleep(Duration::from_millis(20 + dice.below(60))).await;
            }
            continue;
        }
        if *stage.borrow_and_update() == Stage::Drain {
            client.settle(Duration::from_millis(50)).await;
            drained += 1;
            if client.unanswered.is_empty() && drained > 12 {
                return Played { client, pins, chats };
            }
            assert!(drained < 600, "commands without a reply: {:?}", client.unanswered);
            continue;
        }
        let (round, phase) = stand(&client);
        if round != pins_round || phase != "round" {
            pins = Pins::default();
            pins_round = round;
        }
        let roll = dice.below(100);
        if phase == "round" && roll < 25 && !pins.locked {
            let (lat, lon) =
                (dice.below(12_000) as f64 / 100.0 - 60.0, dice.below(36_000) as f64 / 100.0 - 180.0);
            let id = client.send(pin(round, lat, lon)).await;
            pins.sent.push((id, round, lat, lon));
        } else if phase == "round" && (roll < 28 || eager && roll < 45) && !pins.locked {
            client.send(lock(round, 10.0, 20.0)).await;
            pins.locked = true;
        } else if phase == "result" && host && eager && roll < 50 {
            client.send(crate::support::client::act(json!({"do": "skip", "round": round}))).await;
        } else {
            let text = format!("{}-{}", client.guest.id, chats.len());
            let id = client.send(json!({"type": "chat", "text": text})).await;
            chats.insert(id, text);
        }
        inputs.fetch_add(1, Ordering::Relaxed);
        client.settle(Duration::from_millis(80 + dice.below(140))).await;
    }
}

/// Inputs a second while it was killed.
async fn run(seed: u64) -> f64 {
    let mut dice = Dice(seed);
    let moments =
        [Moment::Lobby, Moment::Round, Moment::Results, Moment::Finish, Moment::StartUp, Moment::Anywhen];
    let moment = moments[(seed % 6) as usize];
    println!("seed {seed}: killed {moment:?}");
    let mut server = Server::with(&[
        ("SNUG_LIMITS_GUESTS_BURST", "1000"),
        ("SNUG_LIMITS_ROOMS_BURST", "1000"),
        ("SNUG_LIMITS_CHATS_PER_MINUTE", "60000"),
        ("SNUG_LIMITS_CHATS_BURST", "1000"),
    ])
    .await;
    let (stages, stage) = watch::channel(Stage::Play);
    let inputs = Arc::new(AtomicU64::new(0));
    let mut tasks = Vec::new();
    for _ in 0..ROOMS {
        let owner = Guest::new(&server).await;
        let code = owner.room(&server, Some(settings(2, Some(600), "watch"))).await;
        let mut clients = vec![Client::join(&server, owner, &code).await];
        for _ in 1..PLAYERS {
            clients.push(Client::join(&server, Guest::new(&server).await, &code).await);
        }
        if moment != Moment::Lobby {
            clients[0].must(json!({"type": "start"})).await;
        }
        let eager = matches!(moment, Moment::Results | Moment::Finish | Moment::Anywhen);
        for (index, client) in clients.into_iter().enumerate() {
            let dice = Dice(dice.next());
            let address = Address::clone(&server);
            tasks.push(tokio::spawn(play(
                client,
                address,
                dice,
                eager,
                index == 0,
                stage.clone(),
                inputs.clone(),
            )));
        }
    }
    // Eager rooms reach their results within this time, some of them their end.
    let wait = match moment {
        Moment::Results => 500 + dice.below(700),
        Moment::Finish => 1_600 + dice.below(1_500),
        _ => 200 + dice.below(900),
    };
    let (before, began) = (inputs.load(Ordering::Relaxed), Instant::now());
    tokio::time::sleep(Duration::from_millis(wait)).await;
    let rate = (inputs.load(Ordering::Relaxed) - before) as f64 / began.elapsed().as_secs_f64();
    server.kill();
    if moment == Moment::StartUp {
        for _ in 0..2 {
            server.spawn();
            tokio::time::sleep(Duration::from_millis(dice.below(120))).await;
            server.kill();
        }
    }
    server.restart().await;
    tokio::time::sleep(Duration::from_millis(700)).await;
    stages.send(Stage::Drain).expect("clients listen");
    let mut rooms: BTreeMap<String, Vec<Played>> = BTreeMap::new();
    for task in tasks {
        let played = task.await.expect("the client's own checks hold");
        rooms.entry(played.client.room.clone()).or_default().push(played);
    }
    let mut sent = 0;
    for (room, mut played) in rooms {
        check_room(seed, &room, &played);
        for played in &mut played {
            sent += played.client.replies.len();
            check_seat(seed, played).await;
        }
    }
    assert!(sent > ROOMS * PLAYERS, "seed {seed}: only {sent} inputs");
    let log = server.log();
    assert!(
        !log.contains("cannot be rebuilt") && !log.contains("differs from the one"),
        "seed {seed}: see the log"
    );
    rate
}

/// Every acknowledged input is there exactly once, for everyone, in the same order.
fn check_room(seed: u64, room: &str, played: &[Played]) {
    for one in played {
        let client = &one.client;
        assert_eq!(client.gaps, 0, "seed {seed} room {room}: frames missing");
        assert_eq!(
            client.fresh_views, 0,
            "seed {seed} room {room}: events were lost, a fresh view was needed"
        );
        for (_, event) in &client.events {
            assert_ne!(event["type"], "aborted", "seed {seed} room {room}: a match could not be replayed");
        }
        for (id, text) in &one.chats {
            let reply = &client.replies[id];
            assert!(reply["error"].is_null(), "seed {seed} room {room}: {reply}");
            for other in played {
                let seen: Vec<u64> = other
                    .client
                    .events
                    .iter()
                    .filter(|(_, event)| event["type"] == "chat" && event["line"]["text"] == text.as_str())
                    .map(|(v, _)| *v)
                    .collect();
                assert_eq!(
                    seen,
                    [reply["v"].as_u64().expect("a version")],
                    "seed {seed} room {room}: {text} as {} saw it",
                    other.client.guest.id
                );
            }
        }
    }
    // All saw the same from the moment when all were in (the last one to join saw the least).
    let public = |client: &Client, from: u64| -> Vec<(u64, Value)> {
        client.events.iter().filter(|(v, event)| *v > from && event["type"] != "started").cloned().collect()
    };
    let from = (PLAYERS as u64) * 3 + 2;
    for other in &played[1..] {
        assert_eq!(public(&played[0].client, from), public(&other.client, from), "seed {seed} room {room}");
    }
}

/// Back in the same seat, with the pin that was acknowledged last.
async fn check_seat(seed: u64, played: &mut Played) {
    let client = &mut played.client;
    let you = client.view.as_ref().expect("a view")["you"].clone();
    let view = client.look().await;
    assert_eq!(view["you"], you, "seed {seed}: another member after the restart");
    let (round, phase) = stand(client);
    if phase != "round" || played.pins.locked {
        return;
    }
    let acked = |id: &u32| client.replies.get(id).is_some_and(|reply| reply["error"].is_null());
    let last = played.pins.sent.iter().rposition(|(id, of, ..)| *of == round && acked(id));
    if let Some(last) = last {
        let (_, _, lat, lon) = played.pins.sent[last];
        let pin = &view["match"]["view"]["pin"];
        let near = |key: &str, want: f64| (pin[key].as_f64().unwrap_or(999.0) - want).abs() < 1e-4;
        assert!(near("lat", lat) && near("lon", lon), "seed {seed}: the pin {pin} is not {lat} {lon}");
    }
}

/// `lanes` of them at once, each with a server of its own.
async fn runs(default: u64, lanes: usize) {
    let number =
        |key: &str, default: u64| std::env::var(key).map_or(default, |text| text.parse().expect("a number"));
    let (first, runs) = (number("SNUG_TEST_CRASH_SEED", 1), number("SNUG_TEST_CRASH_RUNS", default));
    let rates: Vec<f64> = futures_util::stream::iter(first..first + runs)
        .map(|seed| tokio::spawn(run(seed)))
        .buffer_unordered(lanes)
        .map(|ended| ended.expect("the run's checks hold"))
        .collect()
        .await;
    let mean = rates.iter().sum::<f64>() / rates.len() as f64;
    println!("{runs} kills under {mean:.0} inputs/s each");
    assert!(mean >= 200.0, "killed under {mean:.0} inputs/s only, so this shows too little");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_anywhere_nobody_loses_anything() {
    runs(40, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "half an hour or so: `make soak`"]
async fn soak_killed_a_thousand_times() {
    runs(1_000, 3).await;
}
