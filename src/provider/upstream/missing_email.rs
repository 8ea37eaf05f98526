//! Where nobody vouches for an address: the person names one, and a mailed link shows that they read
//! it. The link is good in the browser that began alone: else whoever opens mails could be made to
//! sign up with a stranger's account.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{
    Error, LoginOutcome, ProviderLoginRejection, Upstream, Upstreams, claims::ProviderProfile,
    find_user::verified,
};
use crate::{
    client::{AuthorizationRequest, CodeChallenge},
    identity::{EmailAddress, External, UserId},
    mail::{MailContext, MailKind},
    token::{SealedPurpose, SealedToken},
};

/// How long somebody may take to name an address.
pub(super) const LIFETIME: TimeDelta = TimeDelta::hours(1);

/// A login that lacks an address.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissingEmail {
    /// At which provider.
    pub(super) provider: String,
    /// The account that was proved.
    pub(super) account: External,
    /// What the provider says of the person.
    pub(super) profile: ProviderProfile,
    /// When the person was there.
    #[serde(with = "chrono::serde::ts_seconds")]
    pub(super) auth_time: DateTime<Utc>,
    /// What the browser's cookie must meet.
    #[serde(rename = "binding")]
    pub(super) login_cookie: CodeChallenge,
    /// What all this is for.
    pub(super) request: AuthorizationRequest,
}

impl SealedPurpose for MissingEmail {
    const PURPOSE: &'static str = "pending-address";
}

/// The mailed link that completes it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct AccountLink {
    email: EmailAddress,
    pending: MissingEmail,
}

impl SealedPurpose for AccountLink {
    const PURPOSE: &'static str = "account-link";
}

impl MissingEmail {
    /// The client that the login is for.
    pub fn client_id(&self) -> &str {
        &self.request.client_id
    }
}

impl Upstreams {
    pub(super) fn seal_missing_email(
        &self,
        pending: MissingEmail,
        now: DateTime<Utc>,
    ) -> Result<String, Error> {
        let client_id = pending.request.client_id.clone();
        Ok(self.tokens.seal(pending, &client_id, LIFETIME, now)?)
    }

    /// Mails a link to a new address, and something else to one that has a user. The same work and
    /// the same answer for both.
    pub async fn mail_link(
        &self,
        provider: &Upstream,
        pending: MissingEmail,
        email: EmailAddress,
        asked: MailContext<'_>,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        self.mailer.check()?;
        let link = AccountLink {
            email: email.clone(),
            pending,
        };
        let good_for = self.link_lifetime;
        let client_id = &asked.client.client_id;
        let token = self.tokens.seal(link, client_id, good_for, now)?;
        let issuer = self.tokens.issuer();
        let name = provider.name().to_owned();
        let says = match self.store.user_by_email(&email).await? {
            None => {
                let path = format!("/login/{}/confirm", provider.id());
                MailKind::ConfirmAccount {
                    provider: name,
                    link: asked.own_link(issuer, &path, &token),
                    good_for,
                }
            }
            Some(_) => MailKind::LogInAndLink {
                provider: name,
                page: asked.front(issuer),
            },
        };
        self.mailer.send(asked.message(email, says));
        Ok(())
    }

    /// The login for which an address may be named, in that browser.
    pub async fn missing_email(
        &self,
        provider: &Upstream,
        named: EmailStep<'_>,
        now: DateTime<Utc>,
    ) -> Result<MissingEmail, Error> {
        let opened: SealedToken<MissingEmail> = self.unseal(named.token, now).await?;
        self.check_missing_email(provider, &opened.says, named.login_cookie)?;
        Ok(opened.says)
    }

    /// Makes the user of an opened link.
    pub async fn confirm(
        &self,
        provider: &Upstream,
        link: EmailStep<'_>,
        now: DateTime<Utc>,
    ) -> Result<(AuthorizationRequest, LoginOutcome), Error> {
        let SealedToken { jti, exp, says, .. } =
            self.unseal::<AccountLink>(link.token, now).await?;
        if provider.spent.contains(&jti) {
            return Err(ProviderLoginRejection::Spent.into());
        }
        let AccountLink { email, pending } = says;
        self.check_missing_email(provider, &pending, link.login_cookie)?;
        let MissingEmail {
            account,
            profile,
            auth_time,
            request,
            ..
        } = pending;
        let id = UserId::new(now, &self.entropy)?;
        if let Some(user) = self.make(id, &email, &account, &profile, now).await? {
            // Who is deleted is not made again by it.
            provider.spent.spend(&jti, exp, now)?;
            return Ok((
                request,
                LoginOutcome::Person(verified(user, auth_time.min(now))?),
            ));
        }
        // The account is good for a login of its own by now, or the address has got a user.
        if self.known(&account).await?.is_some() {
            return Err(ProviderLoginRejection::Spent.into());
        }
        Ok((request, LoginOutcome::LogInAndLink))
    }

    fn check_missing_email(
        &self,
        provider: &Upstream,
        pending: &MissingEmail,
        login_cookie: Option<&str>,
    ) -> Result<(), ProviderLoginRejection> {
        let bound = (&pending.login_cookie, login_cookie);
        self.admit(provider, &pending.provider, bound, &pending.request)?;
        // A name that was given to another provider since inherits nothing.
        if provider.settings.vouches_for(&pending.account.provider) {
            Ok(())
        } else {
            Err(ProviderLoginRejection::OtherProvider)
        }
    }
}

/// What a person goes on with, and in which browser.
#[derive(Clone, Copy)]
pub struct EmailStep<'a> {
    /// The token of the page or of the link.
    pub token: &'a str,
    /// The secret that the browser keeps.
    pub login_cookie: Option<&'a str>,
}
