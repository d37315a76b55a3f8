//! Bad input on a socket: one typed error each, nothing changes, the others do not notice, the server lives.

use crate::support::client::{connect, next_frame, settings};
use crate::support::{Client, Dice, Guest, Server};
use futures_util::SinkExt;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::frame::{Frame, FrameHeader};

/// What the server may do with a bad frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    /// One typed error (or an error reply); the connection lives on.
    Error,
    /// The WebSocket rules ask for an end of this connection; only of this one.
    Ends,
}

/// Every kind of bad text frame, by name. `dice` varies it.
fn texts(dice: &mut Dice) -> Vec<(&'static str, String)> {
    let number = dice.below(1_000_000);
    let next = std::cell::Cell::new(1_000_000 + number * 100);
    let fresh = || {
        next.set(next.get() + 1);
        next.get()
    };
    let cmd = |command: Value| json!({"t": "cmd", "id": fresh(), "cmd": command}).to_string();
    let act = |action: Value| cmd(json!({"type": "act", "action": action}));
    let good = act(json!({"game": "atlas", "do": "pin", "round": 1, "at": {"lat": 1.0, "lon": 2.0}}));
    let cut = 1 + dice.below(good.len() as u64 - 2) as usize;
    let junk: String = (0..40).map(|_| char::from(b'!' + dice.below(90) as u8)).collect();
    vec![
        ("empty", String::new()),
        ("blank", " \n\t ".into()),
        ("truncated", good[..cut].to_owned()),
        ("junk", format!("#{junk}")),
        ("null", "null".into()),
        ("number", number.to_string()),
        ("string", format!("\"{number}\"")),
        ("array", "[]".into()),
        ("empty object", "{}".into()),
        ("unknown tag", json!({"t": format!("t{number}")}).to_string()),
        ("tag of another type", json!({"t": number}).to_string()),
        ("no tag", json!({"id": 1, "cmd": {"type": "leave"}}).to_string()),
        ("two values", "{\"t\":\"resync\"}{\"t\":\"resync\"}".into()),
        ("trailing text", "{\"t\":\"resync\"} x".into()),
        ("duplicate key", "{\"t\":\"ping\",\"n\":1,\"n\":2}".into()),
        ("unknown field", json!({"t": "ping", "n": 1, "x": number}).to_string()),
        ("negative number", json!({"t": "ping", "n": -1}).to_string()),
        ("fraction for a whole number", json!({"t": "ping", "n": 1.5}).to_string()),
        ("huge number", "{\"t\":\"ping\",\"n\":99999999999999999999999999}".into()),
        ("huge exponent", act(json!({"game": "atlas"})).replace("\"atlas\"", "1e999999")),
        ("nested 200 deep", format!("{}1{}", "[".repeat(200), "]".repeat(200))),
        (
            "nested in a field",
            format!("{{\"t\":\"ping\",\"n\":{}1{}}}", "{\"a\":".repeat(300), "}".repeat(300)),
        ),
        ("command without a number", json!({"t": "cmd", "cmd": {"type": "leave"}}).to_string()),
        ("command of the wrong type", json!({"t": "cmd", "id": fresh(), "cmd": [1, 2]}).to_string()),
        ("unknown command", cmd(json!({"type": "dance"}))),
        ("command with an unknown field", cmd(json!({"type": "pause", "now": true}))),
        ("unit command as a string", json!({"t": "cmd", "id": fresh(), "cmd": "pause"}).to_string()),
        ("chat of the wrong type", cmd(json!({"type": "chat", "text": number}))),
        ("empty chat", cmd(json!({"type": "chat", "text": ""}))),
        ("chat of blanks", cmd(json!({"type": "chat", "text": "\u{200b}\u{202e} \u{feff}"}))),
        ("long chat", cmd(json!({"type": "chat", "text": "x".repeat(301)}))),
        ("unknown emote", cmd(json!({"type": "emote", "emote": "💣"}))),
        ("long name", cmd(json!({"type": "rename", "name": "n".repeat(25)}))),
        ("empty name", cmd(json!({"type": "rename", "name": "  "}))),
        ("foreign member to kick", cmd(json!({"type": "kick", "member": 900_000 + number}))),
        ("negative member", cmd(json!({"type": "kick", "member": -1}))),
        ("host's command from a guest", cmd(json!({"type": "start"}))),
        ("close from a guest", cmd(json!({"type": "close"}))),
        ("settings without fields", cmd(json!({"type": "settings", "settings": {}}))),
        ("action of an unknown game", act(json!({"game": "chess", "do": "pin"}))),
        ("action without a game", act(json!({"do": "pin", "round": 1, "at": {"lat": 1, "lon": 1}}))),
        ("unknown action", act(json!({"game": "atlas", "do": "cheat"}))),
        ("pin without a place", act(json!({"game": "atlas", "do": "pin", "round": 1}))),
        (
            "latitude too high",
            act(json!({"game": "atlas", "do": "pin", "round": 1, "at": {"lat": 90.01, "lon": 0}})),
        ),
        ("endless longitude", good.replace("2.0", "1e400")),
        (
            "place as text",
            act(json!({"game": "atlas", "do": "pin", "round": 1, "at": {"lat": "1", "lon": "2"}})),
        ),
        (
            "place with a third axis",
            act(json!({"game": "atlas", "do": "pin", "round": 1, "at": {"lat": 1, "lon": 2, "alt": 3}})),
        ),
        (
            "round out of range",
            act(json!({"game": "atlas", "do": "pin", "round": 256, "at": {"lat": 1, "lon": 2}})),
        ),
        ("another round", act(json!({"game": "atlas", "do": "pin", "round": 2, "at": {"lat": 1, "lon": 2}}))),
        ("wrong phase", act(json!({"game": "atlas", "do": "skip", "round": 1}))),
        ("lock without a pin", act(json!({"game": "atlas", "do": "lock", "round": 1}))),
        ("second hello", json!({"t": "hello", "protocol": 1, "room": "BBBBBB", "client": 1}).to_string()),
        ("escaped nonsense", "{\"t\":\"\\ud800\"}".into()),
    ]
}

/// Messages that are no text, or no message at all.
fn frames(dice: &mut Dice) -> Vec<(&'static str, Message, Then)> {
    let raw = |opcode, payload: Vec<u8>, last: bool| {
        let mut header =
            FrameHeader { is_final: last, opcode, mask: Some([1, 2, 3, 4]), ..FrameHeader::default() };
        header.rsv1 = false;
        Message::Frame(Frame::from_payload(header, payload.into()))
    };
    let bytes: Vec<u8> = (0..64).map(|_| dice.below(256) as u8).collect();
    vec![
        ("binary", Message::binary(bytes.clone()), Then::Error),
        ("invalid UTF-8", raw(OpCode::Data(Data::Text), vec![0xC3, 0x28, 0xFF], true), Then::Ends),
        ("too large", Message::text("x".repeat(70_000)), Then::Ends),
        ("continuation without a start", raw(OpCode::Data(Data::Continue), bytes.clone(), true), Then::Ends),
        ("reserved opcode", raw(OpCode::Data(Data::Reserved(5)), bytes, true), Then::Ends),
    ]
}

#[tokio::test]
async fn every_kind_of_bad_frame_costs_nobody_anything() {
    let server = Server::with(&[
        ("SNUG_LIMITS_FRAMES_PER_SECOND", "5000"),
        ("SNUG_LIMITS_FRAMES_BURST", "50000"),
        ("SNUG_LIMITS_GUESTS_BURST", "1000"),
        ("SNUG_LIMITS_SOCKETS_BURST", "5000"),
    ])
    .await;
    let host = Guest::new(&server).await;
    let code = host.room(&server, Some(settings(2, None, "watch"))).await;
    let mut host = Client::join(&server, host, &code).await;
    let mut witness = Client::join(&server, Guest::new(&server).await, &code).await;
    let attacker = Guest::new(&server).await;
    let mut bad = Client::join(&server, attacker.clone(), &code).await;
    host.must(json!({"type": "start"})).await;
    bad.wait(0, "the start", |event| event["type"] == "started").await;
    let mut kinds = 0;
    for seed in 1..=4 {
        let mut dice = Dice(seed);
        for (name, text) in texts(&mut dice) {
            kinds += usize::from(seed == 1);
            if !bad.connected() {
                bad = Client::join(&server, attacker.clone(), &code).await;
            }
            let (raw, events) = (bad.raw.len(), bad.events.len());
            bad.send_raw(text.clone()).await;
            bad.send_raw(json!({"t": "ping", "n": 4_000_000 + seed}).to_string()).await;
            while bad.connected() && !bad.raw[raw..].iter().any(|f| f["t"] == "pong") {
                assert!(bad.poll(Duration::from_secs(10)).await || !bad.connected(), "{name}: silence");
            }
            let answers: Vec<&Value> =
                bad.raw[raw..].iter().filter(|f| f["t"] == "error" || f["t"] == "reply").collect();
            let typed = answers.iter().filter(|f| f["error"]["code"].is_string()).count();
            assert_eq!(
                (answers.len(), typed),
                (1, 1),
                "{name} (seed {seed}): {text:.200} -> {:?}",
                &bad.raw[raw..]
            );
            assert!(bad.connected(), "{name}: the connection lives on");
            assert_eq!(bad.events.len(), events, "{name}: nothing happened");
            // A hundred bad frames are enough; then one starts over.
            if bad.raw.iter().filter(|f| f["error"].is_object()).count() > 80 {
                bad.cut();
            }
        }
        for (name, message, then) in frames(&mut dice) {
            kinds += usize::from(seed == 1);
            let mut socket = connect(&server).await.expect("connected");
            let hello =
                json!({"t": "hello", "protocol": 1, "room": code, "client": 5, "token": attacker.token});
            socket.send(Message::text(hello.to_string())).await.expect("sent");
            let welcome = next_frame(&mut socket, Duration::from_secs(5)).await.expect("welcome");
            assert_eq!(welcome["t"], "welcome", "{name}");
            let _ = socket.send(message).await;
            let answer = next_frame(&mut socket, Duration::from_secs(10)).await;
            match then {
                Then::Error => assert_eq!(answer.expect(name)["error"]["code"], "text_only", "{name}"),
                Then::Ends => assert!(answer.is_none_or(|f| f["t"] == "bye"), "{name}"),
            }
        }
    }
    assert!(kinds >= 30, "only {kinds} kinds");
    // A hundred strikes end that connection, and only that.
    let mut flood = Client::join(&server, attacker, &code).await;
    for _ in 0..150 {
        flood.send_raw("{".into()).await;
    }
    flood.settle(Duration::from_secs(2)).await;
    assert_eq!(flood.bye.as_ref().expect("told")["why"], "abuse");
    assert!(!flood.connected());
    // The others play on.
    witness.settle(Duration::from_millis(200)).await;
    assert!(witness.connected() && host.connected());
    assert_eq!((witness.gaps, witness.fresh_views), (0, 0));
    host.must(json!({"type": "chat", "text": "still here"})).await;
    witness.wait(0, "chat", |event| event["line"]["text"] == "still here").await;
}

#[tokio::test]
async fn half_open_and_slow_connections_do_not_hold_anything_up() {
    let server = Server::start().await;
    let mut idle = Vec::new();
    for _ in 0..50 {
        let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", server.port)).await.expect("connected");
        stream.write_all(b"GET /ws HTTP/1.1\r\nHost: x\r\n").await.expect("sent");
        idle.push(stream);
    }
    let guest = Guest::new(&server).await;
    let code = guest.room(&server, None).await;
    let mut client = Client::join(&server, guest, &code).await;
    client.must(json!({"type": "chat", "text": "hello"})).await;
}

#[tokio::test]
async fn too_many_frames_are_refused_and_only_for_who_sends_them() {
    let server = Server::start().await;
    let host = Guest::new(&server).await;
    let code = host.room(&server, None).await;
    let mut quiet = Client::join(&server, host, &code).await;
    let mut loud = Client::join(&server, Guest::new(&server).await, &code).await;
    for n in 0..200 {
        loud.send_raw(json!({"t": "ping", "n": n}).to_string()).await;
    }
    loud.settle(Duration::from_secs(1)).await;
    let refused = loud.raw.iter().filter(|frame| frame["error"]["code"] == "too_fast").count();
    let answered = loud.raw.iter().filter(|frame| frame["t"] == "pong").count();
    assert!((100..=180).contains(&answered), "{answered} answered");
    assert!(refused >= 20, "{refused} refused");
    quiet.must(json!({"type": "chat", "text": "fine"})).await;
}
