//! Limits: a hall of phones behind one address gets in, a flood does not, and others do not notice.

use crate::support::client::{is, lock, settings};
use crate::support::http::{Answer, ask, get, json};
use crate::support::{Client, Guest, Server};
use serde_json::json;
use std::time::Duration;

/// What a phone loads before it plays: the page, its files, the map.
async fn load_page(server: &Server) {
    for path in [
        "/",
        "/r/ABCDEF",
        "/map/fallback.json",
        "/api/info",
        "/api/rooms",
        "/api/daily",
        "/api/atlas/countries",
    ] {
        assert_eq!(get(server, path).await.status, 200, "{path}");
    }
    for x in 0..4 {
        for y in 0..4 {
            assert!(get(server, &format!("/map/tiles/2/{x}/{y}")).await.status < 300);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_phones_behind_one_address_join_and_play_with_the_default_limits() {
    let server = Server::start().await;
    let host = Guest::new(&server).await;
    let code = host.room(&server, Some(settings(1, Some(600), "watch"))).await;
    let mut clients = vec![Client::join(&server, host, &code).await];
    for _ in 1..50 {
        load_page(&server).await;
        let guest = Guest::new(&server).await;
        assert_eq!(guest.get(&server, &format!("/api/rooms/{code}")).await.0, 200);
        clients.push(Client::join(&server, guest, &code).await);
    }
    // Everybody's screen is locked once: all come back at the same time.
    for client in &mut clients {
        client.cut();
    }
    for client in &mut clients {
        assert!(client.connect(&server).await, "{:?}", client.refused);
        client.must(json!({"type": "emote", "emote": "👋"})).await;
    }
    clients[0].must(json!({"type": "start"})).await;
    for (n, client) in clients.iter_mut().enumerate() {
        client.wait(0, "the start", |event| event["type"] == "started").await;
        client.must(crate::support::client::pin(1, n as f64, n as f64)).await;
        client.must(lock(1, n as f64, n as f64)).await;
    }
    for client in &mut clients {
        client.wait(0, "the result", |event| is(event, "result")).await;
        assert_eq!(client.gaps, 0);
    }
    // The 51st watches.
    let late = Client::join(&server, Guest::new(&server).await, &code).await;
    let view = late.view.expect("a view");
    let me =
        view["members"].as_array().expect("members").iter().find(|m| m["id"] == view["you"]).expect("me");
    assert_eq!(me["watch"], true);
}

fn refused(answer: &Answer) -> bool {
    if answer.status != 429 {
        return false;
    }
    assert_eq!(answer.error(), (429, "too_many_requests".into()));
    assert!(answer.header("retry-after").parse::<u64>().expect("seconds") >= 1);
    true
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_is_refused_by_kind_and_by_address() {
    let server = Server::with(&[
        ("SNUG_TRUSTED_PROXIES", "[\"127.0.0.0/8\"]"),
        ("SNUG_LIMITS_REQUESTS_BURST", "60"),
        ("SNUG_LIMITS_REQUESTS_PER_SECOND", "1"),
        ("SNUG_LIMITS_GUESTS_BURST", "5"),
        ("SNUG_LIMITS_ROOMS_BURST", "3"),
        ("SNUG_LIMITS_ROOMS_PER_MINUTE", "1"),
        ("SNUG_LIMITS_BAD_CODES_PER_MINUTE", "4"),
        ("SNUG_LIMITS_SOCKETS_BURST", "6"),
        ("SNUG_LIMITS_SOCKETS_PER_MINUTE", "1"),
    ])
    .await;
    let from = |address: &'static str| [("x-forwarded-for", address)];
    let guest = Guest::new(&server).await;
    let bearer = format!("Bearer {}", guest.token);
    let as_guest = |address: &'static str| [("x-forwarded-for", address), ("authorization", bearer.as_str())];

    // Guests.
    let mut made = 0;
    for _ in 0..8 {
        let answer = ask(&server, "POST", "/api/auth/guest", &from("203.0.113.1"), "").await;
        made += usize::from(answer.status == 201);
        assert!(answer.status == 201 || refused(&answer));
    }
    assert_eq!(made, 5);
    assert_eq!(ask(&server, "POST", "/api/auth/guest", &from("203.0.113.2"), "").await.status, 201);

    // Rooms.
    let mut codes = Vec::new();
    for _ in 0..6 {
        let answer = json(&server, "POST", "/api/rooms", &as_guest("203.0.113.3"), &json!({})).await;
        if !refused(&answer) {
            codes.push(answer.json()["code"].as_str().expect("a code").to_owned());
        }
    }
    assert_eq!(codes.len(), 3);
    assert_eq!(json(&server, "POST", "/api/rooms", &as_guest("203.0.113.4"), &json!({})).await.status, 201);

    // Codes that do not exist. Past the limit those that do are refused as well: a hit must not show.
    let mut tried = 0;
    for n in 0..10 {
        let path = format!("/api/rooms/BBBBB{}", char::from(b'B' + (n % 3)));
        let answer = ask(&server, "GET", &path, &from("203.0.113.5"), "").await;
        tried += usize::from(answer.status == 404);
        assert!(answer.status == 404 || refused(&answer));
        let real = ask(&server, "GET", &format!("/api/rooms/{}", codes[0]), &from("203.0.113.5"), "").await;
        assert_eq!(real.status, if tried < 4 { 200 } else { 429 });
        let elsewhere =
            ask(&server, "GET", &format!("/api/rooms/{}", codes[0]), &from("203.0.113.55"), "").await;
        assert_eq!(elsewhere.status, 200);
    }
    assert_eq!(tried, 4);
    let mut claims = 0;
    for _ in 0..6 {
        let answer = json(
            &server,
            "POST",
            "/api/auth/transfer/claim",
            &from("203.0.113.6"),
            &json!({"code": "22222222"}),
        )
        .await;
        claims += usize::from(answer.status == 404);
        assert!(answer.status == 404 || refused(&answer));
    }
    assert_eq!(claims, 4);

    // Requests of all kinds; neighbours in an IPv6 network are one address, the page is counted apart.
    let mut served = 0;
    for n in 0..100 {
        let address = if n % 2 == 0 { "2001:db8:1:2::1" } else { "2001:db8:1:2:ffff::9" };
        let answer = ask(&server, "GET", "/api/info", &from(address), "").await;
        served += usize::from(answer.status == 200);
        assert!(answer.status == 200 || refused(&answer));
    }
    assert!((60..75).contains(&served), "{served}");
    assert_eq!(ask(&server, "GET", "/api/info", &from("2001:db8:1:3::1"), "").await.status, 200);
    for path in ["/", "/map/tiles/0/0/0", "/health"] {
        assert_eq!(ask(&server, "GET", path, &from("2001:db8:1:2::1"), "").await.status, 200, "{path}");
    }

    // Sockets.
    let mut opened = Vec::new();
    for _ in 0..10 {
        opened.extend(crate::support::client::connect(&server).await);
    }
    assert_eq!(opened.len(), 6);
    assert_eq!(get(&server, "/health").await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_loud_member_is_told_so_and_the_others_do_not_notice() {
    let server = Server::start().await;
    let host = Guest::new(&server).await;
    let code = host.room(&server, Some(settings(1, None, "watch"))).await;
    let mut quiet = Client::join(&server, host, &code).await;
    let mut loud = Client::join(&server, Guest::new(&server).await, &code).await;
    quiet.must(json!({"type": "start"})).await;
    let mut codes = std::collections::BTreeMap::new();
    let mut ids = Vec::new();
    for n in 0..60 {
        ids.push(loud.send(crate::support::client::pin(1, f64::from(n), 0.0)).await);
        ids.push(loud.send(json!({"type": "chat", "text": format!("spam {n}")})).await);
    }
    loud.settle(Duration::from_secs(2)).await;
    for id in &ids {
        let reply = loud.replies.get(id).expect("each command has its reply");
        *codes.entry(reply["error"]["code"].as_str().unwrap_or("done").to_owned()).or_insert(0) += 1;
    }
    assert!(codes["too_fast"] >= 40, "{codes:?}");
    assert!(codes["chat_too_fast"] >= 45, "{codes:?}");
    assert!(codes["done"] >= 10, "the first ones were fine: {codes:?}");
    assert_eq!(codes.len(), 3, "{codes:?}");
    assert!(loud.connected());
    quiet.must(json!({"type": "chat", "text": "I can speak"})).await;
    quiet.must(lock(1, 1.0, 1.0)).await;
    assert_eq!((quiet.gaps, quiet.fresh_views), (0, 0));
    let heard = quiet
        .events
        .iter()
        .filter(|(_, e)| e["line"]["text"].as_str().is_some_and(|t| t.starts_with("spam")))
        .count();
    assert!(heard <= 15, "{heard} lines came through");
}
