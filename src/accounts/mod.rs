//! Players without a form: guests, their names and sessions, and moving to another device.
//!
//! A session is known by an opaque token, of which only the SHA-256 is kept. Most requests cost no query: sessions are
//! cached for some minutes, and what changes them drops them from the cache.

mod cache;
mod error;
pub mod names;
mod token;
mod words;

pub use crate::store::users::User;
pub use error::AccountError;
pub use names::{BadName, check_name};
pub use token::{SessionHash, Token, TransferCode};

use crate::store::{Store, new_id, now_ms, sessions, users};
use cache::{Cache, Cached};
use std::sync::Arc;

/// A session lasts so long after it was last used, in milliseconds.
pub const SESSION_MS: i64 = 90 * 86_400_000;
/// A code to move to another device lasts so long, in milliseconds.
pub const TRANSFER_MS: i64 = 5 * 60_000;
/// How often the use of a session is noted, in milliseconds.
const TOUCH_MS: i64 = 3_600_000;
/// Expired sessions and codes that one step of [`Accounts::purge`] forgets.
const PURGE_STEP: i64 = 500;

/// The accounts of one server. Clones share everything.
#[derive(Clone)]
pub struct Accounts {
    store: Store,
    cache: Arc<Cache>,
}

impl std::fmt::Debug for Accounts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Accounts")
    }
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The player.
    pub user: User,
    /// Which of the player's sessions; connections are known by it, so that they can be closed when it ends.
    pub hash: SessionHash,
}

/// A code that moves a session to another device.
#[derive(Debug, Clone)]
pub struct Transfer {
    /// The code.
    pub code: TransferCode,
    /// Unix milliseconds.
    pub expires_at: i64,
}

/// What using a code gives.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// The player.
    pub user: User,
    /// The new session's token.
    pub token: Token,
    /// The session that has ended by it: close its connections.
    pub ended: SessionHash,
}

impl Accounts {
    /// Accounts over a store.
    pub fn new(store: Store) -> Self {
        Self { store, cache: Arc::default() }
    }

    /// Makes a guest with a session. Without a name one is drawn.
    pub async fn guest(&self, name: Option<String>) -> Result<(User, Token), AccountError> {
        let name = match name {
            Some(name) => check_name(&name)?,
            None => names::draw(),
        };
        let user = User { id: new_id("usr"), name, account: false, created_at: now_ms() };
        let token = Token::new();
        let (new, hash) = (user.clone(), token.hash());
        self.store
            .write(move |tx| {
                users::insert(tx, &new)?;
                sessions::insert(tx, &hash.0, &new.id, new.created_at, new.created_at + SESSION_MS)
            })
            .await?;
        Ok((user, token))
    }

    /// The session of a token, `None` when there is none (any more).
    pub async fn authenticate(&self, token: &str) -> Result<Option<Session>, AccountError> {
        let Some(hash) = Token::hash_of(token) else { return Ok(None) };
        self.session(hash).await
    }

    /// The session of a token's hash, for connections that outlive a request.
    pub async fn session(&self, hash: SessionHash) -> Result<Option<Session>, AccountError> {
        let now = now_ms();
        let (user, seen_at) = match self.cache.get(hash) {
            Some(found) if found.expires_at > now => (found.user, found.seen_at),
            _ => {
                let era = self.cache.era();
                let Some(found) = self.store.read(move |tx| sessions::find(tx, &hash.0, now)).await? else {
                    return Ok(None);
                };
                let user = Arc::new(found.user);
                let cached =
                    Cached { user: user.clone(), seen_at: found.seen_at, expires_at: found.expires_at };
                self.cache.put(era, hash, &cached);
                (user, found.seen_at)
            }
        };
        if now - seen_at >= TOUCH_MS {
            self.touch(hash, &user.id, now).await;
        }
        Ok(Some(Session { user: User::clone(&user), hash }))
    }

    /// Notes that a session was used. That this fails is no reason to turn its player away.
    async fn touch(&self, hash: SessionHash, user: &str, now: i64) {
        // The cache first, so that of many requests at once only one writes, and a full disk is tried once an hour.
        if !self.cache.refresh(hash, now, now + SESSION_MS) {
            return;
        }
        let id = user.to_owned();
        let noted = self
            .store
            .write(move |tx| {
                sessions::touch(tx, &hash.0, now, now + SESSION_MS)?;
                users::touch(tx, &id, now)
            })
            .await;
        if let Err(error) = noted {
            tracing::warn!(%error, "the use of a session could not be noted");
        }
    }

    /// The player of this id.
    pub async fn find(&self, id: &str) -> Result<Option<User>, AccountError> {
        let id = id.to_owned();
        Ok(self.store.read(move |tx| users::find(tx, &id)).await?)
    }

    /// Gives a player another name; answers the player with the name as it is kept.
    pub async fn rename(&self, id: &str, name: &str) -> Result<User, AccountError> {
        let name = check_name(name)?;
        let of = id.to_owned();
        let user = self.store.write(move |tx| users::rename(tx, &of, &name)).await?;
        self.cache.forget_user(id);
        user.ok_or(AccountError::NoSuchUser)
    }

    /// Ends a session; close its connections. `false` when it had ended before.
    pub async fn logout(&self, hash: SessionHash) -> Result<bool, AccountError> {
        let ended = self.store.write(move |tx| sessions::delete(tx, &hash.0)).await;
        self.cache.forget(hash);
        Ok(ended?)
    }

    /// Makes a code with which another device takes this session over. An earlier code of the session is void.
    pub async fn transfer(&self, session: &Session) -> Result<Transfer, AccountError> {
        let code = TransferCode::new();
        let expires_at = now_ms() + TRANSFER_MS;
        let (hash, from, user) = (code.hash(), session.hash, session.user.id.clone());
        let made = self.store.write(move |tx| sessions::offer(tx, &hash, &from.0, &user, expires_at)).await;
        match made {
            Ok(()) => Ok(Transfer { code, expires_at }),
            // The session ended since it was authenticated.
            Err(error) if error.constraint() == Some("foreign_key") => Err(AccountError::SessionEnded),
            Err(error) => Err(error.into()),
        }
    }

    /// Uses a code: a new session here, and the one that gave the code ends. Of many at once exactly one succeeds.
    pub async fn claim(&self, code: &str) -> Result<Claimed, AccountError> {
        let code = TransferCode::parse(code).ok_or(AccountError::TransferInvalid)?;
        let token = Token::new();
        let (code, hash, now) = (code.hash(), token.hash(), now_ms());
        let claimed = self
            .store
            .write(move |tx| {
                let Some((user, ended)) = sessions::claim(tx, &code, now)? else { return Ok(None) };
                sessions::insert(tx, &hash.0, &user, now, now + SESSION_MS)?;
                Ok(users::find(tx, &user)?.map(|user| (user, SessionHash(ended))))
            })
            .await?;
        let (user, ended) = claimed.ok_or(AccountError::TransferInvalid)?;
        self.cache.forget(ended);
        Ok(Claimed { user, token, ended })
    }

    /// Forgets expired sessions and codes; answers how many. Call it now and then.
    pub async fn purge(&self) -> Result<usize, AccountError> {
        let now = now_ms();
        let mut all = 0;
        loop {
            let gone = self.store.write(move |tx| sessions::purge(tx, now, PURGE_STEP)).await?;
            all += gone;
            if gone < PURGE_STEP as usize {
                return Ok(all);
            }
        }
    }
}

#[cfg(test)]
mod tests;
