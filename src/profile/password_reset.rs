//! A forgotten password: whoever reads the mailbox chooses another.
//!
//! The link holds the epoch that choosing replaces. So it is good once, and dies with whatever else
//! replaces that: another password or address, a logout everywhere, the use of another link.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{Error, ProfileService, admission::Admission};
use crate::{
    identity::{Account, AccountKind, Credential, EmailAddress, Epoch, User, UserId},
    limits::ChargedCaller,
    locale::Locale,
    mail::{MailContext, MailKind},
    network::Network,
    password::PresentedPassword,
    store,
    token::{LinkRejection, SealedPurpose, SealedToken, TokenForm, TokenKind},
};

const LIFETIME: TimeDelta = TimeDelta::minutes(30);

/// What is sealed here, and how long it is good.
pub(super) const KIND: (TokenForm, TimeDelta) = (SealedToken::<PasswordReset>::FORM, LIFETIME);

/// Whose password, as long as the epoch is that one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct PasswordReset {
    sub: UserId,
    epoch: Epoch,
}

impl SealedPurpose for PasswordReset {
    const PURPOSE: &'static str = "password-reset";
}

impl ProfileService {
    /// Mails a link to the owner of an address, and something else to one that has no user. The same
    /// work and the same answer for both. Nothing is written.
    pub async fn request_password_reset(
        &self,
        email: EmailAddress,
        asked: MailContext<'_>,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        self.mailer.check()?;
        let user = self.store.user_by_email(&email).await?;
        let user = user.filter(|user| user.is_active);
        let reset = match &user {
            Some(user) => PasswordReset {
                sub: user.id,
                epoch: user.session_epoch,
            },
            None => PasswordReset {
                sub: UserId::new(now, &self.entropy)?,
                epoch: Epoch::fresh(&self.entropy)?,
            },
        };
        let client_id = &asked.client.client_id;
        let token = self.tokens.seal(reset, client_id, LIFETIME, now)?;
        let issuer = self.tokens.issuer();
        let says = if user.is_some() {
            MailKind::ResetPassword {
                link: asked.link(issuer, "/password/reset", &token),
                good_for: LIFETIME,
            }
        } else {
            MailKind::NoAccount {
                page: asked.front(issuer),
            }
        };
        self.mailer.send(asked.message(email, says));
        Ok(())
    }

    /// Sets the password that was chosen through a reset link, ends every session and notifies the owner.
    /// Nobody is logged in. Returns the user's id.
    ///
    /// Provider accounts of the last 7 days are removed if the user is older than they are, and the notice
    /// names them.
    pub async fn reset_password(
        &self,
        token: &str,
        password: PresentedPassword,
        network: Network,
        locale: Locale,
        now: DateTime<Utc>,
    ) -> Result<UserId, Error> {
        let link = self.open::<PasswordReset>(token, now).await?;
        let asked = self.asked(&link.client_id, locale)?;
        let reset = link.says;
        let user = self.store.user(reset.sub).await?;
        let user = user.filter(|user| user.allows_join(reset.epoch));
        let user = user.ok_or(LinkRejection::Used)?;
        let admission = self.admit(ChargedCaller::at(network).with_link_of(user.id), network)?;
        let set = self
            .set_password_of_link(&user, password, &admission, now)
            .await;
        admission.settle(set.as_ref().is_err_and(Error::is_ours));
        let removed = self.removed(user.id, &set?);
        self.tell_of_password(&user, asked, removed);
        Ok(user.id)
    }

    async fn set_password_of_link(
        &self,
        user: &User,
        password: PresentedPassword,
        admission: &Admission,
        now: DateTime<Utc>,
    ) -> Result<store::RemovedProviders, Error> {
        let name = user.name.as_ref();
        let rules = (&self.policy, &user.email, name);
        let verifier = admission.place.judge_and_hash(password, rules).await??;
        let password = Credential::password(user.id, verifier, now, &self.entropy)?;
        let own = |kind| Account::own(kind, user.id, now, &self.entropy);
        let accounts = [own(AccountKind::Credentials)?, own(AccountKind::Email)?];
        let (old, fresh) = (user.session_epoch, Epoch::fresh(&self.entropy)?);
        let since = Self::trusted_since(now);
        let resetting = self
            .store
            .reset_password_if(old, fresh, &password, &accounts, since, now);
        Ok(resetting.await?.ok_or(LinkRejection::Used)?)
    }

    /// Tells the owner that there is another password, and which provider accounts were removed.
    pub(super) fn tell_of_password(
        &self,
        user: &User,
        asked: MailContext<'_>,
        removed: Vec<String>,
    ) {
        let page = asked.page(self.tokens.issuer(), "/password/forgot");
        self.tell(
            &user.email,
            asked.locale,
            MailKind::PasswordSet { page, removed },
        );
    }
}
