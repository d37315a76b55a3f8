//! What can go wrong with accounts.

use super::names::BadName;
use crate::store::StoreError;

/// Why accounts did not do what they were asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AccountError {
    /// The name is not one that can be shown.
    #[error(transparent)]
    BadName(#[from] BadName),
    /// The code to move was never given, has been used, or is older than five minutes.
    #[error("this code is not valid any more; make a new one on the other device")]
    TransferInvalid,
    /// The session has ended meanwhile.
    #[error("this session has ended; reload the page")]
    SessionEnded,
    /// There is no such player.
    #[error("there is no such player")]
    NoSuchUser,
    /// The store could not.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl AccountError {
    /// The stable code for clients.
    pub fn code(&self) -> &'static str {
        match self {
            Self::BadName(_) => "bad_name",
            Self::TransferInvalid => "transfer_invalid",
            Self::SessionEnded => "unauthenticated",
            Self::NoSuchUser => "not_found",
            Self::Store(_) => "unavailable",
        }
    }
}
