//! The room's match: dealt, played, recorded, left behind.

use super::{Applied, MAX_SEATS, Member, Out, Play, RoomState, To, all, paused};
use crate::games::any::{AnyAction, AnyDeck, AnyEvent, AnyMatch};
use crate::games::{Audience, By, MatchTime, Rejection, Seat, SeatId, Sent};
use crate::room::entry::{Entry, Special};
use crate::room::wire::{Aborted, Closed, MemberId, RoomEvent};

impl RoomState {
    pub(super) fn act(&mut self, id: MemberId, seat: Option<SeatId>, action: &AnyAction, at: u64) -> Applied {
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
    pub(super) fn game(
        &mut self,
        at: u64,
        step: impl FnOnce(&mut AnyMatch, MatchTime) -> Vec<Sent<AnyEvent>>,
    ) -> Vec<Out> {
        let Some(play) = self.play.as_mut().filter(|play| !play.over()) else { return Vec::new() };
        let now = play.time(at);
        let sent = step(&mut play.game, now);
        self.game_outs(sent)
    }

    pub(super) fn game_outs(&self, sent: Vec<Sent<AnyEvent>>) -> Vec<Out> {
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

    pub(super) fn deal(
        &self,
        id: &str,
        rules: u32,
        seed: u64,
        deck: AnyDeck,
        entry: &Entry,
    ) -> Result<Play, Rejection> {
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

    pub(super) fn started(&mut self, play: Play) -> Vec<Out> {
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

    pub(super) fn recorded(&mut self, id: &str) -> Vec<Out> {
        let Some(play) = self.play.as_mut().filter(|play| play.id == id) else { return Vec::new() };
        play.recorded = true;
        let standings = play.game.outcome().map(|outcome| outcome.standings).unwrap_or_default();
        vec![all(RoomEvent::Ended { match_id: id.to_owned(), standings })]
    }

    pub(super) fn abort(&mut self, why: Aborted) -> Vec<Out> {
        self.broken = false;
        let mut outs = vec![all(RoomEvent::Aborted { why })];
        outs.extend(self.back_to_lobby());
        outs
    }

    pub(super) fn back_to_lobby(&mut self) -> Vec<Out> {
        self.play = None;
        for member in &mut self.members {
            member.seat = None;
        }
        let mut outs = vec![all(RoomEvent::Lobby)];
        outs.extend(self.members.iter().map(|member| all(RoomEvent::Member { member: member.view() })));
        outs
    }

    pub(super) fn close(&mut self, why: Closed) -> Vec<Out> {
        self.closed = Some(why);
        vec![all(RoomEvent::Closed { why })]
    }
}
