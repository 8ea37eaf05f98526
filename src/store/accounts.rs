//! The table `accounts`: login methods of users and accounts at providers.

use chrono::{DateTime, Utc};

use super::{
    Error, Store, epoch::replaced_epoch, on, operation::TransactionEnd, read, simulated,
    transaction,
};
use crate::identity::{Account, AccountId, EmailAddress, Epoch, UserId};

macro_rules! insert {
    ($values:literal) => {
        concat!(
            "INSERT INTO accounts \
             (id, user_id, type, provider, provider_account_id, created_at, updated_at) ",
            $values,
            " ON CONFLICT DO NOTHING"
        )
    };
}

macro_rules! select {
    ($which:literal) => {
        concat!(
            "SELECT id, user_id, type, provider, provider_account_id, created_at FROM accounts ",
            $which
        )
    };
}

/// Binds an account to the first arguments of a statement.
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

/// Inserts an account. Does nothing if the account exists already, whichever user it belongs to.
pub(super) const INSERT: &str = insert!("VALUES ($1, $2, $3, $4, $5, $6, $6)");

/// Inserts an account for an active user with the verified email `$7`, if the user has no other account of the
/// provider. Without that condition, a provider that gives an email to another person would let that person
/// log in as the first user.
pub(super) const JOIN: &str = insert!(
    "SELECT $1, users.id, $3, $4, $5, $6, $6 FROM users \
     WHERE users.id = $2 AND users.email = $7 \
     AND users.is_active AND users.email_verified IS NOT NULL \
     AND NOT EXISTS (SELECT 1 FROM accounts known \
                     WHERE known.user_id = users.id AND known.provider = $4)"
);

pub(super) const BY_KEY: &str = select!("WHERE provider = $1 AND provider_account_id = $2");

pub(super) const OF_USER: &str = select!("WHERE user_id = $1 ORDER BY provider, id");

pub(super) const DELETE: &str = "DELETE FROM accounts WHERE id = $1 AND user_id = $2";

/// Deletes the account for login by mail of the user `$1`.
pub(super) const DELETE_EMAIL: &str = "DELETE FROM accounts WHERE user_id = $1 AND type = 'email'";

/// Deletes provider accounts of the user `$1`. Returns the provider of each.
macro_rules! delete_external {
    ($which:expr) => {
        concat!(
            "DELETE FROM accounts WHERE user_id = $1 AND type IN ('oauth', 'oidc')",
            $which,
            " RETURNING provider"
        )
    };
}

/// Condition: the account was added since `$2`, to a user who existed before.
macro_rules! recently_added {
    () => {
        "(created_at >= $2 AND created_at > (SELECT created_at FROM users WHERE id = $1))"
    };
}

pub(super) const DELETE_EXTERNAL: &str = delete_external!("");

pub(super) const DELETE_OLDER_OR_RECENT_EXTERNAL: &str = delete_external!(concat!(
    " AND (created_at < (SELECT email_verified FROM users WHERE id = $1) OR ",
    recently_added!(),
    ")"
));

pub(super) const DELETE_RECENT_EXTERNAL: &str =
    delete_external!(concat!(" AND ", recently_added!()));

/// The result of linking an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkOutcome {
    /// The account is linked to the user.
    Linked,
    /// The account was linked to the user before. Holds the stored account.
    AlreadyLinked(Account),
    /// The account belongs to another user.
    Taken,
    /// The user is gone, disabled, or has another epoch.
    Ended,
}

impl Store {
    /// Returns the accounts of a user: every login method, by provider and ID.
    ///
    /// # Errors
    /// The database fails.
    pub async fn accounts_of(&self, user_id: UserId) -> Result<Vec<Account>, Error> {
        simulated!(self, read, |tables| tables.accounts_of(user_id));
        read!(self, |db| sqlx::query_as(OF_USER)
            .bind(user_id)
            .fetch_all(db)
            .await)
    }

    /// Adds an account to its user, if the user is active, has the verified email and has no other account of
    /// the provider. Returns whether the account was added. An account that exists already is not added,
    /// whichever user it belongs to.
    ///
    /// # Errors
    /// The database fails.
    pub async fn join_account_if_verified(
        &self,
        account: &Account,
        email: &EmailAddress,
    ) -> Result<bool, Error> {
        simulated!(self, change, |tables| tables
            .join_account_if_verified(account, email));
        on!(self, only_reads: false, begins: false, |db| {
            let joined = with_account!(JOIN, account).bind(email).execute(db).await;
            match joined {
                Ok(joined) => Ok(joined.rows_affected() == 1),
                // The user was deleted at the same time.
                Err(sqlx::Error::Database(error)) if error.is_foreign_key_violation() => Ok(false),
                Err(error) => Err(error),
            }
        })
    }

    /// Adds an account to its user, if the user is active and still has this epoch. The epoch stays.
    ///
    /// # Errors
    /// The database fails, and nothing has changed.
    pub async fn link_account_if(
        &self,
        epoch: Epoch,
        account: &Account,
    ) -> Result<LinkOutcome, Error> {
        simulated!(self, transaction, |tables| tables
            .link_account_if(epoch, account));
        transaction!(self, |db| {
            let (user_id, now) = (account.user_id, account.created_at);
            if !replaced_epoch!(db, user_id, epoch, epoch, now) {
                return Ok(TransactionEnd::Rollback(LinkOutcome::Ended));
            }
            let inserted = with_account!(INSERT, account).execute(&mut *db).await?;
            if inserted.rows_affected() == 1 {
                return Ok(TransactionEnd::Commit(LinkOutcome::Linked));
            }
            let found: Option<Account> = sqlx::query_as(BY_KEY)
                .bind(&account.provider)
                .bind(&account.provider_account_id)
                .fetch_optional(&mut *db)
                .await?;
            let own = found.filter(|found| found.user_id == account.user_id);
            Ok(TransactionEnd::Rollback(
                own.map_or(LinkOutcome::Taken, LinkOutcome::AlreadyLinked),
            ))
        })
    }

    /// Removes an account from an active user whose epoch is still `old`, and sets the epoch `new`. Returns
    /// whether both were done; otherwise nothing has changed.
    ///
    /// # Errors
    /// The database fails, and nothing has changed.
    pub async fn unlink_account_if(
        &self,
        user_id: UserId,
        old: Epoch,
        new: Epoch,
        account_id: AccountId,
        now: DateTime<Utc>,
    ) -> Result<bool, Error> {
        simulated!(self, transaction, |tables| Ok(tables.unlink_account_if(
            (user_id, account_id),
            (old, new),
            now
        )));
        transaction!(self, |db| {
            if !replaced_epoch!(db, user_id, old, new, now) {
                return Ok(TransactionEnd::Rollback(false));
            }
            let deleted = sqlx::query(DELETE)
                .bind(account_id)
                .bind(user_id)
                .execute(&mut *db)
                .await?;
            if deleted.rows_affected() == 0 {
                return Ok(TransactionEnd::Rollback(false));
            }
            Ok(TransactionEnd::Commit(true))
        })
    }
}
