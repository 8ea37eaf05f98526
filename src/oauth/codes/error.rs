//! The reasons why a code is refused or not redeemed.

use crate::{
    client::ClientLookupError,
    internal::{InternalError, convert_faults},
    session,
    token::{SpendError, TokenRejection},
};

/// The reason why a code is refused. For logs and metrics: the response is the same for every reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.as_str())]
pub enum CodeRejection {
    /// The code itself is rejected.
    Token(#[from] TokenRejection),
    /// The code belongs to another client.
    OtherClient,
    /// The code was sent to another redirect URI.
    OtherRedirectUri,
    /// The `code_verifier` does not match.
    CodeVerifier,
    /// The code was issued for another purpose.
    OtherIntent,
    /// The request does not prove the possession of the key that the code is bound to.
    OtherKey,
    /// The code has been redeemed.
    Spent,
    /// The user is deleted, disabled, or has another epoch.
    Ended,
}

impl CodeRejection {
    /// The reason as logs and metrics name it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Token(rejected) => rejected.as_str(),
            Self::OtherClient => "other client",
            Self::OtherRedirectUri => "other redirect uri",
            Self::CodeVerifier => "code verifier",
            Self::OtherIntent => "other intent",
            Self::OtherKey => "other key",
            Self::Spent => "spent",
            Self::Ended => "ended",
        }
    }
}

/// The reason why a code was not redeemed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The code is refused.
    #[error("refused: {0}")]
    Refused(#[from] CodeRejection),
    /// The request names no known client.
    #[error(transparent)]
    Client(#[from] ClientLookupError),
    /// The session could not be minted.
    #[error(transparent)]
    Session(#[from] session::Error),
    /// A fault of the service.
    #[error(transparent)]
    Internal(InternalError),
}

convert_faults!(Error, |rejected| Self::Refused(CodeRejection::Token(
    rejected
)));

impl From<SpendError> for Error {
    fn from(not_spent: SpendError) -> Self {
        match InternalError::unrecordable(not_spent) {
            Some(fault) => Self::Internal(fault),
            None => Self::Refused(CodeRejection::Spent),
        }
    }
}
