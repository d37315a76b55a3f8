//! The room as a pure state machine: an [`Entry`] goes in, events come out, the same on every machine.
//!
//! No clock, no configuration, no randomness: what depends on those was decided by the actor and stands in the input.

use super::entry::{CommandKey, Entry, Input, LatestAction, Player, Special};
use super::wire::{
    Aborted, ChatLine, Closed, EMOTES, Gone, Late, MatchView, MemberId, MemberView, RoomCommand, RoomEvent,
    RoomSettings, RoomView,
};
use crate::games::any::{AnyAction, AnyDeck, AnyEvent, AnyMatch};
use crate::games::{Audience, By, MatchTime, Presence, Rejection, Seat, SeatId, Sent, Viewer};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, VecDeque};

/// Seats in a match at most.
pub const MAX_SEATS: usize = 50;
/// Members in a room at most, spectators included.
pub const MAX_MEMBERS: usize = 120;
/// Chat lines that a room keeps.
pub const MAX_CHAT: usize = 50;
/// Characters of a chat line.
pub const MAX_CHAT_CHARS: usize = 300;
/// Chat lines during one match; they stand in the journal until its end.
pub const MAX_CHAT_PER_MATCH: u32 = 5_000;
/// Players that a room remembers as removed.
pub(super) const MAX_BANNED: usize = 200;
/// Replies kept for repeated commands.
pub(super) const MAX_REPLIES: usize = 512;

/// Who may see an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum To {
    /// All members.
    All,
    /// One member.
    Member(MemberId),
}

/// An event on its way out.
#[derive(Debug, Clone, PartialEq)]
pub struct Out {
    /// Who may see it.
    pub to: To,
    /// What.
    pub event: RoomEvent,
}

/// A member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Number in the room.
    pub id: MemberId,
    /// Who it is; `name` is unique in the room.
    pub player: Player,
    /// Seat in the match.
    pub seat: Option<SeatId>,
    /// Only watches.
    pub watch: bool,
    /// Connected, or lost less than the grace ago.
    pub connected: bool,
    /// Room time since when it is not connected.
    pub away_since: Option<u64>,
    /// Version at which it joined: older events are not its.
    pub since_version: u64,
}

impl Member {
    fn view(&self) -> MemberView {
        MemberView {
            id: self.id,
            user: self.player.user.clone(),
            name: self.player.name.clone(),
            account: self.player.account,
            seat: self.seat,
            watch: self.watch,
            connected: self.connected,
        }
    }
}

/// The match of a room, running or over and still shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Play {
    /// Its id.
    pub id: String,
    /// Its seed. Leaves the server only after the end.
    pub seed: u64,
    /// Rules version.
    pub rules: u32,
    /// Unix milliseconds of the start.
    pub started: i64,
    /// Room time at match time 0 (moves with every pause).
    offset: u64,
    /// Match time at which it stands still.
    paused: Option<MatchTime>,
    /// Who took which seat, by seat number.
    pub players: Vec<Player>,
    /// The game.
    pub game: AnyMatch,
    /// Settings it was dealt with.
    pub settings: RoomSettings,
    /// The result is in the store.
    pub recorded: bool,
    /// Chat lines since the start.
    chat: u32,
}

impl Play {
    /// Match time at this room time.
    pub fn time(&self, at: u64) -> MatchTime {
        self.paused.unwrap_or_else(|| MatchTime(at.saturating_sub(self.offset)))
    }

    /// Room time of the game's next deadline, none while paused.
    pub fn due(&self) -> Option<u64> {
        if self.paused.is_some() {
            return None;
        }
        self.game.deadline().map(|deadline| deadline.0.saturating_add(self.offset))
    }

    /// Whether match time stands still.
    pub fn paused(&self) -> bool {
        self.paused.is_some()
    }

    /// Whether it is over.
    pub fn over(&self) -> bool {
        self.game.outcome().is_some()
    }
}

/// All of a room. Everything in it follows from its entries.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RoomState {
    /// Its id.
    pub id: String,
    /// Code to join.
    pub code: String,
    /// Settings.
    pub settings: RoomSettings,
    /// Whether its rounds are fixed.
    pub special: Option<Special>,
    /// The player who made it.
    pub owner: String,
    /// Members in the order in which they came.
    pub members: Vec<Member>,
    next_member: u32,
    /// The host; none while nobody is in.
    pub host: Option<MemberId>,
    banned: Vec<String>,
    chat: VecDeque<ChatLine>,
    /// The match, if any.
    pub play: Option<Play>,
    /// Set when it closed.
    pub closed: Option<Closed>,
    /// Version after the newest entry.
    pub version: u64,
    /// Room time of the newest entry.
    pub at: u64,
    replies: VecDeque<(CommandKey, u64)>,
    /// Set when its match cannot be replayed; the actor then enters [`Input::Unreplayable`].
    #[serde(default)]
    pub broken: bool,
}

type Applied = Result<Vec<Out>, Rejection>;

impl RoomState {
    /// The state after the first entry of a log: `Created` or `Snapshot`.
    pub fn begin(entry: &Entry, version: u64) -> Option<Self> {
        match &entry.input {
            Input::Created { id, code, settings, special, owner } => Some(Self {
                id: id.clone(),
                code: code.clone(),
                settings: settings.clone(),
                special: special.clone(),
                owner: owner.clone(),
                members: Vec::new(),
                next_member: 1,
                host: None,
                banned: Vec::new(),
                chat: VecDeque::new(),
                play: None,
                closed: None,
                version,
                at: entry.at,
                replies: VecDeque::new(),
                broken: false,
            }),
            Input::Snapshot { state } => Some(Self { version, ..(**state).clone() }),
            _ => None,
        }
    }

    /// Applies one entry of a log, the latest-value actions that it took over first.
    pub fn replay(&mut self, entry: &Entry) -> Applied {
        self.fold(&entry.folded);
        self.apply(entry)
    }

    /// Applies one new entry; its `folded` actions were applied when they came. On `Err` nothing has changed (and the
    /// entry is not for the journal).
    pub fn apply(&mut self, entry: &Entry) -> Applied {
        let outs = self.input(entry)?;
        self.version += 1;
        self.at = self.at.max(entry.at);
        if let Some(key) = entry.key {
            self.replies.push_back((key, self.version));
            if self.replies.len() > MAX_REPLIES {
                self.replies.pop_front();
            }
        }
        Ok(outs)
    }

    /// Applies latest-value actions that are already part of history.
    pub fn fold(&mut self, actions: &[LatestAction]) {
        for latest in actions {
            // Refusals were decided when they came; a superseded round's pin that no longer fits changes nothing.
            let _ = self.latest(latest);
        }
    }

    /// Applies one latest-value action.
    pub fn latest(&mut self, latest: &LatestAction) -> Result<(), Rejection> {
        let play = self.play.as_mut().filter(|play| !play.over()).ok_or_else(no_match)?;
        if play.paused() {
            return Err(paused());
        }
        let now = play.time(latest.at);
        play.game.act(By { seat: Some(latest.seat), host: false }, latest.action.clone(), now)?;
        self.at = self.at.max(latest.at);
        Ok(())
    }

    /// This room without match, chat and replies: what a match's log begins with.
    pub(super) fn before_match(&self) -> Self {
        Self { play: None, chat: VecDeque::new(), replies: VecDeque::new(), ..self.clone() }
    }

    /// The version that a command was applied at, if it was.
    pub fn replied(&self, key: &CommandKey) -> Option<u64> {
        self.replies.iter().rev().find(|(known, _)| known == key).map(|(_, version)| *version)
    }

    fn input(&mut self, entry: &Entry) -> Applied {
        match &entry.input {
            Input::Created { .. } | Input::Snapshot { .. } => Ok(Vec::new()),
            Input::Join { player, watch } => self.join(player, *watch, entry.at),
            Input::Command { member, command } => self.command(*member, command, entry),
            Input::Start { id, rules, seed, deck } => {
                let play = self.deal(id, *rules, *seed, deck.clone(), entry)?;
                Ok(self.started(play))
            }
            Input::Presence { member, connected } => Ok(self.presence(*member, *connected, entry.at)),
            Input::Tick => Ok(self.game(entry.at, AnyMatch::tick)),
            Input::HostPasses { to } => Ok(self.host_passes(*to, entry.at)),
            Input::TimedOut { member } => Ok(self.remove(*member, Gone::TimedOut, entry.at)),
            Input::Rebuilt { grace_ms } => {
                Ok(self.game(entry.at, |game, now| game.extend(now.plus(*grace_ms))))
            }
            Input::Recorded { id } => Ok(self.recorded(id)),
            Input::Unreplayable => Ok(self.abort(Aborted::Unreplayable)),
            Input::Close { why } => Ok(self.close(*why)),
        }
    }

    // --- members ---------------------------------------------------------------------------------------------

    /// The member that is this player.
    pub fn member_of(&self, user: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.player.user == user)
    }

    /// The member with this number.
    pub fn member(&self, id: MemberId) -> Option<&Member> {
        self.members.iter().find(|member| member.id == id)
    }

    fn member_mut(&mut self, id: MemberId) -> Option<&mut Member> {
        self.members.iter_mut().find(|member| member.id == id)
    }

    fn member_event(&self, id: MemberId) -> Vec<Out> {
        self.member(id).map(|member| all(RoomEvent::Member { member: member.view() })).into_iter().collect()
    }

    fn join(&mut self, player: &Player, watch: bool, at: u64) -> Applied {
        if self.closed.is_some() {
            return Err(Rejection::new(
                "room_closed",
                "This room is closed. Make a new one from the start page.",
            ));
        }
        if self.banned.contains(&player.user) {
            return Err(Rejection::new("kicked", "The host removed you from this room."));
        }
        if let Some(id) = self.member_of(&player.user).map(|member| member.id) {
            return Ok(self.presence(id, true, at));
        }
        if matches!(self.special, Some(Special::Daily(_))) && player.user != self.owner {
            return Err(Rejection::new(
                "daily_solo",
                "The daily is played alone. Open the daily page to play yours.",
            ));
        }
        if self.members.len() >= MAX_MEMBERS {
            return Err(Rejection::new("room_full", format!("This room has its {MAX_MEMBERS} members.")));
        }
        let id = MemberId(self.next_member);
        self.next_member += 1;
        let watch = watch || (self.play.is_none() && self.seats_wanted() >= MAX_SEATS);
        let name = self.free_name(&player.name, None);
        self.members.push(Member {
            id,
            player: Player { name, ..player.clone() },
            seat: None,
            watch,
            connected: true,
            away_since: None,
            since_version: self.version + 1,
        });
        let mut outs = Vec::new();
        if !watch {
            outs.extend(self.late_seat(id, at));
        }
        outs.splice(0..0, self.member_event(id));
        if self.host.is_none() {
            outs.extend(self.host_passes(id, at));
        }
        Ok(outs)
    }

    /// A seat in the running match for somebody who came late, when the settings allow it.
    fn late_seat(&mut self, id: MemberId, at: u64) -> Vec<Out> {
        if self.settings.late != Late::NextRound {
            return Vec::new();
        }
        let Some(member) = self.members.iter_mut().find(|member| member.id == id) else { return Vec::new() };
        let Some(play) = self.play.as_mut().filter(|play| !play.over() && play.players.len() < MAX_SEATS)
        else {
            return Vec::new();
        };
        // Who has left a match does not get a second seat in it.
        if play.players.iter().any(|player| player.user == member.player.user) {
            return Vec::new();
        }
        let seat = SeatId(play.players.len() as u8);
        play.players.push(member.player.clone());
        member.seat = Some(seat);
        self.game(at, |game, now| game.seat(seat, Presence::Late, now))
    }

    fn seats_wanted(&self) -> usize {
        self.members.iter().filter(|member| !member.watch).count()
    }

    /// `name`, with a number if another member has it.
    fn free_name(&self, name: &str, except: Option<MemberId>) -> String {
        let taken: BTreeSet<String> = self
            .members
            .iter()
            .filter(|member| Some(member.id) != except)
            .map(|member| member.player.name.to_lowercase())
            .collect();
        if !taken.contains(&name.to_lowercase()) {
            return name.to_owned();
        }
        // One of these is free: there is one more than members.
        (2..=self.members.len() + 2)
            .map(|number| format!("{name} {number}"))
            .find(|candidate| !taken.contains(&candidate.to_lowercase()))
            .unwrap_or_else(|| name.to_owned())
    }

    fn presence(&mut self, id: MemberId, connected: bool, at: u64) -> Vec<Out> {
        let Some(member) = self.member_mut(id) else { return Vec::new() };
        if member.connected == connected {
            return Vec::new();
        }
        member.connected = connected;
        member.away_since = (!connected).then_some(at);
        let seat = member.seat;
        let mut outs = self.member_event(id);
        if let Some(seat) = seat {
            let presence = if connected { Presence::Connected } else { Presence::Disconnected };
            outs.extend(self.game(at, |game, now| game.seat(seat, presence, now)));
        }
        if connected && self.host.is_none() {
            outs.extend(self.host_passes(id, at));
        }
        outs
    }

    fn host_passes(&mut self, to: MemberId, at: u64) -> Vec<Out> {
        let Some(seat) = self.member(to).map(|member| member.seat) else { return Vec::new() };
        if self.host == Some(to) {
            return Vec::new();
        }
        self.host = Some(to);
        let mut outs = vec![all(RoomEvent::Host { member: to })];
        outs.extend(self.game(at, |game, now| match seat {
            Some(seat) => game.seat(seat, Presence::Host, now),
            None => game.seat(SeatId(u8::MAX), Presence::NoHost, now),
        }));
        outs
    }

    fn remove(&mut self, id: MemberId, why: Gone, at: u64) -> Vec<Out> {
        let Some(index) = self.members.iter().position(|member| member.id == id) else { return Vec::new() };
        let member = self.members.remove(index);
        let mut outs = vec![all(RoomEvent::Gone { member: id, why })];
        if let Some(seat) = member.seat {
            outs.extend(self.game(at, |game, now| game.seat(seat, Presence::Left, now)));
        }
        if self.host == Some(id) {
            self.host = None;
            if let Some(next) = self.next_host() {
                outs.extend(self.host_passes(next, at));
            }
        }
        outs
    }

    /// Who becomes host: connected before not, players before spectators, then who came first.
    pub fn next_host(&self) -> Option<MemberId> {
        self.members
            .iter()
            .filter(|member| Some(member.id) != self.host)
            .min_by_key(|member| (!member.connected, member.watch, member.id))
            .map(|member| member.id)
    }

    // --- commands --------------------------------------------------------------------------------------------

    fn command(&mut self, id: MemberId, command: &RoomCommand, entry: &Entry) -> Applied {
        let at = entry.at;
        let member =
            self.member(id).ok_or_else(|| Rejection::new("not_a_member", "You are not in this room."))?;
        let (seat, name) = (member.seat, member.player.name.clone());
        match command {
            RoomCommand::Leave => Ok(self.remove(id, Gone::Left, at)),
            RoomCommand::Rename { name } => {
                let name = self.free_name(&clean_name(name)?, Some(id));
                if let Some(member) = self.member_mut(id) {
                    member.player.name = name;
                }
                Ok(self.member_event(id))
            }
            RoomCommand::Watch { watch } => self.watch(id, *watch, at),
            RoomCommand::Chat { text } => {
                let text = clean_text(text, MAX_CHAT_CHARS)?;
                self.say(ChatLine { member: id, name, text, emote: false, at: entry.wall })
            }
            RoomCommand::Emote { emote } => {
                if !EMOTES.contains(&emote.as_str()) {
                    return Err(Rejection::new("bad_emote", format!("Choose one of {}.", EMOTES.join(" "))));
                }
                self.say(ChatLine { member: id, name, text: emote.clone(), emote: true, at: entry.wall })
            }
            RoomCommand::Act { action } => self.act(id, seat, action, at),
            RoomCommand::Start => Err(Rejection::new("internal", "A start is dealt before it is entered.")),
            RoomCommand::Settings { .. }
            | RoomCommand::Pause
            | RoomCommand::Resume
            | RoomCommand::Abort
            | RoomCommand::Again
            | RoomCommand::Kick { .. }
            | RoomCommand::HandOver { .. }
            | RoomCommand::Close => {
                self.host_only(id)?;
                self.host_command(id, command, at)
            }
        }
    }

    fn host_command(&mut self, id: MemberId, command: &RoomCommand, at: u64) -> Applied {
        match command {
            RoomCommand::Settings { settings } => {
                self.lobby_only()?;
                if self.special.is_some() && settings.game != self.settings.game {
                    return Err(Rejection::new(
                        "settings_fixed",
                        "The rounds of a daily or challenge are fixed.",
                    ));
                }
                settings.game.validate()?;
                self.settings = settings.clone();
                Ok(vec![all(RoomEvent::Settings { settings: settings.clone() })])
            }
            RoomCommand::Pause => {
                if matches!(self.special, Some(Special::Daily(_))) {
                    return Err(Rejection::new(
                        "daily_clock",
                        "The daily's clock does not stop: it is the same for everybody.",
                    ));
                }
                let play = self.running()?;
                if play.paused() {
                    return Err(Rejection::new("already_paused", "The match is paused already."));
                }
                play.paused = Some(play.time(at));
                Ok(vec![all(RoomEvent::Paused)])
            }
            RoomCommand::Resume => {
                let play = self.running()?;
                let Some(stood) = play.paused.take() else {
                    return Err(Rejection::new("not_paused", "The match is running."));
                };
                play.offset = at.saturating_sub(stood.0);
                Ok(vec![all(RoomEvent::Resumed)])
            }
            RoomCommand::Abort => {
                self.running()?;
                if matches!(self.special, Some(Special::Daily(_))) {
                    return Err(Rejection::new("daily_once", "A daily is played once, to its end."));
                }
                Ok(self.abort(Aborted::Host))
            }
            RoomCommand::Again => {
                self.lobby_or_over()?;
                if matches!(self.special, Some(Special::Daily(_))) {
                    return Err(Rejection::new(
                        "daily_once",
                        "You have played this daily. A new one comes tomorrow.",
                    ));
                }
                Ok(self.back_to_lobby())
            }
            RoomCommand::Kick { member } => {
                if *member == id {
                    return Err(Rejection::new("kick_self", "To go yourself, leave the room."));
                }
                let target = self.member(*member).ok_or_else(no_member)?;
                let user = target.player.user.clone();
                self.banned.push(user);
                if self.banned.len() > MAX_BANNED {
                    self.banned.remove(0);
                }
                Ok(self.remove(*member, Gone::Kicked, at))
            }
            RoomCommand::HandOver { member } => {
                self.member(*member).ok_or_else(no_member)?;
                Ok(self.host_passes(*member, at))
            }
            RoomCommand::Close => {
                // Else its answers could be seen and its rounds begun anew.
                if matches!(self.special, Some(Special::Daily(_))) && self.running().is_ok() {
                    return Err(Rejection::new("daily_once", "A daily is played once, to its end."));
                }
                Ok(self.close(Closed::Host))
            }
            _ => Err(Rejection::new("internal", "Not a host's command.")),
        }
    }

    fn host_only(&self, id: MemberId) -> Result<(), Rejection> {
        if self.host == Some(id) {
            return Ok(());
        }
        Err(Rejection::new("not_host", "Only the host can do that."))
    }

    fn lobby_only(&self) -> Result<(), Rejection> {
        match &self.play {
            None => Ok(()),
            Some(play) if play.over() => {
                Err(Rejection::new("not_in_lobby", "Go back to the lobby (play again) first."))
            }
            Some(_) => Err(Rejection::new("match_running", "Wait until the match is over.")),
        }
    }

    fn lobby_or_over(&self) -> Result<(), Rejection> {
        match &self.play {
            Some(play) if !play.over() => {
                Err(Rejection::new("match_running", "Wait until the match is over."))
            }
            Some(play) if !play.recorded => {
                Err(Rejection::new("recording", "The result is being saved. Try again in a moment."))
            }
            _ => Ok(()),
        }
    }

    fn running(&mut self) -> Result<&mut Play, Rejection> {
        self.play.as_mut().filter(|play| !play.over()).ok_or_else(no_match)
    }

    fn watch(&mut self, id: MemberId, watch: bool, at: u64) -> Applied {
        let seats = self.seats_wanted();
        let late = self.settings.late;
        let (seat, watching) =
            self.member(id).map(|member| (member.seat, member.watch)).ok_or_else(no_member)?;
        let running = self.play.as_ref().is_some_and(|play| !play.over());
        if running {
            // In a match a spectator may sit down late; a seat is given up by leaving.
            if watch || seat.is_some() || late != Late::NextRound {
                return Err(Rejection::new("match_running", "Wait until the match is over."));
            }
        } else if !watch && watching && seats >= MAX_SEATS {
            return Err(Rejection::new("no_seat", format!("All {MAX_SEATS} seats are taken.")));
        }
        if let Some(member) = self.member_mut(id) {
            member.watch = watch;
        }
        let mut outs = if running { self.late_seat(id, at) } else { Vec::new() };
        outs.splice(0..0, self.member_event(id));
        Ok(outs)
    }

    fn say(&mut self, line: ChatLine) -> Applied {
        if let Some(play) = self.play.as_mut() {
            if play.chat >= MAX_CHAT_PER_MATCH {
                return Err(Rejection::new(
                    "chat_full",
                    "That was a lot of chat: wait until the match is over.",
                ));
            }
            play.chat += 1;
        }
        self.chat.push_back(line.clone());
        if self.chat.len() > MAX_CHAT {
            self.chat.pop_front();
        }
        Ok(vec![all(RoomEvent::Chat { line })])
    }

    // --- the match -------------------------------------------------------------------------------------------

    fn act(&mut self, id: MemberId, seat: Option<SeatId>, action: &AnyAction, at: u64) -> Applied {
        let host = self.host == Some(id);
        let play = self.running()?;
        if play.paused() {
            return Err(paused());
        }
        let now = play.time(at);
        let sent = play.game.act(By { seat, host }, action.clone(), now)?;
        Ok(self.game_outs(sent))
    }

    /// Runs `step` on the running game and addresses its events.
    fn game(
        &mut self,
        at: u64,
        step: impl FnOnce(&mut AnyMatch, MatchTime) -> Vec<Sent<AnyEvent>>,
    ) -> Vec<Out> {
        let Some(play) = self.play.as_mut().filter(|play| !play.over()) else { return Vec::new() };
        let now = play.time(at);
        let sent = step(&mut play.game, now);
        self.game_outs(sent)
    }

    fn game_outs(&self, sent: Vec<Sent<AnyEvent>>) -> Vec<Out> {
        sent.into_iter()
            .filter_map(|sent| {
                let event = RoomEvent::Game { event: sent.event };
                match sent.to {
                    Audience::Everyone => Some(all(event)),
                    Audience::Seat(seat) => {
                        let member = self.members.iter().find(|member| member.seat == Some(seat))?;
                        Some(Out { to: To::Member(member.id), event })
                    }
                }
            })
            .collect()
    }

    /// Whether a start by this member would be accepted now; the seats that would be dealt in.
    pub fn may_start(&self, id: MemberId) -> Result<(), Rejection> {
        self.host_only(id)?;
        self.lobby_or_over()?;
        if matches!(self.special, Some(Special::Daily(_))) && self.play.is_some() {
            return Err(Rejection::new(
                "daily_once",
                "You have played this daily. A new one comes tomorrow.",
            ));
        }
        if self.seats_wanted() == 0 {
            return Err(Rejection::new("no_seats", "Everybody is only watching. Take a seat first."));
        }
        Ok(())
    }

    fn deal(&self, id: &str, rules: u32, seed: u64, deck: AnyDeck, entry: &Entry) -> Result<Play, Rejection> {
        if let Some(key) = entry.key {
            self.may_start(key.member)?;
        }
        let seated: Vec<&Member> =
            self.members.iter().filter(|member| !member.watch).take(MAX_SEATS).collect();
        let seats: Vec<Seat> = seated
            .iter()
            .enumerate()
            .map(|(index, member)| Seat {
                id: SeatId(index as u8),
                connected: member.connected,
                host: self.host == Some(member.id),
            })
            .collect();
        let (game, _) = AnyMatch::start(&self.settings.game, &seats, deck, seed)?;
        if game.rules() != rules {
            return Err(Rejection::new(
                "unknown_rules",
                "This match was dealt under rules that are no longer known.",
            ));
        }
        Ok(Play {
            id: id.to_owned(),
            seed,
            rules,
            started: entry.wall,
            offset: entry.at,
            paused: None,
            players: seated.iter().map(|member| member.player.clone()).collect(),
            game,
            settings: self.settings.clone(),
            recorded: false,
            chat: 0,
        })
    }

    fn started(&mut self, play: Play) -> Vec<Out> {
        self.play = Some(play);
        let mut next = 0_u8;
        for member in &mut self.members {
            member.seat = None;
            if !member.watch && usize::from(next) < MAX_SEATS {
                member.seat = Some(SeatId(next));
                next += 1;
            }
        }
        let mut outs: Vec<Out> =
            self.members.iter().map(|member| all(RoomEvent::Member { member: member.view() })).collect();
        // The view stands after the game's first events, so these need not be sent as well.
        outs.extend(self.members.iter().filter_map(|member| {
            let play = Box::new(self.match_view(member)?);
            Some(Out { to: To::Member(member.id), event: RoomEvent::Started { play } })
        }));
        outs
    }

    fn recorded(&mut self, id: &str) -> Vec<Out> {
        let Some(play) = self.play.as_mut().filter(|play| play.id == id) else { return Vec::new() };
        play.recorded = true;
        let standings = play.game.outcome().map(|outcome| outcome.standings).unwrap_or_default();
        vec![all(RoomEvent::Ended { match_id: id.to_owned(), standings })]
    }

    fn abort(&mut self, why: Aborted) -> Vec<Out> {
        self.broken = false;
        let mut outs = vec![all(RoomEvent::Aborted { why })];
        outs.extend(self.back_to_lobby());
        outs
    }

    fn back_to_lobby(&mut self) -> Vec<Out> {
        self.play = None;
        for member in &mut self.members {
            member.seat = None;
        }
        let mut outs = vec![all(RoomEvent::Lobby)];
        outs.extend(self.members.iter().map(|member| all(RoomEvent::Member { member: member.view() })));
        outs
    }

    fn close(&mut self, why: Closed) -> Vec<Out> {
        self.closed = Some(why);
        vec![all(RoomEvent::Closed { why })]
    }

    // --- views -----------------------------------------------------------------------------------------------

    fn match_view(&self, member: &Member) -> Option<MatchView> {
        let play = self.play.as_ref()?;
        let viewer = member.seat.map_or(Viewer::Spectator, Viewer::Seat);
        Some(MatchView {
            id: play.id.clone(),
            paused: play.paused(),
            names: play.players.iter().map(|player| player.name.clone()).collect(),
            daily: match &self.special {
                Some(Special::Daily(date)) => Some(date.clone()),
                _ => None,
            },
            challenge: match &self.special {
                Some(Special::Challenge(id)) => Some(id.clone()),
                _ => None,
            },
            view: play.game.view(viewer),
        })
    }

    /// All that this member may see.
    pub fn view(&self, id: MemberId) -> Option<RoomView> {
        let member = self.member(id)?;
        Some(RoomView {
            id: self.id.clone(),
            code: self.code.clone(),
            you: id,
            host: self.host.unwrap_or(id),
            settings: self.settings.clone(),
            members: self.members.iter().map(Member::view).collect(),
            chat: self.chat.iter().cloned().collect(),
            play: self.match_view(member),
            ended: self.play.as_ref().filter(|play| play.recorded).map(|play| play.id.clone()),
        })
    }
}

fn all(event: RoomEvent) -> Out {
    Out { to: To::All, event }
}

fn no_match() -> Rejection {
    Rejection::new("no_match", "No match is running.")
}

fn paused() -> Rejection {
    Rejection::new("paused", "The host paused the match.")
}

fn no_member() -> Rejection {
    Rejection::new("no_such_member", "Nobody with that number is in the room.")
}

/// `text` without control and direction-changing characters, trimmed; 1 to `max` characters.
pub fn clean_text(text: &str, max: usize) -> Result<String, Rejection> {
    let clean: String = text.chars().filter(|c| !unseen(*c)).collect();
    let clean = clean.trim();
    let length = clean.chars().count();
    if length == 0 || length > max {
        return Err(Rejection::new("bad_text", format!("Write 1 to {max} characters (this has {length}).")));
    }
    Ok(clean.to_owned())
}

fn clean_name(name: &str) -> Result<String, Rejection> {
    clean_text(name, 24).map_err(|_| Rejection::new("bad_name", "A name has 1 to 24 characters."))
}

/// Characters that could hide or turn around what others read.
fn unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}
