//! The limiter port: GCRA per key.

use std::time::Duration;

/// A rate with a burst.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// So many …
    pub events: u32,
    /// … in this time, on average.
    pub per: Duration,
    /// So many at once.
    pub burst: u32,
}

/// What the limiter says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Go on; so many more may follow at once.
    Allowed {
        /// How many.
        remaining: u32,
    },
    /// Too fast; try again after this time.
    Refused {
        /// When.
        retry_after: Duration,
    },
}

/// Counts events per key, bounded in memory (least recently used keys are forgotten).
pub trait Limiter: Send + Sync {
    /// One event of `key` in the bucket `name` at rate `rate`.
    fn check(&self, name: &'static str, key: &str, rate: Rate) -> Verdict;
    /// What [`Limiter::check`] would say, without counting: for things of which only failures count (guessed codes), which
    /// must be refused before it shows whether they would have succeeded.
    fn peek(&self, name: &'static str, key: &str, rate: Rate) -> Verdict;
}
