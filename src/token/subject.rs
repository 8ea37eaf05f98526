//! Access tokens that a client presents for an exchange (RFC 8693 §2.1).

use serde::{Deserialize, Serialize};

use super::{
    claims::Access,
    kind::{RegisteredClaims, TokenForm, TokenKind, TokenRejection, VerifyContext},
};
use crate::client::Client;

/// The subject token of an exchange: an access token of a user, which may itself be the result of an
/// exchange.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SubjectToken(pub Access);

impl TokenKind for SubjectToken {
    const FORM: TokenForm = TokenForm::Published;
    const EXPIRY_HAS_LEEWAY: bool = false;

    fn registered(&self) -> RegisteredClaims<'_> {
        self.0.registered()
    }

    /// The audience is one of the token's own client, or one for which that client may exchange tokens.
    fn check(&self, context: VerifyContext<'_>) -> Result<(), TokenRejection> {
        let is_exchanged = |client: &Client| client.may_exchange_to.contains(&self.0.aud);
        if context.has_audience(&self.0.aud) || context.client.is_some_and(is_exchanged) {
            Ok(())
        } else {
            Err(TokenRejection::Audience)
        }
    }

    fn client_id(&self) -> Option<&str> {
        Some(&self.0.client_id)
    }
}
