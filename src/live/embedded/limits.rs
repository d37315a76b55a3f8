//! The limiter in this process: a theoretical arrival time per key, in moka.

use crate::live::limits::{Limiter, Rate, Verdict};
use moka::policy::EvictionPolicy;
use moka::sync::Cache;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use xxhash_rust::xxh3::{xxh3_64_with_seed, xxh3_128_with_seed};

/// Monotonic time since some moment.
pub type Clock = Arc<dyn Fn() -> Duration + Send + Sync>;

/// Keys kept by default: 37 MB when all are in use (measured), nothing before.
pub const KEYS: u64 = 100_000;

/// GCRA: what is kept of a key is one number, the time at which it would be at rest again ("theoretical
/// arrival time"). An event moves that by `per / events`; one that would move it further than `burst` such
/// steps from now is refused and moves nothing.
///
/// A key is kept as a 128-bit hash under a seed of this process, so nobody outside can make two meet. Past
/// the bound the least recently used are forgotten, which lets them begin anew: a flood of fresh keys never
/// locks anybody out.
pub struct EmbeddedLimiter {
    /// Nanoseconds of `clock`. Behind an `Arc`, so that concurrent checks of one key count in one place.
    rests: Cache<u128, Arc<AtomicU64>>,
    clock: Clock,
    seed: u64,
}

impl std::fmt::Debug for EmbeddedLimiter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EmbeddedLimiter").field("keys", &self.rests.entry_count()).finish_non_exhaustive()
    }
}

impl Default for EmbeddedLimiter {
    fn default() -> Self {
        Self::new(KEYS)
    }
}

impl EmbeddedLimiter {
    /// A limiter that remembers at most so many keys.
    pub fn new(keys: u64) -> Self {
        let start = Instant::now();
        Self::with_clock(keys, Arc::new(move || start.elapsed()))
    }

    /// As [`Self::new`], with another source of time.
    pub fn with_clock(keys: u64, clock: Clock) -> Self {
        // LRU, not moka's default: that keeps a new key out while old ones were used more often, and what is
        // not kept is not limited.
        let rests = Cache::builder().max_capacity(keys).eviction_policy(EvictionPolicy::lru()).build();
        Self { rests, clock, seed: RandomState::new().hash_one(0) }
    }

    fn key(&self, name: &str, key: &str) -> u128 {
        xxh3_128_with_seed(key.as_bytes(), xxh3_64_with_seed(name.as_bytes(), self.seed))
    }

    /// Keys remembered now, about: what was added or is to be evicted at this moment may not be counted yet.
    pub fn keys(&self) -> u64 {
        self.rests.entry_count()
    }
}

impl Limiter for EmbeddedLimiter {
    /// A rate of no events, or no burst, refuses everything.
    fn check(&self, name: &'static str, key: &str, rate: Rate) -> Verdict {
        if rate.events == 0 || rate.burst == 0 {
            return Verdict::Refused { retry_after: rate.per };
        }
        let key = self.key(name, key);
        let rest = self.rests.get(&key).unwrap_or_else(|| self.rests.get_with(key, Arc::default));
        let now = nanos((self.clock)());
        let step = (nanos(rate.per) / u64::from(rate.events)).max(1);
        let limit = now.saturating_add(step.saturating_mul(u64::from(rate.burst)));
        let mut at = rest.load(Ordering::Relaxed);
        loop {
            let next = at.max(now).saturating_add(step);
            if next > limit {
                return Verdict::Refused { retry_after: Duration::from_nanos(next - limit) };
            }
            match rest.compare_exchange_weak(at, next, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return Verdict::Allowed { remaining: ((limit - next) / step) as u32 },
                Err(found) => at = found,
            }
        }
    }

    fn peek(&self, name: &'static str, key: &str, rate: Rate) -> Verdict {
        if rate.events == 0 || rate.burst == 0 {
            return Verdict::Refused { retry_after: rate.per };
        }
        let now = nanos((self.clock)());
        let step = (nanos(rate.per) / u64::from(rate.events)).max(1);
        let limit = now.saturating_add(step.saturating_mul(u64::from(rate.burst)));
        let at = self.rests.get(&self.key(name, key)).map_or(0, |rest| rest.load(Ordering::Relaxed));
        let next = at.max(now).saturating_add(step);
        if next > limit {
            return Verdict::Refused { retry_after: Duration::from_nanos(next - limit) };
        }
        Verdict::Allowed { remaining: ((limit - next) / step) as u32 }
    }
}

/// Nanoseconds, up to 584 years.
fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A clock that is set, in microseconds.
    fn limiter(keys: u64) -> (EmbeddedLimiter, Arc<AtomicU64>) {
        let time = Arc::new(AtomicU64::new(0));
        let read = time.clone();
        let clock: Clock = Arc::new(move || Duration::from_micros(read.load(Ordering::SeqCst)));
        (EmbeddedLimiter::with_clock(keys, clock), time)
    }

    fn rate(events: u32, millis: u64, burst: u32) -> Rate {
        Rate { events, per: Duration::from_millis(millis), burst }
    }

    fn allowed(verdict: Verdict) -> bool {
        matches!(verdict, Verdict::Allowed { .. })
    }

    #[test]
    fn a_peek_says_what_a_check_would_and_counts_nothing() {
        let (limiter, _time) = limiter(10);
        let rate = rate(10, 1000, 2);
        for _ in 0..5 {
            assert_eq!(limiter.peek("a", "k", rate), Verdict::Allowed { remaining: 1 });
        }
        assert!(allowed(limiter.check("a", "k", rate)) && allowed(limiter.check("a", "k", rate)));
        assert_eq!(limiter.peek("a", "k", rate), limiter.check("a", "k", rate));
        assert!(!allowed(limiter.peek("a", "k", rate)));
    }

    #[test]
    fn a_burst_then_the_rate_then_full_again() {
        let (limiter, time) = limiter(10);
        let rate = rate(10, 1000, 3);
        for remaining in [2, 1, 0] {
            assert_eq!(limiter.check("a", "k", rate), Verdict::Allowed { remaining });
        }
        let retry_after = Duration::from_millis(100);
        assert_eq!(limiter.check("a", "k", rate), Verdict::Refused { retry_after });
        time.store(99_999, Ordering::SeqCst);
        let retry_after = Duration::from_micros(1);
        assert_eq!(limiter.check("a", "k", rate), Verdict::Refused { retry_after });
        // A refused event costs nothing.
        time.store(100_000, Ordering::SeqCst);
        assert_eq!(limiter.check("a", "k", rate), Verdict::Allowed { remaining: 0 });
        assert!(!allowed(limiter.check("a", "k", rate)));
        // A pause fills it up, to the burst and no further.
        time.store(60_000_000, Ordering::SeqCst);
        for remaining in [2, 1, 0] {
            assert_eq!(limiter.check("a", "k", rate), Verdict::Allowed { remaining });
        }
        assert!(!allowed(limiter.check("a", "k", rate)));
    }

    #[test]
    fn names_and_keys_do_not_touch_each_other() {
        let (limiter, _) = limiter(100);
        let rate = rate(1, 1000, 1);
        for (name, key) in [("a", "x"), ("a", "y"), ("b", "x"), ("ax", ""), ("a", ""), ("", "ax")] {
            assert!(allowed(limiter.check(name, key, rate)), "{name} {key}");
            assert!(!allowed(limiter.check(name, key, rate)), "{name} {key}");
        }
    }

    #[test]
    fn odd_rates_are_answered() {
        let (limiter, _) = limiter(100);
        assert!(!allowed(limiter.check("none", "k", rate(0, 1000, 5))));
        assert!(!allowed(limiter.check("no burst", "k", rate(5, 1000, 0))));
        assert!(allowed(limiter.check("no time", "k", rate(u32::MAX, 0, 1))));
        let rate = Rate { events: 1, per: Duration::MAX, burst: u32::MAX };
        assert!(allowed(limiter.check("forever", "k", rate)));
    }

    #[test]
    fn threads_together_get_no_more_than_the_burst() {
        let (limiter, _) = limiter(100);
        let rate = rate(1, 1_000_000, 1000);
        let passed: usize = std::thread::scope(|scope| {
            let check = || (0..500).filter(|_| allowed(limiter.check("a", "k", rate))).count();
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(check)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(passed, 1000);
    }

    #[test]
    fn many_keys_stay_within_the_bound() {
        // A million are counted in benches/journal.rs.
        let (limiter, _) = limiter(1000);
        let rate = rate(1, 1000, 1);
        for i in 0..100_000 {
            assert!(allowed(limiter.check("a", &i.to_string(), rate)));
        }
        assert!(limiter.keys() <= 2000, "{}", limiter.keys());
        limiter.rests.run_pending_tasks();
        assert!(limiter.keys() <= 1000, "{}", limiter.keys());
        // The newest are remembered, the oldest are not.
        assert!(!allowed(limiter.check("a", "99999", rate)));
        assert!(allowed(limiter.check("a", "0", rate)));
    }

    #[test]
    fn a_key_that_keeps_coming_is_limited_in_a_flood_of_others() {
        let (limiter, _) = limiter(1000);
        let rate = rate(1, 1000, 1);
        assert!(allowed(limiter.check("a", "known", rate)));
        for i in 0..20_000 {
            limiter.check("a", &i.to_string(), rate);
            if i % 100 == 0 {
                assert!(!allowed(limiter.check("a", "known", rate)), "{i}");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// In any window of time no more pass than the burst and what the rate gives back, and `retry_after`
        /// is exact.
        #[test]
        fn never_more_than_the_rate(events in 1u32..50, millis in 1u64..5000, burst in 1u32..20, gaps in proptest::collection::vec(0u64..400_000, 1..200)) {
            let (limiter, time) = limiter(10);
            let rate = rate(events, millis, burst);
            let (mut now, mut passed) = (0, Vec::new());
            for gap in gaps {
                now += gap;
                time.store(now, Ordering::SeqCst);
                match limiter.check("a", "k", rate) {
                    Verdict::Allowed { remaining } => {
                        prop_assert!(remaining < burst);
                        passed.push(now);
                    }
                    Verdict::Refused { retry_after } => {
                        let micros = retry_after.as_nanos().div_ceil(1000) as u64;
                        prop_assert!(micros > 0);
                        if micros > 1 {
                            time.store(now + micros - 1, Ordering::SeqCst);
                            prop_assert!(!allowed(limiter.check("a", "k", rate)));
                        }
                        now += micros;
                        time.store(now, Ordering::SeqCst);
                        prop_assert!(allowed(limiter.check("a", "k", rate)));
                        passed.push(now);
                    }
                }
            }
            for (i, from) in passed.iter().enumerate() {
                for (n, to) in passed[i..].iter().enumerate() {
                    let given_back = (to - from) as f64 * f64::from(events) / (millis as f64 * 1000.0);
                    prop_assert!((n + 1) as f64 <= f64::from(burst) + given_back + 1e-3);
                }
            }
        }
    }
}
