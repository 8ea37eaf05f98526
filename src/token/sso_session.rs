//! The session of a user at the issuer itself, for single sign-on. The browser alone holds it.

use chrono::{DateTime, TimeDelta, Utc, serde::ts_seconds};
use serde::{Deserialize, Serialize};

use super::kind::{RegisteredClaims, TokenForm, TokenKind, TokenRejection, VerifyContext};
use crate::identity::{Epoch, UserId};

/// The claims of the cookie of single sign-on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SsoSession {
    /// The issuer.
    pub iss: String,
    /// The user.
    pub sub: UserId,
    /// The user's `session_epoch` at the login.
    pub epoch: Epoch,
    /// The login: the `sid` of every token that is issued by way of this session.
    pub sid: String,
    /// The time at which the cookie was sealed.
    #[serde(with = "ts_seconds")]
    pub iat: DateTime<Utc>,
    /// The end of the session if it is not used.
    #[serde(with = "ts_seconds")]
    pub exp: DateTime<Utc>,
    /// The time of the login at which the session began. A provider may report an earlier `auth_time`.
    #[serde(with = "ts_seconds")]
    pub began: DateTime<Utc>,
    /// The end of the session, fixed at the login.
    #[serde(with = "ts_seconds")]
    pub abs_exp: DateTime<Utc>,
    /// The time at which the user authenticated.
    #[serde(with = "ts_seconds")]
    pub auth_time: DateTime<Utc>,
    /// The authentication methods.
    pub amr: Vec<String>,
    /// The clients that have logged in by way of this session, for back-channel logout.
    #[serde(default)]
    pub clients: Vec<String>,
}

impl SsoSession {
    /// Returns whether the user has authenticated at most `max_age` seconds ago (OpenID Connect Core §3.1.2.1).
    /// A maximum of 0 requests a new login.
    pub fn is_within(&self, max_age: Option<u32>, now: DateTime<Utc>) -> bool {
        let age = now.signed_duration_since(self.auth_time);
        max_age.is_none_or(|max| max > 0 && age <= TimeDelta::seconds(max.into()))
    }
}

impl TokenKind for SsoSession {
    const FORM: TokenForm = TokenForm::Sealed { purpose: "sso" };
    const EXPIRY_HAS_LEEWAY: bool = false;

    fn registered(&self) -> RegisteredClaims<'_> {
        RegisteredClaims {
            iss: &self.iss,
            iat: self.iat,
            exp: self.exp,
            auth_time: Some(self.auth_time),
            abs_exp: Some(self.abs_exp),
        }
    }

    fn check(&self, _: VerifyContext<'_>) -> Result<(), TokenRejection> {
        Ok(())
    }

    fn client_id(&self) -> Option<&str> {
        None
    }
}
