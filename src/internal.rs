//! Faults of the service, in one error that the error of every use case contains.

use crate::{
    dpop::NonceError,
    entropy::EntropyError,
    mail::MailUnavailable,
    passkey::UnreadablePasskey,
    password::HashingError,
    spent::SpendError,
    store,
    token::{MintError, TokenRejection},
};

/// A fault of the service, for which the request is not to blame. Clients may try again later, unless no mail server is
/// configured.
#[derive(Debug, thiserror::Error)]
pub enum InternalError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// A token could not be minted.
    #[error(transparent)]
    Mint(#[from] MintError),
    /// The random source failed.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// No nonce for proofs can be derived.
    #[error(transparent)]
    Nonce(#[from] NonceError),
    /// The password pool is full or failed.
    #[error(transparent)]
    Hashing(#[from] HashingError),
    /// A passkey cannot be written as text.
    #[error(transparent)]
    Passkey(#[from] UnreadablePasskey),
    /// No mail server is configured.
    #[error(transparent)]
    Mail(#[from] MailUnavailable),
    /// This node cannot verify the token now: see [`TokenRejection::is_ours`].
    #[error("the token cannot be verified now: {0}")]
    Unverifiable(TokenRejection),
    /// A stored secret of a user cannot be opened.
    #[error(
        "a stored secret cannot be opened: {0}; restore the removed file of its secret in keys.folder"
    )]
    StoredSecret(TokenRejection),
    /// The node has no memory left for the identifiers of used tokens.
    #[error("too many single-use tokens are being used at once")]
    SpentTokensFull,
    /// The server that nodes coordinate by cannot be used, and `coordination.strict` demands it.
    #[error("the coordination server cannot be used, and coordination.strict demands it")]
    NoCoordination,
}

impl InternalError {
    /// Returns the fault if this node cannot verify the token now, and `None` if the token is refused.
    pub fn unverifiable(rejected: TokenRejection) -> Option<Self> {
        rejected.is_ours().then_some(Self::Unverifiable(rejected))
    }

    /// Returns the fault if the use of a token cannot be recorded, and `None` if the token was used before.
    pub fn unrecordable(not_spent: SpendError) -> Option<Self> {
        match not_spent {
            SpendError::Before => None,
            SpendError::Full => Some(Self::SpentTokensFull),
            SpendError::Unavailable => Some(Self::NoCoordination),
        }
    }
}

/// Implements the conversions into the error of a use case, which has the variant `Internal`: from every fault of
/// the service, and from a rejected token, which is either such a fault or refused by the expression. With `limited`,
/// also from an attempt that a rate limit does not admit, into the variant `Limited` or the fault.
macro_rules! convert_faults {
    (limited $error:ty $(, |$rejected:ident| $refusal:expr)?) => {
        crate::internal::convert_faults!($error $(, |$rejected| $refusal)?);

        impl From<crate::limits::RateLimited> for $error {
            fn from(refused: crate::limits::RateLimited) -> Self {
                Self::Limited(refused)
            }
        }

        impl From<crate::limits::LimitError> for $error {
            fn from(error: crate::limits::LimitError) -> Self {
                match error {
                    crate::limits::LimitError::Reached(refused) => Self::Limited(refused),
                    crate::limits::LimitError::Unavailable => {
                        Self::Internal(crate::internal::InternalError::NoCoordination)
                    }
                }
            }
        }
    };
    ($error:ty $(, |$rejected:ident| $refusal:expr)?) => {
        impl<T: Into<crate::internal::InternalError>> From<T> for $error {
            fn from(fault: T) -> Self {
                Self::Internal(fault.into())
            }
        }
        $(
            impl From<crate::token::TokenRejection> for $error {
                fn from($rejected: crate::token::TokenRejection) -> Self {
                    match crate::internal::InternalError::unverifiable($rejected) {
                        Some(fault) => Self::Internal(fault),
                        None => $refusal,
                    }
                }
            }
        )?
    };
}
pub(crate) use convert_faults;
