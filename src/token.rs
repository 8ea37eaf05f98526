//! Mints and verifies tokens of every kind.
//!
//! A kind of token is a set of claims that implements [`TokenKind`]. Kinds differ in their form, `typ`,
//! audience and key, so that a token of one kind is never accepted as another (RFC 8725 §3.11). All tokens
//! are verified by [`Tokens::verify`], except for ID tokens, which providers mint and which have rules of
//! their own: see [`foreign`].

mod access;
mod at_rest;
pub mod claims;
mod client_access;
mod clock_lag;
pub mod foreign;
mod id_token;
mod kind;
mod link;
mod logout_token;
mod purpose;
mod refresh;
mod sealed;
mod sign_up;
mod signed;
mod sso_session;
mod subject;
mod unminted;
mod verification;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use self::clock_lag::ClockLag;
pub use self::{
    at_rest::{ResealReport, StoredSecret},
    claims::{Access, ClientAccess},
    foreign::{ExpectedIdToken, IdToken, IssuerRule},
    id_token::{IdTokenClaims, at_hash},
    kind::{LOGOUT_TYP, TokenForm, TokenKind, TokenRejection},
    link::LinkRejection,
    logout_token::{LogoutSubject, LogoutToken},
    purpose::{SealedPurpose, SealedToken},
    refresh::Refresh,
    sign_up::{SignUp, SignUpLogin},
    sso_session::SsoSession,
    subject::SubjectToken,
    unminted::PageLogin,
};
pub use crate::spent::{SpendError, SpentTokens};
use crate::{
    client::{Client, Clients, Typ},
    config::Issuer,
    entropy::{Entropy, EntropyError},
    jws_compact,
    keyring::{CryptoError, Keyring},
    metrics::Metrics,
    rotation::Rotation,
};

/// The reason why a token could not be minted. Always a fault of the service.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MintError {
    /// No key signs now.
    #[error("no key signs now")]
    NoKey,
    /// The cryptographic library failed.
    #[error(transparent)]
    Signing(#[from] CryptoError),
    /// The random source is unavailable.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// The claims do not serialise, or the token would be longer than [`Tokens::MAX_BYTES`].
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
    clock_lag: Arc<ClockLag>,
}

impl Tokens {
    /// The longest token of any kind, in bytes. A longer token is refused before it is decoded.
    pub const MAX_BYTES: usize = jws_compact::MAX_BYTES;

    /// Creates a handle that mints tokens of this issuer for these clients with the keys of this rotation.
    pub fn new(
        issuer: Issuer,
        clients: Clients,
        rotation: Rotation,
        entropy: Entropy,
        leeway: TimeDelta,
        metrics: Metrics,
    ) -> Self {
        let refresh_audience = issuer.endpoint("/refresh");
        Self(Arc::new(TokensInner {
            issuer,
            refresh_audience,
            clients,
            rotation,
            entropy,
            leeway,
            metrics,
            clock_lag: Arc::new(ClockLag::new()),
        }))
    }

    /// Returns a handle for other clients. Keys, counters and the observed lag of the clock are shared.
    #[must_use]
    pub fn for_clients(&self, clients: Clients) -> Self {
        let inner = &*self.0;
        Self(Arc::new(TokensInner {
            issuer: inner.issuer.clone(),
            refresh_audience: inner.refresh_audience.clone(),
            clients,
            rotation: inner.rotation.clone(),
            entropy: inner.entropy.clone(),
            leeway: inner.leeway,
            metrics: inner.metrics.clone(),
            clock_lag: inner.clock_lag.clone(),
        }))
    }

    /// Returns the issuer's identifier: the `iss` of every token.
    pub fn issuer(&self) -> &Issuer {
        &self.0.issuer
    }

    /// Returns the `aud` of every refresh token, which is this service alone.
    pub fn refresh_audience(&self) -> &str {
        &self.0.refresh_audience
    }

    /// Returns the largest time by which the `iat` of a verified token was ahead of this node's clock in
    /// the last five minutes. The cause may also be that the clock of the node that issued the token is
    /// ahead.
    pub fn clock_behind(&self, now: DateTime<Utc>) -> TimeDelta {
        self.0.clock_lag.largest(now)
    }

    /// Returns the clients that tokens are minted for.
    pub fn clients(&self) -> &Clients {
        &self.0.clients
    }

    /// Returns the keys in use.
    pub fn keyring(&self) -> &Keyring {
        self.0.rotation.keyring()
    }

    /// Returns the handle that keeps the keyring up to date with its folder.
    pub fn rotation(&self) -> &Rotation {
        &self.0.rotation
    }

    /// Mints a token with these claims.
    pub fn mint<K: TokenKind>(&self, claims: &K, now: DateTime<Utc>) -> Result<String, MintError> {
        let token = match K::FORM {
            TokenForm::Published => {
                let header = |client: &Client| (client.algorithm, client.typ.as_str());
                signed::sign_for_client(&self.0, claims, header, now)
            }
            TokenForm::Identity => {
                let header = |client: &Client| (client.id_token.algorithm, Typ::Jwt.as_str());
                signed::sign_for_client(&self.0, claims, header, now)
            }
            TokenForm::Logout => {
                let header = |client: &Client| (client.id_token.algorithm, LOGOUT_TYP);
                signed::sign_for_client(&self.0, claims, header, now)
            }
            TokenForm::Derived { typ } => signed::sign_derived(&self.0, claims, typ, now),
            TokenForm::Sealed { purpose } => sealed::seal(&self.0, claims, purpose, now),
        }?;
        if token.len() > Self::MAX_BYTES {
            return Err(MintError::Claims);
        }
        self.0.metrics.minted(K::FORM.kind());
        Ok(token)
    }

    /// Verifies a token of kind `K` and returns its claims.
    pub fn verify<K: TokenKind>(
        &self,
        presented: &str,
        now: DateTime<Utc>,
    ) -> Result<K, TokenRejection> {
        self.count_rejection(verification::verify(&self.0, presented, now), now)
    }

    /// Verifies an ID token that a client presents as a hint: it may have expired
    /// (OpenID Connect RP-Initiated Logout §2).
    ///
    /// # Errors
    /// Anything else that is wrong with it, such as a signature by a key that is no longer published.
    pub fn verify_hint(
        &self,
        presented: &str,
        now: DateTime<Utc>,
    ) -> Result<IdTokenClaims, TokenRejection> {
        self.count_rejection(verification::verify_expired(&self.0, presented, now), now)
    }

    /// Verifies a token of kind `K`. If another node minted the token with a secret that this node has not
    /// read yet, the key folder is reloaded first.
    pub async fn verify_or_catch_up<K: TokenKind>(
        &self,
        presented: &str,
        now: DateTime<Utc>,
    ) -> Result<K, TokenRejection> {
        let mut verified = verification::verify(&self.0, presented, now);
        if let Err(TokenRejection::KeyNewerThanHeld) = verified {
            self.0.rotation.catch_up(now).await;
            verified = verification::verify(&self.0, presented, now);
        }
        self.count_rejection(verified, now)
    }

    fn count_rejection<K: TokenKind>(
        &self,
        verified: Result<K, TokenRejection>,
        now: DateTime<Utc>,
    ) -> Result<K, TokenRejection> {
        verified.inspect_err(|rejected| {
            if *rejected == TokenRejection::KeyNewerThanHeld {
                self.0.clock_lag.warn_of_missing_secret(now);
            }
            self.0.metrics.rejected(K::FORM.kind(), rejected.as_str());
        })
    }
}

#[cfg(test)]
pub(crate) mod tests;
