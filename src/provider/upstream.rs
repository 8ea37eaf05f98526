//! Login with external providers: Google, GitHub, Apple, Microsoft and any OpenID provider.
//!
//! A pending login is stored only in its `state` parameter (RFC 9700 §4.7). The state is sealed, so that its
//! PKCE verifier and nonce stay secret, and bound to the browser that started the login. Tokens and claims of
//! the provider other than the verified identity are used immediately or dropped.

mod apple;
mod claims;
mod error;
mod find_user;
mod finish_login;
mod github;
mod missing_email;
mod native;
mod openid;
mod outcome;
mod spent;
mod state;
mod token_exchange;
mod verify;

use std::{error::Error as _, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Semaphore;
use url::Url;

pub use self::{
    error::{Error, ProviderFault, ProviderLoginRejection},
    missing_email::{EmailStep, MissingEmail},
    native::{Challenge, PresentedIdToken},
    outcome::LoginOutcome,
    spent::SpentByProvider,
    state::{AuthorizationResponse, LoginPurpose, PendingLogin, ReturnedLogin},
};
use self::{
    missing_email::AccountLink, native::NativeLogin, state::LoginState, token_exchange::Endpoints,
};
use super::discovery::Discovery;
use crate::{
    client::{CodeChallenge, LoginHints},
    clock::Clock,
    config::{self, ProviderConfigs, ProviderIssuer},
    connect::innermost,
    coordination::SpentMarks,
    entropy::Entropy,
    fetch::Fetcher,
    internal::InternalError,
    limits::Limits,
    mail::Mailer,
    store::Store,
    token::{SealedToken, TokenForm, TokenKind, Tokens},
};

/// The most logins that wait for one provider, so that a slow provider does not delay others.
const MAX_CONCURRENT_LOGINS: usize = 64;

/// The time within which a user must log in at a provider.
const LIFETIME: TimeDelta = TimeDelta::minutes(10);

/// Returns the forms of the sealed tokens of logins, each with its lifetime.
pub fn sealed_kinds(link_lifetime: TimeDelta) -> [(TokenForm, TimeDelta); 4] {
    [
        (SealedToken::<LoginState>::FORM, LIFETIME),
        (SealedToken::<MissingEmail>::FORM, missing_email::LIFETIME),
        (SealedToken::<AccountLink>::FORM, link_lifetime),
        (SealedToken::<NativeLogin>::FORM, native::LIFETIME),
    ]
}

/// A configured provider with its HTTP client.
#[derive(Debug)]
pub struct Upstream {
    settings: config::ProviderConfig,
    protocol: Protocol,
    fetcher: Fetcher,
    /// One permit for each login that may wait for the provider.
    permits: Semaphore,
    /// The tokens that were used, each of which works once.
    spent: SpentMarks,
}

/// The protocol of a provider.
#[derive(Debug)]
enum Protocol {
    /// OpenID Connect, with the differences of each kind of provider.
    OpenId(Discovery),
    /// OAuth and the REST API of GitHub.
    GitHub { web: Url, api: Url },
}

/// The logins with all configured providers.
#[derive(Debug, Clone)]
pub struct Upstreams {
    providers: Arc<[Upstream]>,
    tokens: Tokens,
    store: Store,
    entropy: Entropy,
    mailer: Mailer,
    limits: Limits,
    link_lifetime: TimeDelta,
}

/// The services that logins with providers depend on.
#[derive(Debug, Clone)]
pub struct UpstreamParts {
    /// Seals and verifies tokens.
    pub tokens: Tokens,
    /// The database of users.
    pub store: Store,
    /// The random source of secrets.
    pub entropy: Entropy,
    /// Mails a link if the provider verifies no email.
    pub mailer: Mailer,
    /// The rate limits of notices to one email.
    pub limits: Limits,
    /// The source of time.
    pub clock: Clock,
    /// Sends requests to providers. Absent if none is configured.
    pub fetcher: Option<Fetcher>,
    /// The lifetime of a mailed link.
    pub link_lifetime: TimeDelta,
    /// The tokens that were used.
    pub spent: SpentByProvider,
}

impl Upstreams {
    /// Creates the logins with the configured providers.
    pub fn new(providers: &ProviderConfigs, with: UpstreamParts) -> Self {
        let fetcher = with.fetcher.as_ref();
        let all: Vec<_> = providers
            .iter()
            .filter_map(|it| {
                let spent = with.spent.of(&it.id);
                Some(Upstream::new(it, &fetcher?.separate(), &with.clock, spent))
            })
            .collect();
        Self {
            providers: all.into(),
            tokens: with.tokens,
            store: with.store,
            entropy: with.entropy,
            mailer: with.mailer,
            limits: with.limits,
            link_lifetime: with.link_lifetime,
        }
    }

    /// Returns all providers in the configured order.
    pub fn iter(&self) -> impl Iterator<Item = &Upstream> {
        self.providers.iter()
    }

    /// Returns the provider with that ID.
    pub fn get(&self, id: &str) -> Option<&Upstream> {
        self.iter().find(|provider| provider.id() == id)
    }

    /// Starts a login at the provider (RFC 6749 §4.1.1) and binds it to the login cookie of the browser, or to
    /// a new one. Passes `hints` on to the provider.
    ///
    /// # Errors
    /// The provider is unavailable, or the state cannot be sealed.
    pub async fn start_login(
        &self,
        provider: &Upstream,
        purpose: LoginPurpose,
        login_cookie: Option<&str>,
        hints: &LoginHints,
        now: DateTime<Utc>,
    ) -> Result<AuthorizationRedirect, Error> {
        let endpoints = provider.endpoints().await.map_err(Error::from);
        let endpoints = endpoints.inspect_err(|error| provider.log_fault(error))?;
        let login_cookie = self.login_cookie(login_cookie)?;
        let state = LoginState {
            provider: provider.id().to_owned(),
            nonce: self.entropy.secret()?,
            code_verifier: self.entropy.secret()?,
            login_cookie: CodeChallenge::to(&login_cookie),
            purpose,
        };
        let client_id = match state.purpose.request() {
            Some(request) => &request.client_id,
            // The login is for no client. A sealed token names one.
            None => self.tokens.clients().any().map_or("", |it| &it.client_id),
        };
        let sealed = self.tokens.seal(state.clone(), client_id, LIFETIME, now)?;
        Ok(AuthorizationRedirect {
            url: provider.authorization_url(&endpoints, &state, sealed, hints),
            login_cookie,
        })
    }

    /// Returns the login cookie that the browser presents, or a new one if it presents none.
    ///
    /// # Errors
    /// The random source fails.
    pub fn login_cookie(&self, presented: Option<&str>) -> Result<String, InternalError> {
        // A value that this service cannot have issued is ignored.
        match presented.filter(|it| CodeChallenge::is_verifier(it)) {
            Some(valid) => Ok(valid.to_owned()),
            None => Ok(self.entropy.secret()?),
        }
    }

    /// Returns the lifetime of the login cookie: the time for all steps, up to the opening of a mailed link.
    pub fn binding_lifetime(&self) -> TimeDelta {
        LIFETIME + missing_email::LIFETIME + self.link_lifetime
    }
}

/// The redirect to the provider and the login cookie that the browser keeps.
pub struct AuthorizationRedirect {
    /// The URL of the provider's authorization endpoint with the parameters of the request.
    pub url: Url,
    /// The value of the login cookie.
    pub login_cookie: String,
}

impl Upstream {
    fn new(
        settings: &config::ProviderConfig,
        fetcher: &Fetcher,
        clock: &Clock,
        spent: SpentMarks,
    ) -> Self {
        let (id, fetch, clock) = (&settings.id, fetcher.clone(), clock.clone());
        let protocol = match &settings.issuer {
            ProviderIssuer::OpenId { issuer, url } => {
                Protocol::OpenId(Discovery::new(id, issuer, url, fetch, clock))
            }
            ProviderIssuer::Microsoft { tenants, url } => {
                Protocol::OpenId(Discovery::microsoft(id, *tenants, url, fetch, clock))
            }
            ProviderIssuer::GitHub { web, api } => Protocol::GitHub {
                web: web.clone(),
                api: api.clone(),
            },
        };
        Self {
            settings: settings.clone(),
            protocol,
            fetcher: fetcher.clone(),
            permits: Semaphore::new(MAX_CONCURRENT_LOGINS),
            spent,
        }
    }

    /// Returns the ID in paths and parameters.
    pub fn id(&self) -> &str {
        &self.settings.id
    }

    /// Returns the name that users see.
    pub fn name(&self) -> &str {
        &self.settings.name
    }

    /// Returns the configured `kind`, which may be a preset.
    pub fn kind(&self) -> &'static str {
        self.settings.brand
    }

    /// Returns whether an account belongs to this provider, by the provider's stored name.
    pub fn owns_account_of(&self, stored_as: &str) -> bool {
        self.settings.owns_account_of(stored_as)
    }

    /// Logs a failed request to the provider with its innermost cause.
    fn log_fault(&self, error: &Error) {
        let Error::Trouble(trouble) = error else {
            return;
        };
        let source = trouble.source().map(innermost).map(tracing::field::display);
        tracing::warn!(
            provider = self.id(),
            cause = %trouble,
            source,
            "a request to a provider failed"
        );
    }

    /// Returns the authorization endpoint and the token endpoint.
    async fn endpoints(&self) -> Result<Endpoints, ProviderFault> {
        match &self.protocol {
            Protocol::OpenId(discovery) => Ok(Endpoints::of(&*discovery.metadata().await?)),
            Protocol::GitHub { web, .. } => Ok(github::endpoints(web)),
        }
    }
}
