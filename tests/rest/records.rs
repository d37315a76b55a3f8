//! History, records, replays and challenges.

use crate::support::client::{play_match, preset, settings};
use crate::support::http::get;
use crate::support::{Client, Guest, Server};
use serde_json::{Value, json};
use std::collections::BTreeSet;

#[tokio::test]
async fn a_challenge_has_the_same_rounds_and_compares_all_who_took_it() {
    let server = Server::start().await;
    let ada = Guest::named(&server, Some("Ada")).await;
    let ben = Guest::named(&server, Some("Ben")).await;
    let mut wanted = settings(4, Some(60), "watch");
    wanted["game"]["kinds"] = json!(["city", "flag", "orbit"]);
    let first = ada.play_alone(&server, &wanted, (48.0, 2.0)).await;

    let challenge = async |guest: &Guest, of: &str, at: (f64, f64)| {
        let (status, made) = guest.post(&server, "/api/rooms", json!({"challenge": of})).await;
        assert_eq!(status, 201, "{made}");
        let mut clients =
            [Client::join(&server, guest.clone(), made["code"].as_str().expect("a code")).await];
        let shown = clients[0].look().await["settings"]["game"].clone();
        assert_eq!(shown, wanted["game"], "the settings of the first match");
        let id = play_match(&mut clients, 4, &[at]).await;
        assert_eq!(clients[0].look().await["match"]["challenge"], first.as_str());
        id
    };
    let second = challenge(&ben, &first, (-10.0, 100.0)).await;
    // A challenge of a challenge is one of the first.
    let third = challenge(&ada, &second, (20.0, 20.0)).await;

    let records: Vec<Value> = {
        let mut records = Vec::new();
        for id in [&first, &second, &third] {
            records.push(get(&server, &format!("/api/matches/{id}")).await.json());
        }
        records
    };
    let answers = |record: &Value| -> Vec<Value> {
        record["results"]
            .as_array()
            .expect("results")
            .iter()
            .map(|result| json!([result["kind"], result["clue"], result["answer"]]))
            .collect()
    };
    let pictures = |record: &Value| -> BTreeSet<String> {
        record["results"]
            .as_array()
            .expect("results")
            .iter()
            .filter_map(|r| Some(r["picture"].as_str()?.to_owned()))
            .collect()
    };
    assert_eq!(answers(&records[0]), answers(&records[1]));
    assert_eq!(answers(&records[0]), answers(&records[2]));
    assert!(!pictures(&records[0]).is_empty());
    assert!(pictures(&records[0]).is_disjoint(&pictures(&records[1])), "known addresses open nothing early");
    assert!(pictures(&records[1]).is_disjoint(&pictures(&records[2])));
    assert_eq!((&records[0]["challenge"], &records[1]["challenge"]), (&Value::Null, &json!(first)));

    for id in [&first, &second, &third] {
        let compared = get(&server, &format!("/api/matches/{id}/compare")).await.json();
        assert_eq!(compared["match"]["id"], first.as_str());
        let attempts = compared["attempts"].as_array().expect("attempts");
        assert_eq!(attempts.len(), 3);
        let points: Vec<i64> = attempts.iter().map(|one| one["points"].as_i64().expect("points")).collect();
        assert!(points.is_sorted_by(|a, b| a >= b), "best first: {points:?}");
        for one in attempts {
            let record = records.iter().find(|record| record["id"] == one["match"]).expect("one of them");
            assert_eq!(
                (&one["points"], &one["name"]),
                (&record["seats"][0]["points"], &record["seats"][0]["name"])
            );
            let rounds: i64 = one["per_round"]
                .as_array()
                .expect("rounds")
                .iter()
                .map(|n| n.as_i64().expect("points"))
                .sum();
            assert_eq!(one["points"], rounds);
            assert_eq!(one["per_round"].as_array().map(Vec::len), Some(4));
        }
    }
}

#[tokio::test]
async fn history_is_paged_and_ones_own() {
    let server = Server::with(&[("SNUG_LIMITS_ROOMS_BURST", "1000")]).await;
    let ada = Guest::new(&server).await;
    let other = Guest::new(&server).await;
    assert_eq!(ada.get(&server, "/api/matches").await.1, json!({"matches": [], "next": null}));
    // One room, many matches.
    let code = ada.room(&server, Some(settings(1, None, "watch"))).await;
    let mut clients = vec![Client::join(&server, ada.clone(), &code).await];
    let mut ids = Vec::new();
    for n in 0..23 {
        if n > 0 {
            clients[0].must(json!({"type": "again"})).await;
        }
        ids.push(play_match(&mut clients, 1, &[(f64::from(n), 0.0)]).await);
    }
    ids.reverse();
    let (mut seen, mut path, mut pages) = (Vec::new(), "/api/matches".to_owned(), 0);
    loop {
        let (status, page) = ada.get(&server, &path).await;
        assert_eq!(status, 200);
        pages += 1;
        for card in page["matches"].as_array().expect("matches") {
            seen.push(card["id"].as_str().expect("an id").to_owned());
            assert_eq!(
                (&card["game"], &card["preset"], &card["rounds"]),
                (&json!("atlas"), &Value::Null, &json!(1))
            );
            assert_eq!(
                (&card["seats"], &card["rank"], &card["max_points"]),
                (&json!(1), &json!(1), &json!(5000))
            );
            assert_eq!(card["names"], json!([ada.name]));
        }
        match page["next"].as_str() {
            Some(next) => path = format!("/api/matches?cursor={next}"),
            None => break,
        }
    }
    assert_eq!((pages, &seen), (2, &ids), "newest first, each once");
    assert_eq!(other.get(&server, "/api/matches").await.1["matches"], json!([]));
    let (_, profile) = other.get(&server, &format!("/api/users/{}", ada.id)).await;
    assert_eq!((&profile["wins"], &profile["bests"]), (&json!(0), &json!([])), "alone nobody wins");
}

#[tokio::test]
async fn a_replay_holds_what_was_done_and_proves_it() {
    let server = Server::start().await;
    let host = Guest::new(&server).await;
    let code = host.room(&server, Some(preset("quick"))).await;
    let mut clients = vec![Client::join(&server, host, &code).await];
    clients.push(Client::join(&server, Guest::new(&server).await, &code).await);
    clients[0].must(json!({"type": "start"})).await;
    clients[1].must(crate::support::client::pin(1, 33.25, 44.5)).await;
    clients[0].must(json!({"type": "abort"})).await;
    let id = play_match(&mut clients, 3, &[(1.25, 2.5), (-3.75, 4.0)]).await;
    let replay = get(&server, &format!("/api/matches/{id}/replay")).await.json();
    assert_eq!(replay["settings"], preset("quick")["game"]);
    assert!(replay["rules"].is_u64() && replay["seed"].as_str().expect("a seed").parse::<u64>().is_ok());
    let inputs = replay["inputs"].as_array().expect("inputs");
    let locks: Vec<_> = inputs.iter().filter(|input| input["action"]["do"] == "lock").collect();
    assert_eq!(locks.len(), 6, "the aborted match left nothing: {inputs:?}");
    assert!(
        locks
            .iter()
            .any(|input| input["seat"] == 1 && input["action"]["at"] == json!({"lat": -3.75, "lon": 4.0}))
    );
    assert!(!replay.to_string().contains("33.25"));
    let times: Vec<u64> = inputs.iter().map(|input| input["at"].as_u64().expect("a time")).collect();
    assert!(times.is_sorted());
    assert!(replay["hashes"].as_array().is_some_and(|hashes| !hashes.is_empty()));
    let record = get(&server, &format!("/api/matches/{id}")).await.json();
    assert_eq!(record["seats"].as_array().map(Vec::len), Some(2));
    assert!(record["started_at"].as_i64() <= record["finished_at"].as_i64());
    assert_eq!(record["preset"], "quick");
}
