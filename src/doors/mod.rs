//! Ways in for realtime clients: wire <-> the same typed commands and events. No rules here.

pub mod wire;

#[cfg(test)]
mod typescript;
