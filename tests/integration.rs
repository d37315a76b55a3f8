//! Everything that is tested through the real server. One target, so that the crate is linked once.

mod command;
mod crash;
mod durability;
mod frames;
mod postgres;
mod rest;
mod rooms;
mod support;
