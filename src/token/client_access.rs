//! Access tokens of clients that act for themselves (RFC 6749 §4.4, RFC 9068 §2.2).

use super::{
    claims::ClientAccess,
    kind::{RegisteredClaims, TokenForm, TokenKind, TokenRejection, VerifyContext},
};

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
