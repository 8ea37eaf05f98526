//! The table `users`: the changes by mailed links. Each link works once.

use chrono::{DateTime, Utc};

use super::change::set_password;
use crate::{
    identity::{Account, Credential, Epoch, UserAtLogin, UserId},
    store::{
        Error, Store,
        accounts::{self, with_account},
        change_row,
        credentials::{self, with_credential},
        epoch::{if_epoch_is, replaced_epoch},
        operation::TransactionEnd,
        passkeys::remove_passkeys_since,
        simulated, transaction,
    },
};

pub(in crate::store) const SPEND_LINK: &str = concat!(
    "UPDATE users SET link_epoch = $4",
    if_epoch_is!(),
    " AND link_epoch = $3 RETURNING ",
    columns!(),
    ", ",
    factors!("$5")
);

pub(in crate::store) const VERIFY_EMAIL: &str = "\
    UPDATE users SET email_verified = $2 WHERE id = $1 AND email_verified IS NULL";

/// The stored names of the providers whose accounts were removed, one for each account.
pub type RemovedProviders = Vec<String>;

/// The login methods that a reset by mail or a new email has removed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RemovedMethods {
    /// The stored names of the providers, one for each account.
    pub providers: RemovedProviders,
    /// The number of passkeys.
    pub passkeys: u64,
}

impl Store {
    /// Sets a password, marks the email as verified and replaces the epoch, if the user is active and the epoch is
    /// still `old`. Returns `None` otherwise.
    ///
    /// Removes provider accounts that are older than the verification of the email, or all of them if the email
    /// was not verified, and those added since `trusted_since` to a user who existed before. Removes passkeys added since
    /// then, or all of them if the email was not verified, unless the user had an authenticator app before.
    ///
    /// # Errors
    /// The database fails, and nothing has changed.
    pub async fn reset_password_if(
        &self,
        old: Epoch,
        new: Epoch,
        password: &Credential,
        accounts: &[Account],
        trusted_since: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<Option<RemovedMethods>, Error> {
        simulated!(self, transaction, |tables| tables.reset_password_if(
            (old, new),
            password,
            accounts,
            trusted_since,
            now
        ));
        transaction!(self, |db| {
            let user_id = password.user_id;
            if !replaced_epoch!(db, user_id, old, new, now) {
                return Ok(TransactionEnd::Rollback(None));
            }
            let verified = sqlx::query(VERIFY_EMAIL)
                .bind(user_id)
                .bind(now)
                .execute(&mut *db)
                .await?;
            let was_verified = verified.rows_affected() == 0;
            let removal = if was_verified {
                sqlx::query_scalar(accounts::DELETE_OLDER_OR_RECENT_EXTERNAL)
                    .bind(user_id)
                    .bind(trusted_since)
            } else {
                sqlx::query_scalar(accounts::DELETE_EXTERNAL).bind(user_id)
            };
            let providers = removal.fetch_all(&mut *db).await?;
            let since = if was_verified {
                trusted_since
            } else {
                DateTime::UNIX_EPOCH
            };
            let passkeys = remove_passkeys_since!(db, user_id, since);
            set_password!(db, password, accounts);
            Ok(TransactionEnd::Commit(Some(RemovedMethods {
                providers,
                passkeys,
            })))
        })
    }

    /// Spends a login link of an active user, if the session epoch and the link epoch are still those of the
    /// link. Every other login link of the user stops working. Returns the user, or `None` if the link does not
    /// work any more. One compare-and-swap statement decides between concurrent calls.
    ///
    /// # Errors
    /// The database fails.
    pub async fn spend_link(
        &self,
        id: UserId,
        session_epoch: Epoch,
        link_epoch: Epoch,
        fresh: Epoch,
    ) -> Result<Option<UserAtLogin>, Error> {
        simulated!(self, change, |tables| tables.spend_link(
            id,
            (session_epoch, link_epoch),
            fresh,
            self.usable_passkeys()
        ));
        change_row!(
            self,
            sqlx::query_as(SPEND_LINK)
                .bind(id)
                .bind(session_epoch)
                .bind(link_epoch)
                .bind(fresh)
                .bind(self.usable_passkeys())
        )
    }
}
