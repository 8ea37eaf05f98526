//! Why a token was not accepted.

use std::time::Duration;

use crate::jws_compact::CompactError;

/// Why there are no claims: it makes all the difference to the client whose fault it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The token is no good: 401.
    #[error("the token was refused: {0}")]
    Rejected(#[from] Rejected),
    /// It cannot be judged at the moment: 503. A client must not log out over this.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// The keys of the issuer are not to be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the keys of the issuer are unavailable")]
pub struct Unavailable {
    /// When they will be asked for again.
    pub retry_after: Duration,
}

/// Why a token was refused. For logs and metrics; no answer should tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[error("{}", self.as_str())]
#[non_exhaustive]
pub enum Rejected {
    /// Longer than any token is.
    TooLong,
    /// Not three parts of base64url.
    Malformed,
    /// A header with other members than `alg`, `typ` and `kid`, or values that are not accepted.
    Header,
    /// The issuer has no key of that `kid`.
    UnknownKey,
    /// The signature is not that key's.
    Signature,
    /// A claim is missing, given twice, or of the wrong type.
    Claims,
    /// Another issuer's.
    Issuer,
    /// Meant for another service.
    Audience,
    /// Minted, or good, in the future only.
    InFuture,
    /// Its time is over.
    Expired,
}

impl Rejected {
    /// It in words.
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
