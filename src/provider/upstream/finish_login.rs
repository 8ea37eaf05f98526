//! The end of a login, in the browser in which it began.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    AuthorizationResponse, Error, LoginState, PendingLogin, Protocol, ProviderFault,
    ProviderLoginRejection, Upstream, Upstreams, find_user::UserLookup,
    missing_email::MissingEmail, outcome::LoginOutcome,
};
use crate::{client::Intent, locale::Locale, token::SpendError};

/// Errors of a provider that are handed on: what a client can do something about (RFC 6749
/// §4.1.2.1, OpenID Connect Core §3.1.2.6).
const HANDED_ON: &[&str] = &[
    "access_denied",
    "account_selection_required",
    "consent_required",
    "interaction_required",
    "login_required",
    "temporarily_unavailable",
];

impl Upstreams {
    /// Ends a login in the browser in which it began.
    pub async fn finish_login(
        &self,
        provider: &Upstream,
        begun: PendingLogin,
        response: &AuthorizationResponse,
        locale: Locale,
        now: DateTime<Utc>,
    ) -> Result<LoginOutcome, Error> {
        let landed = self
            .verified_identity(provider, begun, response, locale, now)
            .await;
        landed.inspect_err(|error| provider.log_trouble(error))
    }

    async fn verified_identity(
        &self,
        provider: &Upstream,
        begun: PendingLogin,
        response: &AuthorizationResponse,
        locale: Locale,
        now: DateTime<Utc>,
    ) -> Result<LoginOutcome, Error> {
        let _place = provider
            .places
            .try_acquire()
            .map_err(|_| ProviderFault::Crowded)?;
        provider.check_issuer(response).await?;
        if let Some(error) = &response.error {
            let known = HANDED_ON.iter().find(|known| *known == error);
            return Ok(LoginOutcome::Declined(
                known.copied().unwrap_or("server_error"),
            ));
        }
        let proven = self
            .verify_identity(provider, &begun, response, now)
            .await?;
        let PendingLogin(state) = begun;
        match provider.spent.spend(&state.jti, state.exp, now) {
            // Its code is good once at the provider too, and for this state alone.
            Err(SpendError::Full) => tracing::warn!("too many logins finish at once"),
            spent => spent?,
        }
        let LoginState {
            max_age,
            login_cookie,
            request,
            ..
        } = state.says;
        if !self.is_recent(proven.auth_time, max_age, now) {
            return Ok(LoginOutcome::Declined("login_required"));
        }
        if request.intent == Intent::Link {
            return Ok(LoginOutcome::Account(proven.account));
        }
        let unproven = match self
            .find_or_create_user(provider, proven, locale, now)
            .await?
        {
            UserLookup::Person(verified) => return Ok(LoginOutcome::Person(verified)),
            UserLookup::LogInAndLink => return Ok(LoginOutcome::LogInAndLink),
            UserLookup::Unproven(unproven) => *unproven,
        };
        let pending = MissingEmail {
            provider: provider.id().to_owned(),
            account: unproven.account,
            profile: unproven.profile,
            auth_time: unproven.auth_time,
            login_cookie,
            request,
        };
        // Where there is no mail, nobody is asked for an address.
        self.mailer.check()?;
        Ok(LoginOutcome::AddressNeeded {
            token: self.seal_missing_email(pending, now)?,
            claimed: unproven.claimed,
        })
    }

    /// Whether the person has been there as lately as was asked for: then the provider has to say
    /// when (OpenID Connect Core §3.1.3.7).
    fn is_recent(
        &self,
        auth_time: Option<DateTime<Utc>>,
        max_age: Option<u32>,
        now: DateTime<Utc>,
    ) -> bool {
        max_age.is_none_or(|max_age| {
            let since = now - self.tokens.leeway() - TimeDelta::seconds(max_age.into());
            auth_time.is_some_and(|auth_time| auth_time >= since)
        })
    }
}

impl Upstream {
    /// Whether the provider itself answers (RFC 9207 §2.4), as far as it says.
    async fn check_issuer(&self, response: &AuthorizationResponse) -> Result<(), Error> {
        let Protocol::OpenId(discovery) = &self.dialect else {
            return Ok(());
        };
        let metadata = discovery.metadata().await.map_err(ProviderFault::from)?;
        let is_good = match &response.iss {
            Some(iss) => *iss == metadata.issuer,
            None => !metadata.authorization_response_iss_parameter_supported,
        };
        if is_good {
            Ok(())
        } else {
            Err(ProviderLoginRejection::Issuer.into())
        }
    }
}
