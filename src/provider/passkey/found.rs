//! The passkey that a login names: found by one read, and advanced by one compare-and-swap.

use super::{PasskeyLoginRejection, PasskeyProvider};
use crate::{
    audit::{AuditAction, audit},
    identity::{StoredVerifier, User, UserId},
    internal::InternalError,
    passkey::{Confirmed, CounterChange, StoredPasskey},
    provider::Error,
    store::{PasskeyRow, Store},
};

/// A usable passkey and its row.
pub(super) struct FoundPasskey {
    row: PasskeyRow,
    pub(super) passkey: StoredPasskey,
}

impl PasskeyProvider {
    /// Finds in a store a user, and the usable passkey with that credential ID.
    pub(super) async fn find_in(
        &self,
        store: &Store,
        user_id: UserId,
        credential_id: &[u8],
    ) -> Result<(Option<User>, Option<FoundPasskey>), Error> {
        let Some(found) = store.user_with_passkeys(user_id).await? else {
            return Ok((None, None));
        };
        let is_unreadable = |row: &PasskeyRow| StoredPasskey::parse(row.verifier.expose()).is_err();
        let has_unreadable = found.passkeys.iter().any(is_unreadable);
        let mut passkeys = self.usable(user_id, found.passkeys);
        let passkey = passkeys.find(|(_, passkey)| passkey.id == credential_id);
        // An unknown passkey may be deleted on the device, so a passkey of a later release is not reported as unknown.
        if passkey.is_none() && has_unreadable {
            return Err(PasskeyLoginRejection::UnreadablePasskey.into());
        }
        let passkey = passkey.map(|(row, passkey)| FoundPasskey { row, passkey });
        Ok((Some(found.user), passkey))
    }

    /// Returns the passkeys of the present RP ID.
    pub(super) fn usable(
        &self,
        user_id: UserId,
        rows: Vec<PasskeyRow>,
    ) -> impl Iterator<Item = (PasskeyRow, StoredPasskey)> {
        let rp_id = self.config.rp_id();
        let read = rows.into_iter().filter_map(move |row| {
            let passkey = StoredPasskey::parse(row.verifier.expose());
            let passkey = passkey.inspect_err(|error| {
                tracing::warn!(user.id = %user_id, credential.id = %row.id, %error);
            });
            Some((row, passkey.ok()?))
        });
        read.filter(move |(_, passkey)| Some(passkey.rp_id.as_str()) == rp_id)
    }

    /// Stores a counter that has risen. A counter that has not risen is refused, unless the passkey may be on several
    /// devices.
    pub(super) async fn advance(
        &self,
        user_id: UserId,
        found: &FoundPasskey,
        confirmed: Confirmed,
    ) -> Result<(), Error> {
        match confirmed.counter {
            CounterChange::None => Ok(()),
            CounterChange::NotRisen if confirmed.flags.is_backup_eligible() => {
                audit!(AuditAction::PasskeyCloned, Done, user.id = %user_id);
                Ok(())
            }
            CounterChange::NotRisen => {
                audit!(AuditAction::PasskeyCloned, Refused, user.id = %user_id);
                Err(PasskeyLoginRejection::Cloned.into())
            }
            CounterChange::Risen(count) => {
                let used = found.passkey.used(count, confirmed.flags);
                let used = used.to_text().map_err(InternalError::from)?;
                let new = StoredVerifier::new(used);
                let row = &found.row;
                let replacing = self
                    .store
                    .replace_passkey(user_id, row, &new, row.updated_at);
                if replacing.await? {
                    Ok(())
                } else {
                    Err(PasskeyLoginRejection::Concurrent.into())
                }
            }
        }
    }
}
