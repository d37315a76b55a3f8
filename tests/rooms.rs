//! Rooms over real sockets: entering, hosting, leaving, resuming, and what must never be seen.

use crate::support::client::{act, connect, is, lock, next_frame, pin, settings};
use crate::support::{Client, Guest, Server};
use futures_util::SinkExt;
use serde_json::{Value, json};
use std::time::Duration;
use tokio_tungstenite::tungstenite::Message;

async fn three(server: &Server, settings: Value) -> (Client, Client, Client, String) {
    let host = Guest::named(server, Some("Ada")).await;
    let code = host.room(server, Some(settings)).await;
    let ada = Client::join(server, host, &code).await;
    let ben = Client::join(server, Guest::named(server, Some("Ben")).await, &code).await;
    let cleo = Client::join(server, Guest::named(server, Some("Cleo")).await, &code).await;
    (ada, ben, cleo, code)
}

#[tokio::test]
async fn a_whole_match_of_three() {
    let server = Server::start().await;
    let (mut ada, mut ben, mut cleo, _) = three(&server, settings(2, Some(60), "watch")).await;
    assert_eq!(ben.refused(json!({"type": "start"})).await, "not_host");
    ada.must(json!({"type": "start"})).await;
    for round in 1..=2 {
        for client in [&mut ada, &mut ben, &mut cleo] {
            let from = 0;
            client.wait(from, "the round", |event| event["type"] == "started" || is(event, "round")).await;
        }
        ada.must(pin(round, 10.0, 10.0)).await;
        ada.must(lock(round, 48.0, 2.0)).await;
        assert_eq!(ada.refused(lock(round, 0.0, 0.0)).await, "already_locked");
        ben.must(lock(round, 40.0, 200.0)).await;
        cleo.must(lock(round, -30.0, -60.0)).await;
        for client in [&mut ada, &mut ben, &mut cleo] {
            let result = client
                .wait(0, "the result", |e| is(e, "result") && e["event"]["result"]["round"] == round)
                .await;
            assert_eq!(result["event"]["result"]["seats"].as_array().expect("seats").len(), 3);
        }
        if round == 1 {
            assert_eq!(ben.replies.len(), ben.replies.values().filter(|r| r["error"].is_null()).count() + 1);
            ben.must(act(json!({"do": "skip", "round": 1}))).await;
            cleo.must(act(json!({"do": "skip", "round": 1}))).await;
            ada.wait(0, "round 2", |e| is(e, "round") && e["event"]["round"] == 2).await;
            ben.wait(0, "round 2", |e| is(e, "round") && e["event"]["round"] == 2).await;
            cleo.wait(0, "round 2", |e| is(e, "round") && e["event"]["round"] == 2).await;
        }
    }
    let ended = ada.wait(0, "the record", |event| event["type"] == "ended").await;
    let id = ended["match_id"].as_str().expect("an id");
    let (status, record) = ada.guest.get(&server, &format!("/api/matches/{id}")).await;
    assert_eq!(status, 200, "{record}");
    assert_eq!(record["seats"].as_array().expect("seats").len(), 3);
    assert_eq!(record["results"].as_array().expect("results").len(), 2);
    let (_, history) = ben.guest.get(&server, "/api/matches").await;
    assert_eq!(history["matches"][0]["id"], id);
    // Again, with the same people, code and settings.
    ada.must(json!({"type": "again"})).await;
    ben.wait(0, "the lobby", |event| event["type"] == "lobby").await;
    ada.must(json!({"type": "start"})).await;
    let started = cleo.events.len();
    cleo.wait(started, "another match", |event| event["type"] == "started").await;
}

#[tokio::test]
async fn no_frame_gives_the_answer_or_a_rivals_pin_away() {
    let server = Server::start().await;
    let mut fixed = settings(3, Some(60), "watch");
    fixed["game"]["kinds"] = json!(["orbit", "relief", "city"]);
    let (mut ada, mut ben, mut cleo, code) = three(&server, fixed).await;
    let mut watcher = Client::new(Guest::new(&server).await, &code, 7);
    watcher.watch = true;
    assert!(watcher.connect(&server).await);
    ada.must(json!({"type": "start"})).await;
    for round in 1..=3_u64 {
        let mut marks = Vec::new();
        for client in [&mut ada, &mut ben, &mut cleo, &mut watcher] {
            client
                .wait(0, "the round", |e| {
                    is(e, "round") && e["event"]["round"] == round || round == 1 && e["type"] == "started"
                })
                .await;
            marks.push(client.raw.len());
        }
        // Pins that nobody else may see, with digits that occur nowhere else.
        ben.must(pin(round, 12.34567, 76.54321)).await;
        ben.must(lock(round, 23.45678, 65.43219)).await;
        cleo.settle(Duration::from_millis(200)).await;
        watcher.settle(Duration::from_millis(50)).await;
        ada.settle(Duration::from_millis(50)).await;
        let (ada_view, watcher_view) = (ada.look().await, watcher.look().await);
        for (name, client, view) in [("ada", &ada, &ada_view), ("watcher", &watcher, &watcher_view)] {
            let seen: String =
                client.raw.iter().map(Value::to_string).collect::<String>() + &view.to_string();
            for secret in ["12.34567", "76.54321", "23.45678", "65.43219"] {
                let results = client
                    .raw
                    .iter()
                    .any(|f| f.to_string().contains("\"result\"") && f.to_string().contains(secret));
                let early = seen.contains(secret) && !(round > 1 && results);
                assert!(!early, "{name} saw {secret} in round {round}");
            }
            assert_eq!(view["match"]["view"]["results"].as_array().expect("results").len() as u64, round - 1);
        }
        let before: Vec<String> = [&ada, &ben, &cleo, &watcher]
            .iter()
            .map(|client| client.raw.iter().map(Value::to_string).collect())
            .collect();
        cleo.must(lock(round, 1.0, 1.0)).await;
        ada.must(lock(round, 2.0, 2.0)).await;
        let result =
            ada.wait(0, "the result", |e| is(e, "result") && e["event"]["result"]["round"] == round).await;
        let answer = &result["event"]["result"]["answer"];
        let clue = &result["event"]["result"]["clue"];
        for seen in &before {
            let lat = answer["point"]["lat"].to_string();
            let lon = answer["point"]["lon"].to_string();
            assert!(!(seen.contains(&lat) && seen.contains(&lon)), "the answer's place was sent early");
            if clue["name"].is_null() {
                let name = answer["name"].as_str().expect("a name");
                assert!(!seen.contains(&format!("\"{name}\"")), "the answer's name was sent early: {name}");
            }
            assert!(!seen.contains("\"seed\"") && !seen.contains("\"deck\""));
        }
        if round < 3 {
            ada.must(act(json!({"do": "skip", "round": round}))).await;
        }
    }
}

#[tokio::test]
async fn a_cut_connection_gets_exactly_what_it_missed() {
    let server = Server::start().await;
    let (mut ada, mut ben, mut cleo, _) = three(&server, settings(2, None, "watch")).await;
    ada.must(json!({"type": "start"})).await;
    ben.wait(0, "the start", |event| event["type"] == "started").await;
    ben.cut();
    let before = ben.events.len();
    for text in ["one", "two", "three"] {
        cleo.must(json!({"type": "chat", "text": text})).await;
    }
    ada.must(lock(1, 5.0, 5.0)).await;
    assert!(ben.connect(&server).await);
    ben.wait(before, "the lock", |event| is(event, "locked")).await;
    let texts: Vec<&str> =
        ben.events[before..].iter().filter_map(|(_, e)| e["line"]["text"].as_str()).collect();
    assert_eq!(texts, ["one", "two", "three"]);
    assert_eq!((ben.gaps, ben.fresh_views), (0, 0));
    // A command sent again after a cut is not applied twice.
    let id = ben.send(json!({"type": "chat", "text": "once"})).await;
    ben.settle(Duration::from_millis(300)).await;
    let first = ben.replies.remove(&id).expect("a reply");
    ben.unanswered.push_back((id, json!({"type": "chat", "text": "once"})));
    ben.cut();
    assert!(ben.connect(&server).await);
    ben.settle(Duration::from_millis(300)).await;
    assert_eq!(ben.replies[&id]["v"], first["v"], "the first reply again");
    cleo.settle(Duration::from_millis(200)).await;
    assert_eq!(cleo.events.iter().filter(|(_, e)| e["line"]["text"] == "once").count(), 1);
}

#[tokio::test]
async fn two_tabs_are_one_seat_and_a_kicked_member_stays_out() {
    let server = Server::start().await;
    let (mut ada, ben, mut cleo, code) = three(&server, settings(2, Some(60), "watch")).await;
    let mut tab = Client::join(&server, ben.guest.clone(), &code).await;
    let view = tab.look().await;
    assert_eq!(view["members"].as_array().expect("members").len(), 3, "no new member");
    let you = view["you"].clone();
    assert_eq!(ben.view.as_ref().expect("view")["you"], you);
    // Closing one tab does not take the seat.
    drop(ben);
    cleo.settle(Duration::from_millis(300)).await;
    assert!(!cleo.events.iter().any(|(_, e)| e["type"] == "gone"));
    ada.must(json!({"type": "kick", "member": you})).await;
    tab.settle(Duration::from_millis(500)).await;
    assert_eq!(tab.bye.as_ref().expect("told")["why"], "kicked");
    assert!(!tab.connect(&server).await);
    assert_eq!(tab.refused.as_ref().expect("refused")["error"]["code"], "kicked");
    let gone = cleo.wait(0, "gone", |event| event["type"] == "gone").await;
    assert_eq!(gone["why"], "kicked");
    // The kicked one sees nothing more of the room.
    let seen = tab.raw.len();
    cleo.must(json!({"type": "chat", "text": "after"})).await;
    tab.settle(Duration::from_millis(200)).await;
    assert_eq!(tab.raw.len(), seen);
}

#[tokio::test]
async fn the_hosts_powers() {
    let server = Server::start().await;
    let (mut ada, mut ben, mut cleo, code) = three(&server, settings(2, Some(60), "next_round")).await;
    let mut wanted = settings(3, Some(30), "next_round");
    wanted["game"]["rounds"] = json!(25);
    assert_eq!(ada.refused(json!({"type": "settings", "settings": wanted})).await, "invalid_settings");
    wanted["game"]["rounds"] = json!(3);
    assert_eq!(ben.refused(json!({"type": "settings", "settings": wanted})).await, "not_host");
    ada.must(json!({"type": "settings", "settings": wanted})).await;
    let seen = ben.wait(0, "settings", |event| event["type"] == "settings").await;
    assert_eq!(seen["settings"]["game"]["rounds"], 3);
    ada.must(json!({"type": "start"})).await;
    ben.wait(0, "start", |event| event["type"] == "started").await;
    ada.must(json!({"type": "pause"})).await;
    assert_eq!(ben.refused(pin(1, 1.0, 1.0)).await, "paused");
    assert_eq!(ada.refused(json!({"type": "pause"})).await, "already_paused");
    ada.must(json!({"type": "resume"})).await;
    ben.must(pin(1, 1.0, 1.0)).await;
    // A late joiner sits in the next round.
    let mut dora = Client::join(&server, Guest::named(&server, Some("Ada")).await, &code).await;
    let view = dora.look().await;
    let me = view["members"].as_array().expect("members").last().expect("me").clone();
    assert_eq!((me["name"].as_str(), me["seat"].as_u64()), (Some("Ada 2"), Some(3)));
    assert_eq!(dora.refused(pin(1, 1.0, 1.0)).await, "waiting");
    let ben_id = ben.view.as_ref().expect("view")["you"].clone();
    ada.must(json!({"type": "hand_over", "member": ben_id})).await;
    assert_eq!(ada.refused(json!({"type": "pause"})).await, "not_host");
    // The role passes on when its holder leaves.
    ben.must(json!({"type": "leave"})).await;
    let host = cleo.wait(0, "another host", |e| e["type"] == "host" && e["member"] != ben_id).await;
    assert_eq!(host["member"], ada.view.as_ref().expect("view")["you"]);
    ada.must(json!({"type": "close"})).await;
    cleo.settle(Duration::from_millis(500)).await;
    assert_eq!(cleo.bye.as_ref().expect("told")["why"], "closed");
    let (status, _) = cleo.guest.get(&server, &format!("/api/rooms/{code}")).await;
    assert_eq!(status, 404);
}

#[tokio::test]
async fn times_pass_the_role_on_free_the_seat_and_close_the_room() {
    let server = Server::with(&[
        ("SNUG_ROOMS_PRESENCE_GRACE_S", "1"),
        ("SNUG_ROOMS_HOST_GRACE_S", "2"),
        ("SNUG_ROOMS_LOBBY_SEAT_GRACE_S", "4"),
        ("SNUG_ROOMS_EMPTY_LOBBY_S", "3"),
    ])
    .await;
    let (mut ada, mut ben, cleo, code) = three(&server, settings(2, Some(60), "watch")).await;
    let ada_id = ada.view.as_ref().expect("view")["you"].clone();
    ada.cut();
    ben.wait(0, "away", |e| {
        e["type"] == "member" && e["member"]["id"] == ada_id && e["member"]["connected"] == false
    })
    .await;
    ben.wait(0, "another host", |e| e["type"] == "host" && e["member"] != ada_id).await;
    ben.wait(0, "her seat is free", |e| e["type"] == "gone" && e["why"] == "timed_out").await;
    drop(ben);
    drop(cleo);
    let guest = Guest::new(&server).await;
    let mut status = 200;
    for _ in 0..150 {
        (status, _) = guest.get(&server, &format!("/api/rooms/{code}")).await;
        if status == 404 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(status, 404, "an empty lobby closes");
}

#[tokio::test]
async fn a_stop_says_when_to_come_back_and_loses_nothing() {
    let mut server = Server::start().await;
    let (mut ada, mut ben, _cleo, _) = three(&server, settings(2, None, "watch")).await;
    ada.must(json!({"type": "start"})).await;
    ben.must(pin(1, 11.0, 22.0)).await;
    let status = server.terminate().await;
    assert!(status.success(), "{status}\n{}", server.log());
    ben.settle(Duration::from_millis(500)).await;
    let bye = ben.bye.clone().expect("told");
    assert_eq!(bye["why"], "restart");
    assert!(bye["retry_ms"].as_u64().expect("when") >= 100);
    server.restart().await;
    assert!(ben.connect(&server).await);
    assert_eq!(ben.fresh_views, 0);
    let view = ben.look().await;
    assert_eq!(view["match"]["view"]["pin"]["lat"], 11.0);
}

#[tokio::test]
async fn many_sockets_in_one_room_see_the_same() {
    let server = Server::with(&[("SNUG_LIMITS_GUESTS_BURST", "200")]).await;
    let host = Guest::new(&server).await;
    let code = host.room(&server, Some(settings(1, Some(60), "watch"))).await;
    let mut clients = vec![Client::join(&server, host, &code).await];
    for _ in 1..50 {
        clients.push(Client::join(&server, Guest::new(&server).await, &code).await);
    }
    clients[0].must(json!({"type": "start"})).await;
    for (index, client) in clients.iter_mut().enumerate() {
        client.wait(0, "start", |event| event["type"] == "started").await;
        client.must(lock(1, index as f64, index as f64)).await;
    }
    let mut results = Vec::new();
    for client in &mut clients {
        results.push(client.wait(0, "result", |event| is(event, "result")).await);
        assert_eq!(client.gaps, 0);
    }
    assert!(results.windows(2).all(|pair| pair[0] == pair[1]));
    assert_eq!(results[0]["event"]["result"]["seats"].as_array().expect("seats").len(), 50);
}

#[tokio::test]
async fn the_handshake_is_refused_politely() {
    let server = Server::start().await;
    // Not a WebSocket.
    let answer = reqwest::get(server.url("/ws")).await.expect("sent");
    assert_eq!(answer.status(), 426);
    // Another page.
    let mut request =
        tokio_tungstenite::tungstenite::client::IntoClientRequest::into_client_request(server.ws_url())
            .expect("request");
    request.headers_mut().insert("origin", "http://evil.example".parse().expect("header"));
    let refused = tokio_tungstenite::connect_async(request).await;
    assert!(refused.is_err_and(|why| why.to_string().contains("403")));
    // No session, unknown room, wrong protocol: each one error, and the connection lives on.
    let guest = Guest::new(&server).await;
    let mut socket = connect(&server).await.expect("connected");
    for (hello, code) in [
        (json!({"t": "cmd", "id": 1, "cmd": {"type": "leave"}}), "hello_first"),
        (json!({"t": "hello", "protocol": 1, "room": "BBBBBB", "client": 1}), "not_signed_in"),
        (json!({"t": "hello", "protocol": 1, "room": "BBBBBB", "client": 1, "token": "x"}), "not_signed_in"),
        (
            json!({"t": "hello", "protocol": 1, "room": "BBBBBB", "client": 1, "token": guest.token}),
            "no_such_room",
        ),
        (
            json!({"t": "hello", "protocol": 9, "room": "BBBBBB", "client": 1, "token": guest.token}),
            "wrong_protocol",
        ),
    ] {
        socket.send(Message::text(hello.to_string())).await.expect("sent");
        let frame = next_frame(&mut socket, Duration::from_secs(5)).await.expect("an answer");
        assert_eq!(frame["error"]["code"], code, "{hello}");
    }
}
