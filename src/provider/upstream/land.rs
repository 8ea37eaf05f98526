//! The end of a login, in the browser in which it began.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    AuthorizationResponse, Begun, Dialect, Error, LoginState, Refused, Trouble, Upstream,
    Upstreams, address::Pending, enter::Found, outcome::Entered,
};
use crate::{client::Intent, locale::Locale, token::NotSpent};

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
    pub async fn land(
        &self,
        provider: &Upstream,
        begun: Begun,
        response: &AuthorizationResponse,
        locale: Locale,
        now: DateTime<Utc>,
    ) -> Result<Entered, Error> {
        let landed = self.landed(provider, begun, response, locale, now).await;
        landed.inspect_err(|error| provider.log_trouble(error))
    }

    async fn landed(
        &self,
        provider: &Upstream,
        begun: Begun,
        response: &AuthorizationResponse,
        locale: Locale,
        now: DateTime<Utc>,
    ) -> Result<Entered, Error> {
        let _place = provider
            .places
            .try_acquire()
            .map_err(|_| Trouble::Crowded)?;
        provider.check_issuer(response).await?;
        if let Some(error) = &response.error {
            let known = HANDED_ON.iter().find(|known| *known == error);
            return Ok(Entered::Declined(known.copied().unwrap_or("server_error")));
        }
        let proven = self.prove(provider, &begun, response, now).await?;
        let Begun(state) = begun;
        match provider.spent.spend(&state.jti, state.exp, now) {
            // Its code is good once at the provider too, and for this state alone.
            Err(NotSpent::Full) => tracing::warn!("too many logins finish at once"),
            spent => spent?,
        }
        let LoginState {
            max_age,
            binding,
            request,
            ..
        } = state.says;
        if !self.is_recent(proven.auth_time, max_age, now) {
            return Ok(Entered::Declined("login_required"));
        }
        if request.intent == Intent::Link {
            return Ok(Entered::Account(proven.account));
        }
        let unproven = match self.enter(provider, proven, locale, now).await? {
            Found::Person(verified) => return Ok(Entered::Person(verified)),
            Found::LogInAndLink => return Ok(Entered::LogInAndLink),
            Found::Unproven(unproven) => *unproven,
        };
        let pending = Pending {
            provider: provider.id().to_owned(),
            account: unproven.account,
            profile: unproven.profile,
            auth_time: unproven.auth_time,
            binding,
            request,
        };
        // Where there is no mail, nobody is asked for an address.
        self.mailer.check()?;
        Ok(Entered::AddressNeeded {
            token: self.seal_pending(pending, now)?,
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
        let Dialect::OpenId(discovery) = &self.dialect else {
            return Ok(());
        };
        let metadata = discovery.metadata().await.map_err(Trouble::from)?;
        let is_good = match &response.iss {
            Some(iss) => *iss == metadata.issuer,
            None => !metadata.authorization_response_iss_parameter_supported,
        };
        if is_good {
            Ok(())
        } else {
            Err(Refused::Issuer.into())
        }
    }
}
