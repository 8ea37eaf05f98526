//! The link that confirms a sign-up: all there is of somebody who has not confirmed yet.

use chrono::{DateTime, Utc, serde::ts_seconds};
use serde::{Deserialize, Serialize};

use super::kind::{RegisteredClaims, TokenForm, TokenKind, TokenRejection, VerifyContext};
use crate::identity::{EmailAddress, PersonName, UserId};

/// A sign-up under way. It holds no password: whoever opens the link chooses it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignUp {
    /// The issuer.
    pub iss: String,
    /// The user that will be.
    pub sub: UserId,
    /// The address that the link was sent to.
    pub email: EmailAddress,
    /// What the person wishes to be called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<PersonName>,
    /// The client that asked.
    pub client_id: String,
    /// When it was asked for.
    #[serde(with = "ts_seconds")]
    pub iat: DateTime<Utc>,
    /// Until when it can be confirmed.
    #[serde(with = "ts_seconds")]
    pub exp: DateTime<Utc>,
}

impl TokenKind for SignUp {
    const FORM: TokenForm = TokenForm::Sealed { purpose: "sign-up" };
    const LENIENT_EXPIRY: bool = false;

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

    fn client_id(&self) -> &str {
        &self.client_id
    }
}
