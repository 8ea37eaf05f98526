//! Resets a forgotten password by a mailed link.
//!
//! The link contains the epoch that its use replaces. It can be used once, and is invalidated by everything
//! else that replaces the epoch: a new password or email, a logout everywhere, the use of another link.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{Error, LinkConfirmation, ProfileService, admission::Admission};
use crate::{
    admission::{self, MailRequest, RequestedMail},
    audit::{AuditAction, audit},
    identity::{Account, AccountKind, Credential, Epoch, User, UserId},
    limits::ChargedCaller,
    mail::{MailContext, MailKind},
    password::PresentedPassword,
    store,
    token::{LinkRejection, SealedPurpose, SealedToken, TokenForm, TokenKind},
};

const LIFETIME: TimeDelta = TimeDelta::minutes(30);

/// The sealed token of the link, and how long it is valid.
pub(super) const KIND: (TokenForm, TimeDelta) = (SealedToken::<PasswordReset>::FORM, LIFETIME);

/// The claims of the link. It is valid while the user has this epoch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct PasswordReset {
    sub: UserId,
    epoch: Epoch,
}

impl SealedPurpose for PasswordReset {
    const PURPOSE: &'static str = "password-reset";
}

impl ProfileService {
    /// Requests a password reset: mails a link to the user of the email. An email without a user gets another
    /// mail. Work and outcome are the same for both, and nothing is written.
    ///
    /// # Errors
    /// A limit is reached, or the service fails.
    pub async fn request_password_reset(
        &self,
        mail: RequestedMail<'_>,
        now: DateTime<Utc>,
    ) -> Result<MailRequest, Error> {
        let sending = self.mail_reset_link(&mail, now);
        admission::request_mail(
            &self.limits,
            &self.mailer,
            &mail,
            Error::is_internal,
            sending,
        )
        .await
    }

    /// Mails a reset link to the user of the email, or the mail that no user has it.
    pub(super) async fn mail_reset_link(
        &self,
        mail: &RequestedMail<'_>,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let RequestedMail { to, context, .. } = mail;
        let user = self.store.user_by_email(to).await?;
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
        let client_id = &context.client.client_id;
        let token = self.tokens.seal(reset, client_id, LIFETIME, now)?;
        let issuer = self.tokens.issuer();
        let kind = if user.is_some() {
            MailKind::ResetPassword {
                link: context.password_link(issuer, "/password/reset", &token, to),
                lifetime: LIFETIME,
            }
        } else {
            MailKind::NoAccount {
                page: context.front(issuer),
            }
        };
        self.mailer.send(context.message(to.clone(), kind));
        Ok(())
    }

    /// Sets the password that was chosen through a reset link, within the limit of confirmations. Ends every
    /// session and notifies the user. No user is logged in.
    ///
    /// Provider accounts of the last 7 days are removed if the user is older than they are, and so are passkeys of the
    /// last 7 days: the thief of a session may have added them. The notice names them.
    ///
    /// # Errors
    /// The link is refused, the password is too weak, a limit is reached, or the service fails. A fault of
    /// the service is not charged.
    pub async fn reset_password(
        &self,
        link: LinkConfirmation<'_>,
        password: PresentedPassword,
        now: DateTime<Utc>,
    ) -> Result<UserId, Error> {
        let resetting = self.set_password_by_link(link, password, now);
        let reset =
            admission::open_link(&self.limits, link.network, Error::is_internal, resetting).await;
        let user_id = reset?;
        audit!(AuditAction::PasswordReset, Done, user.id = %user_id);
        Ok(user_id)
    }

    async fn set_password_by_link(
        &self,
        LinkConfirmation {
            token,
            network,
            locale,
        }: LinkConfirmation<'_>,
        password: PresentedPassword,
        now: DateTime<Utc>,
    ) -> Result<UserId, Error> {
        let link = self.open::<PasswordReset>(token, now).await?;
        let notice = self.mail_context(Some(&link.client_id), locale)?;
        let reset = link.claims;
        let user = self.store.user(reset.sub).await?;
        let user = user.filter(|user| user.accepts_epoch(reset.epoch));
        let user = user.ok_or(LinkRejection::Used)?;
        let admission = {
            let caller = ChargedCaller::at(network).with_link_of(user.id);
            self.admit(caller).await?
        };
        let set = self
            .replace_password(&user, password, &admission, now)
            .await;
        admission
            .settle(set.as_ref().is_err_and(Error::is_internal))
            .await;
        let removed = self.removed(user.id, &set?);
        self.notify_password_set(&user, notice, removed).await;
        Ok(user.id)
    }

    async fn replace_password(
        &self,
        user: &User,
        password: PresentedPassword,
        admission: &Admission,
        now: DateTime<Utc>,
    ) -> Result<store::RemovedMethods, Error> {
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
        let clients = &self.backchannel_logout;
        let reset = clients.notify_after(user.id, resetting, Option::is_some);
        Ok(reset.await?.ok_or(LinkRejection::Used)?)
    }

    /// Notifies the user that a new password is set, and of the provider accounts and passkeys that were removed.
    pub(super) async fn notify_password_set(
        &self,
        user: &User,
        context: MailContext<'_>,
        (removed, removes_passkeys): (Vec<String>, bool),
    ) {
        let page = context.security_page(self.tokens.issuer());
        self.notify(
            &user.email,
            context.locale,
            MailKind::PasswordSet {
                page,
                removed,
                removes_passkeys,
            },
        )
        .await;
    }
}
