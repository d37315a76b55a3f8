//! The room: a lasting table with members, a host, chat, settings and at most one running match.
//!
//! [`state`] is pure (an entry goes in, events come out); the actor around it owns time, journal and connections.

mod actor;
pub mod entry;
mod history;
pub mod mirror;
pub mod outbox;
pub mod ports;
pub mod rebuild;
pub mod record;
mod registry;
pub mod state;
#[cfg(test)]
mod tests;
pub mod wire;

pub use actor::{ConnId, Hello, Msg};
pub use registry::{Bounds, CODE_LENGTH, Card, NewRoom, RoomHandle, Rooms};
