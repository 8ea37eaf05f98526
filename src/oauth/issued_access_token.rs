//! The access token of a grant that begins no session.

use chrono::TimeDelta;

use crate::client::Scope;

/// An access token without a session: the result of the client credentials grant and of an exchange.
#[derive(Clone)]
pub struct IssuedAccessToken {
    /// The access token.
    pub access_token: String,
    /// The time until it expires.
    pub lifetime: TimeDelta,
    /// The granted scope.
    pub scope: Scope,
}
