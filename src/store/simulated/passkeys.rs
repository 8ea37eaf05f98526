//! Passkeys.

use chrono::{DateTime, Utc};

use super::tables::{SimulatedTables, StoredCredential};
use crate::{
    identity::{Credential, CredentialId, CredentialKind, Epoch, UserId},
    store::{PasskeyRow, UserWithPasskeys, operation::TransactionEnd},
};

impl SimulatedTables {
    /// `Store::user_with_passkeys`.
    pub(in crate::store) fn user_with_passkeys(&self, id: UserId) -> Option<UserWithPasskeys> {
        let passkey = |row: &StoredCredential| PasskeyRow {
            id: row.credential.id,
            verifier: row.credential.verifier.clone(),
            created_at: row.credential.created_at,
            updated_at: row.updated_at,
        };
        let passkeys = self.credentials_of(id, CredentialKind::Passkey);
        Some(UserWithPasskeys {
            user: self.user(id)?,
            passkeys: passkeys.map(passkey).collect(),
        })
    }

    /// `Store::add_passkey_if`.
    pub(in crate::store) fn add_passkey_if(
        &mut self,
        (old, new): (Epoch, Epoch),
        passkey: &Credential,
    ) -> Result<TransactionEnd<bool>, sqlx::Error> {
        if !self.replace_epoch_if(passkey.user_id, old, new, passkey.created_at) {
            return Ok(TransactionEnd::Rollback(false));
        }
        self.remove_last_recovery_codes(passkey.user_id);
        self.insert_credential(passkey)?;
        Ok(TransactionEnd::Commit(true))
    }

    /// `Store::remove_passkey_if`.
    pub(in crate::store) fn remove_passkey_if(
        &mut self,
        (user_id, id): (UserId, CredentialId),
        (old, new): (Epoch, Epoch),
        now: DateTime<Utc>,
    ) -> TransactionEnd<bool> {
        if !self.replace_epoch_if(user_id, old, new, now) {
            return TransactionEnd::Rollback(false);
        }
        let deleted = self.delete_credentials(|known| {
            (known.id, known.user_id, known.kind) == (id, user_id, CredentialKind::Passkey)
        });
        if deleted == 0 {
            return TransactionEnd::Rollback(false);
        }
        self.remove_last_recovery_codes(user_id);
        TransactionEnd::Commit(true)
    }

    /// Removes the passkeys of a user without an earlier authenticator app that were added since a time, and the recovery
    /// codes without another factor. Returns the number of passkeys.
    pub(super) fn remove_passkeys_since(&mut self, user_id: UserId, since: DateTime<Utc>) -> u64 {
        let has_earlier_app = self
            .credentials_of(user_id, CredentialKind::Totp)
            .any(|app| app.credential.created_at < since);
        let removed = self.delete_credentials(|known| {
            (known.user_id, known.kind) == (user_id, CredentialKind::Passkey)
                && known.created_at >= since
                && !has_earlier_app
        });
        self.remove_last_recovery_codes(user_id);
        removed
    }
}
