//! The room actor: one task with one bounded mailbox owns a room, so nothing in it is locked.
//!
//! An accepted input is applied at once and appended to the journal; what follows from it (events, replies, views) waits in
//! `waiting` until the journal says that it is durable. When the journal cannot save, what waited is answered
//! `not_saved` and the room is rebuilt from what is durable before it serves again.

mod commands;
mod connections;
mod ending;
mod inputs;
mod time;
mod trouble;

use super::entry::{CommandKey, Entry, Input, LatestAction, Player, Special, encode};
use super::history::History;
use super::outbox::{Farewell, Frame, Outbox};
use super::ports::{Dealt, FinishedMatch, Ports, RoomDelta};
use super::rebuild::{Rebuilt, clock};
use super::record::MatchLog;
use super::registry::{Card, Rooms};
use super::state::{Out, RoomState};
use super::wire::{Clock, MemberId, RoomCommand, Since};
use crate::games::Rejection;
use crate::live::{Append, Appended, JournalError};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::sync::{mpsc, oneshot};

/// Messages that wait for a room at most; senders wait beyond that.
pub(super) const MAILBOX: usize = 256;
/// A hash of the game's state stands in the journal every so many inputs.
const HASH_EVERY: u64 = 16;
/// A room without a match is folded into a snapshot after so many entries; twice as many stand in the journal.
const SNAPSHOT_AFTER: u64 = 256;
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
    /// Number of the newest snapshot; of the first entry before there is one.
    folded_at: u64,
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
            folded_at: 1,
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
            folded_at: rebuilt.folded_at,
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
