//! The table `accounts`.

use super::{Error, Store, on};
use crate::identity::{Account, UserId};

macro_rules! insert {
    () => {
        "INSERT INTO accounts \
         (id, user_id, type, provider, provider_account_id, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $6)"
    };
}

/// An account in the places of either.
macro_rules! with_account {
    ($statement:expr, $account:expr) => {
        sqlx::query($statement)
            .bind($account.id)
            .bind($account.user_id)
            .bind($account.kind.as_str())
            .bind(&$account.provider)
            .bind(&$account.provider_account_id)
            .bind($account.created_at)
    };
}
pub(super) use with_account;

pub(super) const INSERT: &str = insert!();

pub(super) const INSERT_IF_MISSING: &str = concat!(insert!(), " ON CONFLICT DO NOTHING");

pub(super) const OF_USER: &str = "\
    SELECT id, user_id, type, provider, provider_account_id, created_at FROM accounts \
    WHERE user_id = $1 ORDER BY provider, id";

impl Store {
    /// The ways by which a user can come in.
    pub async fn accounts_of(&self, user_id: UserId) -> Result<Vec<Account>, Error> {
        on!(self, |db| sqlx::query_as(OF_USER)
            .bind(user_id)
            .fetch_all(db)
            .await)
    }
}
