//! What all kinds of tokens have in common.

use chrono::{DateTime, Utc};
use serde::{Serialize, de::DeserializeOwned};

use crate::{client::Client, jws_compact::CompactError, keyring::KeyLookupError};

/// How a kind of token is written, and by which key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenForm {
    /// A JWT signed by a published key: other services verify it.
    /// Its `typ` is the one configured for its client.
    Published,
    /// A JWT signed by a derived key that never leaves this service.
    Derived {
        /// Its `typ` (RFC 8725 §3.11).
        typ: &'static str,
    },
    /// Encrypted: nobody else can read it.
    Sealed {
        /// What it is for; part of its key.
        purpose: &'static str,
    },
}

impl TokenForm {
    /// What tokens of this form are called where they are counted.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Published => "access",
            Self::Derived { .. } => "refresh",
            Self::Sealed { purpose } => purpose,
        }
    }
}

/// The claims that every kind carries.
#[derive(Debug, Clone, Copy)]
pub struct RegisteredClaims<'a> {
    /// Who minted it (RFC 7519 §4.1.1).
    pub iss: &'a str,
    /// When (§4.1.6).
    pub iat: DateTime<Utc>,
    /// Until when it is good (§4.1.4).
    pub exp: DateTime<Utc>,
    /// When the person last proved to be there, for the kinds that say so.
    pub auth_time: Option<DateTime<Utc>>,
    /// When the whole login ends, for the kinds that say so.
    pub abs_exp: Option<DateTime<Utc>>,
}

/// The context in which a kind judges its own claims.
#[derive(Debug, Clone, Copy)]
pub struct VerifyContext<'a> {
    /// The client it was minted for.
    pub client: &'a Client,
    /// The audience of refresh tokens.
    pub refresh_audience: &'a str,
}

/// A kind of token: its claims, its form, and the rules that are its own.
pub trait TokenKind: Serialize + DeserializeOwned {
    /// How it is written.
    const FORM: TokenForm;

    /// Whether it is let in after `exp` as far as two clocks may disagree.
    const LENIENT_EXPIRY: bool;

    /// The claims that the door itself checks.
    fn registered(&self) -> RegisteredClaims<'_>;

    /// Checks what is particular to this kind: audience, further expiry.
    fn check(&self, context: VerifyContext<'_>) -> Result<(), TokenRejection>;

    /// The client it was minted for, which must be configured.
    fn client_id(&self) -> &str;
}

/// Why a token was refused. For logs and metrics; no answer tells them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[error("{}", self.as_str())]
pub enum TokenRejection {
    /// Longer than any token is.
    TooLong,
    /// Not of the kind's form.
    Malformed,
    /// A header that is not as it must be. Of ours: other members than `alg`, `typ` and `kid`, or
    /// other values than its key's. Of ID tokens: another algorithm than its key's, another type, or
    /// something critical.
    Header,
    /// No key of that `kid` verifies now.
    UnknownKey,
    /// Made with a secret newer than this node holds. Our trouble.
    KeyNewerThanHeld,
    /// The signature, or the seal, is not that key's.
    Signature,
    /// A claim is missing or of the wrong type.
    Claims,
    /// Another issuer's.
    Issuer,
    /// Meant for somebody else.
    Audience,
    /// For a client that is not configured, or not the one presenting it.
    Client,
    /// Minted, or after a login, in the future. Of our own tokens, whose signature was verified before: our
    /// trouble, because the clock of this node is behind or that of the node that minted it is ahead. Of
    /// ID tokens also for an `nbf` to come.
    IssuedInFuture,
    /// Of our own tokens: minted in the past, but with an `nbf` to come or an `auth_time` days ahead,
    /// which no node of this service states.
    NotYetValid,
    /// Its time is over.
    Expired,
    /// Of ID tokens: it is good, but was minted too long ago.
    TooOld,
    /// Of ID tokens: the answer to another question.
    Nonce,
    /// Of ID tokens: it came with another access token than the one it was minted with.
    AccessToken,
}

impl TokenRejection {
    /// Whether a token of our own was refused by a fault of this service: its secret has not been read
    /// here, or the clocks of two nodes differ by more than the leeway. Such a token may be valid, so it
    /// is answered with 503 and never with an answer on which clients sign out.
    ///
    /// Not for ID tokens, which other services issue.
    pub const fn is_ours(self) -> bool {
        matches!(self, Self::KeyNewerThanHeld | Self::IssuedInFuture)
    }

    /// It in words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TooLong => "too long",
            Self::Malformed => "malformed",
            Self::Header => "header",
            Self::UnknownKey => "unknown key",
            Self::KeyNewerThanHeld => "key newer than held",
            Self::Signature => "signature",
            Self::Claims => "claims",
            Self::Issuer => "issuer",
            Self::Audience => "audience",
            Self::Client => "client",
            Self::IssuedInFuture => "issued in the future",
            Self::NotYetValid => "not yet valid",
            Self::Expired => "expired",
            Self::TooOld => "too old",
            Self::Nonce => "nonce",
            Self::AccessToken => "access token",
        }
    }
}

impl From<KeyLookupError> for TokenRejection {
    fn from(error: KeyLookupError) -> Self {
        match error {
            KeyLookupError::Unknown => Self::UnknownKey,
            KeyLookupError::NewerThanHeld => Self::KeyNewerThanHeld,
        }
    }
}

impl From<CompactError> for TokenRejection {
    fn from(error: CompactError) -> Self {
        match error {
            CompactError::Malformed => Self::Malformed,
            CompactError::Header => Self::Header,
        }
    }
}
