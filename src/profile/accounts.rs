//! Ways in, added and taken away by the person whose they are.

use std::{collections::BTreeSet, fmt, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};

use super::{Error, ProfileService, Requester};
use crate::{
    audit::{AuditAction, audit},
    identity::{Account, AccountId, AccountKind, Epoch, External, User, UserId},
    locale::Locale,
    mail::MailKind,
    store::{LinkOutcome, RemovedProviders},
    token::Access,
};

/// How long a provider account must have been linked to outlast a reset by mail or a new email.
const TRUSTED_AFTER: TimeDelta = TimeDelta::days(7);

/// By which accounts one can come in at present.
#[derive(Clone)]
pub struct LoginMethods(Arc<NameOfProvider>);

type NameOfProvider = dyn Fn(&str) -> Option<String> + Send + Sync;

impl LoginMethods {
    /// Provider accounts log in while their provider is configured. `name` returns the display name of
    /// the configured provider of an account, by the provider's stored name.
    pub fn by(name: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        Self(Arc::new(name))
    }

    fn is_configured(&self, stored_as: &str) -> bool {
        (self.0)(stored_as).is_some()
    }

    /// The provider's display name, or its stored name where it is not configured.
    fn name(&self, stored_as: &str) -> String {
        (self.0)(stored_as).unwrap_or_else(|| stored_as.to_owned())
    }
}

impl fmt::Debug for LoginMethods {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WaysIn")
    }
}

impl ProfileService {
    /// The ways by which the person can come in.
    pub async fn accounts(&self, session: &Access) -> Result<Vec<Account>, Error> {
        let user = self.read(session).await?;
        Ok(self.store.accounts_of(user.id).await?)
    }

    /// Adds an account that its provider has just verified. One that is the person's already stays
    /// as it is: a lost answer may be asked for again.
    pub async fn link(
        &self,
        asker: Requester<'_>,
        external: &External,
        locale: Locale,
        now: DateTime<Utc>,
    ) -> Result<Account, Error> {
        let page = self.login_page(&asker, locale)?;
        let user = self.authorise(asker, now).await?;
        let account = Account::external(external, user.id, now, &self.entropy)?;
        let linked = self.store.link_account_if(user.session_epoch, &account);
        match linked.await? {
            LinkOutcome::Linked => {
                let provider = self.ways_in.name(&account.provider);
                let says = MailKind::AccountLinked { provider, page };
                self.tell(&user.email, locale, says);
                Ok(account)
            }
            LinkOutcome::AlreadyLinked(account) => Ok(account),
            LinkOutcome::Taken => Err(Error::AccountTaken),
            LinkOutcome::Ended => Err(Error::Ended),
        }
    }

    /// Takes an account away and ends every session; gives the row as it is then, for the session
    /// that asked to go on. The last way in stays.
    pub async fn unlink(
        &self,
        asker: Requester<'_>,
        id: AccountId,
        locale: Locale,
        now: DateTime<Utc>,
    ) -> Result<User, Error> {
        let page = self.login_page(&asker, locale)?;
        let mut user = self.authorise(asker, now).await?;
        // Read after the epoch: whatever takes a way in away meanwhile also replaces the epoch, and
        // then nothing is done here.
        let accounts = self.store.accounts_of(user.id).await?;
        let account = accounts.iter().find(|account| account.id == id);
        let account = account.ok_or(Error::NoSuchAccount)?;
        if !account.kind.is_external() {
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
        let provider = self.ways_in.name(&account.provider);
        let says = MailKind::AccountUnlinked { provider, page };
        self.tell(&user.email, locale, says);
        user.session_epoch = epoch;
        user.updated_at = now;
        Ok(user)
    }

    /// Whether somebody can come in by it at present.
    fn lets_in(&self, account: &Account) -> bool {
        match account.kind {
            AccountKind::Credentials => true,
            AccountKind::Email => self.mailer.check().is_ok(),
            AccountKind::Oauth | AccountKind::Oidc => self.ways_in.is_configured(&account.provider),
        }
    }

    /// Where the notice of a change by this session leads.
    fn login_page(&self, asker: &Requester<'_>, locale: Locale) -> Result<String, Error> {
        let client_id = &asker.session.client_id;
        Ok(self.asked(client_id, locale)?.front(self.tokens.issuer()))
    }

    /// Records which provider accounts a reset by mail or a new email removed, and returns the display
    /// names of their providers, each once.
    pub(super) fn removed(&self, user_id: UserId, removed: &RemovedProviders) -> Vec<String> {
        for provider in removed {
            audit!(AuditAction::AccountUnlink, Done, user.id = %user_id, provider);
        }
        let names = removed.iter().map(|provider| self.ways_in.name(provider));
        names.collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// Provider accounts added since then are removed by a reset by mail and by a new email: a thief
    /// of the session may have linked them.
    pub(super) fn trusted_since(now: DateTime<Utc>) -> DateTime<Utc> {
        now.checked_sub_signed(TRUSTED_AFTER).unwrap_or(now)
    }
}
