//! A finished match on its way into the store, and back out as a replay.

use super::entry::{Entry, Input, Special, Unreadable, decode, encode};
use super::ports::{FinishedMatch, Recorder};
use super::rebuild::{RebuildError, Rebuilt, rebuild};
use super::state::RoomState;
use super::wire::RoomCommand;
use crate::games::any::{AnyAction, AnyView};
use crate::games::{MatchTime, SeatId};
use crate::live::RoomLog;
use crate::store::{Store, matches};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};

/// A match's part of a room's log: a snapshot of the room before the start, the start, and all that followed. It replays
/// like any room.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MatchLog {
    /// Number of the first entry.
    pub first_seq: u64,
    /// Encoded entries.
    pub entries: Vec<Bytes>,
}

impl MatchLog {
    /// The log of a match that is about to start in this room.
    pub(super) fn before(state: &RoomState) -> Self {
        let at = state.at;
        let state = Box::new(state.before_match());
        let entry = Entry {
            at,
            wall: 0,
            key: None,
            folded: Vec::new(),
            input: Input::Snapshot { state: state.clone() },
            hash: None,
        };
        Self { first_seq: state.version, entries: vec![encode(&entry)] }
    }

    /// Plays the match again, its hashes checked.
    pub fn replay(&self) -> Result<Rebuilt, RebuildError> {
        rebuild(&RoomLog {
            epoch: 0,
            first_seq: self.first_seq,
            ordered: self.entries.clone(),
            latest: Vec::new(),
        })
    }

    /// What the seats did and when, in order; and the hashes.
    pub fn actions(&self) -> Result<(Vec<ReplayInput>, Vec<ReplayHash>), Unreadable> {
        let (mut inputs, mut hashes) = (Vec::new(), Vec::new());
        let mut state: Option<RoomState> = None;
        for (bytes, v) in self.entries.iter().zip(self.first_seq..) {
            let entry: Entry = decode(bytes)?;
            let Some(state) = state.as_mut() else {
                state = RoomState::begin(&entry, v);
                continue;
            };
            let time = |state: &RoomState, at| state.play.as_ref().map(|play| play.time(at));
            for latest in &entry.folded {
                if let Some(at) = time(state, latest.at) {
                    inputs.push(ReplayInput { at, seat: Some(latest.seat), action: latest.action.clone() });
                }
            }
            if let Input::Command { member, command: RoomCommand::Act { action } } = &entry.input
                && let Some(at) = time(state, entry.at)
            {
                let seat = state.member(*member).and_then(|member| member.seat);
                inputs.push(ReplayInput { at, seat, action: action.clone() });
            }
            if state.replay(&entry).is_err() {
                break;
            }
            if let (Some(hash), Some(at)) = (entry.hash, time(state, entry.at)) {
                hashes.push(ReplayHash { at, hash: format!("{hash:016x}") });
            }
        }
        inputs.sort_by_key(|input| input.at);
        Ok((inputs, hashes))
    }
}

/// One action of a replay.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReplayInput {
    /// Match time.
    pub at: MatchTime,
    /// Whose; none for a host who only watched.
    pub seat: Option<SeatId>,
    /// What.
    pub action: AnyAction,
}

/// A proof on the way of a replay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReplayHash {
    /// Match time.
    pub at: MatchTime,
    /// Hash of the game's state, 16 hex digits.
    pub hash: String,
}

/// Records matches in the store.
#[derive(Debug, Clone)]
pub struct StoreRecorder {
    store: Store,
    /// Told after each record, so that totals are counted soon.
    recorded: std::sync::Arc<tokio::sync::Notify>,
}

impl StoreRecorder {
    /// `recorded` is notified after each match.
    pub fn new(store: Store, recorded: std::sync::Arc<tokio::sync::Notify>) -> Self {
        Self { store, recorded }
    }
}

impl Recorder for StoreRecorder {
    fn record(&self, finished: FinishedMatch) -> BoxFuture<'static, Result<(), String>> {
        let (store, recorded) = (self.store.clone(), self.recorded.clone());
        Box::pin(async move {
            let row = row(finished)?;
            let id = row.id.clone();
            let new =
                store.write(move |tx| matches::finish(tx, &row)).await.map_err(|why| why.to_string())?;
            if !new {
                tracing::info!(match.id = id, "this match was in the store already");
            }
            recorded.notify_one();
            Ok(())
        })
    }
}

fn row(finished: FinishedMatch) -> Result<matches::Finished, String> {
    let json = |why: serde_json::Error| format!("the match cannot be written as JSON: {why}");
    let AnyView::Atlas(view) = &finished.view;
    let (_, hashes) = finished.log.actions().map_err(|why| why.to_string())?;
    let (daily, challenge) = match finished.special {
        Some(Special::Daily(date)) => (Some(date), None),
        Some(Special::Challenge(id)) => (None, Some(id)),
        None => (None, None),
    };
    let seats = finished
        .outcome
        .standings
        .iter()
        .filter_map(|line| {
            let player = finished.players.get(usize::from(line.seat.0))?;
            Some(matches::SeatRecord {
                seat: u32::from(line.seat.0),
                user: Some(player.user.clone()),
                name: player.name.clone(),
                account: player.account,
                rank: u32::from(line.rank),
                points: i64::from(line.points),
                left: line.left,
            })
        })
        .collect();
    Ok(matches::Finished {
        id: finished.id,
        room: finished.room,
        game: finished.settings.game.game().to_owned(),
        rules: finished.rules,
        board: finished.outcome.board.clone(),
        daily,
        challenge,
        settings: serde_json::to_string(&finished.settings.game).map_err(json)?,
        seed: finished.seed.to_string(),
        deck: encode(&finished.deck).to_vec(),
        inputs: encode(&finished.log).to_vec(),
        hashes: serde_json::to_string(&hashes).map_err(json)?,
        results: serde_json::to_string(&view.results).map_err(json)?,
        rounds: finished.outcome.rounds,
        max_points: finished.settings.game.max_points(),
        started_at: finished.started,
        finished_at: finished.finished,
        seats,
    })
}
