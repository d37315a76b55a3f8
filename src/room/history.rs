//! The newest versions of a room, for clients that come back: they get exactly what they missed.

use super::outbox::EventFrame;
use super::state::{Out, To};
use super::wire::{Clock, MemberId};
use std::collections::VecDeque;
use std::sync::Arc;

/// Versions that a room keeps for clients that come back.
pub(super) const MAX_VERSIONS: usize = 512;

/// One version.
#[derive(Debug)]
struct Step {
    v: u64,
    what: What,
}

/// What happened.
#[derive(Debug)]
enum What {
    /// All of it is public: one frame, shared by everybody. None when nobody sees anything.
    Public(Option<Arc<EventFrame>>),
    /// Some of it is for one member only.
    Private(Clock, Vec<Out>),
}

/// A window of versions without a gap.
#[derive(Debug, Default)]
pub struct History {
    steps: VecDeque<Step>,
    /// Versions from here on are known.
    first: u64,
    bound: usize,
}

impl History {
    /// Knows nothing before version `first`.
    pub fn from(first: u64) -> Self {
        Self { steps: VecDeque::new(), first, bound: MAX_VERSIONS }
    }

    /// The next version.
    pub fn push(&mut self, v: u64, clock: Clock, outs: Vec<Out>) {
        let what = if outs.iter().all(|out| out.to == To::All) {
            What::Public(EventFrame::public(v, clock, outs))
        } else {
            What::Private(clock, outs)
        };
        self.steps.push_back(Step { v, what });
        while self.steps.len() > self.bound {
            if let Some(gone) = self.steps.pop_front() {
                self.first = gone.v + 1;
            }
        }
    }

    /// What this member sees of the newest version.
    pub fn newest(&self, member: MemberId) -> Option<Arc<EventFrame>> {
        self.steps.back().and_then(|step| step.frame(member))
    }

    /// What this member missed since it reached version `since`; `None` when that is no longer known. `upto` is the
    /// newest version that may be seen.
    pub fn missed(&self, since: u64, upto: u64, member: MemberId) -> Option<Vec<Arc<EventFrame>>> {
        if since > upto || since + 1 < self.first {
            return None;
        }
        let steps = self.steps.iter().filter(|step| step.v > since && step.v <= upto);
        Some(steps.filter_map(|step| step.frame(member)).collect())
    }
}

impl Step {
    fn frame(&self, member: MemberId) -> Option<Arc<EventFrame>> {
        match &self.what {
            What::Public(frame) => frame.clone(),
            What::Private(clock, outs) => EventFrame::select(self.v, *clock, outs, member),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::games::MatchTime;
    use crate::room::wire::RoomEvent;

    const CLOCK: Clock = Clock { now: MatchTime(0), running: false };

    #[test]
    fn gives_exactly_what_was_missed_and_only_to_whom_it_is_addressed() {
        let mut history = History::from(5);
        history.push(5, CLOCK, vec![Out { to: To::All, event: RoomEvent::Paused }]);
        history.push(6, CLOCK, vec![Out { to: To::Member(MemberId(2)), event: RoomEvent::Lobby }]);
        history.push(7, CLOCK, vec![Out { to: To::All, event: RoomEvent::Resumed }]);
        let versions = |since, member| {
            history
                .missed(since, 7, MemberId(member))
                .map(|frames| frames.iter().map(|f| f.v).collect::<Vec<_>>())
        };
        assert_eq!(versions(4, 1), Some(vec![5, 7]));
        assert_eq!(versions(4, 2), Some(vec![5, 6, 7]));
        assert_eq!(versions(7, 2), Some(vec![]));
        assert_eq!(versions(3, 1), None, "version 4 is not known");
        assert_eq!(versions(8, 1), None, "from the future: another epoch");
    }

    #[test]
    fn is_bounded() {
        let mut history = History::from(1);
        for v in 1..=(MAX_VERSIONS as u64 + 3) {
            history.push(v, CLOCK, vec![Out { to: To::All, event: RoomEvent::Lobby }]);
        }
        assert_eq!(history.steps.len(), MAX_VERSIONS);
        assert!(history.missed(2, 10, MemberId(1)).is_none());
        assert!(history.missed(3, 10, MemberId(1)).is_some());
    }
}
