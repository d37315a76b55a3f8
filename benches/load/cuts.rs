//! Modes with connections that break: `jitter`, where phones lose them, and `restart`, where the server is killed.

use super::Options;
use super::conn::{Conn, Dice, Since, command, number};
use super::http::{self, Guest};
use super::player::{add, settings};
use super::server::Server;
use super::stats::{Cpu, Times, report, round};
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::time::{Duration, Instant};

/// What all chatters share.
#[derive(Default)]
struct Shared {
    port: u16,
    /// Lines that were acknowledged, by room.
    said: RefCell<HashMap<usize, Vec<String>>>,
    /// Connecting again until all that was missed is there.
    replay: Times,
    /// The upgrade and the welcome alone.
    welcome: Times,
    cuts: Cell<u64>,
    views: Cell<u64>,
    gaps: Cell<u64>,
    /// No new lines any more; finish what is unanswered.
    quiet: Cell<bool>,
    /// Connections are cut.
    cutting: Cell<bool>,
    back: Cell<usize>,
    /// When the last came back.
    last_back: Cell<Option<Instant>>,
    settled: Cell<usize>,
}

/// Says a line every so often, loses its connection, comes back, and remembers all that it saw.
struct Chatter {
    shared: Rc<Shared>,
    number: usize,
    room: usize,
    code: String,
    guest: Guest,
    client: u64,
    dice: Dice,
    since: Option<Since>,
    next_id: u32,
    unanswered: BTreeMap<u32, String>,
    seen: HashMap<String, u32>,
    every: Duration,
}

const SEATS: usize = 4;

impl Chatter {
    async fn run(mut self) -> Self {
        let mut first = true;
        loop {
            let began = Instant::now();
            let entered =
                Conn::enter(self.shared.port, &self.code, &self.guest, self.client, self.since).await;
            let Some((mut conn, welcome)) = entered else {
                tokio::time::sleep(self.dice.within(0.05, 0.25)).await;
                continue;
            };
            self.welcomed(&welcome, first);
            let mut replaying = (!first).then_some(began);
            if !first {
                self.shared.welcome.record(began.elapsed());
            }
            first = false;
            // Its pong comes behind all that was missed.
            let asked = conn.send("{\"t\":\"ping\",\"n\":1}".to_owned()).await.is_some();
            if asked && self.session(&mut conn, &mut replaying).await {
                return self;
            }
            drop(conn);
            if self.shared.cutting.get() {
                tokio::time::sleep(Duration::from_secs(2)).await;
            }
        }
    }

    fn welcomed(&mut self, welcome: &Value, first: bool) {
        let at = (welcome["epoch"].as_u64().unwrap_or(0), welcome["v"].as_u64().unwrap_or(0));
        if !welcome["view"].is_null() && !first {
            add(&self.shared.views, 1);
        }
        self.since = Some(at);
    }

    /// Until the connection ends (`false`) or all is settled (`true`).
    async fn session(&mut self, conn: &mut Conn, replaying: &mut Option<Instant>) -> bool {
        let cut = Instant::now() + self.dice.within(10.0, 20.0);
        let again: Vec<String> = self.unanswered.iter().map(|(id, cmd)| command(*id, cmd)).collect();
        for frame in again {
            if conn.send(frame).await.is_none() {
                return false;
            }
        }
        let mut say_at = Instant::now() + self.every.mul_f64(self.dice.part());
        loop {
            if self.shared.quiet.get() && self.unanswered.is_empty() && replaying.is_none() {
                return self.settle(conn).await;
            }
            let cutting = self.shared.cutting.get() && !self.shared.quiet.get();
            let due = if cutting { say_at.min(cut) } else { say_at };
            tokio::select! {
                text = conn.next() => {
                    let Some(text) = text else { return false };
                    if self.take(&text) && let Some(began) = replaying.take() {
                        self.shared.replay.record(began.elapsed());
                        add_one(&self.shared.back);
                        self.shared.last_back.set(Some(Instant::now()));
                    }
                }
                () = tokio::time::sleep_until(due.into()) => {
                    if cutting && Instant::now() >= cut {
                        add(&self.shared.cuts, 1);
                        return false;
                    }
                    say_at = Instant::now() + self.every;
                    if self.shared.quiet.get() {
                        continue;
                    }
                    let (id, number) = (self.next_id, self.number);
                    self.next_id += 1;
                    let cmd = format!("{{\"type\":\"chat\",\"text\":\"#{number}-{id}#\"}}");
                    self.unanswered.insert(id, cmd.clone());
                    if conn.send(command(id, &cmd)).await.is_none() {
                        return false;
                    }
                }
            }
        }
    }

    /// Everybody is done talking: what is still on its way arrives.
    async fn settle(&mut self, conn: &mut Conn) -> bool {
        add_one(&self.shared.settled);
        let end = Instant::now() + Duration::from_secs(30);
        let mut heard = Instant::now();
        let mut before = self.shared.settled.get();
        while Instant::now() < end
            && (heard.elapsed() < Duration::from_secs(3) || before != self.shared.settled.get())
        {
            before = self.shared.settled.get();
            match tokio::time::timeout(Duration::from_millis(500), conn.next()).await {
                Ok(Some(text)) => {
                    self.take(&text);
                    heard = Instant::now();
                }
                Ok(None) => break,
                Err(_) => {}
            }
        }
        true
    }

    /// Takes a frame; `true` for a pong.
    fn take(&mut self, text: &str) -> bool {
        if text.starts_with("{\"t\":\"event\"") {
            let (v, prev) = (number(text, "\"v\":").unwrap_or(0), number(text, "\"prev\":").unwrap_or(0));
            if let Some(since) = &mut self.since {
                if prev != since.1 {
                    add(&self.shared.gaps, 1);
                }
                since.1 = v;
            }
            if let Some(at) = text.find("\"text\":\"#") {
                let line = &text[at + 8..];
                let end = line[1..].find('#').map_or(line.len(), |end| end + 2);
                *self.seen.entry(line[..end].to_owned()).or_default() += 1;
            }
        } else if text.starts_with("{\"t\":\"reply\"") {
            assert!(!text.contains("\"error\"") || text.contains("not_saved"), "{text}");
            let id = number(text, "\"id\":").unwrap_or(0) as u32;
            if self.unanswered.remove(&id).is_some() && !text.contains("\"error\"") {
                let line = format!("#{}-{id}#", self.number);
                self.shared.said.borrow_mut().entry(self.room).or_default().push(line);
            }
        } else if text.starts_with("{\"t\":\"view\"") {
            add(&self.shared.views, 1);
            if let Some(since) = &mut self.since {
                since.1 = number(text, "\"v\":").unwrap_or(0);
            }
        }
        text.starts_with("{\"t\":\"pong\"")
    }
}

fn add_one(cell: &Cell<usize>) {
    cell.set(cell.get() + 1);
}

async fn gather(port: u16, rooms: usize) -> (Rc<Shared>, Vec<tokio::task::JoinHandle<Chatter>>) {
    let shared = Rc::new(Shared { port, ..Shared::default() });
    let guests = http::guests(port, rooms * SEATS).await;
    let hosts: Vec<Guest> = guests.iter().step_by(SEATS).cloned().collect();
    let codes = http::rooms(port, &hosts, &settings(20, None)).await;
    let mut dice = Dice(5);
    let mut tasks = Vec::new();
    for (number, guest) in guests.into_iter().enumerate() {
        let (room, seed) = (number / SEATS, dice.next());
        if number % SEATS == 0 {
            // A match in play in each room; its deck is part of what a restart must bring back.
            deal(port, &codes[room], &guest).await;
        }
        let chatter = Chatter {
            shared: shared.clone(),
            number,
            room,
            code: codes[room].clone(),
            guest,
            client: seed >> 11,
            dice: Dice(seed),
            since: None,
            next_id: 1,
            unanswered: BTreeMap::new(),
            seen: HashMap::new(),
            // Two lines a second a room.
            every: Duration::from_secs(2),
        };
        tasks.push(tokio::task::spawn_local(chatter.run()));
    }
    (shared, tasks)
}

async fn deal(port: u16, code: &str, host: &Guest) {
    let (mut conn, _) = Conn::enter(port, code, host, 3, None).await.expect("welcome");
    conn.send(command(1, "{\"type\":\"start\"}")).await.expect("open");
    loop {
        let text = conn.next().await.expect("open");
        if text.starts_with("{\"t\":\"reply\"") {
            assert!(!text.contains("\"error\""), "{text}");
            return;
        }
    }
}

/// Lines that should have been seen, were, and were more than once.
async fn verdict(shared: &Shared, tasks: Vec<tokio::task::JoinHandle<Chatter>>) -> (u64, u64, u64) {
    let (mut due, mut got, mut twice) = (0, 0, 0);
    let said = shared.said.borrow().clone();
    for task in tasks {
        let chatter = task.await.expect("no panic");
        for line in said.get(&chatter.room).into_iter().flatten() {
            due += 1;
            got += u64::from(chatter.seen.contains_key(line));
        }
        twice += chatter.seen.values().filter(|times| **times > 1).count() as u64;
    }
    (due, got, twice)
}

pub(crate) async fn jitter(options: &Options) {
    let server = Server::start().await;
    let (rooms, seconds) = (options.number("rooms", 100), options.number("seconds", 90));
    let (shared, tasks) = gather(server.port, rooms).await;
    // All are there before the first is cut, so that everybody is owed every line.
    tokio::time::sleep(Duration::from_secs(2)).await;
    shared.said.borrow_mut().clear();
    shared.cutting.set(true);
    let cpu = Cpu::start(server.pid());
    tokio::time::sleep(Duration::from_secs(seconds as u64)).await;
    let (percent, own) = cpu.percent();
    shared.quiet.set(true);
    let (due, got, twice) = verdict(&shared, tasks).await;
    let share = 100.0 * got as f64 / due.max(1) as f64;
    let line = format!(
        "{} clients in {rooms} rooms, {} cuts in {seconds} s: {got} of {due} events delivered ({share:.4} %), {twice} twice, {} gaps, {} fresh views; \
         connecting and all that was missed {} (welcome alone {}); server {percent} %, load program {own} %",
        rooms * SEATS,
        shared.cuts.get(),
        shared.gaps.get(),
        shared.views.get(),
        shared.replay.line(),
        shared.welcome.line(),
    );
    report(
        "jitter",
        &line,
        json!({
            "clients": rooms * SEATS, "seconds": seconds, "cuts": shared.cuts.get(), "due": due, "delivered": got, "share_percent": round(share, 4),
            "twice": twice, "gaps": shared.gaps.get(), "fresh_views": shared.views.get(), "replay": shared.replay.json(),
            "welcome": shared.welcome.json(), "server_cpu_percent": percent, "load_cpu_percent": own,
        }),
    );
}

pub(crate) async fn restart(options: &Options) {
    let mut server = Server::start().await;
    let rooms = options.number("rooms", 1_000);
    let (shared, tasks) = gather(server.port, rooms).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    shared.said.borrow_mut().clear();
    tokio::time::sleep(Duration::from_secs(options.number("seconds", 10) as u64)).await;
    let before = server.rss_mb();
    let killed = Instant::now();
    server.kill();
    server.spawn();
    let ready = server.ready().await;
    let all = rooms * SEATS;
    while shared.back.get() < all && killed.elapsed() < Duration::from_mins(2) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let back = shared.last_back.get().map_or(0.0, |at| (at - killed).as_secs_f64());
    let returned = shared.back.get();
    tokio::time::sleep(Duration::from_secs(3)).await;
    shared.quiet.set(true);
    let after = server.rss_mb();
    let (due, got, twice) = verdict(&shared, tasks).await;
    let line = format!(
        "kill -9 with {rooms} rooms in play: ready after {:.0} ms, {returned} of {all} clients back with all they missed after {back:.2} s \
         (each {}); {} of {due} acknowledged lines lost, {twice} twice, {} fresh views; resident {before} MB before, {after} MB after",
        ready.as_secs_f64() * 1000.0,
        shared.replay.line(),
        due - got,
        shared.views.get(),
    );
    report(
        "restart",
        &line,
        json!({
            "rooms": rooms, "clients": all, "ready_ms": round(ready.as_secs_f64() * 1000.0, 1), "back": returned, "back_s": round(back, 2),
            "replay": shared.replay.json(), "due": due, "lost": due - got, "twice": twice, "gaps": shared.gaps.get(), "fresh_views": shared.views.get(),
            "rss_before_mb": before, "rss_after_mb": after,
        }),
    );
}
