//! The second factors.

use chrono::{DateTime, Utc};

use super::tables::{SimulatedTables, StoredCredential};
use crate::{
    identity::{Credential, CredentialKind, Epoch, UserId},
    store::{FactorChange, StoredFactor, UserWithFactors, operation::TransactionEnd},
};

impl SimulatedTables {
    /// `Store::user_and_factors`.
    pub(in crate::store) fn user_and_factors(&self, id: UserId) -> Option<UserWithFactors> {
        let factor = |kind| {
            let stored = |row: &StoredCredential| StoredFactor {
                verifier: row.credential.verifier.clone(),
                created_at: row.credential.created_at,
            };
            self.credential(id, kind).map(stored)
        };
        Some(UserWithFactors {
            user: self.user(id)?,
            totp: factor(CredentialKind::Totp),
            recovery_codes: factor(CredentialKind::RecoveryCodes),
        })
    }

    /// `Store::add_totp_if`.
    pub(in crate::store) fn add_totp_if(
        &mut self,
        (old, new): (Epoch, Epoch),
        totp: &Credential,
        now: DateTime<Utc>,
    ) -> Result<TransactionEnd<FactorChange>, sqlx::Error> {
        if !self.replace_epoch_if(totp.user_id, old, new, now) {
            return Ok(TransactionEnd::Rollback(FactorChange::Ended));
        }
        self.remove_last_recovery_codes(totp.user_id);
        if self
            .credential(totp.user_id, CredentialKind::Totp)
            .is_some()
        {
            return Ok(TransactionEnd::Rollback(FactorChange::Refused));
        }
        self.insert_credential(totp)?;
        Ok(TransactionEnd::Commit(FactorChange::Done))
    }

    /// `Store::remove_totp_if`.
    pub(in crate::store) fn remove_totp_if(
        &mut self,
        user_id: UserId,
        (old, new): (Epoch, Epoch),
        now: DateTime<Utc>,
    ) -> TransactionEnd<FactorChange> {
        if !self.replace_epoch_if(user_id, old, new, now) {
            return TransactionEnd::Rollback(FactorChange::Ended);
        }
        if self.delete_kind(user_id, CredentialKind::Totp) == 0 {
            return TransactionEnd::Rollback(FactorChange::Refused);
        }
        self.remove_last_recovery_codes(user_id);
        TransactionEnd::Commit(FactorChange::Done)
    }

    /// `Store::set_recovery_codes_if`.
    pub(in crate::store) fn set_recovery_codes_if(
        &mut self,
        epoch: Epoch,
        codes: &Credential,
        now: DateTime<Utc>,
    ) -> Result<TransactionEnd<FactorChange>, sqlx::Error> {
        if !self.replace_epoch_if(codes.user_id, epoch, epoch, now) {
            return Ok(TransactionEnd::Rollback(FactorChange::Ended));
        }
        self.delete_kind(codes.user_id, CredentialKind::RecoveryCodes);
        if !self.has_other_factor(codes.user_id) {
            return Ok(TransactionEnd::Rollback(FactorChange::Refused));
        }
        self.insert_credential(codes)?;
        Ok(TransactionEnd::Commit(FactorChange::Done))
    }

    /// `Store::reset_factors`.
    pub(in crate::store) fn reset_factors(
        &mut self,
        user_id: UserId,
        epoch: Epoch,
        now: DateTime<Utc>,
    ) -> bool {
        let is_known = self.replace_epoch(user_id, epoch, now);
        self.delete_credentials(|known| {
            known.user_id == user_id && known.kind != CredentialKind::Password
        });
        is_known
    }

    /// Removes the recovery codes of a user who has no other factor.
    pub(super) fn remove_last_recovery_codes(&mut self, user_id: UserId) {
        if !self.has_other_factor(user_id) {
            self.delete_kind(user_id, CredentialKind::RecoveryCodes);
        }
    }

    /// Returns whether a user has a factor beside which recovery codes are useful.
    fn has_other_factor(&self, user_id: UserId) -> bool {
        let mut kinds = [CredentialKind::Totp, CredentialKind::Passkey].into_iter();
        kinds.any(|kind| self.credential(user_id, kind).is_some())
    }

    fn delete_kind(&mut self, user_id: UserId, kind: CredentialKind) -> u64 {
        self.delete_credentials(|known| (known.user_id, known.kind) == (user_id, kind))
    }
}
