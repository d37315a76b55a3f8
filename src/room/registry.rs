//! All open rooms of this process: made, found by code or id, rebuilt at start, listed.

use super::actor::{Actor, Begin, Hello, MAILBOX, Msg};
use super::entry::{Player, Special};
use super::ports::{Ports, RoomDelta};
use super::rebuild::{RebuildError, rebuild};
use super::state::{MAX_SEATS, RoomState};
use super::wire::RoomSettings;
use crate::games::Rejection;
use crate::live::JournalError;
use serde::Serialize;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot};

/// Players whose last room is remembered.
const REMEMBERED: u64 = 20_000;
/// Letters and digits that nobody mistakes for one another, without vowels so that no word comes out.
const CODE_LETTERS: &[u8] = b"BCDFGHJKMNPQRTVWXYZ2346789";
/// Length of a room's code.
pub const CODE_LENGTH: usize = 6;
/// Consonant runs that read as a bad word all the same.
const BAD_RUNS: [&str; 8] = ["FCK", "FKN", "CNT", "DCK", "NGR", "KKK", "WTF", "SHT"];

/// What the room list shows of a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Card {
    /// Code to join.
    pub code: String,
    /// The host's name.
    pub host: String,
    /// Members.
    pub members: usize,
    /// Of them connected.
    pub connected: usize,
    /// Seats that are free.
    pub seats_left: usize,
    /// The game.
    pub game: &'static str,
    /// Settings.
    pub settings: RoomSettings,
    /// A match is running.
    pub playing: bool,
    /// Its round.
    pub round: Option<u32>,
    /// Of so many.
    pub rounds: Option<u32>,
    /// A daily or challenge.
    #[serde(skip)]
    pub special: bool,
    /// Closed: no longer to be found.
    #[serde(skip)]
    pub closed: bool,
}

impl Card {
    pub(super) fn of(state: &RoomState) -> Self {
        let host = state.host.and_then(|id| state.member(id)).map(|member| member.player.name.clone());
        let play = state.play.as_ref().filter(|play| !play.over());
        let progress = play.and_then(|play| play.game.progress());
        let taken = match play {
            Some(play) => play.players.len(),
            None => state.members.iter().filter(|member| !member.watch).count(),
        };
        Self {
            code: state.code.clone(),
            host: host.unwrap_or_default(),
            members: state.members.len(),
            connected: state.members.iter().filter(|member| member.connected).count(),
            seats_left: MAX_SEATS.saturating_sub(taken),
            game: state.settings.game.game(),
            settings: state.settings.clone(),
            playing: play.is_some(),
            round: progress.map(|progress| progress.0),
            rounds: progress.map(|progress| progress.1),
            special: state.special.is_some(),
            closed: state.closed.is_some(),
        }
    }
}

/// A way to an open room.
#[derive(Clone)]
pub struct RoomHandle {
    /// Its id.
    pub id: String,
    /// Its code.
    pub code: String,
    mailbox: mpsc::Sender<Msg>,
    card: Arc<Mutex<Card>>,
}

impl std::fmt::Debug for RoomHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RoomHandle").field("id", &self.id).finish_non_exhaustive()
    }
}

impl RoomHandle {
    /// What the list shows.
    pub fn card(&self) -> Card {
        self.card.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Sends a message; `false` when the room is gone. Waits while its mailbox is full.
    pub async fn tell(&self, message: Msg) -> bool {
        self.mailbox.send(message).await.is_ok()
    }

    /// Asks the room something about its state; `None` when it is gone.
    pub async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&RoomState) -> T + Send + 'static,
    ) -> Option<T> {
        let (answer, answered) = oneshot::channel();
        let ask = Msg::Ask(Box::new(move |state| {
            let _ = answer.send(question(state));
        }));
        self.mailbox.send(ask).await.ok()?;
        answered.await.ok()
    }

    /// Enters the room with a connection.
    pub async fn enter(&self, mut hello: Hello) -> Result<u64, Rejection> {
        let (answer, answered) = oneshot::channel();
        hello.answer = answer;
        if !self.tell(Msg::Hello(Box::new(hello))).await {
            return Err(gone());
        }
        answered.await.unwrap_or_else(|_| Err(gone()))
    }
}

fn gone() -> Rejection {
    Rejection::new("no_such_room", "There is no open room with this code. Check it, or make a new room.")
}

#[derive(Default)]
struct Open {
    by_id: HashMap<String, RoomHandle>,
    by_code: HashMap<String, String>,
}

/// How much there may be.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Open rooms.
    pub rooms: usize,
    /// Seats of a room, at most [`MAX_SEATS`].
    pub seats: usize,
    /// Members of a room who only watch.
    pub spectators: usize,
}

/// All open rooms.
pub struct Rooms {
    ports: RwLock<Option<Ports>>,
    open: Mutex<Open>,
    bounds: Bounds,
    /// The room that a player entered last, so that a seat that moves to another device leads there.
    entered: moka::sync::Cache<String, String>,
    runtime: tokio::runtime::Handle,
}

impl std::fmt::Debug for Rooms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rooms").field("open", &self.count()).finish_non_exhaustive()
    }
}

/// What a new room is made of.
#[derive(Debug, Clone)]
pub struct NewRoom {
    /// Settings, valid.
    pub settings: RoomSettings,
    /// Whether its rounds are fixed.
    pub special: Option<Special>,
    /// Who makes it.
    pub owner: Player,
}

impl Rooms {
    /// No rooms yet. Must be called within a tokio runtime.
    pub fn new(ports: Ports, bounds: Bounds) -> Arc<Self> {
        Arc::new(Self {
            ports: RwLock::new(Some(ports)),
            open: Mutex::default(),
            bounds,
            entered: moka::sync::Cache::new(REMEMBERED),
            runtime: tokio::runtime::Handle::current(),
        })
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ports(&self) -> Option<Ports> {
        self.ports.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How much there may be.
    pub(super) fn bounds(&self) -> Bounds {
        self.bounds
    }

    /// Open rooms.
    pub fn count(&self) -> usize {
        self.open().by_id.len()
    }

    /// The room with this code (any case) or id.
    pub fn find(&self, code_or_id: &str) -> Result<RoomHandle, Rejection> {
        let open = self.open();
        let id = open.by_code.get(&code_or_id.to_ascii_uppercase()).map_or(code_or_id, String::as_str);
        open.by_id.get(id).filter(|room| !room.card().closed).cloned().ok_or_else(gone)
    }

    /// Notes that a player entered a room.
    pub(super) fn note_entered(&self, user: &str, id: &str) {
        self.entered.insert(user.to_owned(), id.to_owned());
    }

    /// Code of the open room that this player entered last and still is in.
    pub async fn room_of(&self, user: &str) -> Option<String> {
        let room = self.find(&self.entered.get(user)?).ok()?;
        let of = user.to_owned();
        room.ask(move |state| state.member_of(&of).is_some()).await.filter(|is_in| *is_in)?;
        Some(room.code)
    }

    /// Public rooms with somebody in, fullest first, at most `limit`.
    pub fn public(&self, limit: usize) -> Vec<Card> {
        let handles: Vec<RoomHandle> = self.open().by_id.values().cloned().collect();
        let mut cards: Vec<Card> = handles
            .iter()
            .map(RoomHandle::card)
            .filter(|card| card.settings.public && !card.special && !card.closed && card.connected > 0)
            .collect();
        cards.sort_by(|a, b| (a.playing, b.connected, &a.code).cmp(&(b.playing, a.connected, &b.code)));
        cards.truncate(limit);
        cards
    }

    /// Makes a room. It is durable when this returns.
    pub async fn create(self: &Arc<Self>, new: NewRoom) -> Result<RoomHandle, Rejection> {
        let Some(ports) = self.ports() else { return Err(stopping()) };
        let id = crate::store::ids::new_id("rom");
        let (handle, mailbox, code) = {
            let mut open = self.open();
            if open.by_id.len() >= self.bounds.rooms {
                return Err(Rejection::new(
                    "too_many_rooms",
                    "This server has all the rooms it can hold. Join one, or try again later.",
                ));
            }
            let code = std::iter::repeat_with(new_code)
                .find(|code| !open.by_code.contains_key(code))
                .unwrap_or_else(|| unreachable!("codes do not run out"));
            let (sender, mailbox) = mpsc::channel(MAILBOX);
            let card = Arc::new(Mutex::new(Card {
                code: code.clone(),
                host: new.owner.name.clone(),
                members: 0,
                connected: 0,
                seats_left: MAX_SEATS,
                game: new.settings.game.game(),
                settings: new.settings.clone(),
                playing: false,
                round: None,
                rounds: None,
                special: new.special.is_some(),
                closed: false,
            }));
            let handle = RoomHandle { id: id.clone(), code: code.clone(), mailbox: sender, card };
            open.by_code.insert(code.clone(), id.clone());
            open.by_id.insert(id.clone(), handle.clone());
            (handle, mailbox, code)
        };
        let begin = Begin {
            id: id.clone(),
            code: code.clone(),
            epoch: random_epoch(),
            settings: new.settings,
            special: new.special,
            owner: new.owner.user,
        };
        let (mut actor, entry, commits) = Actor::begin(&begin, ports, self.clone(), handle.card.clone());
        let (done, saved) = oneshot::channel();
        actor.append_first(&entry, done);
        match saved.await {
            Ok(Ok(())) => {
                let me = handle.mailbox.downgrade();
                self.runtime.spawn(actor.run(mailbox, commits, me));
                Ok(handle)
            }
            other => {
                self.forget(&id, &code);
                tracing::error!(room.id = id, result = ?other, "a new room could not be saved");
                Err(Rejection::new("not_saved", "The server cannot save just now. Try again in a moment."))
            }
        }
    }

    /// Rebuilds every room that is in the journal; gives how many. Blocks on the disk.
    pub fn rebuild_all(self: &Arc<Self>) -> Result<usize, JournalError> {
        let Some(ports) = self.ports() else { return Ok(0) };
        let ids = ports.journal.rooms()?;
        // Rooms know nothing of one another, and everybody waits until the last is there.
        let lanes = std::thread::available_parallelism().map_or(1, usize::from).min(8);
        std::thread::scope(|scope| {
            let rebuild = |lane| {
                let (ids, ports) = (&ids, &ports);
                scope.spawn(move || self.rebuild_some(ids.iter().skip(lane).step_by(lanes), ports))
            };
            let lanes: Vec<_> = (0..lanes).map(rebuild).collect();
            let join = |lane: std::thread::ScopedJoinHandle<'_, _>| {
                lane.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            };
            lanes.into_iter().map(join).sum()
        })
    }

    fn rebuild_some<'a>(
        self: &Arc<Self>,
        ids: impl Iterator<Item = &'a String>,
        ports: &Ports,
    ) -> Result<usize, JournalError> {
        let mut count = 0;
        for id in ids {
            let Some(log) = ports.journal.load(id)? else { continue };
            match self.open_log(ports, &log) {
                Ok(delta) => {
                    // What the mirror may have missed before the end; it takes the newest as the truth.
                    ports.mirror.saved(delta);
                    count += 1;
                }
                Err(why) => tracing::error!(room.id = id, %why, "a room cannot be rebuilt and stays closed"),
            }
        }
        Ok(count)
    }

    fn open_log(
        self: &Arc<Self>,
        ports: &Ports,
        log: &crate::live::RoomLog,
    ) -> Result<RoomDelta, RebuildError> {
        let rebuilt = rebuild(log)?;
        let (id, code) = (rebuilt.state.id.clone(), rebuilt.state.code.clone());
        let delta = RoomDelta {
            room: id.clone(),
            code: code.clone(),
            epoch: log.epoch,
            ordered: (log.first_seq..).zip(log.ordered.iter().cloned()).collect(),
            latest: log.latest.iter().map(|latest| (latest.slot, latest.data.clone())).collect(),
            clear_latest: true,
            keep_from: Some(log.first_seq),
            remove: false,
        };
        let card = Arc::new(Mutex::new(Card::of(&rebuilt.state)));
        let (sender, mailbox) = mpsc::channel(MAILBOX);
        let handle = RoomHandle { id: id.clone(), code: code.clone(), mailbox: sender, card: card.clone() };
        let (actor, commits) = Actor::from_rebuilt(rebuilt, ports.clone(), self.clone(), card);
        let me = handle.mailbox.downgrade();
        {
            let mut open = self.open();
            open.by_code.insert(code, id.clone());
            open.by_id.insert(id, handle);
        }
        self.runtime.spawn(actor.run(mailbox, commits, me));
        Ok(delta)
    }

    /// Forgets a room that closed.
    pub(super) fn forget(&self, id: &str, code: &str) {
        let mut open = self.open();
        open.by_id.remove(id);
        open.by_code.remove(code);
    }

    /// Takes no new rooms, lets every room finish what it is saving, and says goodbye to all clients.
    pub async fn stop(&self, spread_ms: u32) {
        self.ports.write().unwrap_or_else(PoisonError::into_inner).take();
        let handles: Vec<RoomHandle> = self.open().by_id.values().cloned().collect();
        for handle in &handles {
            handle.tell(Msg::Stop { spread_ms }).await;
        }
        let patience = Instant::now() + Duration::from_secs(6);
        for handle in &handles {
            let left = patience.saturating_duration_since(Instant::now());
            let _ = tokio::time::timeout(left, handle.mailbox.closed()).await;
        }
    }
}

fn stopping() -> Rejection {
    Rejection::new("stopping", "The server is restarting. Try again in a few seconds.")
}

fn random_epoch() -> u32 {
    getrandom::u32().unwrap_or(1).max(1)
}

fn new_code() -> String {
    loop {
        let mut bytes = [0_u8; CODE_LENGTH];
        if getrandom::fill(&mut bytes).is_err() {
            continue;
        }
        // 256 is not a multiple of 26: a bias of a tenth does no harm to a code that must only be hard to guess.
        let code: String = bytes
            .iter()
            .map(|byte| char::from(CODE_LETTERS[usize::from(*byte) % CODE_LETTERS.len()]))
            .collect();
        if !BAD_RUNS.iter().any(|run| code.contains(run)) {
            return code;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_six_letters_that_nobody_mistakes() {
        for _ in 0..2_000 {
            let code = new_code();
            assert_eq!(code.len(), CODE_LENGTH);
            assert!(!code.contains(['0', 'O', '1', 'I', 'L', '5', 'S', 'A', 'E', 'U']), "{code}");
            assert!(!BAD_RUNS.iter().any(|run| code.contains(run)), "{code}");
        }
    }
}
