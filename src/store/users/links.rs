//! The table `users`: the changes by mailed links. Each link works once.

use chrono::{DateTime, Utc};

use super::change::set_password;
use crate::{
    identity::{Account, Credential, EmailAddress, Epoch, UserAtLogin, UserId},
    store::{
        Error, Store,
        accounts::{self, with_account},
        change_row,
        credentials::{self, with_credential},
        epoch::{if_epoch_is, replaced_epoch},
        factors,
        operation::TransactionEnd,
        passkeys, transaction,
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

pub(in crate::store) const SET_EMAIL: &str = "\
    UPDATE users SET email = $2, email_verified = $3 WHERE id = $1";

pub(in crate::store) const VERIFY_EMAIL: &str = "\
    UPDATE users SET email_verified = $2 WHERE id = $1 AND email_verified IS NULL";

/// The stored names of the providers whose accounts were removed, one for each account.
pub type RemovedProviders = Vec<String>;

/// The login methods that a reset by mail has removed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RemovedMethods {
    /// The stored names of the providers, one for each account.
    pub providers: RemovedProviders,
    /// The number of passkeys.
    pub passkeys: u64,
}

/// The result of changing an email.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EmailChangeOutcome {
    /// The email is changed and verified.
    Done(RemovedProviders),
    /// Another user has the email.
    Taken,
    /// The user is gone, disabled, or has another epoch.
    Ended,
}

/// A change of email. With an account for login by mail the email is verified, without one it is not.
struct EmailReplacement<'a> {
    user_id: UserId,
    email: &'a EmailAddress,
    account: Option<&'a Account>,
    trusted_since: DateTime<Utc>,
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
            let passkeys = sqlx::query(passkeys::DELETE_SINCE)
                .bind(user_id)
                .bind(since)
                .execute(&mut *db)
                .await?
                .rows_affected();
            sqlx::query(factors::DELETE_LAST_RECOVERY_CODES)
                .bind(user_id)
                .execute(&mut *db)
                .await?;
            set_password!(db, password, accounts);
            Ok(TransactionEnd::Commit(Some(RemovedMethods {
                providers,
                passkeys,
            })))
        })
    }

    /// Changes the email of an active user whose epoch is still `old`, marks the email as verified, adds the
    /// account for login by mail and sets the epoch `new`; or changes nothing. Provider accounts added since
    /// `trusted_since` to a user who existed before are removed.
    ///
    /// # Errors
    /// The database fails, and nothing has changed.
    pub async fn set_email_if(
        &self,
        old: Epoch,
        new: Epoch,
        email: &EmailAddress,
        email_account: &Account,
        trusted_since: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<EmailChangeOutcome, Error> {
        let change = EmailReplacement {
            user_id: email_account.user_id,
            email,
            account: Some(email_account),
            trusted_since,
        };
        self.replace_email_if(old, new, change, now).await
    }

    /// Changes the email as [`Store::set_email_if`], but marks the email as unverified and removes the account
    /// for login by mail.
    ///
    /// # Errors
    /// The database fails, and nothing has changed.
    pub async fn set_unverified_email_if(
        &self,
        old: Epoch,
        new: Epoch,
        (user_id, email): (UserId, &EmailAddress),
        trusted_since: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<EmailChangeOutcome, Error> {
        let change = EmailReplacement {
            user_id,
            email,
            account: None,
            trusted_since,
        };
        self.replace_email_if(old, new, change, now).await
    }

    async fn replace_email_if(
        &self,
        old: Epoch,
        new: Epoch,
        change: EmailReplacement<'_>,
        now: DateTime<Utc>,
    ) -> Result<EmailChangeOutcome, Error> {
        let EmailReplacement {
            user_id,
            email,
            account,
            trusted_since,
        } = change;
        transaction!(self, |db| {
            if !replaced_epoch!(db, user_id, old, new, now) {
                return Ok(TransactionEnd::Rollback(EmailChangeOutcome::Ended));
            }
            let set = sqlx::query(SET_EMAIL)
                .bind(user_id)
                .bind(email)
                .bind(account.map(|_| now))
                .execute(&mut *db)
                .await;
            match set {
                Ok(_) => {}
                Err(sqlx::Error::Database(error)) if error.is_unique_violation() => {
                    return Ok(TransactionEnd::Rollback(EmailChangeOutcome::Taken));
                }
                Err(error) => return Err(error),
            }
            let removed: RemovedProviders = sqlx::query_scalar(accounts::DELETE_RECENT_EXTERNAL)
                .bind(user_id)
                .bind(trusted_since)
                .fetch_all(&mut *db)
                .await?;
            let by_mail = match account {
                Some(account) => with_account!(accounts::INSERT, account),
                None => sqlx::query(accounts::DELETE_EMAIL).bind(user_id),
            };
            by_mail.execute(&mut *db).await?;
            Ok(TransactionEnd::Commit(EmailChangeOutcome::Done(removed)))
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
