//! The bounded queue in front of the journal's thread.

use crate::live::journal::{Append, Appended, JournalError};
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Bytes that may wait, whatever the number of appends.
const MAX_BYTES: usize = 64 << 20;
/// So many appends, or bytes, share a commit at most, so that one takes a few milliseconds even when
/// everything comes at once.
const GROUP: usize = 4096;
const GROUP_BYTES: usize = 4 << 20;
/// Latest values alone wait so long after the last commit for company: at 4,000 pins a second, 300 commits
/// instead of 2,500, a third of a core. Nobody waits for a pin; an ordered input goes at once and takes what
/// waits with it.
const LINGER: Duration = Duration::from_millis(3);
/// Except when so many have come.
const LINGER_FULL: usize = 256;

/// Answers an append exactly once, whatever happens.
#[derive(Debug)]
pub(super) struct Answer(Option<Appended>);

impl Answer {
    pub(super) fn give(mut self, result: Result<(), JournalError>) {
        self.call(result);
    }

    fn call(&mut self, result: Result<(), JournalError>) {
        if let Some(done) = self.0.take() {
            // What a caller does with the answer must not end the journal.
            let _ = catch_unwind(AssertUnwindSafe(|| (done.0)(result)));
        }
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.call(Err(JournalError::NotSaved("the journal dropped it".to_owned())));
    }
}

/// An append that waits; its `done` is in the answer.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) append: Append,
    pub(super) answer: Answer,
}

/// What the thread is to do next.
#[derive(Debug)]
pub(super) enum Next {
    /// Commit these.
    Group(Vec<Waiting>),
    /// Nothing came for the time asked.
    Idle,
    /// A reader met damage or a failing disk.
    Suspect(String),
    /// Nothing is queued and nothing will be.
    Closed,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Waiting>,
    bytes: usize,
    /// How many of `waiting` should not linger.
    urgent: usize,
    /// Refuse everything: the file is being reopened.
    down: bool,
    closing: bool,
    suspect: Option<String>,
    /// The thread sleeps and wants to be woken.
    sleeping: bool,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Queue {
    state: Mutex<State>,
    wake: Condvar,
    limit: usize,
}

fn size(append: &Append) -> usize {
    append.ordered.iter().chain(append.latest.iter().map(|(_, data)| data)).map(bytes::Bytes::len).sum()
}

fn is_urgent(append: &Append) -> bool {
    append.latest.is_empty() || !append.ordered.is_empty()
}

impl Queue {
    /// A queue of at most `limit` appends.
    pub(super) fn new(limit: usize) -> Self {
        Self { state: Mutex::default(), wake: Condvar::new(), limit }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing that could panic half way runs under the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues an append or answers it with `Unavailable`, in this thread.
    pub(super) fn push(&self, mut append: Append) {
        let done = std::mem::replace(&mut append.done, Appended(Box::new(|_| {})));
        let answer = Answer(Some(done));
        let bytes = size(&append);
        let mut state = self.lock();
        if state.down || state.closing || state.waiting.len() >= self.limit || state.bytes + bytes > MAX_BYTES
        {
            drop(state);
            return answer.give(Err(JournalError::Unavailable));
        }
        let urgent = is_urgent(&append);
        state.bytes += bytes;
        state.urgent += usize::from(urgent);
        state.waiting.push_back(Waiting { append, answer });
        let wake = urgent || state.waiting.len() == 1 || state.waiting.len() == LINGER_FULL;
        if wake && state.sleeping {
            state.sleeping = false;
            drop(state);
            self.wake.notify_one();
        }
    }

    /// Number of appends that wait.
    pub(super) fn len(&self) -> usize {
        self.lock().waiting.len()
    }

    /// Waits for work. `last_commit` is when the newest commit ended; after `idle` without work it returns
    /// `Idle`, or never if that is `None`.
    pub(super) fn next(&self, last_commit: Option<Instant>, idle: Option<Duration>) -> Next {
        let idle_at = idle.map(|idle| Instant::now() + idle);
        let mut state = self.lock();
        loop {
            if let Some(why) = state.suspect.take() {
                return Next::Suspect(why);
            }
            let mut until = idle_at;
            if state.waiting.is_empty() {
                if state.closing {
                    return Next::Closed;
                }
            } else {
                let linger = last_commit.map(|last| last + LINGER).filter(|until| *until > Instant::now());
                if state.urgent > 0 || state.closing || state.waiting.len() >= LINGER_FULL || linger.is_none()
                {
                    return Next::Group(take_group(&mut state));
                }
                until = linger;
            }
            let left = until.map(|until| until.saturating_duration_since(Instant::now()));
            if left.is_some_and(|left| left.is_zero()) && state.waiting.is_empty() {
                return Next::Idle;
            }
            state.sleeping = true;
            state = match left {
                Some(left) => self.wake.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0,
                None => self.wake.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
            state.sleeping = false;
        }
    }

    /// Refuses what comes from now on.
    pub(super) fn refuse(&self) {
        self.lock().down = true;
    }

    /// Answers what waits with `Unavailable`.
    pub(super) fn drain(&self) {
        let mut state = self.lock();
        state.bytes = 0;
        state.urgent = 0;
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        for waiting in waiting {
            waiting.answer.give(Err(JournalError::Unavailable));
        }
    }

    /// Takes appends again.
    pub(super) fn up(&self) {
        let mut state = self.lock();
        state.down = false;
        state.suspect = None;
    }

    /// Sleeps for `time` or until the queue is closed; returns whether it is closed.
    pub(super) fn sleep(&self, time: Duration) -> bool {
        let until = Instant::now() + time;
        let mut state = self.lock();
        while !state.closing {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            state = self.wake.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        state.closing
    }

    /// Tells the thread that a reader met damage or a failing disk.
    pub(super) fn suspect(&self, why: String) {
        self.lock().suspect = Some(why);
        self.wake.notify_one();
    }

    /// Takes no more appends; the thread ends once what waits is done.
    pub(super) fn close(&self) {
        self.lock().closing = true;
        self.wake.notify_one();
    }
}

fn take_group(state: &mut State) -> Vec<Waiting> {
    let (mut group, mut bytes) = (Vec::new(), 0);
    while group.len() < GROUP
        && bytes < GROUP_BYTES
        && let Some(waiting) = state.waiting.pop_front()
    {
        bytes += size(&waiting.append);
        state.urgent -= usize::from(is_urgent(&waiting.append));
        group.push(waiting);
    }
    state.bytes -= bytes;
    if state.waiting.is_empty() {
        // A burst's memory goes back.
        state.waiting.shrink_to(GROUP);
    }
    group
}
