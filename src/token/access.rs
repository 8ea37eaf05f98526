//! Access tokens (RFC 9068): short-lived, verified by other services through the JWKS.

use super::{
    claims::Access,
    kind::{RegisteredClaims, TokenForm, TokenKind, TokenRejection, VerifyContext},
};

impl TokenKind for Access {
    const FORM: TokenForm = TokenForm::Published;
    const EXPIRY_HAS_LEEWAY: bool = true;

    fn registered(&self) -> RegisteredClaims<'_> {
        RegisteredClaims {
            iss: &self.iss,
            iat: self.iat,
            exp: self.exp,
            auth_time: Some(self.auth_time),
            abs_exp: None,
        }
    }

    /// This service accepts only an audience that is configured for the client. A token that a service obtained by
    /// an exchange is refused: the routes of this service end or renew the user's own session, and a session that
    /// an exchanged token renews would have a longer lifetime than the token.
    fn check(&self, context: VerifyContext<'_>) -> Result<(), TokenRejection> {
        if self.extra.0.contains_key("act") {
            Err(TokenRejection::Exchanged)
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
