//! The passkeys of a user: added, renamed and removed by the user.

mod offer;
mod registration;

use chrono::{DateTime, Utc};

pub use self::{
    offer::{OFFER_KIND, PasskeyOffer},
    registration::{KIND, PresentedRegistration, RegistrationChallenge, RegistrationRejection},
};
use super::{Error, ProfileService, Requester};
use crate::{
    identity::{CredentialId, Epoch, StoredVerifier, User},
    internal::InternalError,
    mail::MailKind,
    passkey::{PasskeyName, StoredPasskey},
    store::{PasskeyRow, UserWithPasskeys},
    token::Access,
};

/// A passkey as its user sees it.
#[derive(Debug, Clone)]
pub struct ListedPasskey {
    /// The ID of the passkey here.
    pub id: CredentialId,
    /// The name.
    pub name: PasskeyName,
    /// The time of creation.
    pub created_at: DateTime<Utc>,
    /// The time of the last change.
    pub updated_at: DateTime<Utc>,
    /// Set if the passkey was backed up when the row was last written.
    pub is_backed_up: bool,
    /// Set if the passkey has the present RP ID, so that it can log in.
    pub is_usable: bool,
    /// The RP ID: the domain for which it was created.
    pub rp_id: String,
}

/// A row and the passkey in it.
struct ReadPasskey {
    row: PasskeyRow,
    passkey: StoredPasskey,
}

impl ProfileService {
    /// Renames a passkey. Returns the passkey.
    ///
    /// # Errors
    /// The session has ended, the user has no such passkey, or the service fails.
    pub async fn rename_passkey(
        &self,
        session: &Access,
        id: CredentialId,
        name: &PasskeyName,
        now: DateTime<Utc>,
    ) -> Result<ListedPasskey, Error> {
        // A login at the same time may have changed the counter, so the row is read again.
        loop {
            let UserWithPasskeys { user, passkeys } = self.read_with_passkeys(session).await?;
            let mut read = find(passkeys, id)?;
            read.passkey.name = name.clone();
            let new = stored_text(&read.passkey)?;
            if self
                .store
                .replace_passkey(user.id, &read.row, &new, now)
                .await?
            {
                read.row.updated_at = now;
                return Ok(self.listed(&read));
            }
        }
    }

    /// Removes a passkey, ends every session, and notifies the user. Returns the user with the new epoch, for which the
    /// requesting session is renewed.
    ///
    /// # Errors
    /// The requester is not authorised (see `ProfileService::authorise`), the user has no such passkey or no other
    /// login method, or the service fails.
    pub async fn remove_passkey(
        &self,
        requester: Requester<'_>,
        id: CredentialId,
        now: DateTime<Utc>,
    ) -> Result<User, Error> {
        let (session, locale) = (requester.session, requester.locale);
        let page = self.security_page(&requester)?;
        let mut user = self.authorise(requester, now).await?;
        let passkeys = self.read_with_passkeys(session).await?.passkeys;
        if !passkeys.iter().any(|row| row.id == id) {
            return Err(Error::NoSuchFactor);
        }
        let others = passkeys.into_iter().filter(|row| row.id != id).collect();
        if !self.has_usable(others) && !self.has_account_to_log_in(user.id).await? {
            return Err(Error::LastWayIn);
        }
        let epoch = Epoch::fresh(&self.entropy)?;
        let (user_id, old) = (user.id, user.session_epoch);
        let removing = self.store.remove_passkey_if(user_id, old, epoch, id, now);
        let clients = &self.backchannel_logout;
        if !clients
            .notify_after(user_id, removing, |removed| *removed)
            .await?
        {
            return Err(Error::Ended);
        }
        self.notify(&user.email, locale, MailKind::PasskeyRemoved { page })
            .await;
        user.session_epoch = epoch;
        user.updated_at = now;
        Ok(user)
    }

    /// Returns the passkeys of the session's user.
    pub(super) async fn list_passkeys(
        &self,
        session: &Access,
    ) -> Result<Vec<ListedPasskey>, Error> {
        let read = read_all(self.read_with_passkeys(session).await?.passkeys);
        Ok(read.iter().map(|read| self.listed(read)).collect())
    }

    /// Returns whether the user has a passkey that can log in.
    pub(super) async fn has_passkey_to_log_in(&self, session: &Access) -> Result<bool, Error> {
        let found = self.read_with_passkeys(session).await?;
        Ok(self.has_usable(found.passkeys))
    }

    async fn read_with_passkeys(&self, session: &Access) -> Result<UserWithPasskeys, Error> {
        let found = self.store.user_with_passkeys(session.sub).await?;
        found
            .filter(|found| found.user.accepts_epoch(session.epoch))
            .ok_or(Error::Ended)
    }

    fn has_usable(&self, passkeys: Vec<PasskeyRow>) -> bool {
        let read = read_all(passkeys);
        read.iter().any(|read| self.is_usable(&read.passkey))
    }

    fn is_usable(&self, passkey: &StoredPasskey) -> bool {
        self.passkeys.rp_id() == Some(passkey.rp_id.as_str())
    }

    fn listed(&self, ReadPasskey { row, passkey }: &ReadPasskey) -> ListedPasskey {
        ListedPasskey {
            id: row.id,
            name: passkey.name.clone(),
            created_at: row.created_at,
            updated_at: row.updated_at,
            is_backed_up: passkey.is_backed_up,
            is_usable: self.is_usable(passkey),
            rp_id: passkey.rp_id.clone(),
        }
    }
}

/// Reads the rows. A passkey of a later release cannot be read, and counts only towards the limit.
fn read_all(rows: Vec<PasskeyRow>) -> Vec<ReadPasskey> {
    let read = rows.into_iter().filter_map(|row| {
        let passkey = StoredPasskey::parse(row.verifier.expose()).ok()?;
        Some(ReadPasskey { row, passkey })
    });
    read.collect()
}

fn find(rows: Vec<PasskeyRow>, id: CredentialId) -> Result<ReadPasskey, Error> {
    let mut all = read_all(rows).into_iter();
    all.find(|read| read.row.id == id)
        .ok_or(Error::NoSuchFactor)
}

fn stored_text(passkey: &StoredPasskey) -> Result<StoredVerifier, Error> {
    let text = passkey.to_text().map_err(InternalError::from)?;
    Ok(StoredVerifier::new(text))
}
