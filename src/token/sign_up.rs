//! The link that confirms a sign-up. The link holds all data of a user who has not confirmed yet.

use chrono::{DateTime, Utc, serde::ts_seconds};
use serde::{Deserialize, Serialize};

use super::kind::{RegisteredClaims, TokenForm, TokenKind, TokenRejection, VerifyContext};
use crate::{
    client::{AuthorizationRequest, CodeChallenge},
    identity::{EmailAddress, PersonName, Role, UserId},
};

/// The claims of a pending sign-up. They contain no password: the user who opens the link chooses it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignUp {
    /// The issuer.
    pub iss: String,
    /// The future user id.
    pub sub: UserId,
    /// The email that the link was sent to.
    pub email: EmailAddress,
    /// The name that the user has entered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<PersonName>,
    /// The role of the future user, if an operator sent the link and chose one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// The client of the request.
    pub client_id: String,
    /// The login that the sign-up continues, if a hosted page requested the link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login: Option<SignUpLogin>,
    /// The time of the request.
    #[serde(with = "ts_seconds")]
    pub iat: DateTime<Utc>,
    /// The time until which the sign-up can be confirmed.
    #[serde(with = "ts_seconds")]
    pub exp: DateTime<Utc>,
}

/// The login that a sign-up continues in the browser in which it began. Other browsers log in nobody: the
/// sender of the link may have begun the login for another person (login CSRF).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignUpLogin {
    /// The challenge of the secret in the login cookie of the browser.
    pub code_challenge: CodeChallenge,
    /// The authorization request. Without one, the login is at the issuer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<AuthorizationRequest>,
}

impl TokenKind for SignUp {
    const FORM: TokenForm = TokenForm::Sealed { purpose: "sign-up" };
    const EXPIRY_HAS_LEEWAY: bool = false;

    fn registered(&self) -> RegisteredClaims<'_> {
        RegisteredClaims {
            iss: &self.iss,
            iat: self.iat,
            exp: self.exp,
            auth_time: None,
            abs_exp: None,
        }
    }

    fn check(&self, _: VerifyContext<'_>) -> Result<(), TokenRejection> {
        Ok(())
    }

    fn client_id(&self) -> Option<&str> {
        Some(&self.client_id)
    }
}
