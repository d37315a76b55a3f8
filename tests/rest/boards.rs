//! Leaderboards and profiles.

use crate::support::client::{play_match, preset, settings};
use crate::support::http::get;
use crate::support::{Client, Guest, Server};
use serde_json::{Value, json};
use std::time::Duration;

async fn board(server: &Server, guest: &Guest, preset: &str, by: &str, period: &str) -> Value {
    let (status, board) =
        guest.get(server, &format!("/api/leaderboard?preset={preset}&by={by}&period={period}")).await;
    assert_eq!(status, 200, "{board}");
    board
}

/// Totals are counted soon after a match, not with it.
async fn profile(server: &Server, guest: &Guest, games: u64) -> Value {
    let mut profile = Value::Null;
    for _ in 0..100 {
        profile = get(server, &format!("/api/users/{}", guest.id)).await.json();
        if profile["games"] == games {
            return profile;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("never {games} games: {profile}");
}

#[tokio::test]
async fn boards_count_presets_only_and_ties_share_a_rank() {
    let server = Server::with(&[("SNUG_LIMITS_ROOMS_BURST", "100")]).await;
    let mut guests = Vec::new();
    for name in ["Ada", "Ben", "Cleo"] {
        guests.push(Guest::named(&server, Some(name)).await);
    }
    let code = guests[0].room(&server, Some(preset("quick"))).await;
    let mut clients = Vec::new();
    for guest in &guests {
        clients.push(Client::join(&server, guest.clone(), &code).await);
    }
    // Ada and Ben lock the same; Cleo locks elsewhere.
    let id = play_match(&mut clients, 3, &[(10.0, 10.0), (10.0, 10.0), (-60.0, -120.0)]).await;
    let record = get(&server, &format!("/api/matches/{id}")).await.json();
    let points = |seat: usize| record["seats"][seat]["points"].as_i64().expect("points");
    assert_eq!(points(0), points(1));
    assert_ne!(points(0), points(2), "the world is not that even");
    let ranks: Vec<u64> =
        (0..3).map(|seat| record["seats"][seat]["rank"].as_u64().expect("a rank")).collect();
    assert_eq!(ranks, if points(0) > points(2) { [1, 1, 3] } else { [2, 2, 1] });

    for period in ["day", "week", "month", "all"] {
        for (by, value) in [("points", points(0) as f64), ("best", points(0) as f64 / 3.0), ("games", 1.0)] {
            let seen = board(&server, &guests[0], "quick", by, period).await;
            assert_eq!(seen["players"], 3, "{period} {by}");
            let rows = seen["rows"].as_array().expect("rows");
            assert_eq!(rows.len(), 3);
            let row = rows.iter().find(|row| row["user"] == guests[1].id.as_str()).expect("Ben");
            assert!(
                (row["value"].as_f64().expect("a value") - value).abs() < 0.01,
                "{period} {by}: {row} is not {value}"
            );
            assert_eq!(
                (&row["name"], &row["account"], &row["games"]),
                (&json!("Ben"), &json!(false), &json!(1))
            );
            let rank = if by == "games" { 1 } else { ranks[1] };
            assert_eq!(
                (row["rank"].as_u64(), seen["me"]["rank"].as_u64()),
                (Some(rank), Some(rank)),
                "{period} {by}"
            );
            let values: Vec<f64> = rows.iter().map(|row| row["value"].as_f64().expect("a value")).collect();
            assert!(values.is_sorted_by(|a, b| a >= b), "best first: {values:?}");
        }
    }
    // Another preset, and without a session.
    assert_eq!(board(&server, &guests[0], "classic", "points", "all").await["players"], 0);
    let outside = get(&server, "/api/leaderboard?preset=quick&by=points&period=all").await.json();
    assert_eq!(
        (&outside["me"], &outside["players"], &outside["next"]),
        (&Value::Null, &json!(3), &Value::Null)
    );

    // Custom settings, challenges and dailies do not count; a second match of the preset does.
    let custom = guests[0].play_alone(&server, &settings(3, Some(30), "watch"), (0.0, 0.0)).await;
    let (_, made) = guests[0].post(&server, "/api/rooms", json!({"challenge": id})).await;
    let mut alone = [Client::join(&server, guests[0].clone(), made["code"].as_str().expect("a code")).await];
    play_match(&mut alone, 3, &[(0.0, 0.0)]).await;
    assert_eq!(get(&server, &format!("/api/matches/{custom}")).await.json()["preset"], Value::Null);
    let seen = board(&server, &guests[0], "quick", "games", "all").await;
    assert_eq!((&seen["me"]["games"], &seen["players"]), (&json!(1), &json!(3)));
    let second = guests[0].play_alone(&server, &preset("quick"), (20.0, 20.0)).await;
    let more = get(&server, &format!("/api/matches/{second}")).await.json()["seats"][0]["points"]
        .as_i64()
        .expect("points");
    let seen = board(&server, &guests[0], "quick", "points", "all").await;
    assert_eq!(
        (seen["me"]["value"].as_f64(), &seen["me"]["games"]),
        (Some((points(0) + more) as f64), &json!(2))
    );
    let seen = board(&server, &guests[0], "quick", "best", "all").await;
    let best = points(0).max(more) as f64 / 3.0;
    assert!((seen["me"]["value"].as_f64().expect("a value") - best).abs() < 0.01);

    // Ada played four matches in all; a win needs somebody to win against.
    let ada = profile(&server, &guests[0], 4).await;
    assert_eq!((&ada["name"], &ada["account"]), (&json!("Ada"), &json!(false)));
    assert_eq!(ada["wins"], u64::from(ranks[0] == 1));
    let bests = ada["bests"].as_array().expect("bests");
    assert_eq!((bests.len(), &bests[0]["preset"]), (1, &json!("quick")), "{ada}");
    assert_eq!(bests[0]["match"], if more > points(0) { second.as_str() } else { id.as_str() });
    let cleo = profile(&server, &guests[2], 1).await;
    assert_eq!(
        (cleo["points"].as_i64(), cleo["wins"].as_u64()),
        (Some(points(2)), Some(u64::from(ranks[2] == 1)))
    );
}

#[tokio::test]
async fn a_full_board_is_paged_without_gaps_or_repeats() {
    let server =
        Server::with(&[("SNUG_LIMITS_GUESTS_BURST", "1000"), ("SNUG_LIMITS_ROOMS_BURST", "1000")]).await;
    // 50 seats a room: 60 players need two matches.
    let mut users = Vec::new();
    for size in [50, 10] {
        let host = Guest::new(&server).await;
        let code = host.room(&server, Some(preset("quick"))).await;
        let mut clients = vec![Client::join(&server, host, &code).await];
        for _ in 1..size {
            clients.push(Client::join(&server, Guest::new(&server).await, &code).await);
        }
        let pins: Vec<(f64, f64)> =
            (0..size).map(|n| (f64::from(n) - 25.0, f64::from(n) * 5.0 - 100.0)).collect();
        play_match(&mut clients, 3, &pins).await;
        users.extend(clients.into_iter().map(|client| client.guest));
    }
    let mut seen = Vec::new();
    let mut path = "/api/leaderboard?preset=quick&by=points&period=week".to_owned();
    loop {
        let (status, page) = users[0].get(&server, &path).await;
        assert_eq!((status, &page["players"]), (200, &json!(60)));
        seen.extend(page["rows"].as_array().expect("rows").clone());
        match page["next"].as_str() {
            Some(next) => path = format!("/api/leaderboard?preset=quick&by=points&period=week&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen.len(), 60);
    let ids: std::collections::BTreeSet<_> =
        seen.iter().map(|row| row["user"].as_str().expect("an id")).collect();
    assert_eq!(ids.len(), 60);
    for (place, row) in seen.iter().enumerate() {
        let better = seen.iter().filter(|other| other["value"].as_f64() > row["value"].as_f64()).count();
        assert_eq!(row["rank"], better + 1, "place {place}");
    }
}
