//! Export of all users, page by page.

use std::collections::HashMap;

use super::{Error, Store, read};
use crate::identity::{Account, StoredVerifier, User, UserId};

/// The accounts of the users after `$1` up to `$2`.
pub(super) const ACCOUNTS_BETWEEN: &str = "\
    SELECT id, user_id, type, provider, provider_account_id, created_at FROM accounts \
    WHERE user_id > $1 AND user_id <= $2";

/// The passwords of the users after `$1` up to `$2`.
pub(super) const PASSWORDS_BETWEEN: &str = "\
    SELECT user_id, verifier FROM credentials \
    WHERE type = 'password' AND user_id > $1 AND user_id <= $2";

/// A user with accounts and password.
#[derive(Debug, Clone)]
pub struct ExportedUser {
    /// The user.
    pub user: User,
    /// The accounts, in no order.
    pub accounts: Vec<Account>,
    /// The verifier of the password.
    pub password: Option<StoredVerifier>,
}

#[derive(sqlx::FromRow)]
struct ExportedPassword {
    user_id: UserId,
    verifier: StoredVerifier,
}

impl Store {
    /// Returns at most `limit` users after that ID, the earliest first. A user who changes meanwhile is returned as before
    /// or as after the change, in parts.
    ///
    /// # Errors
    /// The database fails.
    pub async fn exported_users(
        &self,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<ExportedUser>, Error> {
        let users = self.users(after, limit).await?;
        let Some(last) = users.last().map(|user| user.id) else {
            return Ok(Vec::new());
        };
        let first = after.unwrap_or(UserId::BEFORE_ALL);
        let mut accounts = HashMap::<UserId, Vec<Account>>::new();
        for account in self.accounts_between(first, last).await? {
            accounts.entry(account.user_id).or_default().push(account);
        }
        let passwords = self.passwords_between(first, last).await?;
        let passwords = passwords.into_iter().map(|row| (row.user_id, row.verifier));
        let mut passwords: HashMap<_, _> = passwords.collect();
        let exported = users.into_iter().map(|user| ExportedUser {
            accounts: accounts.remove(&user.id).unwrap_or_default(),
            password: passwords.remove(&user.id),
            user,
        });
        Ok(exported.collect())
    }

    async fn accounts_between(&self, after: UserId, last: UserId) -> Result<Vec<Account>, Error> {
        read!(self, |db| sqlx::query_as(ACCOUNTS_BETWEEN)
            .bind(after)
            .bind(last)
            .fetch_all(db)
            .await)
    }

    async fn passwords_between(
        &self,
        after: UserId,
        last: UserId,
    ) -> Result<Vec<ExportedPassword>, Error> {
        read!(self, |db| sqlx::query_as(PASSWORDS_BETWEEN)
            .bind(after)
            .bind(last)
            .fetch_all(db)
            .await)
    }
}
