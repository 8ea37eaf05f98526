//! The last step of a login, after the provider has redirected back.

use chrono::{DateTime, Utc};

use super::{
    AuthorizationResponse, Error, LoginPurpose, LoginState, PendingLogin, Protocol, ProviderFault,
    ProviderLoginRejection, ReturnedLogin, Upstream, Upstreams,
    find_user::{LookupContext, UserLookup},
    missing_email::MissingEmail,
    outcome::LoginOutcome,
};
use crate::{
    admission,
    client::{Intent, MaxAuthAge},
    token::SpendError,
};

/// The errors of a provider that are passed on to the client, because the client can react to them (RFC 6749
/// §4.1.2.1, OpenID Connect Core §3.1.2.6).
const FORWARDED_ERRORS: &[&str] = &[
    "access_denied",
    "account_selection_required",
    "consent_required",
    "interaction_required",
    "login_required",
    "temporarily_unavailable",
];

impl Upstreams {
    /// Finishes a login in the browser in which it began, within the network's limit of confirmations. An
    /// attempt that fails stays charged (see `Error::is_charged`); others cost nothing.
    ///
    /// # Errors
    /// The login is refused, a limit is reached, or the provider or the service fails.
    pub async fn finish_login(
        &self,
        provider: &Upstream,
        returned: ReturnedLogin<'_>,
        now: DateTime<Utc>,
    ) -> Result<LoginOutcome, Error> {
        let network = returned.network;
        let finishing = async {
            let finished = self.finish(provider, returned, now).await;
            finished.inspect_err(|error| provider.log_fault(error))
        };
        admission::ask_provider(&self.limits, network, Error::is_charged, finishing).await
    }

    async fn finish(
        &self,
        provider: &Upstream,
        ReturnedLogin {
            pending,
            response,
            locale,
            ..
        }: ReturnedLogin<'_>,
        now: DateTime<Utc>,
    ) -> Result<LoginOutcome, Error> {
        let _permit = provider
            .permits
            .try_acquire()
            .map_err(|_| ProviderFault::Crowded)?;
        provider.check_issuer(response).await?;
        if let Some(error) = &response.error {
            let known = FORWARDED_ERRORS.iter().find(|known| *known == error);
            return Ok(LoginOutcome::Declined(
                known.copied().unwrap_or("server_error"),
            ));
        }
        let identity = self
            .verify_identity(provider, &pending, response, now)
            .await?;
        let PendingLogin(state) = pending;
        match provider.spent.spend(&state.jti, state.exp, now).await {
            // The provider also accepts the code only once, and only for this state.
            Err(SpendError::Full) => tracing::warn!("too many logins finish at once"),
            spent => spent?,
        }
        let LoginState {
            login_cookie,
            purpose,
            ..
        } = state.claims;
        let request = match purpose {
            LoginPurpose::Client(request) => *request,
            LoginPurpose::Connect(_) => return Ok(LoginOutcome::Account(identity.account)),
        };
        if !is_recent(identity.auth_time, request.max_age, now) {
            return Ok(LoginOutcome::Declined("login_required"));
        }
        if request.intent == Intent::Link {
            return Ok(LoginOutcome::Account(identity.account));
        }
        let context = LookupContext {
            locale,
            client_id: &request.client_id,
            hinted: request.hinted.as_deref(),
        };
        let unverified = match self
            .find_or_create_user(provider, identity, context, now)
            .await?
        {
            UserLookup::Person(first) if provider.settings.counts_as_mfa => {
                return Ok(LoginOutcome::Person(first.of_several_factors()));
            }
            UserLookup::Person(first) => return Ok(LoginOutcome::Person(*first)),
            UserLookup::LogInAndLink => return Ok(LoginOutcome::LogInAndLink),
            UserLookup::Unverified(unverified) => *unverified,
        };
        let pending = MissingEmail {
            provider: provider.id().to_owned(),
            account: unverified.account,
            profile: unverified.profile,
            auth_time: unverified.auth_time,
            login_cookie,
            request,
        };
        // Without mail an email cannot be verified, so the user is not asked for one.
        self.mailer.check()?;
        Ok(LoginOutcome::AddressNeeded {
            token: self.seal_missing_email(pending, now)?,
            claimed: unverified.claimed,
        })
    }
}

/// Returns whether the login at the provider satisfies `max_age`. With `max_age`, the provider must state the time
/// of the login (OpenID Connect Core §3.1.3.7).
fn is_recent(
    auth_time: Option<DateTime<Utc>>,
    max_age: Option<MaxAuthAge>,
    now: DateTime<Utc>,
) -> bool {
    max_age
        .is_none_or(|max_age| auth_time.is_some_and(|auth_time| max_age.is_met_by(auth_time, now)))
}

impl Upstream {
    /// Checks the `iss` of a response (RFC 9207 §2.4). It may be absent if the metadata do not announce it.
    async fn check_issuer(&self, response: &AuthorizationResponse) -> Result<(), Error> {
        let Protocol::OpenId(discovery) = &self.protocol else {
            return Ok(());
        };
        let metadata = discovery.metadata().await.map_err(ProviderFault::from)?;
        let is_valid = match &response.iss {
            Some(iss) => *iss == metadata.issuer,
            None => !metadata.authorization_response_iss_parameter_supported,
        };
        if is_valid {
            Ok(())
        } else {
            Err(ProviderLoginRejection::Issuer.into())
        }
    }
}
