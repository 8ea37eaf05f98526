//! Errors of the second step of a login.

use crate::{
    internal::{InternalError, convert_faults},
    limits::RateLimited,
    token::TokenRejection,
};

/// The reason why a login does not go on. For logs and metrics: the response is the same for every reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.as_str())]
pub enum ContinuationRejection {
    /// The continuation itself is rejected.
    Token(#[from] TokenRejection),
    /// The login began in another browser, or by the API.
    Elsewhere,
    /// The user is deleted, disabled, or has another epoch.
    Ended,
    /// The continuation was used before.
    Spent,
}

impl ContinuationRejection {
    /// The reason as logs and metrics name it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Token(rejected) => rejected.as_str(),
            Self::Elsewhere => "elsewhere",
            Self::Ended => "ended",
            Self::Spent => "spent",
        }
    }
}

/// The reason why a factor was refused. For logs and metrics: the response of the API is the same for every reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.as_str())]
pub enum FactorRejection {
    /// The code is wrong.
    Wrong,
    /// The code was used.
    Used,
    /// The user has no factor of this kind.
    Missing,
}

impl FactorRejection {
    /// The reason as logs and metrics name it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Wrong => "wrong code",
            Self::Used => "used code",
            Self::Missing => "no such factor",
        }
    }
}

/// The reason why a second factor was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The login cannot go on.
    #[error("refused: continuation {0}")]
    Continuation(#[from] ContinuationRejection),
    /// The code is refused.
    #[error("refused: {0}")]
    Refused(#[from] FactorRejection),
    /// A rate limit is reached.
    #[error("rate limited")]
    Limited(RateLimited),
    /// A fault of the service.
    #[error(transparent)]
    Internal(InternalError),
}

convert_faults!(limited Error, |rejected| Self::Continuation(
    ContinuationRejection::Token(rejected)
));
