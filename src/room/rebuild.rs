//! From the journal back to a room: every entry again, with the state's hash as proof.

use super::entry::{Entry, Input, LatestAction, Unreadable, decode};
use super::history::History;
use super::record::MatchLog;
use super::state::RoomState;
use super::wire::Clock;
use crate::games::MatchTime;
use crate::live::RoomLog;
use std::collections::BTreeMap;

/// A room as it was at its newest durable input.
#[derive(Debug)]
pub struct Rebuilt {
    /// Its state. `broken` is set when its match could not be replayed.
    pub state: RoomState,
    /// Its epoch.
    pub epoch: u32,
    /// Versions for clients that come back.
    pub history: History,
    /// Latest-value actions behind the newest ordered input, by seat.
    pub pending: BTreeMap<u8, LatestAction>,
    /// The log of the match, if one is there.
    pub match_log: Option<MatchLog>,
    /// Number of the newest snapshot; of the first entry when there is none.
    pub folded_at: u64,
}

/// Why a room cannot be rebuilt at all.
#[derive(Debug, thiserror::Error)]
pub enum RebuildError {
    /// An entry cannot be read.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// The log does not begin with a room's beginning.
    #[error("the log does not begin with a room or a snapshot of one")]
    NoBeginning,
}

/// The clock that clients see in this state at this room time.
pub fn clock(state: &RoomState, at: u64) -> Clock {
    match &state.play {
        Some(play) => Clock { now: play.time(at), running: !play.paused() && !play.over() },
        None => Clock { now: MatchTime(0), running: false },
    }
}

/// Plays a room's log from its beginning.
pub fn rebuild(log: &RoomLog) -> Result<Rebuilt, RebuildError> {
    let mut entries = log.ordered.iter().zip(log.first_seq..);
    let (first, first_seq) = entries.next().ok_or(RebuildError::NoBeginning)?;
    let entry: Entry = decode(first)?;
    let mut state = RoomState::begin(&entry, first_seq).ok_or(RebuildError::NoBeginning)?;
    let mut history = History::from(first_seq);
    history.push(first_seq, clock(&state, entry.at), Vec::new());
    let mut match_log: Option<MatchLog> = None;
    let mut folded_at = first_seq;
    for (bytes, v) in entries {
        let entry: Entry = decode(bytes)?;
        if matches!(entry.input, Input::Start { .. }) {
            match_log = Some(MatchLog::before(&state));
        }
        let outs = match state.replay(&entry) {
            Ok(outs) => outs,
            Err(why) => {
                tracing::error!(room.id = state.id, room.version = v, %why, "an input of the journal is refused on replay");
                state.broken = true;
                state.version = v;
                state.at = state.at.max(entry.at);
                Vec::new()
            }
        };
        if let (Some(expected), Some(play), false) = (entry.hash, &state.play, state.broken)
            && play.game.hash() != expected
        {
            tracing::error!(
                room.id = state.id,
                room.version = v,
                "the replayed state differs from the one that was played"
            );
            state.broken = true;
        }
        if matches!(entry.input, Input::Unreplayable) {
            state.broken = false;
        }
        if matches!(entry.input, Input::Snapshot { .. }) {
            // What it folds is here only for clients that lag behind; where it cannot be replayed, the snapshot knows.
            if let (true, Some(folded)) = (state.broken, RoomState::begin(&entry, v)) {
                state = folded;
            }
            match_log = None;
            folded_at = v;
        }
        if let (Some(log), true) = (&mut match_log, state.play.is_some()) {
            log.entries.push(bytes.clone());
        }
        history.push(v, clock(&state, entry.at), outs);
    }
    let mut pending = BTreeMap::new();
    for latest in &log.latest {
        let latest: LatestAction = decode(&latest.data)?;
        if state.latest(&latest).is_ok() {
            pending.insert(latest.seat.0, latest);
        }
    }
    Ok(Rebuilt { state, epoch: log.epoch, history, pending, match_log, folded_at })
}
