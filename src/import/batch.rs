//! The rows that the database stores for a batch of decisions.

use chrono::{DateTime, Utc};

use super::record::{ImportedIdentity, ImportedUser};
use crate::{
    entropy::{Entropy, EntropyError},
    identity::{Account, AccountKind, Credential, Epoch, External, StoredVerifier, User, UserId},
    store::ImportedRows,
};

/// Collects the rows of a batch.
pub(super) struct BatchRows<'a> {
    pub(super) rows: ImportedRows,
    now: DateTime<Utc>,
    entropy: &'a Entropy,
}

impl<'a> BatchRows<'a> {
    pub(super) fn new(now: DateTime<Utc>, entropy: &'a Entropy) -> Self {
        Self {
            rows: ImportedRows::default(),
            now,
            entropy,
        }
    }

    /// Adds a user with the password and all accounts. The accounts are as old as the verification of the email: a reset by
    /// mail removes neither older nor recent ones.
    ///
    /// # Errors
    /// The random source fails.
    pub(super) fn add_user(
        &mut self,
        user: &ImportedUser,
        id: UserId,
        verifier: Option<&StoredVerifier>,
    ) -> Result<(), EntropyError> {
        let since = user.verified_at.unwrap_or(user.created_at);
        if let Some(verifier) = verifier {
            self.add_password(id, verifier, since)?;
        }
        if user.verified_at.is_some() {
            let account = Account::own(AccountKind::Email, id, since, self.entropy)?;
            self.rows.accounts.push(account);
        }
        for account in &user.accounts {
            self.add_account(account, id, since)?;
        }
        self.rows.users.push(User {
            id,
            name: user.name.clone(),
            email: user.email.clone(),
            email_verified: user.verified_at,
            image: user.image.clone(),
            role: user.role.clone(),
            is_active: !user.is_disabled,
            session_epoch: Epoch::fresh(self.entropy)?,
            link_epoch: Epoch::fresh(self.entropy)?,
            created_at: user.created_at,
            updated_at: self.now,
        });
        Ok(())
    }

    /// Adds an account or a password to a user.
    ///
    /// # Errors
    /// The random source fails.
    pub(super) fn add_identity(
        &mut self,
        identity: &ImportedIdentity,
        id: UserId,
        verifier: Option<&StoredVerifier>,
    ) -> Result<(), EntropyError> {
        if let Some(verifier) = verifier {
            self.add_password(id, verifier, self.now)?;
        }
        if let Some(account) = &identity.account {
            self.add_account(account, id, self.now)?;
        }
        Ok(())
    }

    fn add_password(
        &mut self,
        id: UserId,
        verifier: &StoredVerifier,
        since: DateTime<Utc>,
    ) -> Result<(), EntropyError> {
        let account = Account::own(AccountKind::Credentials, id, since, self.entropy)?;
        let password = Credential::password(id, verifier.clone(), self.now, self.entropy)?;
        self.rows.accounts.push(account);
        self.rows.passwords.push(password);
        Ok(())
    }

    fn add_account(
        &mut self,
        account: &External,
        id: UserId,
        since: DateTime<Utc>,
    ) -> Result<(), EntropyError> {
        let account = Account::external(account, id, since, self.entropy)?;
        self.rows.accounts.push(account);
        Ok(())
    }
}
