//! Everything that is tested through the real server. One target, so that the crate is linked once.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking, also in its helpers")]

mod bounds;
mod command;
mod crash;
mod durability;
mod frames;
mod postgres;
mod rest;
mod rooms;
mod support;
