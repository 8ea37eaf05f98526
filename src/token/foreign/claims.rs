//! The claims of an ID token.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::{
    json::{
        UniqueMembers,
        foreign::{ForeignDocument, ForeignDocumentError, boolean, text},
    },
    token::kind::TokenRejection,
};

/// The claims of an ID token. Claims about the user are the provider's statements, and the caller decides
/// how far to trust them.
#[derive(Debug, Clone, PartialEq)]
pub struct IdToken {
    /// The provider's issuer identifier.
    pub iss: String,
    /// The user's identifier at the provider, never reassigned: 1 to 255 characters of printable ASCII.
    pub sub: String,
    /// The audience.
    pub aud: Vec<String>,
    /// The authorized party, if present.
    pub azp: Option<String>,
    /// The expiration time.
    pub exp: DateTime<Utc>,
    /// The time at which the token was minted.
    pub iat: DateTime<Utc>,
    /// The time before which the token is invalid, if present.
    pub nbf: Option<DateTime<Utc>>,
    /// The time of the last authentication, if present.
    pub auth_time: Option<DateTime<Utc>>,
    /// The nonce of the authentication request.
    pub nonce: Option<String>,
    /// The left half of the hash of the access token (§3.1.3.6), if present.
    pub at_hash: Option<String>,
    /// The email of the user, according to the provider.
    pub email: Option<String>,
    /// True if the provider has verified the email. The claim is a boolean or its text.
    pub email_verified: Option<bool>,
    /// The name of the user.
    pub name: Option<String>,
    /// The URL of the user's picture.
    pub picture: Option<String>,
    /// All other claims.
    pub extra: UniqueMembers,
}

impl IdToken {
    /// Reads the claims. Claims that are needed for verification must be valid. Invalid claims that only
    /// describe the user are ignored.
    pub(super) fn read(UniqueMembers(claims): UniqueMembers) -> Result<Self, TokenRejection> {
        let mut claims = ForeignDocument::of_members("ID token", claims);
        Ok(Self {
            iss: claims.required("iss", text)?,
            sub: claims.required("sub", subject)?,
            aud: claims.required("aud", audiences)?,
            azp: claims.optional("azp", text),
            exp: claims.required("exp", time)?,
            iat: claims.required("iat", time)?,
            nbf: claims.optional("nbf", time),
            auth_time: claims.optional("auth_time", time),
            nonce: claims.optional("nonce", text),
            at_hash: claims.optional("at_hash", text),
            email: claims.optional("email", text),
            email_verified: claims.optional("email_verified", boolean),
            name: claims.optional("name", text),
            picture: claims.optional("picture", text),
            extra: UniqueMembers(claims.rest()),
        })
    }

    /// Returns another claim that is a string.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.extra.0.get(name)?.as_str()
    }
}

impl From<ForeignDocumentError> for TokenRejection {
    fn from(_: ForeignDocumentError) -> Self {
        Self::Claims
    }
}

/// Reads a subject: at most 255 characters of ASCII (§2). Control characters are refused, because the
/// subject is stored and logged.
fn subject(value: Value) -> Option<String> {
    let is_readable = |b: u8| b.is_ascii_graphic() || b == b' ';
    text(value).filter(|it| (1..=255).contains(&it.len()) && it.bytes().all(is_readable))
}

/// Reads one audience or several (RFC 7519 §4.1.3).
pub(super) fn audiences(value: Value) -> Option<Vec<String>> {
    match value {
        Value::Array(several) => several.into_iter().map(text).collect(),
        one => text(one).map(|one| vec![one]),
    }
}

/// Reads a `NumericDate` (RFC 7519 §2), which may have a fraction.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the signature of every claim reader"
)]
pub(super) fn time(value: Value) -> Option<DateTime<Utc>> {
    let seconds = match (value.as_i64(), value.as_f64()) {
        (Some(whole), _) => whole,
        (None, Some(seconds)) => {
            let since = Duration::try_from_secs_f64(seconds).ok()?;
            i64::try_from(since.as_secs()).ok()?
        }
        (None, None) => return None,
    };
    DateTime::from_timestamp(seconds, 0)
}
