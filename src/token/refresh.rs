//! Refresh tokens (RFC 6749 §1.5): signed, stored only by the client, and reusable until they expire.

use chrono::{DateTime, Utc, serde::ts_seconds};
use serde::{Deserialize, Serialize};

use super::kind::{RegisteredClaims, TokenForm, TokenKind, TokenRejection, VerifyContext};
use crate::{
    client::{Acr, KeyConfirmation, Scope},
    identity::{Epoch, UserId},
};

/// The claims of a refresh token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refresh {
    /// The issuer.
    pub iss: String,
    /// The audience: the refresh endpoint of this service, which alone accepts the token.
    pub aud: String,
    /// The user.
    pub sub: UserId,
    /// The client that the token was minted for.
    pub client_id: String,
    /// The session id.
    pub sid: String,
    /// The unique identifier of the token.
    pub jti: String,
    /// The time at which the token was minted.
    #[serde(with = "ts_seconds")]
    pub iat: DateTime<Utc>,
    /// The end of the idle timeout: the token expires then unless it is used before.
    #[serde(with = "ts_seconds")]
    pub exp: DateTime<Utc>,
    /// The end of the session, fixed at the login.
    #[serde(with = "ts_seconds")]
    pub abs_exp: DateTime<Utc>,
    /// The time of the last authentication of the user.
    #[serde(with = "ts_seconds")]
    pub auth_time: DateTime<Utc>,
    /// The strength of the login. Tokens of earlier releases lack it and are of one factor.
    #[serde(default)]
    pub acr: Acr,
    /// The authentication methods (RFC 8176).
    pub amr: Vec<String>,
    /// The `session_epoch` of the user at the login.
    pub epoch: Epoch,
    /// The scope granted to the client, left out if it is empty.
    #[serde(default, skip_serializing_if = "Scope::is_empty")]
    pub scope: Scope,
    /// The audience of the access tokens (RFC 8707). Absent if it is the default audience of the client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// The key that the token is bound to (RFC 9449 §5). Absent from a token of a client without a key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cnf: Option<KeyConfirmation>,
}

impl TokenKind for Refresh {
    const FORM: TokenForm = TokenForm::Derived { typ: "rt+jwt" };
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

    fn check(&self, context: VerifyContext<'_>) -> Result<(), TokenRejection> {
        if self.aud == context.refresh_audience {
            Ok(())
        } else {
            Err(TokenRejection::Audience)
        }
    }

    fn client_id(&self) -> Option<&str> {
        Some(&self.client_id)
    }
}
