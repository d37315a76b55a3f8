//! A bounded queue between callers, who never block, and the store's own threads.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Jobs in order of arrival, for one or several worker threads.
#[derive(Debug)]
pub(super) struct Queue<J> {
    state: Mutex<State<J>>,
    wake: Condvar,
    limit: usize,
}

#[derive(Debug)]
struct State<J> {
    jobs: VecDeque<J>,
    closed: bool,
}

/// Why a job was not taken; it comes back.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refused<J> {
    /// As many jobs wait as are allowed.
    Full(J),
    /// The queue is closed.
    Closed(J),
}

impl<J> Queue<J> {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            state: Mutex::new(State { jobs: VecDeque::new(), closed: false }),
            wake: Condvar::new(),
            limit,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<J>> {
        // Nothing can panic while the lock is held, so a poisoned state is still whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a job at the end. Never waits.
    pub(super) fn push(&self, job: J) -> Result<(), Refused<J>> {
        let mut state = self.lock();
        if state.closed {
            return Err(Refused::Closed(job));
        }
        if state.jobs.len() >= self.limit {
            return Err(Refused::Full(job));
        }
        state.jobs.push_back(job);
        drop(state);
        self.wake.notify_one();
        Ok(())
    }

    /// The next job; waits for one. `None` once the queue is closed and empty.
    pub(super) fn pop(&self) -> Option<J> {
        let mut state = self.lock();
        loop {
            if let Some(job) = state.jobs.pop_front() {
                return Some(job);
            }
            if state.closed {
                return None;
            }
            state = self.wake.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// The next job if one waits.
    pub(super) fn try_pop(&self) -> Option<J> {
        self.lock().jobs.pop_front()
    }

    /// How many wait.
    pub(super) fn len(&self) -> usize {
        self.lock().jobs.len()
    }

    /// Takes no more jobs. What waits is still handed out.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.wake.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_bounded_and_hands_out_what_waits_after_closing() {
        let queue = Queue::new(2);
        assert_eq!(queue.push(1), Ok(()));
        assert_eq!(queue.push(2), Ok(()));
        assert_eq!(queue.push(3), Err(Refused::Full(3)));
        queue.close();
        assert_eq!(queue.push(4), Err(Refused::Closed(4)));
        assert_eq!(queue.len(), 2);
        assert_eq!((queue.pop(), queue.try_pop(), queue.pop()), (Some(1), Some(2), None));
    }
}
