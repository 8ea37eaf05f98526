//! Access tokens (RFC 9068): short-lived, verified by other services through the JWKS.

use super::{
    claims::Access,
    kind::{RegisteredClaims, TokenForm, TokenKind, TokenRejection, VerifyContext},
};

impl TokenKind for Access {
    const FORM: TokenForm = TokenForm::Published;
    const LENIENT_EXPIRY: bool = true;

    fn registered(&self) -> RegisteredClaims<'_> {
        RegisteredClaims {
            iss: &self.iss,
            iat: self.iat,
            exp: self.exp,
            auth_time: Some(self.auth_time),
            abs_exp: None,
        }
    }

    /// Our own routes accept the audience that is configured for the client, and no other.
    fn check(&self, context: VerifyContext<'_>) -> Result<(), TokenRejection> {
        if self.aud == context.client.audience {
            Ok(())
        } else {
            Err(TokenRejection::Audience)
        }
    }

    fn client_id(&self) -> &str {
        &self.client_id
    }
}
