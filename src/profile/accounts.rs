//! The login methods of a user, linked and unlinked by the user.

use std::{collections::BTreeSet, fmt, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};

use super::{Error, ProfileService, Requester};
use crate::{
    audit::{AuditAction, audit},
    identity::{Account, AccountId, AccountKind, Epoch, External, User, UserId},
    mail::MailKind,
    store::{self, LinkOutcome, RemovedMethods},
    token::Access,
};

/// The age from which a linked provider account outlasts a reset by mail and a new email.
const TRUSTED_AFTER: TimeDelta = TimeDelta::days(7);

/// The accounts that can log in at present.
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
    pub fn name(&self, stored_as: &str) -> String {
        (self.0)(stored_as).unwrap_or_else(|| stored_as.to_owned())
    }
}

impl fmt::Debug for LoginMethods {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LoginMethods")
    }
}

impl ProfileService {
    /// Returns the login methods of the session's user, which leave out the accounts of imports.
    ///
    /// # Errors
    /// The session has ended, or the service fails.
    pub async fn accounts(&self, session: &Access) -> Result<Vec<Account>, Error> {
        let user = self.read(session).await?;
        Ok(self.login_accounts(user.id).await?)
    }

    /// Returns the accounts of a user that are login methods.
    async fn login_accounts(&self, user_id: UserId) -> Result<Vec<Account>, store::Error> {
        let mut accounts = self.store.accounts_of(user_id).await?;
        accounts.retain(|account| account.kind.is_login_method());
        Ok(accounts)
    }

    /// Links a provider account that has just been verified. An account that is linked already stays as it
    /// is, so a client may repeat a request whose response was lost.
    ///
    /// # Errors
    /// The requester is not authorised (see `ProfileService::authorise`), the account belongs to another
    /// user, or the service fails.
    pub async fn link(
        &self,
        requester: Requester<'_>,
        external: &External,
        now: DateTime<Utc>,
    ) -> Result<Account, Error> {
        let Requester {
            session, locale, ..
        } = requester;
        let page = self.security_page(&requester)?;
        let user = self.authorise(requester, now).await?;
        let account = Account::external(external, user.id, now, &self.entropy)?;
        let linked = self.store.link_account_if(user.session_epoch, &account);
        let account = match linked.await? {
            LinkOutcome::Linked => {
                let provider = self.login_methods.name(&account.provider);
                let notice = MailKind::AccountLinked { provider, page };
                self.notify(&user.email, locale, notice).await;
                account
            }
            LinkOutcome::AlreadyLinked(account) => account,
            LinkOutcome::Taken => return Err(Error::AccountTaken),
            LinkOutcome::Ended => return Err(Error::Ended),
        };
        audit!(AuditAction::AccountLink, Done, user.id = %session.sub, sid = %session.sid);
        Ok(account)
    }

    /// Unlinks a provider account and ends every session. Returns the user with the new epoch, for which the
    /// requesting session is renewed.
    ///
    /// # Errors
    /// The requester is not authorised (see `ProfileService::authorise`), the account is unknown, not a
    /// provider account or the last login method, or the service fails.
    pub async fn unlink(
        &self,
        requester: Requester<'_>,
        id: AccountId,
        now: DateTime<Utc>,
    ) -> Result<User, Error> {
        let (session, locale) = (requester.session, requester.locale);
        let page = self.security_page(&requester)?;
        let mut user = self.authorise(requester, now).await?;
        // Read after the epoch: a concurrent removal of a login method also replaces the epoch, and then
        // the write below does nothing.
        let accounts = self.login_accounts(user.id).await?;
        let account = accounts.iter().find(|account| account.id == id);
        let account = account.ok_or(Error::NoSuchAccount)?;
        if !account.kind.is_external() {
            return Err(Error::NotUnlinkable);
        }
        let mut others = accounts.iter().filter(|account| account.id != id);
        let has_other = others.any(|account| self.can_log_in_by(account));
        if !has_other && !self.has_passkey_to_log_in(session).await? {
            return Err(Error::LastWayIn);
        }

        let epoch = Epoch::fresh(&self.entropy)?;
        let (user_id, old) = (user.id, user.session_epoch);
        let unlinking = self.store.unlink_account_if(user_id, old, epoch, id, now);
        let clients = &self.backchannel_logout;
        if !clients
            .notify_after(user_id, unlinking, |unlinked| *unlinked)
            .await?
        {
            return Err(Error::Ended);
        }
        let provider = self.login_methods.name(&account.provider);
        let notice = MailKind::AccountUnlinked { provider, page };
        self.notify(&user.email, locale, notice).await;
        user.session_epoch = epoch;
        user.updated_at = now;
        Ok(user)
    }

    /// Returns whether the user can log in by an account.
    pub(super) async fn has_account_to_log_in(&self, user_id: UserId) -> Result<bool, Error> {
        let accounts = self.login_accounts(user_id).await?;
        Ok(accounts.iter().any(|account| self.can_log_in_by(account)))
    }

    /// Returns whether the account can log in at present.
    fn can_log_in_by(&self, account: &Account) -> bool {
        match account.kind {
            AccountKind::Import => false,
            AccountKind::Credentials => true,
            AccountKind::Email => self.mailer.check().is_ok(),
            AccountKind::Oauth | AccountKind::Oidc => {
                self.login_methods.is_configured(&account.provider)
            }
        }
    }

    /// Returns the page to which the notice of a change by this session leads.
    pub(super) fn security_page(&self, requester: &Requester<'_>) -> Result<String, Error> {
        let context = self.mail_context(requester.session.mailing_client(), requester.locale)?;
        Ok(context.security_page(self.tokens.issuer()))
    }

    /// Records which provider accounts and passkeys a reset by mail or a new email removed. Returns the display names of
    /// the providers, each once, and whether passkeys were removed.
    pub(super) fn removed(&self, user_id: UserId, removed: &RemovedMethods) -> (Vec<String>, bool) {
        for provider in &removed.providers {
            audit!(AuditAction::AccountUnlink, Done, user.id = %user_id, provider);
        }
        let has_passkeys = removed.passkeys > 0;
        if has_passkeys {
            audit!(AuditAction::FactorRemove, Done, user.id = %user_id);
        }
        let names = removed.providers.iter();
        let names = names.map(|provider| self.login_methods.name(provider));
        let names = names.collect::<BTreeSet<_>>().into_iter().collect();
        (names, has_passkeys)
    }

    /// Returns the time since which linked provider accounts and passkeys are removed by a reset by mail and by a new
    /// email: the thief of a session may have added them.
    pub(super) fn trusted_since(now: DateTime<Utc>) -> DateTime<Utc> {
        now.checked_sub_signed(TRUSTED_AFTER).unwrap_or(now)
    }
}
