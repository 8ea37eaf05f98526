//! Content that is sealed in the database. It outlives the secret that sealed it, so it is sealed again at every use,
//! and before its secret is removed. Its key does not depend on the issuer, which may change.

use chrono::{DateTime, Utc};
use serde::{Serialize, de::DeserializeOwned};

use super::{MintError, TokenRejection, Tokens, sealed};
use crate::keyring::Secret;

/// Content that is stored sealed.
pub trait StoredSecret: Serialize + DeserializeOwned {
    /// The purpose, an input to the key derivation.
    const LABEL: &'static str;
}

/// The result of sealing stored content again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ResealReport {
    /// The number of rows.
    pub found: u64,
    /// The number of rows that were sealed again.
    pub resealed: u64,
    /// The number of rows that cannot be opened: the file of their secret was removed.
    pub unreadable: u64,
}

impl Tokens {
    /// Seals content for the database, by the secret that signs now.
    ///
    /// # Errors
    /// No secret signs, or the cryptographic library or the random source fails.
    pub fn seal_at_rest<T: StoredSecret>(
        &self,
        content: &T,
        now: DateTime<Utc>,
    ) -> Result<String, MintError> {
        let text = serde_json::to_vec(content).map_err(|_| MintError::Claims)?;
        let key = (T::LABEL, Secret::derive_at_rest as sealed::Derive);
        sealed::seal_bytes(&self.0, &text, key, now)
    }

    /// Opens content that any node has sealed, also by a secret that is retired. Reloads the keys first if the content
    /// names a newer secret.
    ///
    /// # Errors
    /// The secret is removed, or the content was changed.
    pub async fn open_at_rest<T: StoredSecret>(
        &self,
        stored: &str,
        now: DateTime<Utc>,
    ) -> Result<T, TokenRejection> {
        let open = || {
            let find = |kid: &str| self.keyring().secret_at_rest(kid, now);
            let key = (T::LABEL, Secret::derive_at_rest as sealed::Derive);
            sealed::open_with(stored, key, find)
        };
        let mut opened = open();
        if let Err(TokenRejection::KeyNewerThanHeld) = opened {
            self.rotation().catch_up(now).await;
            opened = open();
        }
        serde_json::from_slice(&opened?).map_err(|_| TokenRejection::Claims)
    }

    /// Returns whether stored content is sealed by the secret that signs now.
    pub fn is_sealed_now(&self, stored: &str, now: DateTime<Utc>) -> bool {
        let kid = stored.split_once('.').map(|(kid, _)| kid);
        let secret = self.keyring().secret(now);
        secret.is_some_and(|secret| kid == Some(secret.kid()))
    }
}
