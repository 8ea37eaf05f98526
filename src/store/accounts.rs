//! The table `accounts`.

use chrono::{DateTime, Utc};

use super::{
    Error, Store, epoch::replaced_epoch, on, operation::TransactionEnd, read, transaction,
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

/// An account in the first places of a statement.
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

/// Where there is such an account already, whoever's it is, nothing is done.
pub(super) const INSERT: &str = insert!("VALUES ($1, $2, $3, $4, $5, $6, $6)");

/// Only whoever has proved to read a mailbox can be known by its address; and not by a second account
/// of one provider: an address that it gives to another person since makes them nobody else.
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

/// Deletes provider accounts of the user `$1` and returns which providers they were of.
macro_rules! delete_external {
    ($which:expr) => {
        concat!(
            "DELETE FROM accounts WHERE user_id = $1 AND type IN ('oauth', 'oidc')",
            $which,
            " RETURNING provider"
        )
    };
}

/// An account added since `$2` to a user who existed before it.
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

/// What became of an account that was to be linked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkOutcome {
    /// It is the user's from now on.
    Linked,
    /// It was before: this one.
    AlreadyLinked(Account),
    /// It is another user's.
    Taken,
    /// The user is gone, disabled, or has another epoch.
    Ended,
}

impl Store {
    /// The ways by which a user can come in.
    pub async fn accounts_of(&self, user_id: UserId) -> Result<Vec<Account>, Error> {
        read!(self, |db| sqlx::query_as(OF_USER)
            .bind(user_id)
            .fetch_all(db)
            .await)
    }

    /// Gives an account to its user, if that one is active and has proved to read that address.
    /// Says whether it did: not if there is such an account already, whoever's it is.
    pub async fn join_account_if_verified(
        &self,
        account: &Account,
        email: &EmailAddress,
    ) -> Result<bool, Error> {
        on!(self, only_reads: false, |db| {
            let joined = with_account!(JOIN, account).bind(email).execute(db).await;
            match joined {
                Ok(joined) => Ok(joined.rows_affected() == 1),
                // The user was being deleted, and is gone by now.
                Err(sqlx::Error::Database(error)) if error.is_foreign_key_violation() => Ok(false),
                Err(error) => Err(error),
            }
        })
    }

    /// Gives an account to its user, if that one is active and the epoch is still that one, which
    /// it stays.
    pub async fn link_account_if(
        &self,
        epoch: Epoch,
        account: &Account,
    ) -> Result<LinkOutcome, Error> {
        transaction!(self, |db| {
            let (user_id, now) = (account.user_id, account.created_at);
            if !replaced_epoch!(db, user_id, epoch, epoch, now) {
                return Ok(TransactionEnd::Undo(LinkOutcome::Ended));
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
            Ok(TransactionEnd::Undo(
                own.map_or(LinkOutcome::Taken, LinkOutcome::AlreadyLinked),
            ))
        })
    }

    /// Takes an account away from an active user whose epoch is still `old`, and gives that one a
    /// new epoch; or does nothing. Says whether it did.
    pub async fn unlink_account_if(
        &self,
        user_id: UserId,
        old: Epoch,
        new: Epoch,
        account_id: AccountId,
        now: DateTime<Utc>,
    ) -> Result<bool, Error> {
        transaction!(self, |db| {
            if !replaced_epoch!(db, user_id, old, new, now) {
                return Ok(TransactionEnd::Undo(false));
            }
            let deleted = sqlx::query(DELETE)
                .bind(account_id)
                .bind(user_id)
                .execute(&mut *db)
                .await?;
            if deleted.rows_affected() == 0 {
                return Ok(TransactionEnd::Undo(false));
            }
            Ok(TransactionEnd::Commit(true))
        })
    }
}
