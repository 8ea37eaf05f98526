//! The settings of a client for `DPoP` (RFC 9449), and the thumbprint of the key that a token is bound to.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// The rule by which a client proves the possession of a key when it obtains tokens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum DpopMode {
    /// Proofs are ignored, except for tokens that are bound already.
    Off,
    /// Tokens are bound to the key of a proof, if the request has one.
    #[default]
    Allowed,
    /// Every request for tokens needs a proof.
    Required,
}

impl DpopMode {
    /// All modes.
    pub const ALL: &[Self] = &[Self::Off, Self::Allowed, Self::Required];

    /// Returns the name in the configuration.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Allowed => "allowed",
            Self::Required => "required",
        }
    }
}

/// The tokens that are bound to the key of a proof.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum DpopBinding {
    /// The refresh token only. Services that verify access tokens need no change.
    #[default]
    Refresh,
    /// The refresh token and the access token.
    Both,
}

impl DpopBinding {
    /// All bindings.
    pub const ALL: &[Self] = &[Self::Refresh, Self::Both];

    /// Returns the name in the configuration.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Refresh => "refresh",
            Self::Both => "both",
        }
    }
}

/// The settings of a client for `DPoP`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClientDpop {
    /// The rule for proofs.
    pub mode: DpopMode,
    /// The tokens that are bound.
    pub binds: DpopBinding,
    /// The time before which refresh tokens without a key were issued that may still be bound. `None` refuses them
    /// all if proofs are required.
    pub required_from: Option<DateTime<Utc>>,
}

impl ClientDpop {
    /// The settings of a client that presents no proofs.
    pub const OFF: Self = Self {
        mode: DpopMode::Off,
        binds: DpopBinding::Refresh,
        required_from: None,
    };

    /// Returns whether a refresh token without a key, issued at this time, can still be used.
    pub fn accepts_unbound(&self, issued_at: DateTime<Utc>) -> bool {
        let is_early = |from| issued_at < from;
        self.mode != DpopMode::Required || self.required_from.is_some_and(is_early)
    }
}

/// The text is not the thumbprint of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be the SHA-256 thumbprint of a JWK (RFC 7638) in 43 characters of base64url")]
pub struct InvalidThumbprint;

/// The SHA-256 thumbprint of a public key (RFC 7638), in base64url.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyThumbprint(String);

impl KeyThumbprint {
    /// The length of the text in bytes.
    pub const LENGTH: usize = 43;

    /// Parses a thumbprint.
    ///
    /// # Errors
    /// The text is not the base64url encoding of 32 bytes.
    pub fn parse(text: &str) -> Result<Self, InvalidThumbprint> {
        let digest = URL_SAFE_NO_PAD.decode(text);
        if digest.is_ok_and(|digest| digest.len() == 32) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidThumbprint)
        }
    }

    /// Returns the base64url text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyThumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for KeyThumbprint {
    type Error = InvalidThumbprint;

    fn try_from(text: String) -> Result<Self, InvalidThumbprint> {
        Self::parse(&text)
    }
}

impl From<KeyThumbprint> for String {
    fn from(KeyThumbprint(text): KeyThumbprint) -> Self {
        text
    }
}

/// The claim `cnf` of a token that is bound to a key (RFC 7800 §3.1, RFC 9449 §6.1). Another method of confirmation
/// is refused, because it cannot be checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyConfirmation {
    /// The thumbprint of the key.
    pub jkt: KeyThumbprint,
}

#[cfg(test)]
mod tests;
