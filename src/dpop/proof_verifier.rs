//! Decides whether a request proves the possession of a key, and to which key its tokens are bound.

use chrono::{DateTime, Utc};

use super::{
    NonceReason, NonceStep, Nonces, PossessionError, PresentedProof, Proof, ProofError, ProofUse,
};
use crate::{
    client::{Client, DpopMode, KeyThumbprint},
    config::NoncePolicy,
    coordination::SpentMarks,
    keyring::Keyring,
    metrics::Metrics,
    spent::SpendError,
};

/// The name of proofs in metrics.
const KIND: &str = "dpop";

/// The key that a token is bound to, and when the token was issued.
#[derive(Debug, Clone, Copy)]
pub struct TokenBinding<'a> {
    /// The thumbprint of the key. `None` if the token is not bound.
    pub key: Option<&'a KeyThumbprint>,
    /// The time at which the token was issued.
    pub issued_at: DateTime<Utc>,
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
    /// The proofs that were used.
    seen: SpentMarks,
    metrics: Metrics,
}

impl ProofVerifier {
    /// Returns a verifier whose nonces are derived from this keyring. `seen` contains the proofs that were used here.
    pub fn new(keyring: Keyring, policy: NoncePolicy, seen: SpentMarks, metrics: Metrics) -> Self {
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
    pub async fn of_new_tokens(
        &self,
        client: &Client,
        presented: &PresentedProof,
        now: DateTime<Utc>,
    ) -> Result<Possession, ProofError> {
        match client.dpop.mode {
            DpopMode::Off => Ok(Possession::default()),
            DpopMode::Allowed if !presented.is_given() => Ok(Possession::default()),
            DpopMode::Allowed | DpopMode::Required => self.verify(presented, None, now).await,
        }
    }

    /// Returns the key to which the successors of a token are bound. A token that is bound needs the proof of its key,
    /// whatever the settings of the client are now.
    ///
    /// # Errors
    /// See [`PossessionError`].
    pub async fn of_successors(
        &self,
        client: &Client,
        token: TokenBinding<'_>,
        presented: &PresentedProof,
        now: DateTime<Utc>,
    ) -> Result<Possession, PossessionError> {
        let Some(key) = token.key else {
            if client.binds_refresh_tokens() && !client.dpop.accepts_unbound(token.issued_at) {
                return Err(PossessionError::Unbound);
            }
            return Ok(self.of_new_tokens(client, presented, now).await?);
        };
        self.of_key(key, presented, None, now).await
    }

    /// Returns the key to which the session of a code is bound. With `dpop_jkt`, only the proof of that key redeems
    /// the code (RFC 9449 §10), whatever the settings of the client are now.
    ///
    /// # Errors
    /// See [`PossessionError`].
    pub async fn of_code(
        &self,
        client: &Client,
        dpop_jkt: Option<&KeyThumbprint>,
        presented: &PresentedProof,
        now: DateTime<Utc>,
    ) -> Result<Possession, PossessionError> {
        let Some(expected) = dpop_jkt else {
            return Ok(self.of_new_tokens(client, presented, now).await?);
        };
        if !presented.is_given() {
            return Err(PossessionError::OtherKey);
        }
        let proven = self.of_key(expected, presented, None, now).await?;
        Ok(match client.dpop.mode {
            DpopMode::Off => Possession::default(),
            DpopMode::Allowed | DpopMode::Required => proven,
        })
    }

    /// Verifies that the request proves the possession of this key, with the access token that it presents.
    ///
    /// # Errors
    /// The proof is missing or refused, or is that of another key.
    pub async fn of_key(
        &self,
        key: &KeyThumbprint,
        presented: &PresentedProof,
        access_token: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Possession, PossessionError> {
        let possession = self.verify(presented, access_token, now).await?;
        if possession.key.as_ref() != Some(key) {
            return Err(PossessionError::OtherKey);
        }
        Ok(possession)
    }

    /// Verifies the proof of a request (RFC 9449 §4.3), with the access token that it presents.
    ///
    /// # Errors
    /// See [`ProofError`].
    async fn verify(
        &self,
        presented: &PresentedProof,
        access_token: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Possession, ProofError> {
        let verified = self.verify_once(presented, access_token, now).await;
        verified.inspect_err(|error| {
            let reason = match error {
                ProofError::Invalid(rejection) => rejection.as_str(),
                ProofError::UseNonce { reason, .. } => reason.as_str(),
                ProofError::Unavailable(_) | ProofError::NoCoordination => return,
            };
            self.metrics.rejected(KIND, reason);
        })
    }

    async fn verify_once(
        &self,
        presented: &PresentedProof,
        access_token: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Possession, ProofError> {
        let proof = presented.verify(access_token)?;
        let step = self.check_age(&proof, now)?;
        self.check_first_use(&proof, step, now).await?;
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
            return match self.policy {
                NoncePolicy::Always => self.use_nonce(NonceReason::Always, now),
                NoncePolicy::WhenNeeded if proof.is_fresh(now) => Ok(None),
                NoncePolicy::WhenNeeded => self.use_nonce(NonceReason::Clock, now),
            };
        };
        match self.nonces.find(nonce, now) {
            Some(step) => Ok(Some(step)),
            None => self.use_nonce(NonceReason::Unknown, now),
        }
    }

    /// Refuses a proof that was used before. The client makes another one, so a repeated request whose response was
    /// lost succeeds, and a thief of the proof cannot. If no more proofs can be remembered, only one with a nonce of
    /// the present step is accepted.
    async fn check_first_use(
        &self,
        proof: &Proof,
        step: Option<NonceStep>,
        now: DateTime<Utc>,
    ) -> Result<(), ProofError> {
        let until = step.map_or_else(|| proof.fresh_until(), |step| step.until);
        let spent = self.seen.spend(&proof.identifier(), until, now).await;
        if spent == Err(SpendError::Unavailable) {
            return Err(ProofError::NoCoordination);
        }
        match ProofUse::of(spent) {
            ProofUse::First => Ok(()),
            ProofUse::Unknown if step.is_some_and(|step| !step.is_replaced) => Ok(()),
            ProofUse::Unknown => self.use_nonce(NonceReason::Full, now),
            ProofUse::Repeated => self.use_nonce(NonceReason::Replayed, now),
        }
    }

    fn use_nonce<T>(&self, reason: NonceReason, now: DateTime<Utc>) -> Result<T, ProofError> {
        let nonce = self.nonces.current(now)?;
        Err(ProofError::UseNonce { nonce, reason })
    }
}
