//! Access tokens of clients that act for themselves (RFC 6749 §4.4, RFC 9068 §2.2).

use chrono::{DateTime, Utc, serde::ts_seconds};
use serde::{Deserialize, Serialize};

use super::kind::{RegisteredClaims, TokenForm, TokenKind, TokenRejection, VerifyContext};
use crate::{client::Scope, identity::Role};

/// The claims of an access token of the client credentials grant. There is no user: `sub` is the
/// `client_id`, and the token has no `sid`, `auth_time`, `amr` and `epoch`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientAccess {
    /// The issuer.
    pub iss: String,
    /// The client (RFC 9068 §2.2).
    pub sub: String,
    /// The audience.
    pub aud: String,
    /// The time of expiry.
    #[serde(with = "ts_seconds")]
    pub exp: DateTime<Utc>,
    /// The time of issue.
    #[serde(with = "ts_seconds")]
    pub iat: DateTime<Utc>,
    /// The identifier of the token.
    pub jti: String,
    /// The client.
    pub client_id: String,
    /// The granted scope. Absent if it is empty.
    #[serde(default, skip_serializing_if = "Scope::is_empty")]
    pub scope: Scope,
    /// The roles of the client, from its configuration.
    pub roles: Vec<Role>,
}

impl TokenKind for ClientAccess {
    const FORM: TokenForm = TokenForm::Published;
    const EXPIRY_HAS_LEEWAY: bool = true;

    fn registered(&self) -> RegisteredClaims<'_> {
        RegisteredClaims {
            iss: &self.iss,
            iat: self.iat,
            exp: self.exp,
            auth_time: None,
            abs_exp: None,
        }
    }

    fn check(&self, context: VerifyContext<'_>) -> Result<(), TokenRejection> {
        if self.sub != self.client_id {
            Err(TokenRejection::Claims)
        } else if context.has_audience(&self.aud) {
            Ok(())
        } else {
            Err(TokenRejection::Audience)
        }
    }

    fn client_id(&self) -> Option<&str> {
        Some(&self.client_id)
    }
}
