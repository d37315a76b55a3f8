//! The room: a lasting table with members, a host, chat, settings and at most one running match.
//!
//! [`state`] is pure (an input goes in, events come out), the actor around it owns time, journal and connections.

pub mod wire;
