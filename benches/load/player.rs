//! Seats that play: a pin a second until they lock, the host goes on, match after match.

use super::conn::{Conn, Dice, command, number};
use super::http::{self, Guest};
use super::stats::Times;
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::rc::Rc;
use std::time::{Duration, Instant};

/// How a crowd plays.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    pub(crate) rooms: usize,
    pub(crate) seats: usize,
    /// Rounds of a match.
    pub(crate) rounds: u8,
    /// Between two pins of a seat; none: no pins.
    pub(crate) pin_every: Option<Duration>,
    /// When a seat locks, in seconds from the round's beginning.
    pub(crate) lock_within: (f64, f64),
    /// How long the host looks at a result, in seconds.
    pub(crate) look: (f64, f64),
    /// Rooms begin over so many seconds.
    pub(crate) spread: f64,
    /// Play again when a match is over; otherwise close the room.
    pub(crate) again: bool,
}

/// What a crowd saw.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) measuring: Cell<bool>,
    /// From sending a lock to the others' `locked`.
    pub(crate) lock: Times,
    /// From sending a lock to its reply.
    pub(crate) lock_reply: Times,
    /// From sending a pin to its reply.
    pub(crate) pin: Times,
    /// How much later than planned this program sent: its own slowness.
    pub(crate) late: Times,
    pub(crate) pins: Cell<u64>,
    pub(crate) locks: Cell<u64>,
    pub(crate) frames: Cell<u64>,
    pub(crate) rounds: Cell<u64>,
    pub(crate) matches: Cell<u64>,
    pub(crate) gaps: Cell<u64>,
    pub(crate) lost: Cell<u64>,
    pub(crate) refused: RefCell<BTreeMap<String, u64>>,
    pub(crate) stop: Cell<bool>,
}

pub(crate) fn add(cell: &Cell<u64>, by: u64) {
    cell.set(cell.get() + by);
}

impl Seen {
    /// Forgets all that was before, and counts from here on.
    pub(crate) fn measure(&self) {
        for times in [&self.lock, &self.lock_reply, &self.pin, &self.late] {
            times.clear();
        }
        for count in [&self.pins, &self.locks, &self.frames, &self.rounds, &self.matches] {
            count.set(0);
        }
        self.measuring.set(true);
    }
}

/// What the seats of one room share: when each sent its lock.
#[derive(Default)]
struct Table {
    locks: RefCell<HashMap<u64, Instant>>,
}

#[derive(Clone, Copy)]
enum Kind {
    Pin,
    Lock,
    Other,
}

struct Player {
    conn: Conn,
    pace: Pace,
    seen: Rc<Seen>,
    table: Rc<Table>,
    host: bool,
    dice: Dice,
    id: u32,
    v: u64,
    seat: Option<u64>,
    round: u64,
    pin_at: Option<Instant>,
    lock_at: Option<Instant>,
    go_on: Option<(Instant, String)>,
    sent: VecDeque<(u32, Instant, Kind)>,
}

/// Settings of a room: cities, `rounds` of unlimited time, so that the players alone drive it.
pub(crate) fn settings(rounds: u8, seconds: Option<u16>) -> Value {
    json!({"public": false, "late": "next_round",
           "game": {"game": "atlas", "rounds": rounds, "seconds": seconds, "region": "world", "difficulty": "normal",
                    "kinds": ["city"], "time_bonus": false}})
}

/// Seats a crowd in its rooms and lets it play; returns when all have entered, while they go on.
pub(crate) async fn crowd(port: u16, pace: Pace, seen: &Rc<Seen>) -> Vec<tokio::task::JoinHandle<()>> {
    let guests = http::guests(port, pace.rooms * pace.seats).await;
    let hosts: Vec<Guest> = guests.iter().step_by(pace.seats).cloned().collect();
    let codes = http::rooms(port, &hosts, &settings(pace.rounds, Some(600))).await;
    let mut tasks = Vec::new();
    let mut dice = Dice(1);
    for (room, code) in codes.iter().enumerate() {
        let table = Rc::new(Table::default());
        for seat in 0..pace.seats {
            let guest = &guests[room * pace.seats + seat];
            let (conn, welcome) =
                Conn::enter(port, code, guest, dice.next() >> 11, None).await.expect("welcome");
            let mut player = Player {
                conn,
                pace,
                seen: seen.clone(),
                table: table.clone(),
                host: welcome["view"]["host"] == welcome["view"]["you"],
                dice: Dice(dice.next()),
                id: 0,
                v: welcome["v"].as_u64().expect("a version"),
                seat: None,
                round: 0,
                pin_at: None,
                lock_at: None,
                go_on: None,
                sent: VecDeque::new(),
            };
            if player.host {
                let start = player.dice.within(1.0, 1.0 + pace.spread);
                player.go_on = Some((Instant::now() + start, "{\"type\":\"start\"}".to_owned()));
            }
            tasks.push(tokio::task::spawn_local(player.run()));
        }
    }
    tasks
}

impl Player {
    async fn run(mut self) {
        while !self.seen.stop.get() {
            let due =
                [self.pin_at, self.lock_at, self.go_on.as_ref().map(|go| go.0)].into_iter().flatten().min();
            let due = due.unwrap_or_else(|| Instant::now() + Duration::from_secs(10));
            tokio::select! {
                biased;
                text = self.conn.next() => {
                    let Some(text) = text else {
                        // A room that closes after its match ends its connections.
                        add(&self.seen.lost, u64::from(self.pace.again));
                        return;
                    };
                    self.take(&text);
                }
                () = tokio::time::sleep_until(due.into()) => {
                    if self.act(Instant::now()).await.is_none() {
                        add(&self.seen.lost, 1);
                        return;
                    }
                }
            }
        }
    }

    async fn command(&mut self, cmd: &str, kind: Kind, planned: Instant) -> Option<()> {
        self.id += 1;
        let now = Instant::now();
        if self.seen.measuring.get() {
            self.seen.late.record(now.saturating_duration_since(planned));
        }
        if let (Kind::Lock, Some(seat)) = (kind, self.seat) {
            self.table.locks.borrow_mut().insert(seat, now);
        }
        self.sent.push_back((self.id, now, kind));
        let frame = command(self.id, cmd);
        self.conn.send(frame).await
    }

    async fn act(&mut self, now: Instant) -> Option<()> {
        if let Some((at, cmd)) = self.go_on.take_if(|go| now >= go.0) {
            self.command(&cmd, Kind::Other, at).await?;
        }
        if let Some(at) = self.lock_at.take_if(|at| now >= *at) {
            self.pin_at = None;
            let cmd = self.action("lock");
            self.command(&cmd, Kind::Lock, at).await?;
        }
        if let (Some(at), Some(every)) = (self.pin_at.take_if(|at| now >= *at), self.pace.pin_every) {
            self.pin_at = Some((at + every).max(now));
            let cmd = self.action("pin");
            self.command(&cmd, Kind::Pin, at).await?;
        }
        if self.pin_at.is_none() && self.lock_at.is_none() && self.go_on.is_none() {
            self.conn.send("{\"t\":\"ping\",\"n\":1}".to_owned()).await?;
        }
        Some(())
    }

    fn action(&mut self, what: &str) -> String {
        let (lat, lon) = (160.0 * self.dice.part() - 80.0, 359.0 * self.dice.part() - 180.0);
        let round = self.round;
        format!(
            "{{\"type\":\"act\",\"action\":{{\"game\":\"atlas\",\"do\":\"{what}\",\"round\":{round},\"at\":{{\"lat\":{lat:.4},\"lon\":{lon:.4}}}}}}}"
        )
    }

    fn take(&mut self, text: &str) {
        let now = Instant::now();
        add(&self.seen.frames, 1);
        if text.starts_with("{\"t\":\"reply\"") {
            self.reply(text, now);
        } else if text.starts_with("{\"t\":\"event\"") {
            let (v, prev) = (number(text, "\"v\":"), number(text, "\"prev\":"));
            if prev != Some(self.v) {
                add(&self.seen.gaps, 1);
            }
            self.v = v.unwrap_or(self.v);
            if text.len() < 220 && text.contains("\"is\":\"locked\"") {
                self.locked(number(text, "\"seat\":"), now);
                return;
            }
            let frame: Value = serde_json::from_str(text).expect("the server sends JSON");
            for event in frame["events"].as_array().into_iter().flatten() {
                self.event(event, now);
            }
        } else if text.starts_with("{\"t\":\"view\"") {
            self.v = number(text, "\"v\":").unwrap_or(self.v);
            add(&self.seen.gaps, 1);
        }
    }

    fn reply(&mut self, text: &str, now: Instant) {
        let id = number(text, "\"id\":").unwrap_or(0) as u32;
        let Some(at) = self.sent.iter().position(|(sent, ..)| *sent == id) else { return };
        let (_, sent, kind) = self.sent.remove(at).expect("found");
        if text.contains("\"error\"") {
            let frame: Value = serde_json::from_str(text).expect("the server sends JSON");
            let code = frame["error"]["code"].as_str().unwrap_or("?").to_owned();
            *self.seen.refused.borrow_mut().entry(code).or_default() += 1;
            return;
        }
        if !self.seen.measuring.get() {
            return;
        }
        match kind {
            Kind::Pin => {
                add(&self.seen.pins, 1);
                self.seen.pin.record(now - sent);
            }
            Kind::Lock => {
                add(&self.seen.locks, 1);
                self.seen.lock_reply.record(now - sent);
            }
            Kind::Other => {}
        }
    }

    fn locked(&mut self, seat: Option<u64>, now: Instant) {
        if seat == self.seat || !self.seen.measuring.get() {
            return;
        }
        if let Some(sent) = seat.and_then(|seat| self.table.locks.borrow().get(&seat).copied()) {
            self.seen.lock.record(now - sent);
        }
    }

    fn event(&mut self, event: &Value, now: Instant) {
        match event["type"].as_str().unwrap_or_default() {
            "started" => {
                self.seat = event["match"]["view"]["seat"].as_u64();
                // The first round is in the view already.
                self.begin_round(event["match"]["view"]["round"].as_u64(), now);
            }
            "ended" => {
                if self.host {
                    add(&self.seen.matches, 1);
                    let cmd = if self.pace.again { "{\"type\":\"again\"}" } else { "{\"type\":\"close\"}" };
                    self.go_on = Some((now + self.dice.within(0.1, 1.0), cmd.to_owned()));
                }
            }
            "lobby" if self.host => {
                self.go_on = Some((now + self.dice.within(0.1, 0.5), "{\"type\":\"start\"}".to_owned()));
            }
            "game" => self.game(&event["event"], now),
            _ => {}
        }
    }

    fn begin_round(&mut self, round: Option<u64>, now: Instant) {
        self.round = round.unwrap_or(0);
        let (from, to) = self.pace.lock_within;
        self.lock_at = Some(now + self.dice.within(from, to));
        self.pin_at = self.pace.pin_every.map(|every| now + every.mul_f64(self.dice.part()));
    }

    fn game(&mut self, event: &Value, now: Instant) {
        match event["is"].as_str().unwrap_or_default() {
            "round" => self.begin_round(event["round"].as_u64(), now),
            "locked" => self.locked(event["seat"].as_u64(), now),
            "result" => {
                (self.pin_at, self.lock_at) = (None, None);
                if self.host {
                    add(&self.seen.rounds, 1);
                    if !event["next"].is_null() {
                        let round = self.round;
                        let skip = format!(
                            "{{\"type\":\"act\",\"action\":{{\"game\":\"atlas\",\"do\":\"skip\",\"round\":{round}}}}}"
                        );
                        let (from, to) = self.pace.look;
                        self.go_on = Some((now + self.dice.within(from, to), skip));
                    }
                }
            }
            _ => {}
        }
    }
}
