//! Rates by name, and the refusal when one is exceeded.

use super::error::ApiError;
use crate::config::Limits;
use crate::live::limits::{Limiter, Rate, Verdict};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);

/// Requests to `/api`, an address.
pub fn requests(limits: &Limits) -> Rate {
    Rate { events: limits.requests_per_second, per: SECOND, burst: limits.requests_burst }
}

/// Requests for the page, its files and map tiles, an address.
pub fn assets(limits: &Limits) -> Rate {
    Rate { events: limits.assets_per_second, per: SECOND, burst: limits.assets_burst }
}

/// New sockets, an address.
pub fn sockets(limits: &Limits) -> Rate {
    Rate { events: limits.sockets_per_minute, per: MINUTE, burst: limits.sockets_burst }
}

/// New guests, an address.
pub fn guests(limits: &Limits) -> Rate {
    Rate { events: limits.guests_per_minute, per: MINUTE, burst: limits.guests_burst }
}

/// New rooms, an address.
pub fn rooms(limits: &Limits) -> Rate {
    Rate { events: limits.rooms_per_minute, per: MINUTE, burst: limits.rooms_burst }
}

/// Codes that turned out not to exist, an address.
pub fn bad_codes(limits: &Limits) -> Rate {
    Rate { events: limits.bad_codes_per_minute, per: MINUTE, burst: limits.bad_codes_per_minute }
}

/// Place searches, a player.
pub fn searches(limits: &Limits) -> Rate {
    Rate { events: limits.searches_per_second, per: SECOND, burst: limits.searches_burst }
}

/// Chat lines and emotes, a member.
pub fn chats(limits: &Limits) -> Rate {
    Rate { events: limits.chats_per_minute, per: MINUTE, burst: limits.chats_burst }
}

/// Frames, a socket.
pub fn frames(limits: &Limits) -> Rate {
    Rate { events: limits.frames_per_second, per: SECOND, burst: limits.frames_burst }
}

/// Counts one event of `key` in the bucket `name`; too fast is 429 with `Retry-After`.
pub fn limit(limiter: &dyn Limiter, name: &'static str, key: &str, rate: Rate) -> Result<(), ApiError> {
    allowed(limiter.check(name, key, rate))
}

/// The bucket of codes that turned out not to exist; the WebSocket door counts in the same.
pub const BAD_CODES: &str = "bad_codes";

/// A refusal as 429 with `Retry-After`.
pub fn allowed(verdict: Verdict) -> Result<(), ApiError> {
    match verdict {
        Verdict::Allowed { .. } => Ok(()),
        Verdict::Refused { retry_after } => {
            let seconds = retry_after.as_millis().div_ceil(1000).max(1);
            let message = format!("Too many of these from here; wait {seconds} s and try again.");
            Err(ApiError::too_many("too_many_requests", message, retry_after))
        }
    }
}
