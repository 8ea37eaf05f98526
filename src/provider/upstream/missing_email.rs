//! Login without a verified email: the user enters an email, and a mailed link verifies it. The link works
//! only in the browser that started the login. Otherwise the reader of the email could be tricked into signing
//! up with the provider account of an attacker.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{
    Error, LoginOutcome, ProviderLoginRejection, Upstream, Upstreams, claims::ProviderProfile,
    find_user::verified,
};
use crate::{
    admission::{self, MailRequest, RequestedMail},
    client::{AuthorizationRequest, CodeChallenge},
    identity::{EmailAddress, External, UserAtLogin, UserId},
    mail::MailKind,
    network::Network,
    token::{SealedPurpose, SealedToken, SpendError},
};

/// The time within which a user must enter an email.
pub(super) const LIFETIME: TimeDelta = TimeDelta::hours(1);

/// A login that lacks a verified email.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissingEmail {
    /// The ID of the provider.
    pub(super) provider: String,
    /// The verified account at the provider.
    pub(super) account: External,
    /// The profile at the provider.
    pub(super) profile: ProviderProfile,
    /// The time of the login at the provider.
    #[serde(with = "chrono::serde::ts_seconds")]
    pub(super) auth_time: DateTime<Utc>,
    /// The hash that the login cookie must match.
    #[serde(rename = "binding")]
    pub(super) login_cookie: CodeChallenge,
    /// The authorization request that the login serves.
    pub(super) request: AuthorizationRequest,
}

impl SealedPurpose for MissingEmail {
    const PURPOSE: &'static str = "pending-address";
}

/// The contents of the mailed link that completes the login.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct AccountLink {
    email: EmailAddress,
    pending: MissingEmail,
}

impl SealedPurpose for AccountLink {
    const PURPOSE: &'static str = "account-link";
}

impl MissingEmail {
    /// Returns the client that requested the login.
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

    /// Mails a link to an email that the provider has not verified, within the limits of mails. An email
    /// that has a user gets another mail. Work and outcome are the same for both.
    ///
    /// # Errors
    /// A limit is reached, or the service fails.
    pub async fn mail_link(
        &self,
        provider: &Upstream,
        pending: MissingEmail,
        mail: RequestedMail<'_>,
        now: DateTime<Utc>,
    ) -> Result<MailRequest, Error> {
        let sending = self.send_link(provider, pending, &mail, now);
        admission::request_mail(&self.limits, &self.mailer, &mail, Error::is_fault, sending).await
    }

    async fn send_link(
        &self,
        provider: &Upstream,
        pending: MissingEmail,
        mail: &RequestedMail<'_>,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let RequestedMail { to, context, .. } = mail;
        let link = AccountLink {
            email: to.clone(),
            pending,
        };
        let lifetime = self.link_lifetime;
        let client_id = &context.client.client_id;
        let token = self.tokens.seal(link, client_id, lifetime, now)?;
        let issuer = self.tokens.issuer();
        let name = provider.name().to_owned();
        let kind = match self.store.user_by_email(to).await? {
            None => {
                let path = format!("/login/{}/confirm", provider.id());
                MailKind::ConfirmAccount {
                    provider: name,
                    link: context.own_link(issuer, &path, &token),
                    lifetime,
                }
            }
            Some(_) => MailKind::LogInAndLink {
                provider: name,
                page: context.front(issuer),
            },
        };
        self.mailer.send(context.message(to.clone(), kind));
        Ok(())
    }

    /// Opens the token of a login that waits for an email, in the browser that started it.
    ///
    /// # Errors
    /// The token is invalid or belongs to another provider or browser.
    pub async fn missing_email(
        &self,
        provider: &Upstream,
        step: EmailStep<'_>,
        now: DateTime<Utc>,
    ) -> Result<MissingEmail, Error> {
        let opened: SealedToken<MissingEmail> = self.unseal(step.token, now).await?;
        self.check_missing_email(provider, &opened.claims, step.login_cookie)?;
        Ok(opened.claims)
    }

    /// Creates the user of an opened link, within the network's limit of confirmations.
    ///
    /// # Errors
    /// The link is refused, a limit is reached, or the service fails. A fault of the service is not charged.
    pub async fn confirm(
        &self,
        provider: &Upstream,
        link: EmailStep<'_>,
        network: Network,
        now: DateTime<Utc>,
    ) -> Result<(AuthorizationRequest, LoginOutcome), Error> {
        let confirming = self.create_user_by_link(provider, link, now);
        admission::open_link(&self.limits, network, Error::is_fault, confirming).await
    }

    async fn create_user_by_link(
        &self,
        provider: &Upstream,
        link: EmailStep<'_>,
        now: DateTime<Utc>,
    ) -> Result<(AuthorizationRequest, LoginOutcome), Error> {
        let SealedToken {
            jti, exp, claims, ..
        } = self.unseal::<AccountLink>(link.token, now).await?;
        if provider.spent.contains_anywhere(&jti, exp).await? {
            return Err(ProviderLoginRejection::Spent.into());
        }
        let AccountLink { email, pending } = claims;
        self.check_missing_email(provider, &pending, link.login_cookie)?;
        let MissingEmail {
            account,
            profile,
            auth_time,
            request,
            ..
        } = pending;
        // The user of an ID token hint exists already.
        if request.hinted.is_some() {
            return Err(ProviderLoginRejection::OtherUser.into());
        }
        let id = UserId::new(now, &self.entropy)?;
        if let Some(user) = self
            .create_user(id, &email, &account, &profile, now)
            .await?
        {
            // The link must not create a deleted user again.
            match provider.spent.spend(&jti, exp, now).await {
                // The user exists, and this node remembers the link.
                Err(SpendError::Unavailable) => {}
                spent => spent?,
            }
            return Ok((
                request,
                LoginOutcome::Person(verified(UserAtLogin::created(user), auth_time.min(now))?),
            ));
        }
        // The account has a user by now, or the email has one.
        if self.find_user(&account).await?.is_some() {
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
        self.check_pending_login(provider, &pending.provider, bound, Some(&pending.request))?;
        // The configured ID may name another provider by now, which must not get this account.
        if provider.owns_account_of(&pending.account.provider) {
            Ok(())
        } else {
            Err(ProviderLoginRejection::OtherProvider)
        }
    }
}

/// The token of the next step of a login, with the login cookie of the browser.
#[derive(Clone, Copy)]
pub struct EmailStep<'a> {
    /// The token of the page or of the link.
    pub token: &'a str,
    /// The login cookie of the browser.
    pub login_cookie: Option<&'a str>,
}
