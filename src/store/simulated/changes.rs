//! Changing and deleting users.

use chrono::{DateTime, Utc};

use super::tables::SimulatedTables;
use crate::{
    identity::{
        Account, Credential, CredentialId, CredentialKind, Epoch, Role, StoredVerifier, User,
        UserId,
    },
    store::{ProfileEdit, operation::TransactionEnd},
};

impl SimulatedTables {
    /// Changes a user. Returns whether the user exists.
    fn change_user(
        &mut self,
        id: UserId,
        now: DateTime<Utc>,
        change: impl FnOnce(&mut User),
    ) -> bool {
        let Some(user) = self.users.get_mut(&id) else {
            return false;
        };
        change(user);
        user.updated_at = now;
        true
    }

    /// `Store::set_active`.
    pub(in crate::store) fn set_active(
        &mut self,
        id: UserId,
        is_active: bool,
        epoch: Epoch,
        now: DateTime<Utc>,
    ) -> bool {
        self.change_user(id, now, |user| {
            (user.is_active, user.session_epoch) = (is_active, epoch);
        })
    }

    /// `Store::replace_epoch`.
    pub(in crate::store) fn replace_epoch(
        &mut self,
        id: UserId,
        epoch: Epoch,
        now: DateTime<Utc>,
    ) -> bool {
        self.change_user(id, now, |user| user.session_epoch = epoch)
    }

    /// `Store::replace_every_epoch`.
    pub(in crate::store) fn replace_every_epoch(
        &mut self,
        epoch: Epoch,
        now: DateTime<Utc>,
    ) -> u64 {
        for user in self.users.values_mut() {
            (user.session_epoch, user.updated_at) = (epoch, now);
        }
        u64::try_from(self.users.len()).unwrap_or(u64::MAX)
    }

    /// `Store::set_role`.
    pub(in crate::store) fn set_role(
        &mut self,
        id: UserId,
        role: &Role,
        now: DateTime<Utc>,
    ) -> bool {
        self.change_user(id, now, |user| user.role = role.clone())
    }

    /// `Store::edit_user_if`.
    pub(in crate::store) fn edit_user_if(
        &mut self,
        id: UserId,
        epoch: Epoch,
        edit: &ProfileEdit,
        now: DateTime<Utc>,
    ) -> Option<User> {
        let user = self.user_of_epoch(id, epoch)?;
        if let (true, name) = edit.name.change() {
            user.name = name.cloned();
        }
        if let (true, image) = edit.image.change() {
            user.image = image.cloned();
        }
        user.updated_at = now;
        Some(user.clone())
    }

    /// `Store::delete_user_if`.
    pub(in crate::store) fn delete_user_if(&mut self, id: UserId, epoch: Epoch) -> bool {
        self.user_of_epoch(id, epoch).is_some() && self.delete_user(id)
    }

    /// `Store::set_password_if`.
    pub(in crate::store) fn set_password_if(
        &mut self,
        (old, new): (Epoch, Epoch),
        password: &Credential,
        account: &Account,
        now: DateTime<Utc>,
    ) -> Result<TransactionEnd<bool>, sqlx::Error> {
        if !self.replace_epoch_if(password.user_id, old, new, now) {
            return Ok(TransactionEnd::Rollback(false));
        }
        self.set_password(password, std::slice::from_ref(account))?;
        Ok(TransactionEnd::Commit(true))
    }

    /// Sets the password and adds the missing accounts.
    pub(super) fn set_password(
        &mut self,
        password: &Credential,
        accounts: &[Account],
    ) -> Result<(), sqlx::Error> {
        let known = self.credential(password.user_id, CredentialKind::Password);
        let known = known.map(|row| row.credential.id);
        match known.and_then(|id| self.credentials.get_mut(&id)) {
            Some(known) => {
                known.credential.verifier = password.verifier.clone();
                known.updated_at = password.created_at;
            }
            None => self.insert_credential(password)?,
        }
        for account in accounts {
            self.insert_account(account)?;
        }
        Ok(())
    }

    /// `Store::replace_verifier`.
    pub(in crate::store) fn replace_verifier(
        &mut self,
        user_id: UserId,
        kind: CredentialKind,
        (old, new): (&StoredVerifier, &StoredVerifier),
        now: DateTime<Utc>,
    ) -> bool {
        self.replace_verifiers((old, new), now, |known| {
            (known.user_id, known.kind) == (user_id, kind)
        })
    }

    /// `Store::replace_passkey`.
    pub(in crate::store) fn replace_passkey(
        &mut self,
        (user_id, id): (UserId, CredentialId),
        (old, new): (&StoredVerifier, &StoredVerifier),
        updated_at: DateTime<Utc>,
    ) -> bool {
        self.replace_verifiers((old, new), updated_at, |known| {
            (known.id, known.user_id, known.kind) == (id, user_id, CredentialKind::Passkey)
        })
    }

    /// Replaces the verifier `old` of some credentials. Returns whether exactly one credential was changed.
    fn replace_verifiers(
        &mut self,
        (old, new): (&StoredVerifier, &StoredVerifier),
        now: DateTime<Utc>,
        is_selected: impl Fn(&Credential) -> bool,
    ) -> bool {
        let mut changed = 0;
        for row in self.credentials.values_mut() {
            if is_selected(&row.credential) && row.credential.verifier == *old {
                row.credential.verifier = new.clone();
                row.updated_at = now;
                changed += 1;
            }
        }
        changed == 1
    }
}
