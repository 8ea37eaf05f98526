//! Tokens: minted here, and verified at one door.
//!
//! A kind of token is a set of claims that implements [`TokenKind`]. Kinds differ in their form, their
//! `typ`, their audience and their key, so that none passes as another (RFC 8725 §3.11). What others
//! mint comes through the same door, under a rule of its own: see [`foreign`].

mod access;
pub mod claims;
mod clock_lag;
mod door;
pub mod foreign;
mod jws;
mod kind;
mod link;
mod purpose;
mod refresh;
mod sealed;
mod sign_up;
mod spent;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use self::clock_lag::ClockLag;
pub use self::{
    claims::Access,
    foreign::{ExpectedIdToken, IdToken, IssuerRule},
    kind::{TokenForm, TokenKind, TokenRejection},
    link::LinkRejection,
    purpose::{SealedPurpose, SealedToken},
    refresh::Refresh,
    sign_up::SignUp,
    spent::{SpendError, SpentTokens},
};
use crate::{
    client::Clients,
    config::Issuer,
    entropy::{Entropy, EntropyError},
    jws_compact,
    keyring::{CryptoError, Keyring},
    metrics::Metrics,
    rotation::Rotation,
};

/// Why a token could not be minted. Always our trouble.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MintError {
    /// No key signs now.
    #[error("no key signs now")]
    NoKey,
    /// The cryptographic library refused.
    #[error(transparent)]
    Signing(#[from] CryptoError),
    /// No randomness.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// The claims do not serialise, or the token would be longer than any door lets in.
    #[error("the claims cannot be encoded")]
    Claims,
}

/// Mints and verifies every kind of token.
#[derive(Debug, Clone)]
pub struct Tokens(Arc<TokensInner>);

#[derive(Debug)]
struct TokensInner {
    issuer: Issuer,
    refresh_audience: String,
    clients: Clients,
    rotation: Rotation,
    entropy: Entropy,
    leeway: TimeDelta,
    metrics: Metrics,
    clock_lag: ClockLag,
}

impl Tokens {
    /// The longest token of any kind, in bytes; a longer one is refused before it is decoded.
    pub const MAX_BYTES: usize = jws_compact::MAX_BYTES;

    /// Tokens of this issuer for these clients, by the keys of this keyring.
    pub fn new(
        issuer: Issuer,
        clients: Clients,
        keyring: Keyring,
        entropy: Entropy,
        leeway: TimeDelta,
        metrics: Metrics,
    ) -> Self {
        let refresh_audience = issuer.endpoint("/refresh");
        Self(Arc::new(TokensInner {
            issuer,
            refresh_audience,
            clients,
            rotation: Rotation::new(keyring),
            entropy,
            leeway,
            metrics,
            clock_lag: ClockLag::new(),
        }))
    }

    /// The issuer's identifier: the `iss` of every token.
    pub fn issuer(&self) -> &Issuer {
        &self.0.issuer
    }

    /// The `aud` of every refresh token: this service alone.
    pub fn refresh_audience(&self) -> &str {
        &self.0.refresh_audience
    }

    /// How far two clocks may disagree.
    pub fn leeway(&self) -> TimeDelta {
        self.0.leeway
    }

    /// By how much the clock of this node was behind the `iat` of a verified token, at most, in the last
    /// five minutes. Also positive if the clock of the node that issued the token is ahead.
    pub fn clock_behind(&self, now: DateTime<Utc>) -> TimeDelta {
        self.0.clock_lag.largest(now)
    }

    /// The clients that tokens are minted for.
    pub fn clients(&self) -> &Clients {
        &self.0.clients
    }

    /// The keys in use.
    pub fn keyring(&self) -> &Keyring {
        self.0.rotation.keyring()
    }

    /// What keeps them what their folder is.
    pub fn rotation(&self) -> &Rotation {
        &self.0.rotation
    }

    /// Writes `claims` as a token.
    pub fn mint<K: TokenKind>(&self, claims: &K, now: DateTime<Utc>) -> Result<String, MintError> {
        let token = match K::FORM {
            TokenForm::Published => jws::sign_published(&self.0, claims, now),
            TokenForm::Derived { typ } => jws::sign_derived(&self.0, claims, typ, now),
            TokenForm::Sealed { purpose } => sealed::seal(&self.0, claims, purpose, now),
        }?;
        if token.len() > Self::MAX_BYTES {
            return Err(MintError::Claims);
        }
        self.0.metrics.minted(K::FORM.kind());
        Ok(token)
    }

    /// The one door: gives the claims of `presented` back if it is a good token of that kind.
    pub fn verify<K: TokenKind>(
        &self,
        presented: &str,
        now: DateTime<Utc>,
    ) -> Result<K, TokenRejection> {
        self.counted(door::verify(&self.0, presented, now), now)
    }

    /// The same for a token that another node may have made with a secret that this one has not
    /// read yet: the folder is read again before it is our trouble.
    pub async fn verify_or_catch_up<K: TokenKind>(
        &self,
        presented: &str,
        now: DateTime<Utc>,
    ) -> Result<K, TokenRejection> {
        let mut judged = door::verify(&self.0, presented, now);
        if let Err(TokenRejection::KeyNewerThanHeld) = judged {
            self.0.rotation.catch_up(now).await;
            judged = door::verify(&self.0, presented, now);
        }
        self.counted(judged, now)
    }

    fn counted<K: TokenKind>(
        &self,
        judged: Result<K, TokenRejection>,
        now: DateTime<Utc>,
    ) -> Result<K, TokenRejection> {
        judged.inspect_err(|rejected| {
            if *rejected == TokenRejection::KeyNewerThanHeld {
                self.0.clock_lag.warn_of_missing_secret(now);
            }
            self.0.metrics.rejected(K::FORM.kind(), rejected.as_str());
        })
    }
}

#[cfg(test)]
pub(crate) mod tests;
