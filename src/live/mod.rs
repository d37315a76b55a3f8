//! The live port: journal and limits, in this process (`embedded`) or, later, elsewhere. Knows no game.

pub mod embedded;
pub mod journal;
pub mod limits;

pub use journal::{Append, Appended, Journal, JournalError, Latest, RoomLog};
