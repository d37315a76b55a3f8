//! Sessions that were looked up lately, so that a request costs no query.

use super::token::SessionHash;
use crate::store::users::User;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Sessions kept.
const CAPACITY: u64 = 10_000;
/// How long one is believed: bounds how late a change from outside (a restored database) is noticed.
const BELIEVED: Duration = Duration::from_mins(5);

/// A session as it was read.
#[derive(Debug, Clone)]
pub(super) struct Cached {
    pub(super) user: Arc<User>,
    pub(super) seen_at: i64,
    pub(super) expires_at: i64,
}

/// The cache. A session read before a change and put after it must not come back, so every removal starts a new era, and
/// what was read in an older one is not put. Players are kept apart, so that a new name reaches all their sessions.
pub(super) struct Cache {
    sessions: moka::sync::Cache<SessionHash, Known>,
    users: moka::sync::Cache<String, Arc<User>>,
    era: Mutex<u64>,
}

#[derive(Debug, Clone)]
struct Known {
    user: Arc<str>,
    seen_at: i64,
    expires_at: i64,
}

impl Default for Cache {
    fn default() -> Self {
        Self {
            sessions: moka::sync::Cache::builder().max_capacity(CAPACITY).time_to_live(BELIEVED).build(),
            users: moka::sync::Cache::builder().max_capacity(CAPACITY).time_to_live(BELIEVED).build(),
            era: Mutex::new(0),
        }
    }
}

impl Cache {
    fn lock(&self) -> MutexGuard<'_, u64> {
        // A plain number is whole whatever happened.
        self.era.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn get(&self, hash: SessionHash) -> Option<Cached> {
        let known = self.sessions.get(&hash)?;
        let user = self.users.get(&*known.user)?;
        Some(Cached { user, seen_at: known.seen_at, expires_at: known.expires_at })
    }

    /// The era, to be taken before reading what is to be put.
    pub(super) fn era(&self) -> u64 {
        *self.lock()
    }

    /// Puts what was read in `era`, unless something was removed since.
    pub(super) fn put(&self, era: u64, hash: SessionHash, session: &Cached) {
        let now = self.lock();
        if *now == era {
            let user: Arc<str> = session.user.id.as_str().into();
            self.users.insert(session.user.id.clone(), session.user.clone());
            self.sessions
                .insert(hash, Known { user, seen_at: session.seen_at, expires_at: session.expires_at });
        }
    }

    /// Notes another use of a cached session; `false` when it is gone or was noted meanwhile.
    pub(super) fn refresh(&self, hash: SessionHash, seen_at: i64, expires_at: i64) -> bool {
        let _era = self.lock();
        match self.sessions.get(&hash) {
            Some(known) if known.seen_at < seen_at => {
                self.sessions.insert(hash, Known { seen_at, expires_at, ..known });
                true
            }
            _ => false,
        }
    }

    /// Removes a session.
    pub(super) fn forget(&self, hash: SessionHash) {
        let mut era = self.lock();
        *era += 1;
        self.sessions.invalidate(&hash);
    }

    /// Removes what is known of a player.
    pub(super) fn forget_user(&self, id: &str) {
        let mut era = self.lock();
        *era += 1;
        self.users.invalidate(id);
    }
}
