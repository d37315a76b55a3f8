//! Frames to and from JSON text. The only place where a room's words become JSON.

use super::wire::{Bye, ClientFrame, ErrorBody, ServerFrame};
use crate::games::Rejection;
use crate::room::outbox::{EventFrame, Farewell, Frame};
use crate::room::wire::{Clock, RoomEvent};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;
use tokio_tungstenite::tungstenite::Utf8Bytes;

/// A client sends something at least this often, milliseconds.
pub(super) const HEARTBEAT_MS: u32 = 15_000;

/// A frame that could not be read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BadFrame {
    /// The command's number, when the frame was a command with one: it gets its reply.
    pub id: Option<u32>,
    /// What was wrong.
    pub error: ErrorBody,
}

/// An error as it goes out.
pub(super) fn error_body(why: &Rejection) -> ErrorBody {
    ErrorBody { code: why.code.clone().into_owned(), message: why.message.clone() }
}

/// Reads a client's frame.
pub(super) fn read(text: &str) -> Result<ClientFrame, BadFrame> {
    serde_json::from_str(text).map_err(|why| {
        #[derive(Deserialize)]
        struct Loose {
            t: String,
            id: Option<u32>,
        }
        let loose: Option<Loose> = serde_json::from_str(text).ok();
        let id = loose.filter(|loose| loose.t == "cmd").and_then(|loose| loose.id);
        let mut message = String::from("This frame could not be read: ");
        // serde names what it expected; the position helps whoever writes a client. What was sent is not repeated.
        let _ = write!(message, "{why}. See docs/protocol.md.");
        message.truncate(floor_boundary(&message, 400));
        BadFrame { id, error: ErrorBody { code: "bad_frame".into(), message } }
    })
}

fn floor_boundary(text: &str, mut at: usize) -> usize {
    at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Writes a frame for one client: its text on the wire.
pub fn write(frame: Frame) -> Utf8Bytes {
    let frame = match frame {
        Frame::Event { prev, frame } => return event(prev, &frame),
        Frame::Welcome { epoch, v, clock, view } => {
            ServerFrame::Welcome { epoch, v, clock, view, heartbeat_ms: HEARTBEAT_MS }
        }
        Frame::View { epoch, v, clock, view } => ServerFrame::View { epoch, v, clock, view },
        Frame::Reply { id, result: Ok(v) } => ServerFrame::Reply { id, v: Some(v), error: None },
        Frame::Reply { id, result: Err(why) } => {
            ServerFrame::Reply { id, v: None, error: Some(error_body(&why)) }
        }
        Frame::Pong { n, clock } => ServerFrame::Pong { n, clock },
        Frame::Refused(why) => ServerFrame::Error { error: error_body(&why) },
        Frame::Bye(farewell) => bye(farewell),
    };
    encode(&frame)
}

/// Writes a frame of the door itself.
pub(super) fn encode(frame: &ServerFrame) -> Utf8Bytes {
    to_json(frame)
}

fn to_json(frame: &impl Serialize) -> Utf8Bytes {
    // The wire types hold nothing that JSON cannot: no maps with odd keys, no non-finite numbers (points are checked).
    let mut text =
        serde_json::to_string(frame).unwrap_or_else(|why| unreachable!("wire types always encode: {why}"));
    // Rooms keep their newest frames, thousands of them.
    text.shrink_to_fit();
    Utf8Bytes::from(text)
}

/// [`ServerFrame::Event`] without owning its events, which many connections share.
#[derive(Serialize)]
struct EventRef<'a> {
    t: &'static str,
    v: u64,
    prev: u64,
    clock: Clock,
    events: &'a [RoomEvent],
}

/// A public event is encoded once for all who have seen the same version before it.
fn event(prev: u64, frame: &EventFrame) -> Utf8Bytes {
    let make = || {
        let event = EventRef { t: "event", v: frame.v, prev, clock: frame.clock, events: &frame.events };
        to_json(&event)
    };
    let (for_prev, bytes) = frame.encoded.get_or_init(|| (prev, Bytes::from(make())));
    if *for_prev == prev {
        // Made by `encode` above, so it is UTF-8.
        return Utf8Bytes::try_from(bytes.clone()).unwrap_or_else(|_| make());
    }
    make()
}

fn bye(farewell: Farewell) -> ServerFrame {
    let (why, retry_ms) = match farewell {
        Farewell::Restart { retry_ms } => (Bye::Restart, Some(retry_ms)),
        Farewell::Kicked => (Bye::Kicked, None),
        Farewell::Left => (Bye::Left, None),
        Farewell::Closed => (Bye::Closed, None),
        Farewell::Moved => (Bye::Moved, None),
        Farewell::Abuse => (Bye::Abuse, Some(10_000)),
    };
    ServerFrame::Bye { why, retry_ms }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::games::MatchTime;
    use crate::room::wire::RoomCommand;
    use proptest::prelude::*;
    use std::sync::{Arc, OnceLock};

    #[test]
    fn a_bad_command_keeps_its_number_so_that_it_gets_its_reply() {
        let bad = read(r#"{"t":"cmd","id":7,"cmd":{"type":"dance"}}"#).expect_err("unknown command");
        assert_eq!(bad.id, Some(7));
        assert_eq!(bad.error.code, "bad_frame");
        let bad = read(r#"{"t":"ping","n":-1}"#).expect_err("negative");
        assert_eq!(bad.id, None);
    }

    #[test]
    fn commands_are_read() {
        let frame = read(
            r#"{"t":"cmd","id":1,"cmd":{"type":"act","action":{"game":"atlas","do":"pin","round":1,"at":{"lat":1,"lon":2}}}}"#,
        );
        assert!(matches!(frame, Ok(ClientFrame::Cmd { id: 1, cmd: RoomCommand::Act { .. } })), "{frame:?}");
        let unknown = read(
            r#"{"t":"cmd","id":1,"cmd":{"type":"act","action":{"game":"atlas","do":"pin","round":1,"at":{"lat":1,"lon":2},"cheat":1}}}"#,
        );
        assert!(unknown.is_err(), "unknown fields are refused");
    }

    #[test]
    fn the_same_event_is_encoded_once_and_still_right_for_who_missed_one() {
        let clock = Clock { now: MatchTime(5), running: true };
        let frame =
            Arc::new(EventFrame { v: 9, clock, events: vec![RoomEvent::Paused], encoded: OnceLock::new() });
        let first = write(Frame::Event { prev: 8, frame: frame.clone() });
        let again = write(Frame::Event { prev: 8, frame: frame.clone() });
        let behind = write(Frame::Event { prev: 6, frame });
        assert_eq!(first, again);
        assert_eq!(first.as_ptr(), again.as_ptr(), "shared");
        assert!(behind.contains(r#""prev":6"#) && behind.contains(r#""v":9"#));
        let owned = ServerFrame::Event { v: 9, prev: 8, clock, events: vec![RoomEvent::Paused] };
        assert_eq!(first, encode(&owned), "the same text as its type on the wire");
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_reader(text in ".{0,400}") {
            let _ = read(&text);
        }
    }
}
