//! Hashes of other systems in the pool.

use std::sync::atomic::Ordering;

use super::{HashingError, PasswordCheck, QueuePlace};
use crate::{
    identity::StoredVerifier,
    password::{ForeignHash, PresentedPassword, SecretsUnavailable, phc::StoredHash},
};

impl ForeignHash {
    /// Returns the verifier to store. Seals the secret parameters into it, and wraps a weak hash in Argon2id of the
    /// configured cost, which a worker computes.
    ///
    /// # Errors
    /// The service cannot seal or hash.
    pub async fn into_verifier(self, place: &QueuePlace) -> Result<StoredVerifier, HashingError> {
        let inner = &place.0.inner;
        let sealed = match self.unsealed() {
            Some(secrets) => {
                let sealer = inner.sealer.as_ref().ok_or(SecretsUnavailable)?;
                Some(sealer.seal(secrets)?)
            }
            None => None,
        };
        let text = self
            .text(sealed.as_deref())
            .map_err(|_| HashingError::Failed)?;
        Ok(StoredVerifier::new(text))
    }
}

impl QueuePlace {
    /// Checks a password against the hash of another system. A wrong password takes the configured work in addition.
    pub(super) async fn check_foreign(
        &self,
        password: PresentedPassword,
        mut hash: ForeignHash,
    ) -> Result<PasswordCheck, HashingError> {
        if let Some(sealed) = hash.sealed() {
            let sealer = self.0.inner.sealer.as_ref().ok_or(SecretsUnavailable)?;
            let secrets = sealer.open(sealed).await?;
            hash.open(secrets);
        }
        let cost = self.0.inner.cost;
        self.run(move |inner| {
            let is_right = inner.compute(|memory| {
                let is_right = hash.matches(&password, memory)?;
                if !is_right && let Some(dummy) = StoredHash::dummy(cost) {
                    dummy.matches(password.as_str().as_bytes(), memory)?;
                    inner.work.fetch_add(cost.work(), Ordering::Relaxed);
                }
                Ok(is_right)
            })?;
            Ok(if is_right {
                PasswordCheck::RightButOutdated
            } else {
                PasswordCheck::Wrong
            })
        })
        .await
    }
}
