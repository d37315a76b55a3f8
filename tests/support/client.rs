//! A client that behaves like the page, and keeps everything it sent and saw: the oracle of the crash tests.

use super::server::Address;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

pub(crate) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// A player with a bearer token.
#[derive(Debug, Clone)]
pub(crate) struct Guest {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) token: String,
}

impl Guest {
    pub(crate) async fn new(server: &Address) -> Self {
        Self::named(server, None).await
    }

    pub(crate) async fn named(server: &Address, name: Option<&str>) -> Self {
        let body = match name {
            Some(name) => json!({"token": true, "name": name}),
            None => json!({"token": true}),
        };
        let answer = reqwest::Client::new()
            .post(server.url("/api/auth/guest"))
            .json(&body)
            .send()
            .await
            .expect("sent");
        assert_eq!(answer.status(), 201, "{:?}", answer.text().await);
        let made: Value = answer.json().await.expect("JSON");
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        Self { id: text(&made["user"]["id"]), name: text(&made["user"]["name"]), token: text(&made["token"]) }
    }

    pub(crate) async fn get(&self, server: &Address, path: &str) -> (u16, Value) {
        self.call(server, reqwest::Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, server: &Address, path: &str, body: Value) -> (u16, Value) {
        self.call(server, reqwest::Method::POST, path, Some(body)).await
    }

    pub(crate) async fn call(
        &self,
        server: &Address,
        method: reqwest::Method,
        path: &str,
        body: Option<Value>,
    ) -> (u16, Value) {
        let mut request = reqwest::Client::new().request(method, server.url(path)).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.expect("sent");
        let status = answer.status().as_u16();
        (status, answer.json().await.unwrap_or(Value::Null))
    }

    /// Makes a room and gives its code.
    pub(crate) async fn room(&self, server: &Address, settings: Option<Value>) -> String {
        let body = settings.map_or(json!({}), |settings| json!({"settings": settings}));
        let (status, made) = self.post(server, "/api/rooms", body).await;
        assert_eq!(status, 201, "{made}");
        made["code"].as_str().expect("a code").to_owned()
    }
}

/// Settings of a room: `rounds` of `seconds`, cities only.
pub(crate) fn settings(rounds: u8, seconds: Option<u16>, late: &str) -> Value {
    json!({
        "public": false, "late": late,
        "game": {"game": "atlas", "rounds": rounds, "seconds": seconds, "region": "world", "difficulty": "normal",
                 "kinds": ["city"], "time_bonus": false}
    })
}

/// A raw socket, without any behaviour.
pub(crate) async fn connect(server: &Address) -> Option<Socket> {
    let connecting = tokio_tungstenite::connect_async(server.ws_url());
    let (socket, _) = tokio::time::timeout(Duration::from_secs(5), connecting).await.ok()?.ok()?;
    Some(socket)
}

/// The next JSON frame; none when the socket ended or nothing came in time.
pub(crate) async fn next_frame(socket: &mut Socket, within: Duration) -> Option<Value> {
    loop {
        match tokio::time::timeout(within, socket.next()).await.ok()?? {
            Ok(Message::Text(text)) => {
                return Some(serde_json::from_str(&text).expect("the server sends JSON"));
            }
            Ok(Message::Close(_)) | Err(_) => return None,
            Ok(_) => {}
        }
    }
}

/// A client in a room.
pub(crate) struct Client {
    pub(crate) guest: Guest,
    pub(crate) room: String,
    pub(crate) watch: bool,
    /// Tells this tab from the player's others.
    number: u64,
    socket: Option<Socket>,
    next_id: u32,
    /// Commands without a reply, in order.
    pub(crate) unanswered: VecDeque<(u32, Value)>,
    /// Replies by command.
    pub(crate) replies: BTreeMap<u32, Value>,
    /// Where it stands.
    pub(crate) since: Option<(u64, u64)>,
    /// All events in the order in which they were applied: version and event.
    pub(crate) events: Vec<(u64, Value)>,
    /// Every frame as it came.
    pub(crate) raw: Vec<Value>,
    /// The newest whole view.
    pub(crate) view: Option<Value>,
    /// Views that were needed although it had been here before.
    pub(crate) fresh_views: u32,
    /// The last farewell.
    pub(crate) bye: Option<Value>,
    /// A refused hello.
    pub(crate) refused: Option<Value>,
    pub(crate) gaps: u32,
}

impl Client {
    pub(crate) fn new(guest: Guest, room: &str, dice: u64) -> Self {
        Self {
            guest,
            room: room.to_owned(),
            watch: false,
            number: dice & 0x1F_FFFF_FFFF_FFFF,
            socket: None,
            next_id: 1,
            unanswered: VecDeque::new(),
            replies: BTreeMap::new(),
            since: None,
            events: Vec::new(),
            raw: Vec::new(),
            view: None,
            fresh_views: 0,
            bye: None,
            refused: None,
            gaps: 0,
        }
    }

    /// A guest, connected to the room.
    pub(crate) async fn join(server: &Address, guest: Guest, room: &str) -> Self {
        let mut client = Self::new(guest, room, rand_seed());
        assert!(client.connect(server).await, "welcome, not {:?}", client.refused);
        client
    }

    pub(crate) fn connected(&self) -> bool {
        self.socket.is_some()
    }

    /// Cuts the connection without a word.
    pub(crate) fn cut(&mut self) {
        self.socket = None;
    }

    /// Connects, says hello, waits for the welcome, sends again what has no reply.
    pub(crate) async fn connect(&mut self, server: &Address) -> bool {
        let Some(mut socket) = connect(server).await else { return false };
        let mut hello = json!({"t": "hello", "protocol": 1, "room": self.room, "client": self.number,
            "token": self.guest.token, "watch": self.watch});
        if let Some((epoch, v)) = self.since {
            hello["since"] = json!({"epoch": epoch, "v": v});
        }
        if socket.send(Message::text(hello.to_string())).await.is_err() {
            return false;
        }
        loop {
            let Some(frame) = next_frame(&mut socket, Duration::from_secs(10)).await else { return false };
            match frame["t"].as_str() {
                Some("welcome") => {
                    self.socket = Some(socket);
                    self.take(frame);
                    break;
                }
                Some("error") => {
                    self.refused = Some(frame);
                    return false;
                }
                _ => self.take(frame),
            }
        }
        let again: Vec<Value> =
            self.unanswered.iter().map(|(id, cmd)| json!({"t": "cmd", "id": id, "cmd": cmd})).collect();
        for frame in again {
            self.send_raw(frame.to_string()).await;
        }
        true
    }

    pub(crate) async fn send_raw(&mut self, text: String) {
        if let Some(socket) = &mut self.socket
            && socket.send(Message::text(text)).await.is_err()
        {
            self.socket = None;
        }
    }

    /// Sends a command; its number.
    pub(crate) async fn send(&mut self, cmd: Value) -> u32 {
        let id = self.next_id;
        self.next_id += 1;
        self.unanswered.push_back((id, cmd.clone()));
        self.send_raw(json!({"t": "cmd", "id": id, "cmd": cmd}).to_string()).await;
        id
    }

    /// Takes one frame within the time; `false` when none came.
    pub(crate) async fn poll(&mut self, within: Duration) -> bool {
        let Some(socket) = &mut self.socket else { return false };
        let read = tokio::time::timeout(within, socket.next()).await;
        match read {
            Err(_) => false,
            Ok(None | Some(Err(_) | Ok(Message::Close(_)))) => {
                self.socket = None;
                false
            }
            Ok(Some(Ok(Message::Text(text)))) => {
                self.take(serde_json::from_str(&text).expect("the server sends JSON"));
                true
            }
            Ok(Some(Ok(_))) => true,
        }
    }

    /// Takes all that comes within the time.
    pub(crate) async fn settle(&mut self, within: Duration) {
        let end = tokio::time::Instant::now() + within;
        while tokio::time::Instant::now() < end && self.socket.is_some() {
            self.poll(end - tokio::time::Instant::now()).await;
        }
    }

    /// Sends a command and waits for its reply.
    pub(crate) async fn ask(&mut self, cmd: Value) -> Value {
        let id = self.send(cmd.clone()).await;
        for _ in 0..2_000 {
            if let Some(reply) = self.replies.get(&id) {
                return reply.clone();
            }
            assert!(self.socket.is_some(), "the connection ended before the reply to {cmd}: {:?}", self.bye);
            self.poll(Duration::from_secs(10)).await;
        }
        panic!("no reply to {cmd}");
    }

    /// Sends a command that must be accepted.
    pub(crate) async fn must(&mut self, cmd: Value) -> Value {
        let reply = self.ask(cmd.clone()).await;
        assert!(reply["error"].is_null(), "{cmd} was refused: {reply}");
        reply
    }

    /// Sends a command that must be refused; its code.
    pub(crate) async fn refused(&mut self, cmd: Value) -> String {
        let reply = self.ask(cmd.clone()).await;
        reply["error"]["code"].as_str().unwrap_or_else(|| panic!("{cmd} was accepted: {reply}")).to_owned()
    }

    /// Waits for an event that fits, from event number `from` on.
    pub(crate) async fn wait(&mut self, from: usize, what: &str, fits: impl Fn(&Value) -> bool) -> Value {
        let end = tokio::time::Instant::now() + Duration::from_secs(30);
        let mut at = from;
        loop {
            while at < self.events.len() {
                if fits(&self.events[at].1) {
                    return self.events[at].1.clone();
                }
                at += 1;
            }
            assert!(tokio::time::Instant::now() < end, "no event: {what}; seen {:?}", self.events);
            assert!(self.socket.is_some(), "the connection ended before: {what} ({:?})", self.bye);
            self.poll(Duration::from_millis(500)).await;
        }
    }

    /// Asks for a fresh view and returns it.
    pub(crate) async fn look(&mut self) -> Value {
        let seen = self.raw.len();
        self.send_raw(json!({"t": "resync"}).to_string()).await;
        for _ in 0..1_000 {
            if let Some(frame) = self.raw[seen..].iter().find(|frame| frame["t"] == "view") {
                return frame["view"].clone();
            }
            assert!(self.socket.is_some(), "the connection ended");
            self.poll(Duration::from_secs(5)).await;
        }
        panic!("no view");
    }

    fn take(&mut self, frame: Value) {
        match frame["t"].as_str().unwrap_or_default() {
            "welcome" | "view" => {
                let (epoch, v) = (frame["epoch"].as_u64().expect("epoch"), frame["v"].as_u64().expect("v"));
                if frame["view"].is_null() {
                    assert_eq!(
                        self.since,
                        Some((epoch, v)),
                        "a welcome without a view stands where we stood"
                    );
                } else {
                    if self.since.is_some() && frame["t"] == "welcome" {
                        self.fresh_views += 1;
                    }
                    self.view = Some(frame["view"].clone());
                }
                self.since = Some((epoch, v));
            }
            "event" => {
                let (v, prev) = (frame["v"].as_u64().expect("v"), frame["prev"].as_u64().expect("prev"));
                let (epoch, at) = self.since.expect("welcomed");
                if prev != at {
                    self.gaps += 1;
                }
                assert!(v > at, "versions rise: {v} after {at}");
                self.since = Some((epoch, v));
                for event in frame["events"].as_array().expect("events") {
                    self.events.push((v, event.clone()));
                }
            }
            "reply" => {
                let id = frame["id"].as_u64().expect("id") as u32;
                assert!(!self.replies.contains_key(&id), "one reply each: {frame}");
                self.unanswered.retain(|(waiting, _)| *waiting != id);
                self.replies.insert(id, frame.clone());
            }
            "bye" => self.bye = Some(frame.clone()),
            _ => {}
        }
        self.raw.push(frame);
    }
}

/// A number that differs from call to call within a test process.
pub(crate) fn rand_seed() -> u64 {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(1);
    super::Dice(u64::from(std::process::id()) << 32 | NEXT.fetch_add(1, Ordering::Relaxed)).next()
}

/// An action in Atlas.
pub(crate) fn act(action: Value) -> Value {
    let mut action = action;
    action["game"] = json!("atlas");
    json!({"type": "act", "action": action})
}

/// A pin.
pub(crate) fn pin(round: u64, lat: f64, lon: f64) -> Value {
    act(json!({"do": "pin", "round": round, "at": {"lat": lat, "lon": lon}}))
}

/// A lock with its pin.
pub(crate) fn lock(round: u64, lat: f64, lon: f64) -> Value {
    act(json!({"do": "lock", "round": round, "at": {"lat": lat, "lon": lon}}))
}

/// Whether an event is this one of the game.
pub(crate) fn is(event: &Value, what: &str) -> bool {
    event["type"] == "game" && event["event"]["is"] == what
}

/// The settings of a preset.
pub(crate) fn preset(name: &str) -> Value {
    let (rounds, seconds) = match name {
        "quick" => (3, json!(30)),
        "classic" => (5, json!(60)),
        "explorer" => (10, Value::Null),
        other => panic!("the tests know no preset {other}"),
    };
    json!({"public": false, "late": "watch", "game": {"game": "atlas", "rounds": rounds, "seconds": seconds,
        "region": "world", "difficulty": "normal", "time_bonus": false,
        "kinds": ["city", "silhouette", "flag", "orbit", "lights", "relief", "rivers", "stars"]}})
}

/// Starts a match and plays it to its end: in each round seat n locks `pins[n]`. The first is the host. Gives the id of
/// its record.
pub(crate) async fn play_match(clients: &mut [Client], rounds: u64, pins: &[(f64, f64)]) -> String {
    let from: Vec<usize> = clients.iter().map(|client| client.events.len()).collect();
    clients[0].must(json!({"type": "start"})).await;
    for round in 1..=rounds {
        for (client, from) in clients.iter_mut().zip(&from) {
            let begins = |e: &Value| {
                round == 1 && e["type"] == "started" || is(e, "round") && e["event"]["round"] == round
            };
            client.wait(*from, "the round", begins).await;
        }
        for (client, (lat, lon)) in clients.iter_mut().zip(pins) {
            client.must(lock(round, *lat, *lon)).await;
        }
        for (client, from) in clients.iter_mut().zip(&from) {
            client
                .wait(*from, "the result", |e| is(e, "result") && e["event"]["result"]["round"] == round)
                .await;
        }
        if round < rounds {
            clients[0].must(act(json!({"do": "skip", "round": round}))).await;
        }
    }
    let mut id = String::new();
    for (client, from) in clients.iter_mut().zip(&from) {
        let ended = client.wait(*from, "the record", |event| event["type"] == "ended").await;
        ended["match_id"].as_str().expect("an id").clone_into(&mut id);
    }
    id
}

impl Guest {
    /// Makes a room with these settings, plays it alone, and gives the record's id.
    pub(crate) async fn play_alone(&self, server: &Address, settings: &Value, at: (f64, f64)) -> String {
        let rounds = settings["game"]["rounds"].as_u64().expect("rounds");
        let code = self.room(server, Some(settings.clone())).await;
        let mut clients = [Client::join(server, self.clone(), &code).await];
        play_match(&mut clients, rounds, &[at]).await
    }
}
