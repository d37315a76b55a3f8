//! What clients ask for: commands, pins, the start of a match.

use super::{Actor, ConnId, Deliver, Msg, PIN_BURST, PINS_PER_SECOND, not_saved};
use crate::games::Rejection;
use crate::games::any::{AnyAction, AnyMatch};
use crate::room::entry::{CommandKey, Input, LatestAction, encode};
use crate::room::outbox::Frame;
use crate::room::ports::{Dealt, RoomDelta};
use crate::room::record::MatchLog;
use crate::room::wire::{MemberId, RoomCommand, RoomSettings};
use std::time::Instant;

impl Actor {
    pub(super) fn command(&mut self, conn: ConnId, id: u32, command: RoomCommand) {
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
    pub(super) fn latest(&mut self, conn: ConnId, id: u32, member: MemberId, action: AnyAction) {
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

    pub(super) fn pin_allowed(&mut self, seat: u8) -> bool {
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

    pub(super) fn start(&mut self, conn: ConnId, key: CommandKey) {
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

    pub(super) fn dealt(
        &mut self,
        conn: ConnId,
        key: CommandKey,
        settings: &RoomSettings,
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
}
