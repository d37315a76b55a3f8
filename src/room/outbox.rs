//! The bounded queue between a room and one connection. A slow client never slows the room: on overflow its events
//! collapse to "resync", and only replies stay.

use super::state::Out;
use super::wire::{Clock, MemberId, RoomEvent, RoomView};
use crate::games::Rejection;
use bytes::Bytes;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use tokio::sync::Notify;

/// Frames that wait for one connection at most.
pub const MAX_QUEUED: usize = 128;
/// Replies that wait for one connection at most; a client that does not read them is cut off.
pub const MAX_REPLIES: usize = 256;
/// Frames that an empty queue keeps room for.
const KEPT: usize = 8;

/// Events of one version for one kind of viewer, shared by all their connections.
#[derive(Debug)]
pub struct EventFrame {
    /// The version reached.
    pub v: u64,
    /// Match time.
    pub clock: Clock,
    /// What happened, in order.
    pub events: Vec<RoomEvent>,
    /// The door's encoding, with the `prev` that it was made for: one encoding serves everybody who has seen the same.
    pub encoded: OnceLock<(u64, Bytes)>,
}

impl EventFrame {
    /// What this member sees of `outs`, if anything.
    pub fn select(v: u64, clock: Clock, outs: &[Out], member: MemberId) -> Option<Arc<Self>> {
        use super::state::To;
        let events: Vec<RoomEvent> = outs
            .iter()
            .filter(|out| match out.to {
                To::All => true,
                To::Member(id) => member == id,
            })
            .map(|out| out.event.clone())
            .collect();
        Self::of(v, clock, events)
    }

    /// A version of which everybody sees all.
    pub fn public(v: u64, clock: Clock, outs: Vec<Out>) -> Option<Arc<Self>> {
        Self::of(v, clock, outs.into_iter().map(|out| out.event).collect())
    }

    fn of(v: u64, clock: Clock, events: Vec<RoomEvent>) -> Option<Arc<Self>> {
        (!events.is_empty()).then(|| Arc::new(Self { v, clock, events, encoded: OnceLock::new() }))
    }
}

/// Why the room lets a connection go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Farewell {
    /// The server stops; come back after so many milliseconds.
    Restart {
        /// When.
        retry_ms: u32,
    },
    /// Removed by the host.
    Kicked,
    /// Left.
    Left,
    /// The room closed.
    Closed,
    /// The session moved to another device.
    Moved,
    /// The client does not keep up with its own replies.
    Abuse,
}

/// A frame on its way to one connection.
#[derive(Debug)]
pub enum Frame {
    /// Answer to hello.
    Welcome {
        /// The room's epoch.
        epoch: u32,
        /// Version reached with this frame.
        v: u64,
        /// The clock.
        clock: Clock,
        /// Set unless events follow.
        view: Option<Box<RoomView>>,
    },
    /// A fresh view.
    View {
        /// The room's epoch.
        epoch: u32,
        /// Its version.
        v: u64,
        /// The clock.
        clock: Clock,
        /// All.
        view: Box<RoomView>,
    },
    /// Events; the version sent before.
    Event {
        /// The version that this client was sent before.
        prev: u64,
        /// What.
        frame: Arc<EventFrame>,
    },
    /// The one reply to a command.
    Reply {
        /// The command's id.
        id: u32,
        /// The version, or why not.
        result: Result<u64, Rejection>,
    },
    /// Answer to a ping.
    Pong {
        /// From the ping.
        n: u32,
        /// The clock.
        clock: Clock,
    },
    /// A refused hello.
    Refused(Rejection),
    /// The end.
    Bye(Farewell),
}

#[derive(Debug, Default)]
struct Queue {
    frames: VecDeque<Frame>,
    replies: usize,
    /// Events were dropped: no more are taken until a view comes.
    behind: bool,
    /// The door was told so.
    told: bool,
    closed: bool,
}

/// The queue of one connection.
#[derive(Debug, Default)]
pub struct Outbox {
    queue: Mutex<Queue>,
    ready: Notify,
}

/// What the door gets from an outbox.
#[derive(Debug)]
pub enum Next {
    /// A frame to send.
    Frame(Frame),
    /// Frames were dropped: ask the room for a fresh view.
    Behind,
    /// Nothing will come any more.
    Closed,
}

impl Outbox {
    /// Queues a frame. Never blocks.
    pub fn push(&self, frame: Frame) {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        if queue.closed {
            return;
        }
        match &frame {
            Frame::Reply { .. } | Frame::Refused(_) | Frame::Pong { .. } => {
                queue.replies += 1;
                if queue.replies > MAX_REPLIES {
                    queue.frames.clear();
                    queue.frames.push_back(Frame::Bye(Farewell::Abuse));
                    queue.closed = true;
                    self.ready.notify_one();
                    return;
                }
            }
            Frame::Bye(_) => queue.closed = true,
            // A view makes up for all that was dropped.
            Frame::View { .. } | Frame::Welcome { .. } => (queue.behind, queue.told) = (false, false),
            Frame::Event { .. } if queue.behind => return,
            Frame::Event { .. } => {}
        }
        queue.frames.push_back(frame);
        if queue.frames.len() - queue.replies > MAX_QUEUED && !queue.closed {
            queue.frames.retain(|frame| {
                matches!(frame, Frame::Reply { .. } | Frame::Refused(_) | Frame::Pong { .. })
            });
            queue.behind = true;
        }
        self.ready.notify_one();
    }

    /// The next frame, when there is one.
    pub async fn next(&self) -> Next {
        loop {
            {
                let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(frame) = queue.frames.pop_front() {
                    if matches!(frame, Frame::Reply { .. } | Frame::Refused(_) | Frame::Pong { .. }) {
                        queue.replies -= 1;
                    }
                    return Next::Frame(frame);
                }
                if queue.frames.capacity() > KEPT {
                    // A burst's memory goes back: there are thousands of these, and most are quiet.
                    queue.frames = VecDeque::new();
                }
                if queue.closed {
                    return Next::Closed;
                }
                if queue.behind && !queue.told {
                    queue.told = true;
                    return Next::Behind;
                }
            }
            self.ready.notified().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(v: u64) -> Frame {
        let clock = Clock { now: crate::games::MatchTime(0), running: false };
        let frame = EventFrame { v, clock, events: vec![RoomEvent::Lobby], encoded: OnceLock::new() };
        Frame::Event { prev: v - 1, frame: Arc::new(frame) }
    }

    #[tokio::test]
    async fn a_slow_client_loses_events_but_no_reply_and_is_told() {
        let outbox = Outbox::default();
        outbox.push(Frame::Reply { id: 1, result: Ok(1) });
        for v in 1..=(MAX_QUEUED as u64 + 10) {
            outbox.push(event(v));
        }
        outbox.push(Frame::Reply { id: 2, result: Ok(2) });
        assert!(matches!(outbox.next().await, Next::Frame(Frame::Reply { id: 1, .. })));
        assert!(matches!(outbox.next().await, Next::Frame(Frame::Reply { id: 2, .. })));
        assert!(matches!(outbox.next().await, Next::Behind));
    }

    #[tokio::test]
    async fn a_client_that_reads_no_replies_is_cut_off() {
        let outbox = Outbox::default();
        for id in 0..=(MAX_REPLIES as u32) {
            outbox.push(Frame::Reply { id, result: Ok(0) });
        }
        assert!(matches!(outbox.next().await, Next::Frame(Frame::Bye(Farewell::Abuse))));
        assert!(matches!(outbox.next().await, Next::Closed));
    }
}
