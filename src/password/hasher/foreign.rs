//! Hashes of other systems in the pool.

use std::sync::atomic::Ordering;

use super::{HashingError, PasswordCheck, QueuePlace};
use crate::{
    identity::StoredVerifier,
    password::{
        ForeignHash, PresentedPassword, SecretsUnavailable,
        phc::{self, HashFailed, StoredHash},
    },
};

impl ForeignHash {
    /// Returns the verifier to store. Seals the secret parameters into it, and wraps a weak hash in Argon2id of the
    /// configured cost, which a worker of the pool computes.
    ///
    /// # Errors
    /// The service cannot seal or hash.
    pub async fn into_verifier(
        mut self,
        place: &QueuePlace,
    ) -> Result<StoredVerifier, HashingError> {
        let inner = &place.0.inner;
        let sealed = match self.unsealed() {
            Some(secrets) => {
                let sealer = inner.sealer.as_ref().ok_or(SecretsUnavailable)?;
                Some(sealer.seal(secrets)?)
            }
            None => None,
        };
        if self.is_weak() {
            let (salt, cost) = (inner.entropy.bytes()?, inner.cost);
            let wrapping = place.run(move |inner| {
                inner.compute(|memory| self.wrap(&salt, cost, memory))?;
                Ok(self)
            });
            self = wrapping.await?;
        }
        let text = self.text(sealed.as_deref());
        Ok(StoredVerifier::new(text.map_err(|_| HashingError::Failed)?))
    }
}

impl QueuePlace {
    /// Checks a password against the hash of another system. A wrong password then takes the configured work, less the work
    /// of Argon2 that the hash itself took.
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
            // One at a time, so that no number of imported rows exhausts the memory.
            let is_large = hash.memory_kib() > phc::MAX_COST.memory_kib;
            let large = is_large.then(|| inner.large.try_lock());
            // Another one would hold up a worker that others wait for.
            let Ok(_large) = large.transpose() else {
                return Ok(None);
            };
            let is_right = inner.compute(|memory| {
                let is_right = hash.matches(&password, memory)?;
                inner.work.fetch_add(hash.argon2_work(), Ordering::Relaxed);
                if !is_right && let Some(missing) = phc::missing_work(hash.argon2_work(), cost) {
                    StoredHash::dummy(missing)
                        .ok_or(HashFailed)?
                        .matches(password.as_str().as_bytes(), memory)?;
                    inner.work.fetch_add(missing.work(), Ordering::Relaxed);
                }
                Ok(is_right)
            })?;
            Ok(Some(if is_right {
                PasswordCheck::RightButOutdated
            } else {
                PasswordCheck::Wrong
            }))
        })
        .await?
        .ok_or_else(|| self.0.inner.busy())
    }
}
