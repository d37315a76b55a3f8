//! Snug: game night in one binary.
//!
//! # Layout
//!
//! Who may import whom (nothing points back up):
//!
//! ```text
//! cli -> app -> { doors, http } -> { room, accounts, ladder, packs } -> { store, live }
//!                                  { room, packs } -> games
//! ```
//!
//! [`games`] holds pure rules and imports nothing of ours. [`store`] and [`live`] know no game.
//! [`doors`] and [`http`] hold no rules. [`config`] and [`telemetry`] may be used by all.

pub mod accounts;
pub mod app;
pub mod cli;
pub mod config;
pub mod doors;
pub mod games;
pub mod http;
pub mod ladder;
pub mod live;
pub mod packs;
pub mod room;
pub mod store;
pub mod telemetry;
