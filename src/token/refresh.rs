//! Refresh tokens (RFC 6749 §1.5): signed, held by the client alone, good any number of times.

use chrono::{DateTime, Utc, serde::ts_seconds};
use serde::{Deserialize, Serialize};

use super::kind::{RegisteredClaims, TokenForm, TokenKind, TokenRejection, VerifyContext};
use crate::{
    client::Scope,
    identity::{Epoch, UserId},
};

/// The claims of a refresh token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refresh {
    /// The issuer.
    pub iss: String,
    /// This service's own refresh endpoint; nobody else accepts it.
    pub aud: String,
    /// The user.
    pub sub: UserId,
    /// The client it was minted for.
    pub client_id: String,
    /// The login that it continues.
    pub sid: String,
    /// Its own name.
    pub jti: String,
    /// When it was minted.
    #[serde(with = "ts_seconds")]
    pub iat: DateTime<Utc>,
    /// Until when it is good if it is not used.
    #[serde(with = "ts_seconds")]
    pub exp: DateTime<Utc>,
    /// The end of the login: fixed when it began, never moved.
    #[serde(with = "ts_seconds")]
    pub abs_exp: DateTime<Utc>,
    /// When the person last proved to be there.
    #[serde(with = "ts_seconds")]
    pub auth_time: DateTime<Utc>,
    /// How.
    pub amr: Vec<String>,
    /// The user's `session_epoch` at the login.
    pub epoch: Epoch,
    /// What the client was granted; left out where that is nothing.
    #[serde(default, skip_serializing_if = "Scope::is_empty")]
    pub scope: Scope,
}

impl TokenKind for Refresh {
    const FORM: TokenForm = TokenForm::Derived { typ: "rt+jwt" };
    const LENIENT_EXPIRY: bool = false;

    fn registered(&self) -> RegisteredClaims<'_> {
        RegisteredClaims {
            iss: &self.iss,
            iat: self.iat,
            exp: self.exp,
            auth_time: Some(self.auth_time),
            abs_exp: Some(self.abs_exp),
        }
    }

    fn check(&self, context: VerifyContext<'_>) -> Result<(), TokenRejection> {
        if self.aud == context.refresh_audience {
            Ok(())
        } else {
            Err(TokenRejection::Audience)
        }
    }

    fn client_id(&self) -> &str {
        &self.client_id
    }
}
