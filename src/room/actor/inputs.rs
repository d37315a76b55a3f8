//! From an input to what everybody sees: applied, appended, and once it is durable, sent.

use super::{Actor, ConnId, Deliver, HASH_EVERY, Waiting, wall_ms};
use crate::games::Rejection;
use crate::live::{Append, Appended, JournalError};
use crate::room::entry::{CommandKey, Entry, Input, encode};
use crate::room::outbox::{Farewell, Frame};
use crate::room::ports::RoomDelta;
use crate::room::rebuild::clock;
use crate::room::state::{Out, To};
use crate::room::wire::{Clock, Gone, MemberId, RoomEvent, RoomView, Since};
use bytes::Bytes;
use std::time::Instant;

impl Actor {
    /// Applies an input and appends it to the journal; `then` (and its events) follow once it is durable.
    pub(super) fn enter(
        &mut self,
        input: Input,
        key: Option<CommandKey>,
        then: Vec<Deliver>,
    ) -> Result<(), Rejection> {
        let mut entry = Entry { at: self.now(), wall: wall_ms(), key, folded: Vec::new(), input, hash: None };
        let outs = self.state.apply(&entry)?;
        entry.folded = std::mem::take(&mut self.pending).into_values().collect();
        let v = self.state.version;
        if let Some(play) =
            self.state.play.as_ref().filter(|play| v.is_multiple_of(HASH_EVERY) || play.over())
        {
            entry.hash = Some(play.game.hash());
        }
        // What the newest snapshot folds stays until the next one: a client that lags behind it gets what it missed, even
        // when the process dies at this moment.
        let keep_from =
            matches!(entry.input, Input::Snapshot { .. }).then(|| std::mem::replace(&mut self.folded_at, v));
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

    /// Enters an input of the room's own.
    pub(super) fn note(&mut self, input: Input) {
        if let Err(why) = self.enter(input, None, Vec::new()) {
            tracing::warn!(room.id = self.state.id, %why, "an input of the room itself was refused");
        }
    }

    pub(super) fn delta(&self, ordered: Vec<(u64, Bytes)>) -> RoomDelta {
        RoomDelta {
            room: self.state.id.clone(),
            code: self.state.code.clone(),
            epoch: self.epoch,
            ordered,
            ..RoomDelta::default()
        }
    }

    pub(super) fn append(
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
    pub(super) fn deliver(&mut self, deliver: Deliver) {
        match self.waiting.back_mut() {
            Some(waiting) => waiting.deliver.push(deliver),
            None => self.send(deliver),
        }
    }

    pub(super) async fn committed(&mut self, token: u64, result: Result<(), JournalError>) {
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

    pub(super) fn send(&mut self, deliver: Deliver) {
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

    pub(super) fn broadcast(&mut self, v: u64, clock: Clock, outs: Vec<Out>) {
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

    pub(super) fn welcome(&mut self, id: ConnId, since: Option<Since>, v: u64, view: Option<Box<RoomView>>) {
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
}
