//! The ID tokens of a client (OpenID Connect Core §2).

use chrono::TimeDelta;

use super::Algorithm;

/// The claims about the user that an ID token contains besides those of the login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdTokenContent {
    /// The claims of the granted scopes: for clients that do not request userinfo.
    Scopes,
    /// None: the client requests userinfo.
    Minimal,
}

impl IdTokenContent {
    /// Every choice.
    pub const ALL: &[Self] = &[Self::Scopes, Self::Minimal];

    /// The name in the configuration.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Scopes => "scopes",
            Self::Minimal => "minimal",
        }
    }
}

/// The properties of the ID tokens of a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdTokenConfig {
    /// The algorithm that signs them. RS256 unless configured: OpenID Connect Core §15.1 requires every
    /// client to accept RS256.
    pub algorithm: Algorithm,
    /// The time until they expire.
    pub lifetime: TimeDelta,
    /// The claims about the user.
    pub claims: IdTokenContent,
}
