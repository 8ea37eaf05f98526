//! The reasons why a request does not prove the possession of a key.

use super::{NonceError, ProofRejection, limits::WINDOW};

/// The reason why a request does not prove the possession of a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The proof is refused.
    #[error("the proof is refused: {0}")]
    Invalid(#[from] ProofRejection),
    /// The client has to make another proof, with this nonce (RFC 9449 §8).
    #[error("the proof needs the nonce of this service: {reason}")]
    UseNonce {
        /// The nonce.
        nonce: String,
        /// The reason for the demand.
        reason: NonceReason,
    },
    /// No nonce can be derived. A fault of the service.
    #[error(transparent)]
    Unavailable(#[from] NonceError),
    /// The uses of proofs at other nodes are unknown, and the settings demand them. A fault of the service.
    #[error("the coordination server cannot be used")]
    NoCoordination,
}

/// The reason why a proof needs a nonce of this service. The client is told, so that its developer can tell a wrong
/// clock from a proof that is used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NonceReason {
    /// The settings demand a nonce in every proof.
    Always,
    /// The proof has no nonce, and its `iat` is not the present time.
    Clock,
    /// The nonce is expired or not of this service.
    Unknown,
    /// The proof was used before.
    Replayed,
    /// No more proofs can be remembered, and the nonce of this one is not the newest.
    Full,
}

impl NonceReason {
    /// Returns the reason as metrics name it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Always => "nonce always",
            Self::Clock => "nonce clock",
            Self::Unknown => "nonce unknown",
            Self::Replayed => "nonce replayed",
            Self::Full => "nonce full",
        }
    }
}

impl std::fmt::Display for NonceReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let window = WINDOW.num_seconds();
        match self {
            Self::Always => f.write_str("every proof needs the nonce in DPoP-Nonce"),
            Self::Clock => write!(
                f,
                "without a nonce, iat must be at most {window} seconds away from the present time: repeat with the \
                 nonce in DPoP-Nonce"
            ),
            Self::Unknown => f.write_str(
                "the nonce is expired or not of this service: repeat with the nonce in DPoP-Nonce",
            ),
            Self::Replayed => f.write_str(
                "the proof was used before: repeat with a new jti and the nonce in DPoP-Nonce",
            ),
            Self::Full => f.write_str(
                "the service cannot remember more proofs: repeat with the nonce in DPoP-Nonce",
            ),
        }
    }
}

/// The reason why a token or a code is not continued: a refresh token, the session of an access token, or a code with
/// `dpop_jkt`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PossessionError {
    /// The proof is missing or refused.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// The token is bound to another key.
    #[error("the token is bound to another key")]
    OtherKey,
    /// The token is bound to no key, and the client must bind its tokens.
    #[error("the token is bound to no key")]
    Unbound,
}
