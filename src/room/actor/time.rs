//! What comes due by the clock: deadlines of the game, graces, an empty room.

use super::{Actor, SNAPSHOT_AFTER};
use crate::room::entry::{Input, Special};
use crate::room::state::Play;
use crate::room::wire::{Closed, MemberId};
use std::time::{Duration, Instant};

impl Actor {
    pub(super) fn instant(&self, at: u64) -> Instant {
        self.base.0 + Duration::from_millis(at.saturating_sub(self.base.1))
    }

    pub(super) fn running(&self) -> bool {
        self.state.play.as_ref().is_some_and(|play| !play.over())
    }

    /// When the host's role passes on, and to whom.
    pub(super) fn host_change(&self) -> Option<(Instant, MemberId)> {
        let times = &self.ports.times;
        let host = self.state.host.and_then(|host| self.state.member(host))?;
        let away = host.away_since?;
        let to = self.state.next_host()?;
        self.state.member(to).filter(|member| member.connected)?;
        Some((self.instant(away) + times.host_grace.saturating_sub(times.presence_grace), to))
    }

    /// When the next member is removed from the lobby, and who.
    pub(super) fn lobby_change(&self) -> Option<(Instant, MemberId)> {
        if self.running() {
            return None;
        }
        let away =
            self.state.members.iter().filter_map(|member| Some((member.away_since?, member.id))).min()?;
        let grace = self.ports.times.lobby_grace.saturating_sub(self.ports.times.presence_grace);
        Some((self.instant(away.0) + grace, away.1))
    }

    pub(super) fn closes_at(&self) -> Option<Instant> {
        let times = &self.ports.times;
        Some(self.empty_since? + if self.running() { times.empty_match } else { times.empty_lobby })
    }

    pub(super) fn next_wake(&self) -> Option<Instant> {
        if let Some((due, _)) = self.broken {
            return Some(due);
        }
        if self.state.closed.is_some() {
            return None;
        }
        let lost = self.lost.values().min().map(|at| *at + self.ports.times.presence_grace);
        let tick = self.state.play.as_ref().and_then(Play::due).map(|at| self.instant(at));
        [
            lost,
            tick,
            self.host_change().map(|change| change.0),
            self.lobby_change().map(|change| change.0),
            self.closes_at(),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    pub(super) async fn wake(&mut self) {
        if self.broken.is_some() {
            return self.try_rebuild().await;
        }
        if self.state.closed.is_some() {
            return;
        }
        let now = Instant::now();
        let grace = self.ports.times.presence_grace;
        let lost: Vec<MemberId> =
            self.lost.iter().filter(|(_, at)| now >= **at + grace).map(|(member, _)| *member).collect();
        for member in lost {
            self.lost.remove(&member);
            self.note(Input::Presence { member, connected: false });
        }
        if self.state.play.as_ref().and_then(Play::due).is_some_and(|due| self.now() >= due) {
            self.note(Input::Tick);
        }
        if let Some((_, to)) = self.host_change().filter(|(at, _)| now >= *at) {
            self.note(Input::HostPasses { to });
        }
        if let Some((_, member)) = self.lobby_change().filter(|(at, _)| now >= *at) {
            self.note(Input::TimedOut { member });
        }
        if self.closes_at().is_some_and(|at| now >= at) {
            if self.running() && matches!(self.state.special, Some(Special::Daily(_))) {
                // It is played once: who is away for so long has left it, and what was played counts.
                for member in self.state.members.iter().map(|member| member.id).collect::<Vec<_>>() {
                    self.note(Input::TimedOut { member });
                }
            }
            self.note(Input::Close { why: Closed::Empty });
            self.remove_once_recorded();
        } else {
            self.fold_if_long();
        }
    }

    /// A busy lobby may never be woken by a clock, so this is looked at after every message too.
    pub(super) fn fold_if_long(&mut self) {
        if self.broken.is_none() && self.state.version - self.folded_at > SNAPSHOT_AFTER {
            self.snapshot();
        }
    }
}
