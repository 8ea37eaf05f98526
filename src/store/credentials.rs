//! The table `credentials`.

use chrono::{DateTime, Utc};

use super::{Error, Store, on};
use crate::identity::{UserId, Verifier};

pub(super) const INSERT: &str = "\
    INSERT INTO credentials (id, user_id, type, verifier, created_at, updated_at) \
    VALUES ($1, $2, $3, $4, $5, $6)";

pub(super) const SET_PASSWORD: &str = "\
    INSERT INTO credentials (id, user_id, type, verifier, created_at, updated_at) \
    VALUES ($1, $2, $3, $4, $5, $6) \
    ON CONFLICT (user_id) WHERE type = 'password' \
    DO UPDATE SET verifier = EXCLUDED.verifier, updated_at = EXCLUDED.updated_at";

pub(super) const REPLACE_VERIFIER: &str = "\
    UPDATE credentials SET verifier = $3, updated_at = $4 \
    WHERE user_id = $1 AND type = 'password' AND verifier = $2";

impl Store {
    /// Replaces a password's verifier by another of the same password, if it is still `old`: a
    /// password changed meanwhile stays changed. Says whether it was.
    pub async fn replace_verifier(
        &self,
        user_id: UserId,
        old: &Verifier,
        new: &Verifier,
        now: DateTime<Utc>,
    ) -> Result<bool, Error> {
        on!(self, |db| sqlx::query(REPLACE_VERIFIER)
            .bind(user_id)
            .bind(old)
            .bind(new)
            .bind(now)
            .execute(db)
            .await
            .map(|done| done.rows_affected() == 1))
    }
}
