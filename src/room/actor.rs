//! The room actor: one task with one bounded mailbox owns a room, so nothing in it is locked.
//!
//! An accepted input is applied at once and appended to the journal; what follows from it (events, replies, views) waits in
//! `waiting` until the journal says that it is durable. When the journal cannot save, what waited is answered
//! `not_saved` and the room is rebuilt from what is durable before it serves again.

use super::entry::{CommandKey, Entry, Input, LatestAction, Player, Special, encode};
use super::history::History;
use super::mirror::append_of;
use super::outbox::{Farewell, Frame, Outbox};
use super::ports::{Dealt, FinishedMatch, Ports, RoomDelta};
use super::rebuild::{Rebuilt, clock, rebuild};
use super::record::MatchLog;
use super::registry::{Card, Rooms};
use super::state::{Out, RoomState, To};
use super::wire::{Clock, Gone, MemberId, RoomCommand, RoomEvent, Since};
use crate::games::any::{AnyAction, AnyMatch};
use crate::games::{Rejection, Viewer};
use crate::live::{Append, Appended, JournalError, RoomLog};
use bytes::Bytes;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::sync::{mpsc, oneshot};

/// Messages that wait for a room at most; senders wait beyond that.
pub(super) const MAILBOX: usize = 256;
/// A hash of the game's state stands in the journal every so many inputs.
const HASH_EVERY: u64 = 16;
/// A room without a match is folded into a snapshot after so many entries.
const SNAPSHOT_AFTER: u64 = 512;
/// Pins that a seat may move in a burst, and then in a second.
const PIN_BURST: f64 = 6.0;
const PINS_PER_SECOND: f64 = 2.0;

/// A connection's number within its room.
pub type ConnId = u64;

/// What a room is told.
pub enum Msg {
    /// A player's connection.
    Hello(Box<Hello>),
    /// A command.
    Command {
        /// From.
        conn: ConnId,
        /// The client's number of it.
        id: u32,
        /// What.
        command: RoomCommand,
    },
    /// A fresh view is wanted.
    Resync(ConnId),
    /// A heartbeat.
    Ping {
        /// From.
        conn: ConnId,
        /// Comes back.
        n: u32,
    },
    /// A connection is gone.
    Gone(ConnId),
    /// A question about what is durable.
    Ask(Box<dyn FnOnce(&RoomState) + Send>),
    /// A deck was dealt.
    Dealt {
        /// The start that it answers.
        conn: ConnId,
        /// Its key.
        key: CommandKey,
        /// The settings that it was dealt for.
        settings: Box<super::wire::RoomSettings>,
        /// The deck.
        result: Box<Result<Dealt, Rejection>>,
    },
    /// A match is in the store.
    Recorded(String),
    /// The journal's answer to an append.
    Committed {
        /// Which.
        token: u64,
        /// How it went.
        result: Result<(), JournalError>,
    },
    /// The server stops.
    Stop {
        /// Clients come back after up to so many milliseconds.
        spread_ms: u32,
    },
}

/// A connection that wants in.
pub struct Hello {
    /// Who.
    pub player: Player,
    /// New members only watch.
    pub watch: bool,
    /// The client's random number.
    pub client: u64,
    /// Where it stands.
    pub since: Option<Since>,
    /// Its queue.
    pub outbox: Arc<Outbox>,
    /// Its number, or why not.
    pub answer: oneshot::Sender<Result<ConnId, Rejection>>,
}

struct Conn {
    member: MemberId,
    client: u64,
    outbox: Arc<Outbox>,
    /// Version that it was sent last; none until its welcome went out.
    sent: Option<u64>,
}

/// What follows once an append is durable.
enum Deliver {
    Step { v: u64, clock: Clock, outs: Vec<Out> },
    Reply { conn: ConnId, id: u32, v: u64 },
    Welcome { conn: ConnId, since: Option<Since>, v: u64, view: Option<Box<super::wire::RoomView>> },
    View { conn: ConnId, v: u64, view: Box<super::wire::RoomView> },
    Mirror(RoomDelta),
    Finish(Box<FinishedMatch>),
    Removed,
}

struct Waiting {
    token: u64,
    deliver: Vec<Deliver>,
}

/// One room.
pub(super) struct Actor {
    ports: Ports,
    rooms: Arc<Rooms>,
    card: Arc<Mutex<Card>>,
    /// The mailbox's other end, for answers from outside steps. Weak, so that the room ends with its handles.
    me: mpsc::WeakSender<Msg>,
    commits: mpsc::UnboundedSender<(u64, Result<(), JournalError>)>,
    state: RoomState,
    epoch: u32,
    first_seq: u64,
    history: History,
    pending: BTreeMap<u8, LatestAction>,
    match_log: Option<MatchLog>,
    conns: HashMap<ConnId, Conn>,
    next_conn: ConnId,
    /// Members without a connection, since when; after the grace it becomes an input.
    lost: HashMap<MemberId, Instant>,
    /// Room time runs from here.
    base: (Instant, u64),
    waiting: VecDeque<Waiting>,
    next_token: u64,
    /// Set while the journal cannot save: when to try next, and how long to wait after that.
    broken: Option<(Instant, Duration)>,
    dealing: bool,
    recording: bool,
    pins: HashMap<u8, (f64, Instant)>,
    empty_since: Option<Instant>,
    gone: bool,
}

/// A room that begins: its first entry is in the journal when this returns.
pub(super) struct Begin {
    pub id: String,
    pub code: String,
    pub epoch: u32,
    pub settings: super::wire::RoomSettings,
    pub special: Option<Special>,
    pub owner: String,
}

fn wall_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64)
}

impl Actor {
    /// A new room.
    pub(super) fn begin(
        begin: &Begin,
        ports: Ports,
        rooms: Arc<Rooms>,
        card: Arc<Mutex<Card>>,
    ) -> (Self, Entry, Commits) {
        let entry = Entry {
            at: 0,
            wall: wall_ms(),
            key: None,
            folded: Vec::new(),
            input: Input::Created {
                id: begin.id.clone(),
                code: begin.code.clone(),
                settings: begin.settings.clone(),
                special: begin.special.clone(),
                owner: begin.owner.clone(),
            },
            hash: None,
        };
        let state = RoomState::begin(&entry, 1).unwrap_or_else(|| unreachable!("`Created` begins a room"));
        let rebuilt = Rebuilt {
            state,
            epoch: begin.epoch,
            history: History::from(1),
            pending: BTreeMap::new(),
            match_log: None,
            first_seq: 1,
        };
        let (actor, commits) = Self::from_rebuilt(rebuilt, ports, rooms, card);
        (actor, entry, commits)
    }

    /// A room that was in the journal.
    pub(super) fn from_rebuilt(
        rebuilt: Rebuilt,
        ports: Ports,
        rooms: Arc<Rooms>,
        card: Arc<Mutex<Card>>,
    ) -> (Self, Commits) {
        let (commits, committed) = mpsc::unbounded_channel();
        let now = Instant::now();
        let mut actor = Self {
            ports,
            rooms,
            card,
            me: mpsc::channel(1).0.downgrade(),
            commits,
            base: (now, rebuilt.state.at),
            lost: rebuilt.state.members.iter().filter(|m| m.connected).map(|m| (m.id, now)).collect(),
            state: rebuilt.state,
            epoch: rebuilt.epoch,
            first_seq: rebuilt.first_seq,
            history: rebuilt.history,
            pending: rebuilt.pending,
            match_log: rebuilt.match_log,
            conns: HashMap::new(),
            next_conn: 1,
            waiting: VecDeque::new(),
            next_token: 1,
            broken: None,
            dealing: false,
            recording: false,
            pins: HashMap::new(),
            empty_since: Some(now),
            gone: false,
        };
        actor.publish();
        (actor, committed)
    }

    /// Appends the first entry of a new room.
    pub(super) fn append_first(&mut self, entry: &Entry, done: oneshot::Sender<Result<(), JournalError>>) {
        let bytes = encode(entry);
        let delta = self.delta(vec![(1, bytes.clone())]);
        self.ports.mirror.saved(delta);
        self.ports.journal.append(Append {
            room: self.state.id.clone(),
            epoch: self.epoch,
            seq: 1,
            ordered: vec![bytes],
            latest: Vec::new(),
            clear_latest: false,
            keep_from: None,
            remove: false,
            done: Appended(Box::new(move |result| {
                let _ = done.send(result);
            })),
        });
    }

    fn now(&self) -> u64 {
        self.base.1 + self.base.0.elapsed().as_millis() as u64
    }

    fn clock(&self) -> Clock {
        clock(&self.state, self.now())
    }

    /// Runs until the room closes or the server stops.
    pub(super) async fn run(
        mut self,
        mut mailbox: mpsc::Receiver<Msg>,
        mut committed: Commits,
        me: mpsc::WeakSender<Msg>,
    ) {
        self.me = me;
        self.after_rebuild(false);
        while !self.gone {
            let wake = self.next_wake();
            tokio::select! {
                biased;
                Some((token, result)) = committed.recv() => self.committed(token, result).await,
                message = mailbox.recv() => match message {
                    Some(Msg::Stop { spread_ms }) => {
                        self.stop(spread_ms, &mut committed).await;
                        return;
                    }
                    Some(message) => self.handle(message),
                    None => return,
                },
                () = sleep_until(wake) => self.wake().await,
            }
        }
        self.rooms.forget(&self.state.id, &self.state.code);
    }

    /// Entries that every rebuilt room begins with.
    fn after_rebuild(&mut self, again: bool) {
        if self.state.broken {
            self.note(Input::Unreplayable);
        }
        if self.state.closed.is_some() {
            self.remove_once_recorded();
            return;
        }
        if let Some(play) = &self.state.play {
            if play.over() {
                self.finish_if_over();
            } else if !play.paused() && (again || self.state.version > 1) {
                let grace_ms = self.ports.times.rebuild_grace.as_millis() as u64;
                self.note(Input::Rebuilt { grace_ms });
            }
        }
    }

    fn handle(&mut self, message: Msg) {
        match message {
            Msg::Hello(hello) => self.hello(*hello),
            Msg::Command { conn, id, command } => self.command(conn, id, command),
            Msg::Resync(conn) => self.resync(conn),
            Msg::Ping { conn, n } => {
                if let Some(known) = self.conns.get(&conn) {
                    known.outbox.push(Frame::Pong { n, clock: self.clock() });
                }
            }
            Msg::Gone(conn) => self.disconnected(conn),
            Msg::Ask(question) => question(&self.state),
            Msg::Dealt { conn, key, settings, result } => self.dealt(conn, key, &settings, *result),
            Msg::Recorded(id) => {
                self.recording = false;
                if self.state.play.as_ref().is_some_and(|play| play.id == id && !play.recorded) {
                    self.note(Input::Recorded { id });
                    if self.state.closed.is_some() { self.remove() } else { self.snapshot() }
                }
            }
            Msg::Committed { .. } | Msg::Stop { .. } => {}
        }
        self.fold_if_long();
    }

    // --- connections -----------------------------------------------------------------------------------------

    fn hello(&mut self, hello: Hello) {
        if self.broken.is_some() {
            let _ = hello.answer.send(Err(not_saved()));
            return;
        }
        if self.state.closed.is_some() {
            let _ = hello.answer.send(Err(Rejection::new("room_closed", "This room is closed.")));
            return;
        }
        let known = self.state.member_of(&hello.player.user).map(|member| (member.id, member.connected));
        let watch = match known {
            Some(_) => hello.watch,
            None => match self.place_for_new(hello.watch) {
                Ok(watch) => watch,
                Err(why) => {
                    let _ = hello.answer.send(Err(why));
                    return;
                }
            },
        };
        let entered = match known {
            Some((_, true)) => Ok(()),
            _ => self.enter(Input::Join { player: hello.player.clone(), watch }, None, Vec::new()),
        };
        let member = match (entered, self.state.member_of(&hello.player.user)) {
            (Ok(()), Some(member)) => (member.id, member.since_version),
            (Err(why), _) => {
                let _ = hello.answer.send(Err(why));
                return;
            }
            (Ok(()), None) => {
                let _ = hello.answer.send(Err(not_saved()));
                return;
            }
        };
        let conn = self.next_conn;
        self.next_conn += 1;
        self.rooms.note_entered(&hello.player.user, &self.state.id);
        self.lost.remove(&member.0);
        self.empty_since = None;
        self.conns
            .insert(conn, Conn { member: member.0, client: hello.client, outbox: hello.outbox, sent: None });
        let since = hello.since.filter(|since| {
            since.epoch == self.epoch && since.v >= member.1 && since.v <= self.state.version
        });
        let view = if since.is_none() { self.state.view(member.0).map(Box::new) } else { None };
        let v = self.state.version;
        self.deliver(Deliver::Welcome { conn, since, v, view });
        if hello.answer.send(Ok(conn)).is_err() {
            self.disconnected(conn);
        }
    }

    /// Whether a new member only watches, because it wants to or all seats are taken; an error when there is no place
    /// for that either.
    fn place_for_new(&self, watch: bool) -> Result<bool, Rejection> {
        let bounds = self.rooms.bounds();
        let watching = self.state.members.iter().filter(|member| member.watch).count();
        let watch = watch || self.state.members.len() - watching >= bounds.seats;
        if watch && watching >= bounds.spectators {
            return Err(Rejection::new("room_full", "This room is full. Ask the host to make another one."));
        }
        Ok(watch)
    }

    fn disconnected(&mut self, conn: ConnId) {
        let Some(gone) = self.conns.remove(&conn) else { return };
        let others = self.conns.values().any(|other| other.member == gone.member);
        if !others && self.state.member(gone.member).is_some_and(|member| member.connected) {
            self.lost.insert(gone.member, Instant::now());
        }
        if self.conns.is_empty() {
            self.empty_since = Some(Instant::now());
        }
    }

    fn resync(&mut self, conn: ConnId) {
        let Some(member) = self.conns.get(&conn).map(|known| known.member) else { return };
        let Some(view) = self.state.view(member) else { return };
        let v = self.state.version;
        self.deliver(Deliver::View { conn, v, view: Box::new(view) });
    }

    // --- commands --------------------------------------------------------------------------------------------

    fn command(&mut self, conn: ConnId, id: u32, command: RoomCommand) {
        let Some(known) = self.conns.get(&conn) else { return };
        let (member, client, outbox) = (known.member, known.client, known.outbox.clone());
        let reject = |why| outbox.push(Frame::Reply { id, result: Err(why) });
        if self.broken.is_some() {
            return reject(not_saved());
        }
        let key = CommandKey { member, client, id };
        if let Some(v) = self.state.replied(&key) {
            return self.deliver(Deliver::Reply { conn, id, v });
        }
        let result = match command {
            RoomCommand::Start => return self.start(conn, key),
            RoomCommand::Act { action } if AnyMatch::latest(&action) => {
                return self.latest(conn, id, member, action);
            }
            command => {
                let v = self.state.version + 1;
                let input = Input::Command { member, command };
                self.enter(input, Some(key), vec![Deliver::Reply { conn, id, v }])
            }
        };
        match result {
            Err(why) => reject(why),
            Ok(()) if self.state.closed.is_some() => self.remove_once_recorded(),
            Ok(()) => {}
        }
    }

    /// A latest-value action overwrites its predecessor in the journal and raises no version.
    fn latest(&mut self, conn: ConnId, id: u32, member: MemberId, action: AnyAction) {
        let Some(outbox) = self.conns.get(&conn).map(|known| known.outbox.clone()) else { return };
        let reject = |why| outbox.push(Frame::Reply { id, result: Err(why) });
        let Some(seat) = self.state.member(member).and_then(|member| member.seat) else {
            return reject(Rejection::new("no_seat", "You are watching this match."));
        };
        if !self.pin_allowed(seat.0) {
            return reject(Rejection::new(
                "too_fast",
                "Move the pin at most twice a second; the newest counts.",
            ));
        }
        let latest = LatestAction { at: self.now(), seat, action };
        if let Err(why) = self.state.latest(&latest) {
            return reject(why);
        }
        let bytes = encode(&latest);
        self.pending.insert(seat.0, latest);
        let v = self.state.version;
        let slot = u32::from(seat.0);
        let delta = RoomDelta { latest: vec![(slot, bytes.clone())], ..self.delta(Vec::new()) };
        let deliver = vec![Deliver::Reply { conn, id, v }, Deliver::Mirror(delta)];
        self.append(Vec::new(), vec![(slot, bytes)], false, None, deliver);
    }

    fn pin_allowed(&mut self, seat: u8) -> bool {
        let now = Instant::now();
        let (tokens, last) = self.pins.entry(seat).or_insert((PIN_BURST, now));
        *tokens = (*tokens + now.duration_since(*last).as_secs_f64() * PINS_PER_SECOND).min(PIN_BURST);
        *last = now;
        if *tokens < 1.0 {
            return false;
        }
        *tokens -= 1.0;
        true
    }

    fn start(&mut self, conn: ConnId, key: CommandKey) {
        let Some(outbox) = self.conns.get(&conn).map(|known| known.outbox.clone()) else { return };
        let reject = |why| outbox.push(Frame::Reply { id: key.id, result: Err(why) });
        if self.dealing {
            return reject(Rejection::new("starting", "The match is being dealt already."));
        }
        if let Err(why) = self.state.may_start(key.member) {
            return reject(why);
        }
        let Some(me) = self.me.upgrade() else { return };
        self.dealing = true;
        let settings = Box::new(self.state.settings.clone());
        let dealing = self.ports.dealer.deal(settings.game.clone(), self.state.special.clone());
        tokio::spawn(async move {
            let result = Box::new(dealing.await);
            let _ = me.send(Msg::Dealt { conn, key, settings, result }).await;
        });
    }

    fn dealt(
        &mut self,
        conn: ConnId,
        key: CommandKey,
        settings: &super::wire::RoomSettings,
        result: Result<Dealt, Rejection>,
    ) {
        self.dealing = false;
        let outcome = result.and_then(|dealt| {
            if self.broken.is_some() {
                return Err(not_saved());
            }
            if *settings != self.state.settings {
                return Err(Rejection::new(
                    "settings_changed",
                    "The settings changed meanwhile. Start again.",
                ));
            }
            let id = crate::store::ids::new_id("mat");
            let v = self.state.version + 1;
            let log = MatchLog::before(&self.state);
            self.pins.clear();
            let input = Input::Start { id, rules: dealt.rules, seed: dealt.seed, deck: dealt.deck };
            let before = self.match_log.replace(log);
            let entered = self.enter(input, Some(key), vec![Deliver::Reply { conn, id: key.id, v }]);
            if entered.is_err() {
                self.match_log = before;
            }
            entered
        });
        if let (Err(why), Some(known)) = (outcome, self.conns.get(&conn)) {
            known.outbox.push(Frame::Reply { id: key.id, result: Err(why) });
        }
    }

    // --- inputs ----------------------------------------------------------------------------------------------

    /// Applies an input and appends it to the journal; `then` (and its events) follow once it is durable.
    fn enter(&mut self, input: Input, key: Option<CommandKey>, then: Vec<Deliver>) -> Result<(), Rejection> {
        let mut entry = Entry { at: self.now(), wall: wall_ms(), key, folded: Vec::new(), input, hash: None };
        let outs = self.state.apply(&entry)?;
        entry.folded = std::mem::take(&mut self.pending).into_values().collect();
        let v = self.state.version;
        if let Some(play) =
            self.state.play.as_ref().filter(|play| v.is_multiple_of(HASH_EVERY) || play.over())
        {
            entry.hash = Some(play.game.hash());
        }
        let keep_from = matches!(entry.input, Input::Snapshot { .. }).then_some(v);
        if let Some(first) = keep_from {
            self.first_seq = first;
        }
        let bytes = encode(&entry);
        if let (Some(log), true, None) = (&mut self.match_log, self.state.play.is_some(), keep_from) {
            log.entries.push(bytes.clone());
        }
        let clock = clock(&self.state, entry.at);
        let delta = RoomDelta { clear_latest: true, keep_from, ..self.delta(vec![(v, bytes.clone())]) };
        let ends = |out: &Out| matches!(out.event, RoomEvent::Gone { .. } | RoomEvent::Closed { .. });
        let last = outs.iter().any(ends);
        let mut deliver = vec![Deliver::Mirror(delta), Deliver::Step { v, clock, outs }];
        // The reply follows its events, unless they end the connection (who leaves, closes the room).
        deliver.splice(if last { 0..0 } else { 2..2 }, then);
        self.append(vec![bytes], Vec::new(), true, keep_from, deliver);
        self.publish();
        self.finish_if_over();
        Ok(())
    }

    fn delta(&self, ordered: Vec<(u64, Bytes)>) -> RoomDelta {
        RoomDelta {
            room: self.state.id.clone(),
            code: self.state.code.clone(),
            epoch: self.epoch,
            ordered,
            ..RoomDelta::default()
        }
    }

    fn append(
        &mut self,
        ordered: Vec<Bytes>,
        latest: Vec<(u32, Bytes)>,
        clear_latest: bool,
        keep_from: Option<u64>,
        deliver: Vec<Deliver>,
    ) {
        let token = self.next_token;
        self.next_token += 1;
        let commits = self.commits.clone();
        let seq = self.state.version + 1 - ordered.len() as u64;
        self.waiting.push_back(Waiting { token, deliver });
        self.ports.journal.append(Append {
            room: self.state.id.clone(),
            epoch: self.epoch,
            seq,
            ordered,
            latest,
            clear_latest,
            keep_from,
            remove: false,
            done: Appended(Box::new(move |result| {
                let _ = commits.send((token, result));
            })),
        });
    }

    /// What is shown must be durable: behind the newest append that waits, or now when none does.
    fn deliver(&mut self, deliver: Deliver) {
        match self.waiting.back_mut() {
            Some(waiting) => waiting.deliver.push(deliver),
            None => self.send(deliver),
        }
    }

    async fn committed(&mut self, token: u64, result: Result<(), JournalError>) {
        match result {
            Ok(()) => {
                while self.waiting.front().is_some_and(|waiting| waiting.token <= token) {
                    let Some(waiting) = self.waiting.pop_front() else { break };
                    for deliver in waiting.deliver {
                        self.send(deliver);
                    }
                }
            }
            Err(why) if self.waiting.iter().any(|waiting| waiting.token == token) => {
                tracing::error!(room.id = self.state.id, %why, "a room's inputs could not be saved");
                self.fail();
                self.try_rebuild().await;
            }
            // An append behind the one that failed first: answered already.
            Err(_) => {}
        }
    }

    fn send(&mut self, deliver: Deliver) {
        match deliver {
            Deliver::Step { v, clock, outs } => self.broadcast(v, clock, outs),
            Deliver::Reply { conn, id, v } => {
                if let Some(known) = self.conns.get(&conn) {
                    known.outbox.push(Frame::Reply { id, result: Ok(v) });
                }
            }
            Deliver::Welcome { conn, since, v, view } => self.welcome(conn, since, v, view),
            Deliver::View { conn, v, view } => {
                let (epoch, clock) = (self.epoch, self.clock());
                if let Some(known) = self.conns.get_mut(&conn) {
                    known.sent = Some(v);
                    known.outbox.push(Frame::View { epoch, v, clock, view });
                }
            }
            Deliver::Mirror(delta) => self.ports.mirror.saved(delta),
            Deliver::Finish(finished) => self.record(*finished),
            Deliver::Removed => self.gone = true,
        }
    }

    fn broadcast(&mut self, v: u64, clock: Clock, outs: Vec<Out>) {
        let gone: Vec<(MemberId, Gone)> = outs
            .iter()
            .filter_map(|out| match (&out.event, out.to) {
                (RoomEvent::Gone { member, why }, To::All) => Some((*member, *why)),
                _ => None,
            })
            .collect();
        let closed = outs.iter().any(|out| matches!(out.event, RoomEvent::Closed { .. }));
        self.history.push(v, clock, outs);
        for conn in self.conns.values_mut() {
            let Some(sent) = conn.sent.as_mut() else { continue };
            if let Some(frame) = self.history.newest(conn.member) {
                conn.outbox.push(Frame::Event { prev: *sent, frame });
                *sent = v;
            }
            if closed {
                conn.outbox.push(Frame::Bye(Farewell::Closed));
            } else if let Some((_, why)) = gone.iter().find(|(member, _)| *member == conn.member) {
                let farewell = if *why == Gone::Kicked { Farewell::Kicked } else { Farewell::Left };
                conn.outbox.push(Frame::Bye(farewell));
            }
        }
        self.conns.retain(|_, conn| !gone.iter().any(|(member, _)| *member == conn.member));
        if self.conns.is_empty() && self.empty_since.is_none() {
            self.empty_since = Some(Instant::now());
        }
    }

    fn welcome(
        &mut self,
        id: ConnId,
        since: Option<Since>,
        v: u64,
        view: Option<Box<super::wire::RoomView>>,
    ) {
        let (epoch, clock) = (self.epoch, self.clock());
        let Some(conn) = self.conns.get_mut(&id) else { return };
        let missed = since
            .and_then(|since| self.history.missed(since.v, v, conn.member).map(|missed| (since.v, missed)));
        match (missed, view) {
            (Some((mut prev, frames)), _) => {
                conn.outbox.push(Frame::Welcome { epoch, v: prev, clock, view: None });
                for frame in frames {
                    let reached = frame.v;
                    conn.outbox.push(Frame::Event { prev, frame });
                    prev = reached;
                }
                conn.sent = Some(prev);
            }
            (None, Some(view)) => {
                conn.outbox.push(Frame::Welcome { epoch, v, clock, view: Some(view) });
                conn.sent = Some(v);
            }
            // What it missed is no longer kept (a snapshot took it over): welcome it with a fresh view instead.
            (None, None) => {
                let view = self.state.view(conn.member).map(Box::new);
                let v = self.state.version;
                if view.is_some() {
                    self.deliver(Deliver::Welcome { conn: id, since: None, v, view });
                }
            }
        }
    }

    // --- the end of a match, snapshots, the end of the room --------------------------------------------------

    fn finish_if_over(&mut self) {
        let Some(play) = self.state.play.as_ref().filter(|play| !play.recorded) else { return };
        let Some(outcome) = play.game.outcome() else { return };
        let Some(log) = self.match_log.clone() else { return };
        if self.recording {
            return;
        }
        self.recording = true;
        let finished = FinishedMatch {
            id: play.id.clone(),
            room: self.state.id.clone(),
            seed: play.seed,
            rules: play.rules,
            special: self.state.special.clone(),
            settings: play.settings.clone(),
            players: play.players.clone(),
            outcome,
            view: play.game.view(Viewer::Spectator),
            deck: play.game.deck(),
            log,
            started: play.started,
            finished: wall_ms(),
        };
        self.deliver(Deliver::Finish(Box::new(finished)));
    }

    /// Writes the result to the store, for as long as it takes: the journal keeps the match until then.
    fn record(&mut self, finished: FinishedMatch) {
        let recorder = self.ports.recorder.clone();
        let Some(me) = self.me.upgrade() else { return };
        let me = me.downgrade();
        tokio::spawn(async move {
            let mut wait = Duration::from_millis(100);
            loop {
                match recorder.record(finished.clone()).await {
                    Ok(()) => break,
                    Err(why) => {
                        tracing::error!(match.id = finished.id, %why, "a result could not be recorded; trying again");
                    }
                }
                tokio::time::sleep(wait).await;
                wait = (wait * 2).min(Duration::from_secs(10));
                if me.upgrade().is_none() {
                    return;
                }
            }
            if let Some(me) = me.upgrade() {
                let _ = me.send(Msg::Recorded(finished.id)).await;
            }
        });
    }

    /// Folds all inputs so far into one, so that a long-lived room stays small.
    fn snapshot(&mut self) {
        let running = self.state.play.as_ref().is_some_and(|play| !play.recorded);
        if running || !self.pending.is_empty() || self.state.closed.is_some() {
            return;
        }
        self.match_log = None;
        let state = Box::new(self.state.clone());
        // A snapshot changes nothing, so it cannot be refused.
        let _ = self.enter(Input::Snapshot { state }, None, Vec::new());
    }

    /// A closed room goes once the result of its match is in the store: until then the journal alone has it.
    fn remove_once_recorded(&mut self) {
        if self.state.play.as_ref().is_some_and(|play| play.over() && !play.recorded) {
            self.finish_if_over();
        } else {
            self.remove();
        }
    }

    fn remove(&mut self) {
        let delta = RoomDelta { remove: true, ..self.delta(Vec::new()) };
        let token = self.next_token;
        self.next_token += 1;
        let commits = self.commits.clone();
        self.waiting.push_back(Waiting { token, deliver: vec![Deliver::Mirror(delta), Deliver::Removed] });
        self.ports.journal.append(Append {
            room: self.state.id.clone(),
            epoch: self.epoch,
            seq: self.state.version + 1,
            ordered: Vec::new(),
            latest: Vec::new(),
            clear_latest: false,
            keep_from: None,
            remove: true,
            done: Appended(Box::new(move |result| {
                let _ = commits.send((token, result));
            })),
        });
    }

    // --- trouble ---------------------------------------------------------------------------------------------

    /// The journal did not save: nothing that waits has happened.
    fn fail(&mut self) {
        for waiting in std::mem::take(&mut self.waiting) {
            for deliver in waiting.deliver {
                match deliver {
                    Deliver::Reply { conn, id, .. } => {
                        if let Some(known) = self.conns.get(&conn) {
                            known.outbox.push(Frame::Reply { id, result: Err(not_saved()) });
                        }
                    }
                    Deliver::Welcome { conn, .. } => {
                        if let Some(known) = self.conns.get(&conn) {
                            known.outbox.push(Frame::Refused(not_saved()));
                        }
                    }
                    _ => {}
                }
            }
        }
        // Connections that were never welcomed start over.
        self.conns.retain(|_, conn| {
            if conn.sent.is_none() {
                conn.outbox.push(Frame::Bye(Farewell::Restart { retry_ms: 1_000 }));
            }
            conn.sent.is_some()
        });
        self.broken = Some((Instant::now(), Duration::from_millis(100)));
    }

    async fn try_rebuild(&mut self) {
        let Some((due, wait)) = self.broken else { return };
        if Instant::now() < due {
            return;
        }
        let journal = self.ports.journal.clone();
        let id = self.state.id.clone();
        let loaded = tokio::task::spawn_blocking(move || journal.load(&id)).await;
        let log = match loaded {
            Ok(Ok(Some(log))) => log,
            Ok(Ok(None)) => {
                let Some(log) = self.put_back().await else {
                    tracing::error!(
                        room.id = self.state.id,
                        "the room is neither in the journal nor in the database"
                    );
                    for conn in self.conns.values() {
                        conn.outbox.push(Frame::Bye(Farewell::Closed));
                    }
                    self.gone = true;
                    return;
                };
                log
            }
            _ => {
                self.broken = Some((Instant::now() + wait, (wait * 2).min(Duration::from_secs(5))));
                return;
            }
        };
        match rebuild(&log) {
            Ok(rebuilt) => self.restore(rebuilt),
            Err(why) => {
                tracing::error!(room.id = self.state.id, %why, "the room cannot be rebuilt");
                self.broken = Some((Instant::now() + wait, (wait * 2).min(Duration::from_secs(5))));
            }
        }
    }

    /// The journal was damaged and started anew: what the mirror noted goes back into it. Nothing that was acknowledged
    /// is missing there, so versions stay comparable and the epoch remains.
    async fn put_back(&self) -> Option<RoomLog> {
        let log = self.ports.mirror.recall(&self.state.id).await?;
        let (done, answer) = oneshot::channel();
        let done = Appended(Box::new(move |result| {
            let _ = done.send(result);
        }));
        self.ports.journal.append(append_of(&self.state.id, &log, done));
        answer.await.ok()?.ok()?;
        tracing::warn!(room.id = self.state.id, "the room was put back into the journal from the database");
        Some(log)
    }

    fn restore(&mut self, rebuilt: Rebuilt) {
        self.base = (Instant::now(), rebuilt.state.at);
        self.state = rebuilt.state;
        self.epoch = rebuilt.epoch;
        self.first_seq = rebuilt.first_seq;
        self.history = rebuilt.history;
        self.pending = rebuilt.pending;
        self.match_log = rebuilt.match_log;
        self.broken = None;
        self.recording = false;
        // What the journal kept although it reported an error, nobody has seen yet.
        let upto = self.state.version;
        let ids: Vec<ConnId> = self.conns.keys().copied().collect();
        for id in ids {
            let Some(conn) = self.conns.get_mut(&id) else { continue };
            let Some(sent) = conn.sent else { continue };
            match self.history.missed(sent, upto, conn.member) {
                Some(frames) => {
                    let mut prev = sent;
                    for frame in frames {
                        let reached = frame.v;
                        conn.outbox.push(Frame::Event { prev, frame });
                        prev = reached;
                    }
                    conn.sent = Some(prev);
                }
                None => self.resync(id),
            }
        }
        tracing::info!(room.id = self.state.id, room.version = upto, "the room was rebuilt from the journal");
        self.after_rebuild(true);
        self.publish();
    }

    // --- time ------------------------------------------------------------------------------------------------

    fn instant(&self, at: u64) -> Instant {
        self.base.0 + Duration::from_millis(at.saturating_sub(self.base.1))
    }

    fn running(&self) -> bool {
        self.state.play.as_ref().is_some_and(|play| !play.over())
    }

    /// When the host's role passes on, and to whom.
    fn host_change(&self) -> Option<(Instant, MemberId)> {
        let times = &self.ports.times;
        let host = self.state.host.and_then(|host| self.state.member(host))?;
        let away = host.away_since?;
        let to = self.state.next_host()?;
        self.state.member(to).filter(|member| member.connected)?;
        Some((self.instant(away) + times.host_grace.saturating_sub(times.presence_grace), to))
    }

    /// When the next member is removed from the lobby, and who.
    fn lobby_change(&self) -> Option<(Instant, MemberId)> {
        if self.running() {
            return None;
        }
        let away =
            self.state.members.iter().filter_map(|member| Some((member.away_since?, member.id))).min()?;
        let grace = self.ports.times.lobby_grace.saturating_sub(self.ports.times.presence_grace);
        Some((self.instant(away.0) + grace, away.1))
    }

    fn closes_at(&self) -> Option<Instant> {
        let times = &self.ports.times;
        Some(self.empty_since? + if self.running() { times.empty_match } else { times.empty_lobby })
    }

    fn next_wake(&self) -> Option<Instant> {
        if let Some((due, _)) = self.broken {
            return Some(due);
        }
        if self.state.closed.is_some() {
            return None;
        }
        let lost = self.lost.values().min().map(|at| *at + self.ports.times.presence_grace);
        let tick = self.state.play.as_ref().and_then(super::state::Play::due).map(|at| self.instant(at));
        [
            lost,
            tick,
            self.host_change().map(|change| change.0),
            self.lobby_change().map(|change| change.0),
            self.closes_at(),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    async fn wake(&mut self) {
        if self.broken.is_some() {
            return self.try_rebuild().await;
        }
        if self.state.closed.is_some() {
            return;
        }
        let now = Instant::now();
        let grace = self.ports.times.presence_grace;
        let lost: Vec<MemberId> =
            self.lost.iter().filter(|(_, at)| now >= **at + grace).map(|(member, _)| *member).collect();
        for member in lost {
            self.lost.remove(&member);
            self.note(Input::Presence { member, connected: false });
        }
        if self.state.play.as_ref().and_then(super::state::Play::due).is_some_and(|due| self.now() >= due) {
            self.note(Input::Tick);
        }
        if let Some((_, to)) = self.host_change().filter(|(at, _)| now >= *at) {
            self.note(Input::HostPasses { to });
        }
        if let Some((_, member)) = self.lobby_change().filter(|(at, _)| now >= *at) {
            self.note(Input::TimedOut { member });
        }
        if self.closes_at().is_some_and(|at| now >= at) {
            if self.running() && matches!(self.state.special, Some(Special::Daily(_))) {
                // It is played once: who is away for so long has left it, and what was played counts.
                for member in self.state.members.iter().map(|member| member.id).collect::<Vec<_>>() {
                    self.note(Input::TimedOut { member });
                }
            }
            self.note(Input::Close { why: super::wire::Closed::Empty });
            self.remove_once_recorded();
        } else {
            self.fold_if_long();
        }
    }

    /// A busy lobby may never be woken by a clock, so this is looked at after every message too.
    fn fold_if_long(&mut self) {
        if self.broken.is_none() && self.state.version - self.first_seq > SNAPSHOT_AFTER {
            self.snapshot();
        }
    }

    /// Enters an input of the room's own.
    fn note(&mut self, input: Input) {
        if let Err(why) = self.enter(input, None, Vec::new()) {
            tracing::warn!(room.id = self.state.id, %why, "an input of the room itself was refused");
        }
    }

    async fn stop(&mut self, spread_ms: u32, committed: &mut Commits) {
        let patience = Instant::now() + Duration::from_secs(5);
        while !self.waiting.is_empty() && self.broken.is_none() {
            match tokio::time::timeout_at(patience.into(), committed.recv()).await {
                Ok(Some((token, result))) => self.committed(token, result).await,
                _ => break,
            }
        }
        let count = self.conns.len().max(1) as u32;
        for (index, conn) in self.conns.values().enumerate() {
            // Spread over the room, so that not everybody knocks at once.
            let retry_ms = 250 + spread_ms * index as u32 / count;
            conn.outbox.push(Frame::Bye(Farewell::Restart { retry_ms }));
        }
    }

    fn publish(&mut self) {
        let card = Card::of(&self.state);
        *self.card.lock().unwrap_or_else(PoisonError::into_inner) = card;
    }
}

/// The journal's answers to one room.
pub(super) type Commits = mpsc::UnboundedReceiver<(u64, Result<(), JournalError>)>;

fn not_saved() -> Rejection {
    Rejection::new(
        "not_saved",
        "The server cannot save just now, so nothing happened. Try again in a moment.",
    )
}

async fn sleep_until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => std::future::pending().await,
    }
}
