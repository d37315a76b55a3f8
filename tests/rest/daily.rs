//! The daily: the same for everyone, once a day, and closed to those who have not played it.

use crate::support::client::{lock, play_match};
use crate::support::http::get;
use crate::support::{Client, Guest, Server};
use serde_json::{Value, json};

async fn daily_room(guest: &Guest, server: &Server) -> String {
    let (status, made) = guest.post(server, "/api/rooms", json!({"daily": true})).await;
    assert_eq!(status, 201, "{made}");
    made["code"].as_str().expect("a code").to_owned()
}

async fn play(guest: &Guest, server: &Server, at: (f64, f64)) -> String {
    let code = daily_room(guest, server).await;
    let mut clients = [Client::join(server, guest.clone(), &code).await];
    play_match(&mut clients, 5, &[at]).await
}

/// Ada's daily with all that may come between: other tabs, other players, a crash. Gives the match.
async fn play_through_a_crash(server: &mut Server, ada: &Guest, ben: &Guest) -> String {
    // The same room again while it is not finished, also after a crash; nobody else comes in.
    let code = daily_room(ada, server).await;
    assert_eq!(daily_room(ada, server).await, code);
    assert_eq!(ada.get(server, "/api/daily").await.1["room"], code.as_str());
    assert_eq!(ben.get(server, "/api/daily").await.1["room"], Value::Null);
    let mut stranger = Client::new(ben.clone(), &code, 9);
    assert!(!stranger.connect(server).await);
    assert_eq!(stranger.refused.as_ref().expect("refused")["error"]["code"], "daily_solo");
    let mut client = Client::join(server, ada.clone(), &code).await;
    assert_eq!(
        client
            .refused(json!({"type": "settings", "settings": crate::support::client::preset("quick")}))
            .await,
        "settings_fixed"
    );
    client.must(json!({"type": "start"})).await;
    client.must(lock(1, 1.0, 1.0)).await;
    assert_eq!(client.refused(json!({"type": "abort"})).await, "daily_once");
    server.kill();
    server.restart().await;
    assert_eq!(daily_room(ada, server).await, code);
    assert!(client.connect(server).await);
    for round in 2..=5 {
        client.must(crate::support::client::act(json!({"do": "skip", "round": round - 1}))).await;
        client.must(lock(round, 1.0, 1.0)).await;
    }
    let ended = client.wait(0, "the record", |event| event["type"] == "ended").await;
    let id = ended["match_id"].as_str().expect("an id").to_owned();
    assert_eq!(client.refused(json!({"type": "again"})).await, "daily_once");
    id
}

#[tokio::test]
async fn the_daily_is_the_same_for_everyone_and_once_a_day() {
    let mut server = Server::start().await;
    let ada = Guest::named(&server, Some("Ada")).await;
    let ben = Guest::named(&server, Some("Ben")).await;
    let today = ada.get(&server, "/api/daily").await.1;
    let date = today["date"].as_str().expect("a date").to_owned();
    assert_eq!(date, jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date().to_string());
    assert!((0..=86_400_000).contains(&today["ends_in_ms"].as_i64().expect("a time")));
    assert_eq!(
        (&today["played"], &today["room"], &today["players"]),
        (&Value::Null, &Value::Null, &json!(0))
    );

    let adas = play_through_a_crash(&mut server, &ada, &ben).await;

    let (status, refused) = ada.post(&server, "/api/rooms", json!({"daily": true})).await;
    assert_eq!(
        (status, &refused["code"], &refused["details"]["match"]),
        (409, &json!("daily_played"), &json!(adas))
    );
    let today = ada.get(&server, "/api/daily").await.1;
    assert_eq!(
        (&today["played"], &today["room"], &today["players"]),
        (&json!(adas), &Value::Null, &json!(1))
    );

    // Its answers are closed to who has not played, also by way of a challenge.
    let board = format!("/api/daily/{date}/board");
    let nobody = Guest::new(&server).await;
    for path in ["", "/replay"] {
        let path = format!("/api/matches/{adas}{path}");
        for guest in [&ben, &nobody] {
            let (status, refused) = guest.get(&server, &path).await;
            assert_eq!((status, &refused["code"]), (403, &json!("daily_open")), "{path}");
        }
        assert_eq!(get(&server, &path).await.error(), (403, "daily_open".into()));
        assert_eq!(ada.get(&server, &path).await.0, 200);
    }
    let (status, refused) = ben.post(&server, "/api/rooms", json!({"challenge": adas})).await;
    assert_eq!((status, &refused["code"]), (403, &json!("daily_open")));
    let (_, record) = ada.get(&server, &format!("/api/matches/{adas}")).await;
    let tokens: Vec<&str> =
        record["results"].as_array().expect("results").iter().filter_map(|r| r["picture"].as_str()).collect();
    for token in &tokens {
        let (status, _) = ben.get(&server, &format!("/api/matches/{adas}/pictures/{token}")).await;
        assert_eq!(status, 403);
    }
    let (_, seen) = ben.get(&server, &board).await;
    assert_eq!(
        (&seen["rows"][0]["name"], &seen["rows"][0]["match"], &seen["me"]),
        (&json!("Ada"), &Value::Null, &Value::Null)
    );

    let bens = play(&ben, &server, (40.0, 10.0)).await;
    let (status, opened) = ben.get(&server, &format!("/api/matches/{adas}")).await;
    assert_eq!(status, 200);
    let (_, own) = ben.get(&server, &format!("/api/matches/{bens}")).await;
    for (one, other) in
        opened["results"].as_array().expect("results").iter().zip(own["results"].as_array().expect("results"))
    {
        assert_eq!(
            (&one["kind"], &one["clue"], &one["answer"]),
            (&other["kind"], &other["clue"], &other["answer"])
        );
        assert!(one["picture"].is_null() || one["picture"] != other["picture"], "addresses of one's own");
    }
    assert_eq!((&own["daily"], own["seats"].as_array().map(Vec::len)), (&json!(date), Some(1)));
    let (_, seen) = ben.get(&server, &board).await;
    let rows = seen["rows"].as_array().expect("rows");
    assert_eq!(rows.len(), 2);
    assert!(rows[0]["points"].as_i64() >= rows[1]["points"].as_i64());
    assert!(rows.iter().all(|row| row["match"].is_string() && row["account"] == false));
    let mine = rows.iter().find(|row| row["user"] == ben.id.as_str()).expect("his line");
    assert_eq!((&seen["me"]["rank"], &seen["me"]["points"]), (&mine["rank"], &mine["points"]));
    assert_eq!((&mine["match"], &mine["points"]), (&json!(bens), &own["seats"][0]["points"]));
    // Without a session the board is there and the matches stay closed.
    let outside = get(&server, &board).await.json();
    assert!(outside["rows"].as_array().expect("rows").iter().all(|row| row["match"].is_null()));
    assert_eq!(get(&server, "/api/daily/2026-01-01/board").await.json()["rows"], json!([]));
    // A daily counts on no leaderboard.
    let all = ada.get(&server, "/api/leaderboard?preset=classic&by=points&period=all").await.1;
    assert_eq!((&all["players"], &all["me"]), (&json!(0), &Value::Null));
}

/// Waits until today's daily counts as played by this guest; gives the match.
async fn until_played(guest: &Guest, server: &Server) -> String {
    for _ in 0..150 {
        let (_, today) = guest.get(server, "/api/daily").await;
        if let Some(id) = today["played"].as_str() {
            return id.to_owned();
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("the daily never counted as played");
}

#[tokio::test]
async fn nobody_sees_the_answers_and_begins_anew() {
    let server =
        Server::with(&[("SNUG_ROOMS_EMPTY_MATCH_S", "2"), ("SNUG_ROOMS_PRESENCE_GRACE_S", "1")]).await;
    // By closing the room, by leaving it, by staying away.
    for way in ["leave", "away"] {
        let guest = Guest::new(&server).await;
        let code = daily_room(&guest, &server).await;
        let mut client = Client::join(&server, guest.clone(), &code).await;
        client.must(json!({"type": "start"})).await;
        client.must(lock(1, 1.0, 1.0)).await;
        assert_eq!(client.refused(json!({"type": "close"})).await, "daily_once");
        match way {
            "leave" => drop(client.must(json!({"type": "leave"})).await),
            _ => client.cut(),
        }
        let id = until_played(&guest, &server).await;
        let (status, refused) = guest.post(&server, "/api/rooms", json!({"daily": true})).await;
        assert_eq!((status, &refused["details"]["match"]), (409, &json!(id)), "{way}");
        let (_, record) = guest.get(&server, &format!("/api/matches/{id}")).await;
        assert_eq!(
            (&record["seats"][0]["left"], &record["seats"][0]["user"]),
            (&json!(true), &json!(guest.id)),
            "{way}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_tabs_at_once_get_one_daily() {
    let server = Server::start().await;
    let guest = Guest::new(&server).await;
    let asked = (0..8).map(|_| guest.post(&server, "/api/rooms", json!({"daily": true})));
    let answers = futures_util::future::join_all(asked).await;
    let codes: std::collections::BTreeSet<String> = answers
        .iter()
        .map(|(status, made)| {
            assert_eq!(*status, 201, "{made}");
            made["code"].as_str().expect("a code").to_owned()
        })
        .collect();
    assert_eq!(codes.len(), 1, "{codes:?}");
    // One seat moves once, however many claim it.
    let (_, made) = guest.post(&server, "/api/auth/transfer", json!({})).await;
    let body = json!({"code": made["code"]});
    let claims =
        (0..8).map(|_| crate::support::http::json(&server, "POST", "/api/auth/transfer/claim", &[], &body));
    let answers = futures_util::future::join_all(claims).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    assert!(
        answers
            .iter()
            .filter(|answer| answer.status != 200)
            .all(|answer| answer.error().1 == "transfer_invalid")
    );
}
