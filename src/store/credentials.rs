//! The table `credentials`.

use chrono::{DateTime, Utc};

use super::{Error, Store, change_one, simulated};
use crate::identity::{CredentialKind, StoredVerifier, UserId};

macro_rules! insert {
    () => {
        "INSERT INTO credentials (id, user_id, type, verifier, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $5)"
    };
}

/// Binds a credential to the arguments of `INSERT` or `SET_PASSWORD`.
macro_rules! with_credential {
    ($statement:expr, $credential:expr) => {
        sqlx::query($statement)
            .bind($credential.id)
            .bind($credential.user_id)
            .bind($credential.kind.as_str())
            .bind(&$credential.verifier)
            .bind($credential.created_at)
    };
}
pub(super) use with_credential;

pub(super) const INSERT: &str = insert!();

pub(super) const SET_PASSWORD: &str = concat!(
    insert!(),
    " ON CONFLICT (user_id) WHERE type = 'password' \
     DO UPDATE SET verifier = EXCLUDED.verifier, updated_at = EXCLUDED.updated_at"
);

pub(super) const REPLACE_VERIFIER: &str = "\
    UPDATE credentials SET verifier = $4, updated_at = $5 \
    WHERE user_id = $1 AND type = $2 AND verifier = $3";

impl Store {
    /// Replaces the verifier of a password or a factor of the user, if the stored one is still `old`: one
    /// compare-and-swap. A verifier that was changed in the meantime stays. Returns whether the verifier was replaced.
    ///
    /// # Errors
    /// The database fails.
    pub async fn replace_verifier(
        &self,
        user_id: UserId,
        kind: CredentialKind,
        (old, new): (&StoredVerifier, &StoredVerifier),
        now: DateTime<Utc>,
    ) -> Result<bool, Error> {
        simulated!(self, change, |tables| tables.replace_verifier(
            user_id,
            kind,
            (old, new),
            now
        ));
        change_one!(
            self,
            REPLACE_VERIFIER,
            user_id,
            kind.as_str(),
            old,
            new,
            now
        )
    }
}
