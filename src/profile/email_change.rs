//! Changes the email of a user: requested by a session, confirmed by a link mailed to the new email, and
//! announced to the old one.
//!
//! The link contains the epoch that its confirmation replaces. Of two pending changes the first that is
//! confirmed wins, and everything else that ends the sessions invalidates both.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{Error, LinkConfirmation, ProfileService, Requester};
use crate::{
    admission::{self, MailRequest, RequestedMail},
    audit::{AuditAction, audit},
    identity::{Account, AccountKind, EmailAddress, Epoch, User, UserId},
    mail::MailKind,
    store::EmailChangeOutcome,
    token::{LinkRejection, SealedPurpose, SealedToken, TokenForm, TokenKind},
};

const LIFETIME: TimeDelta = TimeDelta::hours(1);

/// The sealed token of the link, and how long it is valid.
pub(super) const KIND: (TokenForm, TimeDelta) = (SealedToken::<EmailChange>::FORM, LIFETIME);

/// The claims of the link. It is valid while the user has this epoch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct EmailChange {
    sub: UserId,
    epoch: Epoch,
    email: EmailAddress,
    instead_of: EmailAddress,
}

impl SealedPurpose for EmailChange {
    const PURPOSE: &'static str = "address-change";
}

impl ProfileService {
    /// Requests a change of email: mails a notice to the user, and a link to the new email. If the new email
    /// has a user, that user gets another mail. Work and outcome are the same for both, and nothing is
    /// written. A request that is refused is not charged to the limits of mails.
    ///
    /// # Errors
    /// The requester is not authorised (see `ProfileService::authorise`), the email is the user's already,
    /// a limit is reached, or the service fails.
    pub async fn request_email_change(
        &self,
        requester: Requester<'_>,
        email: EmailAddress,
        now: DateTime<Utc>,
    ) -> Result<MailRequest, Error> {
        let Requester {
            session,
            network,
            locale,
            ..
        } = requester;
        let user = self.authorise(requester, now).await?;
        if user.email == email {
            return Err(Error::SameAddress);
        }
        let mail = RequestedMail {
            to: email,
            network,
            context: self.mail_context(session.mailing_client(), locale)?,
        };
        let sending = self.mail_change_link(&user, &mail, now);
        admission::request_mail(
            &self.limits,
            &self.mailer,
            &mail,
            Error::is_internal,
            sending,
        )
        .await
    }

    async fn mail_change_link(
        &self,
        user: &User,
        mail: &RequestedMail<'_>,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let RequestedMail { to, context, .. } = mail;
        let change = EmailChange {
            sub: user.id,
            epoch: user.session_epoch,
            email: to.clone(),
            instead_of: user.email.clone(),
        };
        let client_id = &context.client.client_id;
        let token = self.tokens.seal(change, client_id, LIFETIME, now)?;
        let issuer = self.tokens.issuer();
        let kind = match self.store.user_by_email(to).await? {
            None => MailKind::ConfirmAddress {
                link: context.link(issuer, "/email/confirm", &token),
                lifetime: LIFETIME,
                instead_of: user.email.clone(),
            },
            Some(_) => MailKind::AddressTaken {
                page: context.front(issuer),
            },
        };
        // The notice is sent first, so that it cannot be suppressed.
        let notice = MailKind::AddressChangeAsked {
            new: to.clone(),
            page: context.security_page(issuer),
        };
        self.notify(&user.email, context.locale, notice).await;
        self.mailer.send(context.message(to.clone(), kind));
        Ok(())
    }

    /// Confirms a change of email within the limit of confirmations: sets the email, ends every session, and
    /// notifies the old email. No user is logged in. Returns the user.
    ///
    /// Provider accounts and passkeys that the thief of a session may have added are removed, as by a password reset.
    /// Both mailboxes are notified of that.
    ///
    /// # Errors
    /// The link is refused, a limit is reached, or the service fails. A fault of the service is not charged.
    pub async fn confirm_email_change(
        &self,
        link: LinkConfirmation<'_>,
        now: DateTime<Utc>,
    ) -> Result<UserId, Error> {
        let changing = self.set_email(link, now);
        let changed =
            admission::open_link(&self.limits, link.network, Error::is_internal, changing).await;
        let user_id = changed?;
        audit!(AuditAction::AddressChange, Done, user.id = %user_id);
        Ok(user_id)
    }

    async fn set_email(
        &self,
        LinkConfirmation { token, locale, .. }: LinkConfirmation<'_>,
        now: DateTime<Utc>,
    ) -> Result<UserId, Error> {
        let link = self.open::<EmailChange>(token, now).await?;
        let context = self.mail_context(Some(&link.client_id), locale)?;
        let EmailChange {
            sub,
            epoch,
            email,
            instead_of,
        } = link.claims;
        let changing = self.replace_email((sub, epoch), email.clone(), true, now);
        let (removed, removes_passkeys) = match changing.await? {
            EmailChangeOutcome::Done(removed) => self.removed(sub, &removed),
            EmailChangeOutcome::Taken => return Err(LinkRejection::Taken.into()),
            EmailChangeOutcome::Ended => return Err(LinkRejection::Used.into()),
        };
        let page = context.security_page(self.tokens.issuer());
        for provider in removed.clone() {
            let page = page.clone();
            self.notify(&email, locale, MailKind::AccountUnlinked { provider, page })
                .await;
        }
        if removes_passkeys {
            let page = page.clone();
            self.notify(&email, locale, MailKind::PasskeyRemoved { page })
                .await;
        }
        let notice = MailKind::AddressChanged {
            new: email,
            page,
            removed,
            removes_passkeys,
        };
        self.notify(&instead_of, locale, notice).await;
        Ok(sub)
    }

    /// Sets the email of a user who still has this epoch, ends every session and notifies the clients.
    pub(super) async fn replace_email(
        &self,
        (user_id, old): (UserId, Epoch),
        email: EmailAddress,
        is_verified: bool,
        now: DateTime<Utc>,
    ) -> Result<EmailChangeOutcome, Error> {
        let mailbox = Account::own(AccountKind::Email, user_id, now, &self.entropy)?;
        let fresh = Epoch::fresh(&self.entropy)?;
        let since = Self::trusted_since(now);
        let changing = async {
            if is_verified {
                let changing = self
                    .store
                    .set_email_if(old, fresh, &email, &mailbox, since, now);
                changing.await
            } else {
                let new = (user_id, &email);
                let changing = self
                    .store
                    .set_unverified_email_if(old, fresh, new, since, now);
                changing.await
            }
        };
        let is_changed = |outcome: &_| matches!(outcome, EmailChangeOutcome::Done(_));
        let clients = &self.backchannel_logout;
        Ok(clients.notify_after(user_id, changing, is_changed).await?)
    }
}
