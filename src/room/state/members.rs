//! Who is in the room: members join, sit, watch, come back and go; the host's role passes on.

use super::{Applied, MAX_MEMBERS, MAX_SEATS, Member, Out, RoomState, all};
use crate::games::{Presence, Rejection, SeatId};
use crate::room::entry::{Player, Special};
use crate::room::wire::{Gone, Late, MemberId, RoomEvent};
use std::collections::BTreeSet;

impl RoomState {
    /// The member that is this player.
    pub fn member_of(&self, user: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.player.user == user)
    }

    /// The member with this number.
    pub fn member(&self, id: MemberId) -> Option<&Member> {
        self.members.iter().find(|member| member.id == id)
    }

    pub(super) fn member_mut(&mut self, id: MemberId) -> Option<&mut Member> {
        self.members.iter_mut().find(|member| member.id == id)
    }

    pub(super) fn member_event(&self, id: MemberId) -> Vec<Out> {
        self.member(id).map(|member| all(RoomEvent::Member { member: member.view() })).into_iter().collect()
    }

    pub(super) fn join(&mut self, player: &Player, watch: bool, at: u64) -> Applied {
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
    pub(super) fn late_seat(&mut self, id: MemberId, at: u64) -> Vec<Out> {
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

    pub(super) fn seats_wanted(&self) -> usize {
        self.members.iter().filter(|member| !member.watch).count()
    }

    /// `name`, with a number if another member has it.
    pub(super) fn free_name(&self, name: &str, except: Option<MemberId>) -> String {
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

    pub(super) fn presence(&mut self, id: MemberId, connected: bool, at: u64) -> Vec<Out> {
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

    pub(super) fn host_passes(&mut self, to: MemberId, at: u64) -> Vec<Out> {
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

    pub(super) fn remove(&mut self, id: MemberId, why: Gone, at: u64) -> Vec<Out> {
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
}
