//! Decides whether a request proves the possession of a key, and to which key its tokens are bound.

use chrono::{DateTime, Utc};

use super::{NonceError, NonceStep, Nonces, PresentedProof, Proof, ProofRejection, ProofTarget};
use crate::{
    client::{Client, DpopMode, KeyThumbprint},
    config::NoncePolicy,
    keyring::Keyring,
    metrics::Metrics,
    spent::{SpendError, SpentTokens},
};

/// The name of proofs in metrics.
const KIND: &str = "dpop";

/// The reason why a request does not prove the possession of a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The proof is refused.
    #[error("the proof is refused: {0}")]
    Invalid(#[from] ProofRejection),
    /// The client has to make another proof, with this nonce (RFC 9449 §8).
    #[error("the proof needs the nonce of this service")]
    UseNonce {
        /// The nonce.
        nonce: String,
    },
    /// No nonce can be derived. A fault of the service.
    #[error(transparent)]
    Unavailable(#[from] NonceError),
}

/// The reason why a refresh token is not continued.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PossessionError {
    /// The proof is missing or refused.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// The token is bound to another key.
    #[error("the token is bound to another key")]
    OtherKey,
    /// The token is bound to no key, and the client must bind its tokens.
    #[error("the token is bound to no key")]
    Unbound,
}

/// The key that a request has proved to possess.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Possession {
    /// The thumbprint of the key. `None` without a proof.
    pub key: Option<KeyThumbprint>,
    /// The nonce for the next proof, if the one of this proof is replaced.
    pub next_nonce: Option<String>,
}

/// Verifies proofs, once each. Cheap to clone.
#[derive(Debug, Clone)]
pub struct ProofVerifier {
    nonces: Nonces,
    policy: NoncePolicy,
    /// The proofs that were used here.
    seen: SpentTokens,
    metrics: Metrics,
}

impl ProofVerifier {
    /// Returns a verifier whose nonces are derived from this keyring. `seen` contains the proofs that were used here.
    pub fn new(keyring: Keyring, policy: NoncePolicy, seen: SpentTokens, metrics: Metrics) -> Self {
        Self {
            nonces: Nonces::new(keyring),
            policy,
            seen,
            metrics,
        }
    }

    /// Returns the key to which new tokens of the client are bound.
    ///
    /// # Errors
    /// The proof is refused, or is missing although the client must present one.
    pub fn of_new_tokens(
        &self,
        client: &Client,
        presented: &PresentedProof,
        now: DateTime<Utc>,
    ) -> Result<Possession, ProofError> {
        match client.dpop.mode {
            DpopMode::Off => Ok(Possession::default()),
            DpopMode::Allowed if !presented.is_given() => Ok(Possession::default()),
            DpopMode::Allowed | DpopMode::Required => self.verify(presented, None, now),
        }
    }

    /// Returns the key to which the successors of a token are bound. A token that is bound needs the proof of its key,
    /// whatever the settings of the client are now.
    ///
    /// # Errors
    /// See [`PossessionError`].
    pub fn of_successors(
        &self,
        client: &Client,
        (bound_to, issued_at): (Option<&KeyThumbprint>, DateTime<Utc>),
        (presented, now): (&PresentedProof, DateTime<Utc>),
    ) -> Result<Possession, PossessionError> {
        let Some(key) = bound_to else {
            if client.binds_refresh_tokens() && !client.dpop.accepts_unbound(issued_at) {
                return Err(PossessionError::Unbound);
            }
            return Ok(self.of_new_tokens(client, presented, now)?);
        };
        self.of_key(key, presented, now)
    }

    /// Verifies that the request proves the possession of this key.
    ///
    /// # Errors
    /// The proof is missing or refused, or is that of another key.
    pub fn of_key(
        &self,
        key: &KeyThumbprint,
        presented: &PresentedProof,
        now: DateTime<Utc>,
    ) -> Result<Possession, PossessionError> {
        let possession = self.verify(presented, None, now)?;
        if possession.key.as_ref() != Some(key) {
            return Err(PossessionError::OtherKey);
        }
        Ok(possession)
    }

    /// Verifies the proof of a request (RFC 9449 §4.3), with the access token that it presents.
    ///
    /// # Errors
    /// See [`ProofError`].
    pub fn verify(
        &self,
        presented: &PresentedProof,
        access_token: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Possession, ProofError> {
        let verified = self.verify_once(presented, access_token, now);
        verified.inspect_err(|error| {
            let reason = match error {
                ProofError::Invalid(rejection) => rejection.as_str(),
                ProofError::UseNonce { .. } => "nonce",
                ProofError::Unavailable(_) => return,
            };
            self.metrics.rejected(KIND, reason);
        })
    }

    fn verify_once(
        &self,
        presented: &PresentedProof,
        access_token: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Possession, ProofError> {
        let (text, method, url) = presented.only()?;
        let target = ProofTarget {
            method,
            url,
            access_token,
        };
        let proof = Proof::verify(text, target)?;
        let step = self.check_age(&proof, now)?;
        self.check_first_use(&proof, step, now)?;
        let is_replaced = step.is_some_and(|step| step.is_replaced);
        let next_nonce = is_replaced.then(|| self.nonces.current(now)).transpose()?;
        Ok(Possession {
            key: Some(proof.key),
            next_nonce,
        })
    }

    /// Returns the step of the nonce. A proof with a nonce of this service is fresh, whatever the clock of the client
    /// shows. A proof without one must have been made now.
    fn check_age(
        &self,
        proof: &Proof,
        now: DateTime<Utc>,
    ) -> Result<Option<NonceStep>, ProofError> {
        let Some(nonce) = &proof.nonce else {
            let needs_none = self.policy == NoncePolicy::WhenNeeded && proof.is_fresh(now);
            return if needs_none {
                Ok(None)
            } else {
                self.use_nonce(now)
            };
        };
        match self.nonces.find(nonce, now) {
            Some(step) => Ok(Some(step)),
            None => self.use_nonce(now),
        }
    }

    /// Refuses a proof that was used before. The client makes another one, so a repeated request whose response was
    /// lost succeeds, and a thief of the proof cannot. If no more proofs can be remembered, only one with a nonce of
    /// the present step is accepted.
    fn check_first_use(
        &self,
        proof: &Proof,
        step: Option<NonceStep>,
        now: DateTime<Utc>,
    ) -> Result<(), ProofError> {
        let until = step.map_or_else(|| proof.fresh_until(), |step| step.until);
        match self.seen.spend(&proof.identifier(), until, now) {
            Ok(()) => Ok(()),
            Err(SpendError::Full) if step.is_some_and(|step| !step.is_replaced) => {
                tracing::warn!("too many proofs are used at once: this one is not remembered");
                Ok(())
            }
            Err(SpendError::Before | SpendError::Full) => self.use_nonce(now),
        }
    }

    fn use_nonce<T>(&self, now: DateTime<Utc>) -> Result<T, ProofError> {
        let nonce = self.nonces.current(now)?;
        Err(ProofError::UseNonce { nonce })
    }
}
