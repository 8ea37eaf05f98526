//! The changes by mailed links, and those of an email.

use chrono::{DateTime, Utc};

use super::tables::SimulatedTables;
use crate::{
    identity::{Account, AccountKind, Credential, EmailAddress, Epoch, User, UserAtLogin, UserId},
    store::{EmailChangeOutcome, RemovedMethods, operation::TransactionEnd},
};

/// Returns whether an account was added since that time, to a user who existed before.
fn is_recent(account: &Account, user: &User, since: DateTime<Utc>) -> bool {
    account.created_at >= since && account.created_at > user.created_at
}

impl SimulatedTables {
    /// `Store::spend_link`.
    pub(in crate::store) fn spend_link(
        &mut self,
        id: UserId,
        (session_epoch, link_epoch): (Epoch, Epoch),
        fresh: Epoch,
        usable_passkeys: Option<&str>,
    ) -> Option<UserAtLogin> {
        let user = self.user_of_epoch(id, session_epoch)?;
        if user.link_epoch != link_epoch {
            return None;
        }
        user.link_epoch = fresh;
        let user = user.clone();
        Some(self.at_login(user, usable_passkeys))
    }

    /// `Store::reset_password_if`.
    pub(in crate::store) fn reset_password_if(
        &mut self,
        (old, new): (Epoch, Epoch),
        password: &Credential,
        accounts: &[Account],
        trusted_since: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<TransactionEnd<Option<RemovedMethods>>, sqlx::Error> {
        let id = password.user_id;
        let Some(user) = self.user_of_epoch(id, old) else {
            return Ok(TransactionEnd::Rollback(None));
        };
        (user.session_epoch, user.updated_at) = (new, now);
        let verified = user.email_verified;
        user.email_verified = verified.or(Some(now));
        let user = user.clone();
        let providers = self.delete_external(id, |account| {
            verified.is_none_or(|verified| account.created_at < verified)
                || is_recent(account, &user, trusted_since)
        });
        let since = verified.map_or(DateTime::UNIX_EPOCH, |_| trusted_since);
        let passkeys = self.remove_passkeys_since(id, since);
        self.set_password(password, accounts)?;
        let removed = RemovedMethods {
            providers,
            passkeys,
        };
        Ok(TransactionEnd::Commit(Some(removed)))
    }

    /// `Store::set_email_if` with an account for login by mail, `Store::set_unverified_email_if` without one.
    pub(in crate::store) fn replace_email_if(
        &mut self,
        (old, new): (Epoch, Epoch),
        (id, email): (UserId, &EmailAddress),
        account: Option<&Account>,
        trusted_since: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<TransactionEnd<EmailChangeOutcome>, sqlx::Error> {
        let is_taken = self.is_email_of_other(email, Some(id));
        let Some(user) = self.user_of_epoch(id, old) else {
            return Ok(TransactionEnd::Rollback(EmailChangeOutcome::Ended));
        };
        if is_taken {
            return Ok(TransactionEnd::Rollback(EmailChangeOutcome::Taken));
        }
        (user.session_epoch, user.updated_at) = (new, now);
        user.email = email.clone();
        user.email_verified = account.map(|_| now);
        let user = user.clone();
        let providers =
            self.delete_external(id, |account| is_recent(account, &user, trusted_since));
        let passkeys = self.remove_passkeys_since(id, trusted_since);
        match account {
            Some(account) => drop(self.insert_account(account)?),
            None => drop(self.delete_accounts(|account| {
                (account.user_id, account.kind) == (id, AccountKind::Email)
            })),
        }
        let removed = RemovedMethods {
            providers,
            passkeys,
        };
        Ok(TransactionEnd::Commit(EmailChangeOutcome::Done(removed)))
    }
}
