//! The reasons why a proof is refused.

use std::{error::Error, fmt};

use super::limits::{MAX_JTI, MAX_PROOF_BYTES, WINDOW};
use crate::{
    jws_compact::CompactError,
    key_set::{ProofAlgorithm, ProofKeyError, RSA_BITS},
};

/// The reason why a proof is refused (RFC 9449 §4.3). The client is told, so that its developer can correct it; the
/// text contains nothing of the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProofRejection {
    /// The request has no proof.
    Missing,
    /// The request has several proofs.
    Several,
    /// The proof is longer than [`MAX_PROOF_BYTES`].
    TooLong,
    /// The proof is not a JWT.
    Malformed,
    /// The header has another `typ`, has `crit`, or repeats a member.
    Header,
    /// The algorithm is not accepted.
    Algorithm,
    /// The header has no public key for the algorithm.
    Key,
    /// The header has a private or symmetric key.
    PrivateKey,
    /// The signature is invalid.
    Signature,
    /// A claim is missing, occurs twice, or has the wrong type.
    Claims,
    /// The proof is for another method.
    Method,
    /// The proof is for another URL.
    Url,
    /// The proof is for another access token.
    AccessToken,
    /// The token is bound to another key.
    OtherKey,
    /// The proof was not made now.
    Stale,
    /// The proof was used before.
    Replayed,
}

impl ProofRejection {
    /// Returns the reason as logs and metrics name it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "no proof",
            Self::Several => "several proofs",
            Self::TooLong => "too long",
            Self::Malformed => "malformed",
            Self::Header => "header",
            Self::Algorithm => "algorithm",
            Self::Key => "key",
            Self::PrivateKey => "private key",
            Self::Signature => "signature",
            Self::Claims => "claims",
            Self::Method => "method",
            Self::Url => "url",
            Self::AccessToken => "access token",
            Self::OtherKey => "other key",
            Self::Stale => "stale",
            Self::Replayed => "replayed",
        }
    }
}

/// The cause and the remedy, for the developer of the client.
impl fmt::Display for ProofRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "the request needs a proof in the header DPoP",
            Self::Several => "the request must have exactly one header DPoP",
            Self::TooLong => return write!(f, "the proof must have at most {MAX_PROOF_BYTES} bytes"),
            Self::Malformed => "the proof must be one JWT in the JWS compact serialization",
            Self::Header => "the header must have typ dpop+jwt, each member once, and no crit",
            Self::Algorithm => return write!(f, "alg must be one of {}", ProofAlgorithm::LIST),
            Self::Key => {
                let (least, most) = (RSA_BITS.start(), RSA_BITS.end());
                return write!(
                    f,
                    "jwk must be a public key for alg: P-256, Ed25519, or RSA with {least} to {most} bits"
                );
            }
            Self::PrivateKey => {
                "jwk must not have private members: replace this key, it is disclosed"
            }
            Self::Signature => "the signature is not by the key in jwk",
            Self::Claims => {
                return write!(
                    f,
                    "htm, htu, iat and jti (1 to {MAX_JTI} characters) are required; each claim must occur once and \
                     be of the right type, nonce and ath included"
                );
            }
            Self::Method => "htm is not the method of the request",
            Self::Url => {
                "htu is not the URL of the request under the issuer, without query and fragment"
            }
            Self::AccessToken => {
                "ath must be the SHA-256 of the access token of the request in base64url"
            }
            Self::OtherKey => "the access token is bound to another key",
            Self::Stale => {
                let window = WINDOW.num_seconds();
                return write!(f, "iat must be at most {window} seconds away from the present time");
            }
            Self::Replayed => "the proof was used before: every request needs a new one",
        })
    }
}

impl Error for ProofRejection {}

impl From<CompactError> for ProofRejection {
    fn from(error: CompactError) -> Self {
        match error {
            CompactError::Malformed => Self::Malformed,
            CompactError::Header => Self::Header,
        }
    }
}

impl From<ProofKeyError> for ProofRejection {
    fn from(error: ProofKeyError) -> Self {
        match error {
            ProofKeyError::Private => Self::PrivateKey,
            ProofKeyError::Unusable => Self::Key,
        }
    }
}
