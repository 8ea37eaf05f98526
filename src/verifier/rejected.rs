//! The reasons why a token was not accepted.

use std::time::Duration;

use crate::{dpop::ProofRejection, jws_compact::CompactError};

/// The reason why there are no claims. It decides between 401 and 503, so a client does not log out because
/// of a fault of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The token is invalid: 401.
    #[error("the token was refused: {0}")]
    Rejected(#[from] Rejected),
    /// The token cannot be verified at the moment: 503. A client must not log out because of this.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// The keys of the issuer are unavailable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the keys of the issuer are unavailable")]
pub struct Unavailable {
    /// The time until the next request to the issuer.
    pub retry_after: Duration,
}

/// The reason why a token was refused. For logs and metrics: responses should distinguish `Proof` and `BoundToken` only,
/// which a client can correct.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[error("{}", self.as_str())]
#[non_exhaustive]
pub enum Rejected {
    /// The token is longer than any valid token.
    TooLong,
    /// The token does not have three parts of base64url.
    Malformed,
    /// The header has members other than `alg`, `typ` and `kid`, or values that are not accepted.
    Header,
    /// The issuer has no key with this `kid`.
    UnknownKey,
    /// The signature is invalid.
    Signature,
    /// A claim is missing, occurs twice, or has the wrong type.
    Claims,
    /// The token has another issuer.
    Issuer,
    /// The token is for another audience.
    Audience,
    /// The time of issue or `nbf` is in the future.
    InFuture,
    /// The token has expired.
    Expired,
    /// The token is bound to a key, and the request presents it as a bearer token.
    BoundToken,
    /// The token is not bound to a key, and the request presents it as a bound one.
    Unbound,
    /// The `DPoP` proof is missing or refused.
    Proof(#[from] ProofRejection),
}

impl Rejected {
    /// Returns the reason in words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TooLong => "too long",
            Self::Malformed => "malformed",
            Self::Header => "header",
            Self::UnknownKey => "unknown key",
            Self::Signature => "signature",
            Self::Claims => "claims",
            Self::Issuer => "issuer",
            Self::Audience => "audience",
            Self::InFuture => "in the future",
            Self::Expired => "expired",
            Self::BoundToken => "bound token",
            Self::Unbound => "unbound",
            Self::Proof(rejection) => rejection.as_str(),
        }
    }
}

impl From<CompactError> for Rejected {
    fn from(error: CompactError) -> Self {
        match error {
            CompactError::Malformed => Self::Malformed,
            CompactError::Header => Self::Header,
        }
    }
}

impl From<CompactError> for Error {
    fn from(error: CompactError) -> Self {
        Rejected::from(error).into()
    }
}
