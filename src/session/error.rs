//! Errors of sessions.

use crate::{
    client::{Acr, ClientLookupError},
    dpop::{PossessionError, ProofError},
    internal::{InternalError, convert_faults},
    token::TokenRejection,
};

/// The reason why a token yields no session. For logs and metrics: responses distinguish
/// only scope, client, and a bound token without a proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.as_str())]
pub enum SessionRefusal {
    /// The token is rejected.
    Token(#[from] TokenRejection),
    /// The token belongs to another client.
    OtherClient,
    /// The token was presented by another transport than its client's: a cookie's token in a body, or the
    /// reverse.
    OtherTransport,
    /// The token is one of a confidential client, which may not act for the user at this service.
    ConfidentialClient,
    /// The login was ended in this browser.
    LoggedOut,
    /// The user is deleted.
    UnknownUser,
    /// The user is disabled or has another epoch.
    Ended,
    /// The token is bound to another key than that of the proof.
    OtherKey,
    /// The token is bound to no key, although the client must bind its tokens or presents it as a bound one.
    Unbound,
    /// The access token is bound to a key, and is presented as a bearer token.
    BoundToken,
}

impl SessionRefusal {
    /// The reason as logs and metrics name it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Token(rejected) => rejected.as_str(),
            Self::OtherClient => "other client",
            Self::OtherTransport => "other transport",
            Self::ConfidentialClient => "confidential client",
            Self::LoggedOut => "logged out",
            Self::UnknownUser => "unknown user",
            Self::Ended => "ended",
            Self::OtherKey => "other key",
            Self::Unbound => "unbound",
            Self::BoundToken => "bound token",
        }
    }
}

/// The reason why a session was not minted or ended.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The presented token is refused.
    #[error("refused: {0}")]
    Refused(#[from] SessionRefusal),
    /// The request names no known client.
    #[error(transparent)]
    Client(#[from] ClientLookupError),
    /// The requested scope exceeds the granted one.
    #[error("the requested scope exceeds the granted scope")]
    Scope,
    /// The client does not have the requested audience, or the login is for another one (RFC 8707 §2.2).
    #[error("the resource is not an audience of the client, or not that of the login")]
    Target,
    /// The login is weaker than the client requires. Holds the required strength.
    #[error("the client requires a login of at least {}", .0.as_str())]
    Strength(Acr),
    /// The proof of possession is missing or refused.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// A fault of the service.
    #[error(transparent)]
    Internal(InternalError),
}

convert_faults!(Error, |rejected| Self::Refused(SessionRefusal::Token(
    rejected
)));

impl From<PossessionError> for Error {
    fn from(error: PossessionError) -> Self {
        match error {
            PossessionError::Proof(error) => Self::Proof(error),
            PossessionError::OtherKey => Self::Refused(SessionRefusal::OtherKey),
            PossessionError::Unbound => Self::Refused(SessionRefusal::Unbound),
        }
    }
}
