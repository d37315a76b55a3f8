//! Who is in: connections come, go, and get the present state.

use super::{Actor, Conn, ConnId, Deliver, Hello, not_saved};
use crate::games::Rejection;
use crate::room::entry::Input;
use std::time::Instant;

impl Actor {
    pub(super) fn hello(&mut self, hello: Hello) {
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
    pub(super) fn place_for_new(&self, watch: bool) -> Result<bool, Rejection> {
        let bounds = self.rooms.bounds();
        let watching = self.state.members.iter().filter(|member| member.watch).count();
        let watch = watch || self.state.members.len() - watching >= bounds.seats;
        if watch && watching >= bounds.spectators {
            return Err(Rejection::new("room_full", "This room is full. Ask the host to make another one."));
        }
        Ok(watch)
    }

    pub(super) fn disconnected(&mut self, conn: ConnId) {
        let Some(gone) = self.conns.remove(&conn) else { return };
        let others = self.conns.values().any(|other| other.member == gone.member);
        if !others && self.state.member(gone.member).is_some_and(|member| member.connected) {
            self.lost.insert(gone.member, Instant::now());
        }
        if self.conns.is_empty() {
            self.empty_since = Some(Instant::now());
        }
    }

    pub(super) fn resync(&mut self, conn: ConnId) {
        let Some(member) = self.conns.get(&conn).map(|known| known.member) else { return };
        let Some(view) = self.state.view(member) else { return };
        let v = self.state.version;
        self.deliver(Deliver::View { conn, v, view: Box::new(view) });
    }
}
