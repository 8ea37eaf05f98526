//! The properties that all kinds of tokens have in common.

use chrono::{DateTime, Utc};
use serde::{Serialize, de::DeserializeOwned};

use crate::{client::Client, jws_compact::CompactError, keyring::KeyLookupError};

/// The format of a kind of token and the key that protects it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenForm {
    /// A JWT signed by a published key, which other services verify. The `typ` is the one configured for
    /// the client.
    Published,
    /// A JWT about a login, signed by a published key, for its client alone. The `typ` is `JWT`
    /// (OpenID Connect Core §2).
    Identity,
    /// A JWT about a logout, signed by a published key, for its client alone. The `typ` is [`LOGOUT_TYP`]. This
    /// service accepts none.
    Logout,
    /// A JWT signed by a derived key, which never leaves this service.
    Derived {
        /// The `typ` (RFC 8725 §3.11).
        typ: &'static str,
    },
    /// Encrypted, so that only this service can read the token.
    Sealed {
        /// The purpose, which is an input to the key derivation.
        purpose: &'static str,
    },
}

/// The `typ` of logout tokens (OpenID Connect Back-Channel Logout §2.4).
pub const LOGOUT_TYP: &str = "logout+jwt";

impl TokenForm {
    /// Returns the name of tokens of this form in metrics.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Published => "access",
            Self::Identity => "id",
            Self::Logout => "logout",
            Self::Derived { .. } => "refresh",
            Self::Sealed { purpose } => purpose,
        }
    }
}

/// The claims that every kind carries.
#[derive(Debug, Clone, Copy)]
pub struct RegisteredClaims<'a> {
    /// The issuer (RFC 7519 §4.1.1).
    pub iss: &'a str,
    /// The time of issue (§4.1.6).
    pub iat: DateTime<Utc>,
    /// The expiration time (§4.1.4).
    pub exp: DateTime<Utc>,
    /// The time of the last authentication, for the kinds that contain it.
    pub auth_time: Option<DateTime<Utc>>,
    /// The end of the whole session, for the kinds that contain it.
    pub abs_exp: Option<DateTime<Utc>>,
}

/// The context in which a kind checks its own claims.
#[derive(Debug, Clone, Copy)]
pub struct VerifyContext<'a> {
    /// The client that the token was minted for.
    pub client: Option<&'a Client>,
    /// The audience of refresh tokens.
    pub refresh_audience: &'a str,
}

impl VerifyContext<'_> {
    /// Returns whether an access token for that audience is one of the client's.
    pub(super) fn has_audience(&self, audience: &str) -> bool {
        self.client
            .is_some_and(|client| client.has_audience(audience))
    }
}

/// A kind of token: its claims, its form, and its own rules.
pub trait TokenKind: Serialize + DeserializeOwned {
    /// The form.
    const FORM: TokenForm;

    /// True if the kind is accepted for the leeway after `exp`.
    const EXPIRY_HAS_LEEWAY: bool;

    /// Returns the claims that are checked for every kind.
    fn registered(&self) -> RegisteredClaims<'_>;

    /// Checks the rules of this kind, such as the audience.
    fn check(&self, context: VerifyContext<'_>) -> Result<(), TokenRejection>;

    /// Returns the client that the token was minted for, which must be configured.
    fn client_id(&self) -> Option<&str>;
}

/// The reason why a token was refused. For logs and metrics: responses do not distinguish the reasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[error("{}", self.as_str())]
pub enum TokenRejection {
    /// The token is longer than any valid token.
    TooLong,
    /// The token does not have the form of its kind.
    Malformed,
    /// The header is invalid. For tokens of this service: it has members other than `alg`, `typ` and `kid`,
    /// or values that do not match the key. For ID tokens: the algorithm is not that of the key, the type
    /// is wrong, or a member is critical.
    Header,
    /// No key with this `kid` verifies now.
    UnknownKey,
    /// The token was minted with a secret that is newer than those of this node. A fault of the service.
    KeyNewerThanHeld,
    /// The signature or the seal is invalid.
    Signature,
    /// A claim is missing or of the wrong type.
    Claims,
    /// The issuer is another one.
    Issuer,
    /// The token is for another audience.
    Audience,
    /// The client is not configured, or is not the one that presents the token.
    Client,
    /// The access token is the result of a token exchange, and the route needs the user's own one.
    Exchanged,
    /// The time of issue or of the login is in the future. For tokens of this service, whose signature was
    /// verified before, this is a fault of the service: the clock of this node is behind, or that of the
    /// node that minted the token is ahead. For ID tokens, `nbf` may be the one in the future.
    IssuedInFuture,
    /// A token of this service was minted in the past, but its `nbf` is in the future or its `auth_time` is
    /// days ahead. No node of this service mints such a token.
    NotYetValid,
    /// The token has expired.
    Expired,
    /// An ID token is valid, but was minted too long ago.
    TooOld,
    /// The `nonce` of an ID token does not match the request.
    Nonce,
    /// The `at_hash` of an ID token does not match the access token.
    AccessToken,
}

impl TokenRejection {
    /// Returns true if this service refused one of its tokens because of an internal fault: the secret
    /// has not been read here, or the clocks of two nodes differ by more than the leeway. Such a token may
    /// be valid. The response is therefore 503, and never one on which clients log out.
    ///
    /// Not for ID tokens, which other services issue.
    pub const fn is_ours(self) -> bool {
        matches!(self, Self::KeyNewerThanHeld | Self::IssuedInFuture)
    }

    /// Returns the reason in words.
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
            Self::Exchanged => "exchanged",
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
