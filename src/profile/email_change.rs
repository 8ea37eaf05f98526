//! Another address: asked for by the person, confirmed at the new mailbox, announced at the old one.
//!
//! The link holds the epoch that confirming replaces: of two pending changes the first that is
//! confirmed wins, and whatever else ends the sessions ends both.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{Error, ProfileService, Requester};
use crate::{
    identity::{Account, AccountKind, EmailAddress, Epoch, User, UserId},
    locale::Locale,
    mail::{MailContext, MailKind},
    store::EmailChangeOutcome,
    token::{LinkRejection, SealedPurpose, SealedToken, TokenForm, TokenKind},
};

const LIFETIME: TimeDelta = TimeDelta::hours(1);

/// What is sealed here, and how long it is good.
pub(super) const KIND: (TokenForm, TimeDelta) = (SealedToken::<EmailChange>::FORM, LIFETIME);

/// Whose address is to be which, as long as the epoch is that one.
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
    /// Whoever may ask for that address instead of their own.
    pub async fn check_email_change(
        &self,
        asker: Requester<'_>,
        email: &EmailAddress,
        now: DateTime<Utc>,
    ) -> Result<User, Error> {
        let user = self.authorise(asker, now).await?;
        if user.email == *email {
            Err(Error::SameAddress)
        } else {
            Ok(user)
        }
    }

    /// Mails a notice to the person, and to the new address a link, or something else where that has a
    /// user. The same work and the same answer for both. Nothing is written.
    pub async fn request_email_change(
        &self,
        user: &User,
        email: EmailAddress,
        mail: MailContext<'_>,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let change = EmailChange {
            sub: user.id,
            epoch: user.session_epoch,
            email: email.clone(),
            instead_of: user.email.clone(),
        };
        let client_id = &mail.client.client_id;
        let token = self.tokens.seal(change, client_id, LIFETIME, now)?;
        let issuer = self.tokens.issuer();
        let says = match self.store.user_by_email(&email).await? {
            None => MailKind::ConfirmAddress {
                link: mail.link(issuer, "/email/confirm", &token),
                good_for: LIFETIME,
                instead_of: user.email.clone(),
            },
            Some(_) => MailKind::AddressTaken {
                page: mail.front(issuer),
            },
        };
        // First what nobody must be able to suppress.
        let page = mail.front(issuer);
        let new = email.clone();
        let says_so = MailKind::AddressChangeAsked { new, page };
        self.tell(&user.email, mail.locale, says_so);
        self.mailer.send(mail.message(email, says));
        Ok(())
    }

    /// Gives the person the address whose mailbox they have shown to read, ends every session, and tells
    /// the old address. It logs nobody in. Gives who it is.
    ///
    /// Provider accounts that a thief of the session may have linked are removed, as by a reset; both
    /// mailboxes are told.
    pub async fn confirm_email_change(
        &self,
        token: &str,
        locale: Locale,
        now: DateTime<Utc>,
    ) -> Result<UserId, Error> {
        let link = self.open::<EmailChange>(token, now).await?;
        let asked = self.asked(&link.client_id, locale)?;
        let EmailChange {
            sub,
            epoch,
            email,
            instead_of,
        } = link.says;
        let mailbox = Account::own(AccountKind::Email, sub, now, &self.entropy)?;
        let fresh = Epoch::fresh(&self.entropy)?;
        let since = Self::trusted_since(now);
        let changed = self
            .store
            .set_email_if(epoch, fresh, &email, &mailbox, since, now);
        let removed = match changed.await? {
            EmailChangeOutcome::Done(removed) => self.removed(sub, &removed),
            EmailChangeOutcome::Taken => return Err(LinkRejection::Taken.into()),
            EmailChangeOutcome::Ended => return Err(LinkRejection::Used.into()),
        };
        let page = asked.front(self.tokens.issuer());
        for provider in removed.clone() {
            let page = page.clone();
            self.tell(&email, locale, MailKind::AccountUnlinked { provider, page });
        }
        let says = MailKind::AddressChanged {
            new: email,
            page,
            removed,
        };
        self.tell(&instead_of, locale, says);
        Ok(sub)
    }
}
