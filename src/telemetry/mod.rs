//! Logs and health. Parts register with it; it knows none of them.

pub mod health;
pub mod log;

pub use health::{Health, Phase, Report, Status};
pub use log::{LogError, LogGuard};
