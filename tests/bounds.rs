//! Every bound of rooms and sockets, at the bound and one past it.

use crate::support::client::{connect, next_frame, settings};
use crate::support::{Client, Guest, Server};
use futures_util::SinkExt;
use serde_json::json;
use std::time::Duration;
use tokio_tungstenite::tungstenite::Message;

#[tokio::test]
async fn seats_then_places_to_watch_then_a_clear_no() {
    let server = Server::with(&[("SNUG_ROOMS_MAX_SEATS", "2"), ("SNUG_ROOMS_MAX_SPECTATORS", "1")]).await;
    let host = Guest::new(&server).await;
    let code = host.room(&server, Some(settings(1, None, "next_round"))).await;
    let mut ada = Client::join(&server, host, &code).await;
    let ben = Client::join(&server, Guest::new(&server).await, &code).await;
    let third = Client::join(&server, Guest::new(&server).await, &code).await;
    let watches = |client: &Client| {
        let view = client.view.as_ref().expect("a view");
        let members = view["members"].as_array().expect("members");
        members.iter().find(|member| member["id"] == view["you"]).expect("me")["watch"] == true
    };
    assert!(!watches(&ben) && watches(&third), "all seats are taken: one watches");
    let mut fourth = Client::new(Guest::new(&server).await, &code, 4);
    assert!(!fourth.connect(&server).await);
    assert_eq!(fourth.refused.as_ref().expect("refused")["error"]["code"], "room_full");
    // Who is in is never refused, also with another tab or after a cut.
    let mut tab = Client::join(&server, ben.guest.clone(), &code).await;
    tab.must(json!({"type": "chat", "text": "still in"})).await;
    // A place that becomes free is taken.
    ada.wait(0, "the third", |event| event["type"] == "member" && event["member"]["watch"] == true).await;
    let id = third.view.as_ref().expect("a view")["you"].clone();
    ada.must(json!({"type": "kick", "member": id})).await;
    assert!(fourth.connect(&server).await, "{:?}", fourth.refused);
}

#[tokio::test]
async fn so_many_rooms_and_sockets_and_no_more() {
    let server = Server::with(&[
        ("SNUG_LIMITS_MAX_ROOMS", "2"),
        ("SNUG_LIMITS_MAX_SOCKETS", "4"),
        ("SNUG_LIMITS_MAX_SOCKETS_PER_ADDRESS", "3"),
    ])
    .await;
    let guest = Guest::new(&server).await;
    let code = guest.room(&server, None).await;
    let other = guest.room(&server, None).await;
    let (status, refused) = guest.post(&server, "/api/rooms", json!({})).await;
    assert_eq!((status, refused["code"].as_str()), (503, Some("too_many_rooms")));
    let mut host = Client::join(&server, guest.clone(), &other).await;
    host.must(json!({"type": "close"})).await;
    host.settle(Duration::from_millis(300)).await;
    guest.room(&server, None).await;

    let mut sockets = Vec::new();
    for _ in 0..5 {
        sockets.extend(connect(&server).await);
    }
    assert_eq!(sockets.len(), 3, "from one address");
    let hello = json!({"t": "hello", "protocol": 1, "room": code, "client": 1, "token": guest.token});
    sockets[0].send(Message::text(hello.to_string())).await.expect("sent");
    let welcome = next_frame(&mut sockets[0], Duration::from_secs(5)).await.expect("an answer");
    assert_eq!(welcome["t"], "welcome");
    sockets.clear();
    let mut free = false;
    for _ in 0..50 {
        free = connect(&server).await.is_some();
        if free {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(free, "places are given back");
}

#[tokio::test]
async fn a_socket_that_never_says_hello_is_let_go() {
    let server = Server::start().await;
    let mut silent = connect(&server).await.expect("connected");
    let mut chatty = connect(&server).await.expect("connected");
    chatty.send(Message::text(json!({"t": "ping", "n": 5}).to_string())).await.expect("sent");
    let pong = next_frame(&mut chatty, Duration::from_secs(5)).await.expect("an answer");
    assert_eq!((&pong["t"], &pong["n"]), (&json!("pong"), &json!(5)));
    for socket in [&mut silent, &mut chatty] {
        let bye = next_frame(socket, Duration::from_secs(30)).await.expect("a farewell");
        assert_eq!((&bye["t"], &bye["why"]), (&json!("bye"), &json!("silent")));
        assert!(next_frame(socket, Duration::from_secs(5)).await.is_none(), "and it is closed");
    }
}

#[tokio::test]
async fn frames_chat_lines_and_names_up_to_their_size() {
    let server = Server::start().await;
    let guest = Guest::new(&server).await;
    let code = guest.room(&server, None).await;
    let mut client = Client::join(&server, guest.clone(), &code).await;
    client.must(json!({"type": "chat", "text": "ü".repeat(300)})).await;
    assert_eq!(client.refused(json!({"type": "chat", "text": "ü".repeat(301)})).await, "bad_text");
    assert_eq!(client.refused(json!({"type": "chat", "text": " \u{200b} "})).await, "bad_text");
    assert_eq!(client.refused(json!({"type": "emote", "emote": "🦖"})).await, "bad_emote");
    client.must(json!({"type": "rename", "name": "n".repeat(24)})).await;
    assert_eq!(client.refused(json!({"type": "rename", "name": "n".repeat(25)})).await, "bad_name");
    // 64 KiB is a frame, one byte more ends the connection, and only that.
    let frame = |size: usize| {
        let head = r#"{"t":"ping","n":7"#;
        format!("{head}{}}}", " ".repeat(size - head.len() - 1))
    };
    client.send_raw(frame(65_536)).await;
    client.settle(Duration::from_millis(300)).await;
    assert!(client.raw.iter().any(|frame| frame["t"] == "pong" && frame["n"] == 7));
    assert!(client.connected());
    client.send_raw(frame(65_537)).await;
    client.settle(Duration::from_millis(500)).await;
    assert!(!client.connected());
    assert!(client.connect(&server).await);
    assert_eq!((client.gaps, client.fresh_views), (0, 0));
}

#[tokio::test]
async fn a_long_evening_in_the_lobby_is_folded_and_survives() {
    let chatty = [
        ("SNUG_LIMITS_CHATS_PER_MINUTE", "60000"),
        ("SNUG_LIMITS_CHATS_BURST", "5000"),
        ("SNUG_LIMITS_FRAMES_PER_SECOND", "10000"),
        ("SNUG_LIMITS_FRAMES_BURST", "10000"),
    ];
    let mut server = Server::with(&chatty).await;
    let host = Guest::new(&server).await;
    let code = host.room(&server, None).await;
    let mut ada = Client::join(&server, host, &code).await;
    let mut ben = Client::join(&server, Guest::new(&server).await, &code).await;
    for n in 0..1_300 {
        ada.send(json!({"type": "chat", "text": format!("line {n}")})).await;
        if n % 50 == 49 {
            while !ada.unanswered.is_empty() {
                assert!(ada.poll(Duration::from_secs(10)).await, "no reply");
            }
        }
    }
    let all_kept = ada.replies.values().all(|reply| reply["error"].is_null());
    assert!(all_kept, "the limits of this test are far away");
    ben.settle(Duration::from_millis(500)).await;
    server.kill();
    server.restart().await;
    for client in [&mut ada, &mut ben] {
        assert!(client.connect(&server).await, "{:?}", client.refused);
        client.settle(Duration::from_millis(200)).await;
        assert_eq!(client.gaps, 0);
        let view = client.look().await;
        let chat = view["chat"].as_array().expect("chat");
        assert_eq!(chat.len(), 50, "the newest 50 lines");
        assert_eq!(chat[49]["text"], "line 1299");
    }
    // The journal holds what matters, not every line ever said.
    let found = String::from_utf8_lossy(&server.run(&["check"]).stdout).into_owned();
    assert!(found.lines().all(|line| line.starts_with("ok")), "{found}");
    server.kill();
    let found = String::from_utf8_lossy(&server.run(&["check"]).stdout).into_owned();
    let inputs: u64 = found
        .split(" inputs")
        .next()
        .and_then(|text| text.rsplit(' ').next())
        .expect("a number")
        .parse()
        .expect("a number");
    assert!(inputs < 600, "{found}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_does_not_read_gets_a_view_later_and_holds_nobody_up() {
    let chatty = [
        ("SNUG_LIMITS_CHATS_PER_MINUTE", "60000"),
        ("SNUG_LIMITS_CHATS_BURST", "50000"),
        ("SNUG_LIMITS_FRAMES_PER_SECOND", "10000"),
        ("SNUG_LIMITS_FRAMES_BURST", "10000"),
    ];
    let server = Server::with(&chatty).await;
    let host = Guest::new(&server).await;
    let code = host.room(&server, None).await;
    let mut ada = Client::join(&server, host, &code).await;
    let mut witness = Client::join(&server, Guest::new(&server).await, &code).await;
    // A phone in a tunnel: it holds little and takes nothing out.
    let guest = Guest::new(&server).await;
    let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(4_096).expect("a small buffer");
    let stream = socket.connect(([127, 0, 0, 1], server.port).into()).await.expect("connected");
    let stream = tokio_tungstenite::MaybeTlsStream::Plain(stream);
    let (mut slow, _) = tokio_tungstenite::client_async(server.ws_url(), stream).await.expect("a handshake");
    let hello = json!({"t": "hello", "protocol": 1, "room": code, "client": 9, "token": guest.token});
    slow.send(Message::text(hello.to_string())).await.expect("sent");
    ada.wait(0, "three members", |event| {
        event["type"] == "member" && event["member"]["user"] == guest.id.as_str()
    })
    .await;

    let line = |n: usize| format!("{n} {}", "🌍".repeat(280));
    let mut sent = 0;
    while sent < 8_000 {
        for _ in 0..50 {
            ada.send(json!({"type": "chat", "text": line(sent)})).await;
            sent += 1;
        }
        while !ada.unanswered.is_empty() {
            assert!(ada.poll(Duration::from_secs(10)).await, "the others wait for who does not read");
        }
        while witness.poll(Duration::from_millis(1)).await {}
    }
    assert!(ada.replies.values().all(|reply| reply["error"].is_null()));
    witness.wait(0, "the last line", |event| event["line"]["text"] == line(sent - 1).as_str()).await;
    assert_eq!((witness.gaps, witness.fresh_views), (0, 0));

    // Now it reads: what is left in the pipe, then a view that makes up for the rest, then events that follow from it.
    let (mut at, mut views, mut events, mut last) = (0, 0, 0, String::new());
    ada.must(json!({"type": "chat", "text": "are you there?"})).await;
    while last != "are you there?" {
        let frame = next_frame(&mut slow, Duration::from_secs(10)).await.expect("it is not cut off");
        let v = frame["v"].as_u64().unwrap_or_default();
        match frame["t"].as_str() {
            Some("welcome") => at = v,
            Some("view") => {
                assert!(v >= at);
                views += 1;
                at = v;
                let chat = frame["view"]["chat"].as_array().expect("chat");
                last = chat.last().and_then(|line| line["text"].as_str()).unwrap_or_default().to_owned();
            }
            Some("event") => {
                events += 1;
                assert_eq!(frame["prev"], at, "no event follows from what it was not sent");
                at = v;
                for event in frame["events"].as_array().expect("events") {
                    if let Some(text) = event["line"]["text"].as_str() {
                        text.clone_into(&mut last);
                    }
                }
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(views >= 1 && events < sent, "{views} views, {events} events of {sent}");
}
