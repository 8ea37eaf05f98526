//! Access tokens (RFC 9068): short-lived, verified by other services through the JWKS.

use super::{
    claims::Access,
    kind::{Context, Form, Kind, Registered, Rejected},
};

impl Kind for Access {
    const FORM: Form = Form::Published;
    const LENIENT_EXPIRY: bool = true;

    fn registered(&self) -> Registered<'_> {
        Registered {
            iss: &self.iss,
            iat: self.iat,
            exp: self.exp,
            auth_time: Some(self.auth_time),
            abs_exp: None,
        }
    }

    /// Our own routes accept the audience that is configured for the client, and no other.
    fn check(&self, context: Context<'_>) -> Result<(), Rejected> {
        if self.aud == context.client.audience {
            Ok(())
        } else {
            Err(Rejected::Audience)
        }
    }

    fn client_id(&self) -> &str {
        &self.client_id
    }
}
