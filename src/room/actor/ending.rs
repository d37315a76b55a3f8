//! The end of a match, snapshots, the end of the room.

use super::{Actor, Deliver, Msg, Waiting, wall_ms};
use crate::games::Viewer;
use crate::live::{Append, Appended};
use crate::room::entry::Input;
use crate::room::ports::{FinishedMatch, RoomDelta};
use std::time::Duration;

impl Actor {
    pub(super) fn finish_if_over(&mut self) {
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
    pub(super) fn record(&mut self, finished: FinishedMatch) {
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
    pub(super) fn snapshot(&mut self) {
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
    pub(super) fn remove_once_recorded(&mut self) {
        if self.state.play.as_ref().is_some_and(|play| play.over() && !play.recorded) {
            self.finish_if_over();
        } else {
            self.remove();
        }
    }

    pub(super) fn remove(&mut self) {
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
}
