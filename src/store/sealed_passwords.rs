//! The passwords in the table `credentials` whose verifier has a given start.

use super::{Error, Store, read};
use crate::identity::{StoredVerifier, UserId};

pub(super) const PAGE: &str = "\
    SELECT user_id, verifier FROM credentials WHERE type = 'password' AND verifier LIKE $3 AND user_id > $1 \
    ORDER BY user_id LIMIT $2";

/// The verifier of a password and its user.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct PasswordRow {
    /// The user.
    pub user_id: UserId,
    /// The verifier.
    pub verifier: StoredVerifier,
}

impl Store {
    /// Returns at most `limit` passwords, of the users after that ID, whose verifier starts with `prefix`. The prefix has no
    /// wildcard of `LIKE`.
    ///
    /// # Errors
    /// The database fails.
    pub async fn passwords_starting(
        &self,
        prefix: &str,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<PasswordRow>, Error> {
        let pattern = format!("{prefix}%");
        read!(self, |db| sqlx::query_as(PAGE)
            .bind(after.unwrap_or(UserId::BEFORE_ALL))
            .bind(i64::from(limit))
            .bind(&pattern)
            .fetch_all(db)
            .await)
    }
}
