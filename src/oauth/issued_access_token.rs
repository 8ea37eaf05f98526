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
    /// Set if the token is bound to the key of the proof (RFC 9449 §5).
    pub is_bound: bool,
    /// The nonce for the next proof of the client, if the one of its proof is replaced.
    pub next_nonce: Option<String>,
}
