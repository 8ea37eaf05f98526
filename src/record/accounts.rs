//! Ways in, added and taken away by the person whose they are.

use std::{fmt, sync::Arc};

use chrono::{DateTime, Utc};

use super::{Asker, Error, Records};
use crate::{
    identity::{Account, AccountId, AccountKind, Epoch, External, User},
    store::Linked,
    token::Access,
};

/// By which accounts one can come in at present.
#[derive(Clone)]
pub struct WaysIn(Arc<dyn Fn(&str) -> bool + Send + Sync>);

impl WaysIn {
    /// Of external accounts, by those whose provider, as it is stored, is one of these.
    pub fn by(is_configured: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(is_configured))
    }
}

impl fmt::Debug for WaysIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WaysIn")
    }
}

impl Records {
    /// The ways by which the person can come in.
    pub async fn accounts(&self, session: &Access) -> Result<Vec<Account>, Error> {
        let user = self.read(session).await?;
        Ok(self.store.accounts_of(user.id).await?)
    }

    /// Adds an account that its provider has just verified. One that is the person's already stays
    /// as it is: a lost answer may be asked for again.
    pub async fn link(
        &self,
        asker: Asker<'_>,
        external: &External,
        now: DateTime<Utc>,
    ) -> Result<Account, Error> {
        let user = self.authorise(asker, now).await?;
        let account = Account::external(external, user.id, now, &self.entropy)?;
        let linked = self.store.link_account_if(user.session_epoch, &account);
        match linked.await? {
            Linked::Linked => Ok(account),
            Linked::AlreadyLinked(account) => Ok(account),
            Linked::Taken => Err(Error::AccountTaken),
            Linked::Ended => Err(Error::Ended),
        }
    }

    /// Takes an account away and ends every session; gives the row as it is then, for the session
    /// that asked to go on. The last way in stays.
    pub async fn unlink(
        &self,
        asker: Asker<'_>,
        id: AccountId,
        now: DateTime<Utc>,
    ) -> Result<User, Error> {
        let mut user = self.authorise(asker, now).await?;
        // Read after the epoch: whatever takes a way in away meanwhile also replaces the epoch, and
        // then nothing is done here.
        let accounts = self.store.accounts_of(user.id).await?;
        let account = accounts.iter().find(|account| account.id == id);
        if !account.ok_or(Error::NoSuchAccount)?.kind.is_external() {
            return Err(Error::NotUnlinkable);
        }
        let mut others = accounts.iter().filter(|account| account.id != id);
        if !others.any(|account| self.lets_in(account)) {
            return Err(Error::LastWayIn);
        }

        let epoch = Epoch::fresh(&self.entropy)?;
        let (user_id, old) = (user.id, user.session_epoch);
        let unlinked = self.store.unlink_account_if(user_id, old, epoch, id, now);
        if !unlinked.await? {
            return Err(Error::Ended);
        }
        user.session_epoch = epoch;
        user.updated_at = now;
        Ok(user)
    }

    /// Whether somebody can come in by it at present.
    fn lets_in(&self, account: &Account) -> bool {
        match account.kind {
            AccountKind::Credentials => true,
            AccountKind::Email => self.mailer.check().is_ok(),
            AccountKind::Oauth | AccountKind::Oidc => (self.ways_in.0)(&account.provider),
        }
    }
}
