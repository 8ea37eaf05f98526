//! The table `users`: the changes of an email.

use chrono::{DateTime, Utc};

use super::links::{RemovedMethods, RemovedProviders};
use crate::{
    identity::{Account, EmailAddress, Epoch, UserId},
    store::{
        Error, Store,
        accounts::{self, with_account},
        epoch::replaced_epoch,
        operation::TransactionEnd,
        passkeys::remove_passkeys_since,
        simulated, transaction,
    },
};

pub(in crate::store) const SET_EMAIL: &str = "\
    UPDATE users SET email = $2, email_verified = $3 WHERE id = $1";

/// The result of changing an email.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EmailChangeOutcome {
    /// The email is changed, and these login methods were removed.
    Done(RemovedMethods),
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
    /// Changes the email of an active user whose epoch is still `old`, marks the email as verified, adds the
    /// account for login by mail and sets the epoch `new`; or changes nothing. Provider accounts added since
    /// `trusted_since` to a user who existed before are removed, and passkeys added since then to a user who had no
    /// authenticator app before.
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
        simulated!(self, transaction, |tables| tables.replace_email_if(
            (old, new),
            (user_id, email),
            account,
            trusted_since,
            now
        ));
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
            let providers: RemovedProviders = sqlx::query_scalar(accounts::DELETE_RECENT_EXTERNAL)
                .bind(user_id)
                .bind(trusted_since)
                .fetch_all(&mut *db)
                .await?;
            let passkeys = remove_passkeys_since!(db, user_id, trusted_since);
            let by_mail = match account {
                Some(account) => with_account!(accounts::INSERT, account),
                None => sqlx::query(accounts::DELETE_EMAIL).bind(user_id),
            };
            by_mail.execute(&mut *db).await?;
            let removed = RemovedMethods {
                providers,
                passkeys,
            };
            Ok(TransactionEnd::Commit(EmailChangeOutcome::Done(removed)))
        })
    }
}
