//! What members and the host may do.

use super::{
    Applied, MAX_BANNED, MAX_CHAT, MAX_CHAT_CHARS, MAX_CHAT_PER_MATCH, MAX_SEATS, Play, RoomState, all,
    clean_name, clean_text, no_match, no_member,
};
use crate::games::Rejection;
use crate::room::entry::{Entry, Special};
use crate::room::wire::{Aborted, ChatLine, Closed, EMOTES, Gone, Late, MemberId, RoomCommand, RoomEvent};

impl RoomState {
    pub(super) fn command(&mut self, id: MemberId, command: &RoomCommand, entry: &Entry) -> Applied {
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

    pub(super) fn host_command(&mut self, id: MemberId, command: &RoomCommand, at: u64) -> Applied {
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
                // Its rounds are known now: from here on it is a room like any other.
                if self.play.is_some() {
                    self.special = None;
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

    pub(super) fn host_only(&self, id: MemberId) -> Result<(), Rejection> {
        if self.host == Some(id) {
            return Ok(());
        }
        Err(Rejection::new("not_host", "Only the host can do that."))
    }

    pub(super) fn lobby_only(&self) -> Result<(), Rejection> {
        match &self.play {
            None => Ok(()),
            Some(play) if play.over() => {
                Err(Rejection::new("not_in_lobby", "Go back to the lobby (play again) first."))
            }
            Some(_) => Err(Rejection::new("match_running", "Wait until the match is over.")),
        }
    }

    pub(super) fn lobby_or_over(&self) -> Result<(), Rejection> {
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

    pub(super) fn running(&mut self) -> Result<&mut Play, Rejection> {
        self.play.as_mut().filter(|play| !play.over()).ok_or_else(no_match)
    }

    pub(super) fn watch(&mut self, id: MemberId, watch: bool, at: u64) -> Applied {
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

    pub(super) fn say(&mut self, line: ChatLine) -> Applied {
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
}
