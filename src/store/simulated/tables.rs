//! The rows of the simulated database and their constraints.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::identity::{
    Account, AccountId, Credential, CredentialId, CredentialKind, EmailAddress, Epoch, User, UserId,
};

/// The rows of all tables.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SimulatedTables {
    /// The table `users`.
    pub users: BTreeMap<UserId, User>,
    /// The table `accounts`.
    pub accounts: BTreeMap<AccountId, StoredAccount>,
    /// The table `credentials`.
    pub credentials: BTreeMap<CredentialId, StoredCredential>,
}

/// A row of the table `accounts`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAccount {
    /// The account.
    pub account: Account,
    /// The time of the last change.
    pub updated_at: DateTime<Utc>,
}

/// A row of the table `credentials`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredCredential {
    /// The credential.
    pub credential: Credential,
    /// The time of the last change.
    pub updated_at: DateTime<Utc>,
}

impl SimulatedTables {
    /// Inserts a user, unless the ID or the email is taken. Returns whether the user was inserted.
    pub(super) fn insert_user(&mut self, user: &User) -> bool {
        if self.users.contains_key(&user.id) || self.is_email_of_other(&user.email, None) {
            return false;
        }
        self.users.insert(user.id, user.clone());
        true
    }

    /// Inserts an account, unless it exists. Returns whether the account was inserted.
    ///
    /// # Errors
    /// The user does not exist.
    pub(super) fn insert_account(&mut self, account: &Account) -> Result<bool, sqlx::Error> {
        let key = (&account.provider, &account.provider_account_id);
        let is_known = self.accounts.values().any(|known| {
            let known = &known.account;
            known.id == account.id || (&known.provider, &known.provider_account_id) == key
        });
        if is_known {
            return Ok(false);
        }
        self.check_user(account.user_id)?;
        let stored = StoredAccount {
            account: account.clone(),
            updated_at: account.created_at,
        };
        self.accounts.insert(account.id, stored);
        Ok(true)
    }

    /// Inserts a credential.
    ///
    /// # Errors
    /// The ID is taken, the user has a password already, or the user does not exist.
    pub(super) fn insert_credential(&mut self, credential: &Credential) -> Result<(), sqlx::Error> {
        if self.credentials.contains_key(&credential.id) {
            return Err(violated("credentials_pkey"));
        }
        if credential.kind == CredentialKind::Password
            && self
                .credential(credential.user_id, credential.kind)
                .is_some()
        {
            return Err(violated("credentials_one_password_key"));
        }
        self.check_user(credential.user_id)?;
        let stored = StoredCredential {
            credential: credential.clone(),
            updated_at: credential.created_at,
        };
        self.credentials.insert(credential.id, stored);
        Ok(())
    }

    fn check_user(&self, id: UserId) -> Result<(), sqlx::Error> {
        if self.users.contains_key(&id) {
            Ok(())
        } else {
            Err(violated("user_id_fkey"))
        }
    }

    /// Deletes a user with all accounts and credentials. Returns whether the user existed.
    pub(in crate::store) fn delete_user(&mut self, id: UserId) -> bool {
        self.accounts.retain(|_, row| row.account.user_id != id);
        self.credentials
            .retain(|_, row| row.credential.user_id != id);
        self.users.remove(&id).is_some()
    }

    /// Returns an active user who has this epoch.
    pub(super) fn user_of_epoch(&mut self, id: UserId, epoch: Epoch) -> Option<&mut User> {
        let user = self.users.get_mut(&id)?;
        user.accepts_epoch(epoch).then_some(user)
    }

    /// Sets the epoch `new` of an active user whose epoch is still `old`. Returns whether the epoch was set.
    pub(in crate::store) fn replace_epoch_if(
        &mut self,
        id: UserId,
        old: Epoch,
        new: Epoch,
        now: DateTime<Utc>,
    ) -> bool {
        let Some(user) = self.user_of_epoch(id, old) else {
            return false;
        };
        user.session_epoch = new;
        user.updated_at = now;
        true
    }

    /// Returns whether a user other than `id` has the email.
    pub(super) fn is_email_of_other(&self, email: &EmailAddress, id: Option<UserId>) -> bool {
        let mut users = self.users.values();
        users.any(|user| user.email == *email && Some(user.id) != id)
    }

    /// Returns the credentials of a user of one kind, by ID.
    pub(super) fn credentials_of(
        &self,
        user_id: UserId,
        kind: CredentialKind,
    ) -> impl Iterator<Item = &StoredCredential> {
        self.credentials
            .values()
            .filter(move |row| row.credential.user_id == user_id && row.credential.kind == kind)
    }

    /// Returns the credential of a user of a kind that is there once.
    pub(super) fn credential(
        &self,
        user_id: UserId,
        kind: CredentialKind,
    ) -> Option<&StoredCredential> {
        self.credentials_of(user_id, kind).next()
    }

    /// Deletes the credentials for which `is_deleted` holds. Returns their number.
    pub(super) fn delete_credentials(&mut self, is_deleted: impl Fn(&Credential) -> bool) -> u64 {
        let before = self.credentials.len();
        self.credentials
            .retain(|_, row| !is_deleted(&row.credential));
        u64::try_from(before - self.credentials.len()).unwrap_or(u64::MAX)
    }
}

/// The error of a violated constraint.
fn violated(constraint: &str) -> sqlx::Error {
    sqlx::Error::Protocol(format!("the constraint {constraint} is violated"))
}
