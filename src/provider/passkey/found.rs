//! The passkey that a login names: found by one read, and advanced by one compare-and-swap.

use super::{PasskeyLoginRejection, PasskeyProvider};
use crate::{
    audit::{AuditAction, audit},
    identity::{StoredVerifier, User, UserId},
    internal::InternalError,
    passkey::{AssertionResponse, Confirmed, CounterChange, StoredPasskey},
    provider::Error,
    store::PasskeyRow,
};

/// A passkey with its user.
pub(super) struct FoundPasskey {
    pub(super) user: User,
    row: PasskeyRow,
    pub(super) passkey: StoredPasskey,
}

impl PasskeyProvider {
    /// Finds the passkey of the answer, by the user that it names.
    pub(super) async fn find(
        &self,
        response: AssertionResponse<'_>,
    ) -> Result<Option<FoundPasskey>, Error> {
        let user_id = response.user_handle.and_then(UserId::from_bytes);
        // An unknown user is read as well.
        let user_id = user_id.unwrap_or(UserId::BEFORE_ALL);
        let Some(found) = self.store.user_with_passkeys(user_id).await? else {
            return Ok(None);
        };
        let rp_id = self.config.rp_id();
        let mut is_unreadable = false;
        let mut passkeys = found.passkeys.into_iter().filter_map(|row| {
            let passkey = StoredPasskey::parse(row.verifier.expose());
            let passkey = passkey.inspect_err(|error| {
                is_unreadable = true;
                tracing::warn!(user.id = %user_id, credential.id = %row.id, %error);
            });
            Some((row, passkey.ok()?))
        });
        let passkey = passkeys.find(|(_, passkey)| {
            passkey.id == response.id && Some(passkey.rp_id.as_str()) == rp_id
        });
        // An unknown passkey may be deleted on the device, so a passkey of a later release is not reported as unknown.
        if passkey.is_none() && is_unreadable {
            return Err(PasskeyLoginRejection::UnreadablePasskey.into());
        }
        Ok(passkey.map(|(row, passkey)| FoundPasskey {
            user: found.user,
            row,
            passkey,
        }))
    }

    /// Stores a counter that has risen. A counter that has not risen is refused, unless the passkey may be on several
    /// devices.
    pub(super) async fn advance(
        &self,
        found: &FoundPasskey,
        confirmed: Confirmed,
    ) -> Result<(), Error> {
        let user_id = found.user.id;
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
