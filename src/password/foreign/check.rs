//! The check of a password against the hash of another system.

use argon2::Block;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use zeroize::Zeroizing;

use super::{ForeignHash, HashProof, HashSecrets, SecretState};
use crate::{
    config::HashCost,
    password::{
        PresentedPassword,
        phc::{self, HashFailed, StoredHash},
    },
};

/// The characters that PHP's `trim` removes.
const PHP_WHITE_SPACE: [char; 6] = [' ', '\t', '\n', '\r', '\x0b', '\0'];

impl ForeignHash {
    /// Returns true if the password matches as the user typed it, or in NFC; for WordPress also without white space around
    /// it. Compares in constant time.
    ///
    /// # Errors
    /// The computation fails, or the secret parameters are still sealed.
    pub(in crate::password) fn matches(
        &self,
        password: &PresentedPassword,
        memory: &mut Vec<Block>,
    ) -> Result<bool, HashFailed> {
        let SecretState::Open(secrets) = &self.secrets else {
            return Err(HashFailed);
        };
        let mut texts: Vec<&str> = password.texts().collect();
        if self.scheme.trims() {
            let trimmed = password
                .texts()
                .map(|text| text.trim_matches(PHP_WHITE_SPACE));
            texts.extend(trimmed.filter(|trimmed| password.texts().all(|text| text != *trimmed)));
        }
        for text in texts {
            if self.matches_text(text, secrets, memory)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn matches_text(
        &self,
        text: &str,
        secrets: &HashSecrets,
        memory: &mut Vec<Block>,
    ) -> Result<bool, HashFailed> {
        let pepper = secrets.pepper.as_deref().unwrap_or_default();
        let password = Zeroizing::new([text, pepper].concat());
        let Some(digest) = self.scheme.digest(&password, secrets, memory)? else {
            return Ok(false);
        };
        match &self.proof {
            HashProof::Digest(expected) => Ok(verify_slices_are_equal(&digest, expected).is_ok()),
            HashProof::Wrapped(wrapped, _) => wrapped.matches(&digest, memory),
        }
    }
}

impl ForeignHash {
    /// Returns the work of Argon2 in one check, in KiB times passes.
    pub(in crate::password) fn argon2_work(&self) -> u64 {
        match &self.proof {
            HashProof::Digest(_) => self.scheme.argon2_work(),
            HashProof::Wrapped(wrapped, _) => wrapped.work(),
        }
    }

    /// Returns the memory of Argon2 in one check, in KiB.
    pub(in crate::password) fn memory_kib(&self) -> u32 {
        match &self.proof {
            HashProof::Digest(_) => self.scheme.argon2_memory_kib(),
            HashProof::Wrapped(wrapped, _) => wrapped.memory_kib(),
        }
    }

    /// Replaces the digest of a weak hash by its Argon2id hash.
    ///
    /// # Errors
    /// The computation fails.
    pub(in crate::password) fn wrap(
        &mut self,
        salt: &[u8; 16],
        cost: HashCost,
        memory: &mut Vec<Block>,
    ) -> Result<(), HashFailed> {
        let HashProof::Digest(digest) = &self.proof else {
            return Ok(());
        };
        let text = phc::hash(digest, salt, cost, memory)?;
        let hash = StoredHash::parse(&text, cost).ok_or(HashFailed)?;
        self.proof = HashProof::Wrapped(Box::new(hash), text);
        Ok(())
    }
}
