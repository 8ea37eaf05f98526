//! What an ID token says.

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

/// The claims of an ID token. What it says of the person is the provider's word, and what that is
/// worth another question.
#[derive(Debug, Clone, PartialEq)]
pub struct IdToken {
    /// The provider.
    pub iss: String,
    /// The person, by a name that is the provider's alone and never another's: 1 to 255 characters
    /// of printable ASCII.
    pub sub: String,
    /// Whom it is for.
    pub aud: Vec<String>,
    /// Who asked for it, where that is said.
    pub azp: Option<String>,
    /// Until when it is good.
    pub exp: DateTime<Utc>,
    /// When it was minted.
    pub iat: DateTime<Utc>,
    /// From when it is good, where that is said.
    pub nbf: Option<DateTime<Utc>>,
    /// When the person last proved to be there, where that is said.
    pub auth_time: Option<DateTime<Utc>>,
    /// What it answers.
    pub nonce: Option<String>,
    /// Half the hash of the access token that came along, where that is said (§3.1.3.6).
    pub at_hash: Option<String>,
    /// The person's address as the provider has it.
    pub email: Option<String>,
    /// Whether the provider says that it verified the address: a boolean, or its text.
    pub email_verified: Option<bool>,
    /// What the person is called.
    pub name: Option<String>,
    /// Where there is a picture of them.
    pub picture: Option<String>,
    /// All else that it says.
    pub extra: UniqueMembers,
}

impl IdToken {
    /// Reads the claims. Those that it is judged by must be what they have to be; those that only
    /// describe the person are as good as not there if they are not.
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

    /// Another claim that is a text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.extra.0.get(name)?.as_str()
    }
}

impl From<ForeignDocumentError> for TokenRejection {
    fn from(_: ForeignDocumentError) -> Self {
        Self::Claims
    }
}

/// At most 255 characters of ASCII (§2); none that cannot be seen, for it is stored and logged.
fn subject(value: Value) -> Option<String> {
    let is_readable = |b: u8| b.is_ascii_graphic() || b == b' ';
    text(value).filter(|it| (1..=255).contains(&it.len()) && it.bytes().all(is_readable))
}

/// One, or several (RFC 7519 §4.1.3).
fn audiences(value: Value) -> Option<Vec<String>> {
    match value {
        Value::Array(several) => several.into_iter().map(text).collect(),
        one => text(one).map(|one| vec![one]),
    }
}

/// A `NumericDate` (RFC 7519 §2), which need not be whole.
#[expect(clippy::needless_pass_by_value, reason = "as all that read a claim")]
fn time(value: Value) -> Option<DateTime<Utc>> {
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
