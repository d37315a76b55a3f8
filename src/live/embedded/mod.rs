//! The live port in this process: redb, moka, tokio.

#[doc(hidden)]
pub mod faulty;
pub mod journal;
pub mod limits;

pub use journal::{Checked, Disk, EmbeddedJournal, FileDisk, OpenError, Options, Tidy};
pub use limits::EmbeddedLimiter;
