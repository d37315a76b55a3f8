//! What leaves the match: standings, results of finished rounds, and what one viewer may see.

use super::{Match, Phase, Reveal, RoundResult, SeatView, View};
use crate::games::{SeatId, Standing, Viewer};
use std::collections::BTreeMap;

impl Match {
    /// What this viewer may see. Nothing of the running round but its question, who has locked, and the viewer's own
    /// pin.
    pub(super) fn seen_by(&self, viewer: Viewer) -> View {
        let state = &self.state;
        let own = match viewer {
            Viewer::Seat(id) => state.seats.get_key_value(&id),
            Viewer::Spectator => None,
        };
        let pin = own.and_then(|(_, seat)| seat.pin.as_ref()).filter(|_| state.phase == Phase::Round);
        let ranks = self.ranks();
        let seats = state.seats.iter().map(|(&seat, known)| SeatView {
            seat,
            locked: known.locked.is_some() && state.phase == Phase::Round,
            connected: known.connected,
            left: known.left,
            waiting: known.waiting(),
            total: known.total,
            rank: ranks[&seat],
        });
        let dealt = self.dealt();
        View {
            settings: self.settings.clone(),
            phase: state.phase,
            round: state.round,
            kind: dealt.kind,
            clue: dealt.clue.clone(),
            picture: dealt.picture.as_ref().map(|picture| picture.token.clone()),
            deadline: state.deadline,
            seat: own.map(|(&id, _)| id),
            pin: pin.map(|pin| pin.at),
            named: pin.and_then(|pin| pin.country.clone()),
            seats: seats.collect(),
            votes: state.votes.iter().copied().collect(),
            votes_needed: self.votes_needed(),
            results: (0..state.results.len()).map(|i| self.round_result(i)).collect(),
            standings: (state.phase == Phase::Finished).then(|| self.standings()),
        }
    }

    /// The round that is running or was the last to run, and how many there are, both from 1.
    pub fn progress(&self) -> (u32, u32) {
        (self.state.round.into(), self.settings.rounds.into())
    }

    /// The result of a finished round, counted from 0.
    pub(super) fn round_result(&self, i: usize) -> RoundResult {
        let dealt = &self.deck.rounds[i];
        let answer = &dealt.answer;
        RoundResult {
            round: i as u8 + 1,
            kind: dealt.kind,
            clue: dealt.clue.clone(),
            picture: dealt.picture.as_ref().map(|picture| picture.token.clone()),
            answer: Reveal {
                name: answer.name.clone(),
                country: answer.country.clone(),
                country_name: answer.country_name.clone(),
                point: answer.point,
            },
            seats: self.state.results[i].clone(),
        }
    }

    /// Best first, equal points in the order of the seats.
    pub(super) fn standings(&self) -> Vec<Standing> {
        let ranks = self.ranks();
        let mut standings: Vec<Standing> = (self.state.seats.iter())
            .map(|(&seat, known)| Standing {
                seat,
                rank: ranks[&seat],
                points: known.total,
                left: known.left,
            })
            .collect();
        standings.sort_by_key(|line| (line.rank, line.seat));
        standings
    }

    /// Ranks by points so far: equal points share one, and the next is skipped (1, 1, 3).
    pub(super) fn ranks(&self) -> BTreeMap<SeatId, u8> {
        let mut totals: Vec<u32> = self.state.seats.values().map(|seat| seat.total).collect();
        totals.sort_unstable_by(|a, b| b.cmp(a));
        let better = |total: u32| totals.partition_point(|&other| other > total);
        self.state.seats.iter().map(|(&id, seat)| (id, (better(seat.total) + 1).min(255) as u8)).collect()
    }
}
