//! Grants of the token endpoint (RFC 6749 §4, RFC 8693 §2.1).

/// A grant that a client may use at the token endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum GrantType {
    /// The authorization code grant (RFC 6749 §4.1).
    AuthorizationCode,
    /// The refresh of a session (RFC 6749 §6).
    RefreshToken,
    /// A token for the client itself (RFC 6749 §4.4).
    ClientCredentials,
    /// A narrower token for another audience (RFC 8693).
    TokenExchange,
}

impl GrantType {
    /// Every grant.
    pub const ALL: &[Self] = &[
        Self::AuthorizationCode,
        Self::RefreshToken,
        Self::ClientCredentials,
        Self::TokenExchange,
    ];

    /// The grants of a client whose configuration names none.
    pub const DEFAULT: &[Self] = &[Self::AuthorizationCode, Self::RefreshToken];

    /// The value of `grant_type`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::RefreshToken => "refresh_token",
            Self::ClientCredentials => "client_credentials",
            Self::TokenExchange => "urn:ietf:params:oauth:grant-type:token-exchange",
        }
    }

    /// The name in the configuration: that of the RFC, and `token_exchange` for its URN.
    pub const fn setting(self) -> &'static str {
        match self {
            Self::TokenExchange => "token_exchange",
            other => other.as_str(),
        }
    }

    /// Returns whether only a client that authenticates may use the grant.
    pub const fn needs_authentication(self) -> bool {
        matches!(self, Self::ClientCredentials | Self::TokenExchange)
    }
}
