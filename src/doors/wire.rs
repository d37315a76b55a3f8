//! The frames of the WebSocket door at `/ws`: one JSON object per text message. See docs/protocol.md.

use crate::room::wire::{Clock, RoomCommand, RoomEvent, RoomView, Since};
use serde::{Deserialize, Serialize};

/// A frame from a client.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "t", rename_all = "snake_case", deny_unknown_fields)]
pub enum ClientFrame {
    /// The first frame: enters a room, as a new member or back in the old seat. Due within 10 s.
    Hello {
        /// Version of this protocol: 1.
        protocol: u32,
        /// The room's code or id.
        room: String,
        /// A number that this client (tab, device) drew at random at its start: with it, command ids are told apart.
        #[cfg_attr(test, ts(type = "number"))]
        client: u64,
        /// Bearer token of the session, for clients without cookies.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        token: Option<String>,
        /// Where the client stands, if it was here before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        since: Option<Since>,
        /// New members only watch.
        #[serde(default)]
        #[cfg_attr(test, ts(optional))]
        watch: Option<bool>,
    },
    /// A command. Sent again after a cut with the same id, it gets its first reply and is not applied twice.
    Cmd {
        /// Rises by one with each command of this client.
        id: u32,
        /// What.
        cmd: RoomCommand,
    },
    /// Asks for a fresh view (the client saw a gap).
    Resync,
    /// Heartbeat; answered by `pong`.
    Ping {
        /// Comes back in the pong.
        n: u32,
    },
}

/// A frame to a client.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum ServerFrame {
    /// Answer to `hello`. Missed events follow as `event` frames; a `view` is included when they are no longer kept.
    Welcome {
        /// The room's epoch.
        epoch: u32,
        /// Version that this client has reached with this frame.
        #[cfg_attr(test, ts(type = "number"))]
        v: u64,
        /// The clock.
        clock: Clock,
        /// Set unless the events since `since` follow.
        view: Option<Box<RoomView>>,
        /// Send something at least this often, milliseconds; the server's silence may be twice as long.
        heartbeat_ms: u32,
    },
    /// A fresh view, because this client was too slow or asked for it.
    View {
        /// The room's epoch.
        epoch: u32,
        /// Its version.
        #[cfg_attr(test, ts(type = "number"))]
        v: u64,
        /// The clock.
        clock: Clock,
        /// All.
        view: Box<RoomView>,
    },
    /// What one input led to.
    Event {
        /// The version reached.
        #[cfg_attr(test, ts(type = "number"))]
        v: u64,
        /// The version that this client was sent before; another one means that a frame is missing: ask for `resync`.
        #[cfg_attr(test, ts(type = "number"))]
        prev: u64,
        /// Match time at which it happened.
        clock: Clock,
        /// In this order, at least one.
        events: Vec<RoomEvent>,
    },
    /// The one reply to a command.
    Reply {
        /// The command's id.
        id: u32,
        /// Done, at this version (0: it raised none).
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional, type = "number"))]
        v: Option<u64>,
        /// Refused.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        error: Option<ErrorBody>,
    },
    /// A frame that could not be read, or a refused `hello`. The connection lives on unless `bye` follows.
    Error {
        /// What was wrong.
        error: ErrorBody,
    },
    /// Answer to `ping`.
    Pong {
        /// From the ping.
        n: u32,
        /// The clock.
        clock: Clock,
    },
    /// The connection ends.
    Bye {
        /// Why.
        why: Bye,
        /// Come back after this many milliseconds; `None`: do not.
        retry_ms: Option<u32>,
    },
}

/// Why a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Bye {
    /// The server stops or restarts.
    Restart,
    /// The host removed this member.
    Kicked,
    /// The member left.
    Left,
    /// The room is closed.
    Closed,
    /// The seat moved to another device.
    Moved,
    /// Too many bad frames, or too fast for too long.
    Abuse,
    /// Nothing was heard for too long.
    Silent,
}

/// An error, the same on every door and over HTTP.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ErrorBody {
    /// Stable, for programs; see docs/errors.md.
    pub code: String,
    /// A sentence for a person.
    pub message: String,
}
