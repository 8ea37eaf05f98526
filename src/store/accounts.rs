//! The table `accounts`.

use super::{Error, Store, on};
use crate::identity::UserId;

pub(super) const INSERT: &str = "\
    INSERT INTO accounts (id, user_id, type, provider, provider_account_id, created_at, updated_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7)";

pub(super) const OF_USER: &str = "\
    SELECT provider FROM accounts WHERE user_id = $1 ORDER BY provider";

impl Store {
    /// The providers by which a user can come in.
    pub async fn providers_of(&self, user_id: UserId) -> Result<Vec<String>, Error> {
        on!(self, |db| sqlx::query_scalar(OF_USER)
            .bind(user_id)
            .fetch_all(db)
            .await)
    }
}
