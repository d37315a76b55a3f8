//! Ways in for realtime clients: wire <-> the same typed commands and events. No rules here.

mod codec;
#[cfg(test)]
mod documented;
pub mod sockets;
#[cfg(test)]
mod typescript;
pub mod wire;
pub mod ws;

pub use codec::write as frame_text;
