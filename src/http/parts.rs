//! What the resources need besides [`Http`], and who asks.

use super::client::{bearer_token, session_cookie};
use super::{ApiError, HttpState};
use crate::accounts::{Accounts, Session};
use crate::ladder::Ladder;
use crate::packs::{Pack, Pictures};
use crate::room::Rooms;
use crate::room::entry::Player;
use crate::store::{Store, StoreError};
use axum::extract::FromRequestParts;
use http::request::Parts as Head;
use std::sync::Arc;
use std::time::Duration;

/// Ends the sockets of a session.
pub type CloseSession = Arc<dyn Fn(&[u8; 32]) + Send + Sync>;

/// What the resources need.
#[derive(Clone)]
pub struct Parts {
    /// Configuration, limits, links.
    pub http: HttpState,
    /// Who is who.
    pub accounts: Accounts,
    /// Open rooms.
    pub rooms: Arc<Rooms>,
    /// The store.
    pub store: Store,
    /// Boards, history, profiles.
    pub ladder: Ladder,
    /// Content.
    pub pack: Arc<Pack>,
    /// Rendered pictures.
    pub pictures: Arc<Pictures>,
    /// Ends the sockets of a session that moved or signed out.
    pub close_session: CloseSession,
}

/// The player who asks; without one the request is refused.
#[derive(Debug, Clone)]
pub struct Signed(pub Session);

/// The player who asks, if any.
#[derive(Debug, Clone)]
pub struct MaybeSigned(pub Option<Session>);

/// The token of a request: a program's bearer token, else our cookie.
pub fn token(headers: &http::HeaderMap) -> Option<&str> {
    bearer_token(headers).or_else(|| session_cookie(headers))
}

impl FromRequestParts<Parts> for MaybeSigned {
    type Rejection = ApiError;

    async fn from_request_parts(head: &mut Head, parts: &Parts) -> Result<Self, ApiError> {
        let Some(token) = token(&head.headers) else { return Ok(Self(None)) };
        Ok(Self(parts.accounts.authenticate(token).await?))
    }
}

impl FromRequestParts<Parts> for Signed {
    type Rejection = ApiError;

    async fn from_request_parts(head: &mut Head, parts: &Parts) -> Result<Self, ApiError> {
        let MaybeSigned(session) = MaybeSigned::from_request_parts(head, parts).await?;
        session.map(Self).ok_or_else(|| {
            ApiError::unauthorized(
                "not_signed_in",
                "Your session is not known. POST /api/auth/guest gives you one.",
            )
        })
    }
}

impl Signed {
    /// As rooms know them.
    pub fn player(&self) -> Player {
        let user = &self.0.user;
        Player { user: user.id.clone(), name: user.name.clone(), account: user.account }
    }
}

impl From<StoreError> for ApiError {
    fn from(why: StoreError) -> Self {
        match why {
            StoreError::Full => ApiError {
                cause: Some(why.to_string().into()),
                ..ApiError::unavailable(
                    "not_saved",
                    "The server's disk is full. Tell the host.",
                    Duration::from_secs(30),
                )
            },
            StoreError::Closed => ApiError::unavailable(
                "stopping",
                "The server is restarting. Try again in a moment.",
                Duration::from_secs(2),
            ),
            why => ApiError::internal(why),
        }
    }
}
