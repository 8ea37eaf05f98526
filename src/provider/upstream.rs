//! Login by other people's providers: Google, GitHub, Apple, Microsoft, any OpenID provider.
//!
//! A login under way is nowhere but in the `state` that travels with it (RFC 9700 §4.7): sealed, so
//! that nobody reads its PKCE verifier and nonce, and bound to the browser that began it. What the
//! provider hands out besides the proof of who somebody is, is used at once or dropped.

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
mod state;
mod token_exchange;
mod verify;

use std::{error::Error as _, sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Semaphore;
use url::Url;

pub use self::{
    error::{Error, ProviderFault, ProviderLoginRejection},
    missing_email::{EmailStep, MissingEmail},
    native::{Challenge, PresentedIdToken},
    outcome::LoginOutcome,
    state::{AuthorizationResponse, PendingLogin},
};
use self::{
    missing_email::AccountLink, native::NativeLogin, state::LoginState, token_exchange::Endpoints,
};
use super::discovery::Discovery;
use crate::{
    client::{AuthorizationRequest, CodeChallenge, LoginHints},
    clock::Clock,
    config::{self, ProviderConfigs, ProviderIssuer},
    connect::{Resolver, innermost},
    entropy::{Entropy, EntropyError},
    fetch::{self, Fetcher, NetworkAccess},
    limits::Limits,
    mail::Mailer,
    store::Store,
    token::{SealedToken, SpentTokens, TokenForm, TokenKind, Tokens},
};

/// How long a provider may take to answer.
const TIMEOUT: Duration = Duration::from_secs(5);

/// How many logins may be waiting for one provider: one that is slow holds nobody else up.
const PLACES: usize = 64;

/// How long somebody may take to log in at a provider.
const LIFETIME: TimeDelta = TimeDelta::minutes(10);

/// What is sealed in the course of logins, and how long each of it is good.
pub fn sealed_kinds(link_lifetime: TimeDelta) -> [(TokenForm, TimeDelta); 4] {
    [
        (SealedToken::<LoginState>::FORM, LIFETIME),
        (SealedToken::<MissingEmail>::FORM, missing_email::LIFETIME),
        (SealedToken::<AccountLink>::FORM, link_lifetime),
        (SealedToken::<NativeLogin>::FORM, native::LIFETIME),
    ]
}

/// A configured provider and what is needed to ask it.
#[derive(Debug)]
pub struct Upstream {
    settings: config::ProviderConfig,
    dialect: Protocol,
    fetcher: Fetcher,
    /// How many may be asking it at once.
    places: Semaphore,
    /// What is good once, and has been.
    spent: SpentTokens,
}

/// How a provider is spoken to.
#[derive(Debug)]
enum Protocol {
    /// OpenID Connect, with each one's own ways.
    OpenId(Discovery),
    /// OAuth and an API of its own.
    GitHub { web: Url, api: Url },
}

/// Logins by providers.
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

/// What logins by providers are made with.
#[derive(Debug, Clone)]
pub struct UpstreamParts {
    /// What seals.
    pub tokens: Tokens,
    /// Where users are.
    pub store: Store,
    /// Where secrets come from.
    pub entropy: Entropy,
    /// What mails a link where the provider does not vouch for an address.
    pub mailer: Mailer,
    /// How often a mailbox is told what was done.
    pub limits: Limits,
    /// The time.
    pub clock: Clock,
    /// Who may be asked.
    pub reach: NetworkAccess,
    /// Looks up the names of providers.
    pub resolver: Resolver,
    /// How long a mailed link is good.
    pub link_lifetime: TimeDelta,
}

impl Upstreams {
    /// Logins by the configured providers.
    ///
    /// # Errors
    /// There are some, and nothing to ask them with.
    pub fn new(providers: &ProviderConfigs, with: UpstreamParts) -> Result<Self, fetch::Error> {
        let mut all = Vec::new();
        if providers.iter().next().is_some() {
            // Once: it reads the certificates of this machine.
            let fetcher = Fetcher::new(with.reach, TIMEOUT, with.resolver)?;
            for settings in providers.iter() {
                all.push(Upstream::new(settings, &fetcher.separate(), &with.clock));
            }
        }
        Ok(Self {
            providers: all.into(),
            tokens: with.tokens,
            store: with.store,
            entropy: with.entropy,
            mailer: with.mailer,
            limits: with.limits,
            link_lifetime: with.link_lifetime,
        })
    }

    /// All of them, in configured order.
    pub fn iter(&self) -> impl Iterator<Item = &Upstream> {
        self.providers.iter()
    }

    /// The provider of that name.
    pub fn get(&self, id: &str) -> Option<&Upstream> {
        self.iter().find(|provider| provider.id() == id)
    }

    /// Sends a person to log in at the provider (RFC 6749 §4.1.1), from a browser that presents the
    /// secret `binding`, or gets one now. What `hints` says is handed on.
    pub async fn start_login(
        &self,
        provider: &Upstream,
        request: AuthorizationRequest,
        login_cookie: Option<&str>,
        hints: &LoginHints,
        now: DateTime<Utc>,
    ) -> Result<AuthorizationRedirect, Error> {
        let endpoints = provider.endpoints().await.map_err(Error::from);
        let endpoints = endpoints.inspect_err(|error| provider.log_trouble(error))?;
        let login_cookie = self.login_cookie(login_cookie)?;
        let state = LoginState {
            provider: provider.id().to_owned(),
            nonce: self.entropy.secret()?,
            code_verifier: self.entropy.secret()?,
            login_cookie: CodeChallenge::to(&login_cookie),
            max_age: hints.max_age,
            request,
        };
        let client_id = state.request.client_id.clone();
        let sealed = self.tokens.seal(state.clone(), &client_id, LIFETIME, now)?;
        Ok(AuthorizationRedirect {
            url: provider.authorization_url(&endpoints, &state, sealed, hints),
            login_cookie,
        })
    }

    /// The secret by which a browser is known again: the one that it presents, or a fresh one.
    pub fn login_cookie(&self, presented: Option<&str>) -> Result<String, EntropyError> {
        // What can be no secret of ours is nothing to be bound to.
        match presented.filter(|it| CodeChallenge::is_verifier(it)) {
            Some(kept) => Ok(kept.to_owned()),
            None => self.entropy.secret(),
        }
    }

    /// How long a browser keeps it: as long as all may take, until a mailed link is opened.
    pub fn binding_lifetime(&self) -> TimeDelta {
        LIFETIME + missing_email::LIFETIME + self.link_lifetime
    }
}

/// Where a person goes, and what the browser is to keep meanwhile.
pub struct AuthorizationRedirect {
    /// The provider's authorization endpoint, with all that it is asked.
    pub url: Url,
    /// The secret.
    pub login_cookie: String,
}

impl Upstream {
    fn new(settings: &config::ProviderConfig, fetcher: &Fetcher, clock: &Clock) -> Self {
        let (id, asking, clock) = (&settings.id, fetcher.clone(), clock.clone());
        let dialect = match &settings.issuer {
            ProviderIssuer::OpenId { issuer, url } => {
                Protocol::OpenId(Discovery::new(id, issuer, url, asking, clock))
            }
            ProviderIssuer::Microsoft { tenants, url } => {
                Protocol::OpenId(Discovery::microsoft(id, *tenants, url, asking, clock))
            }
            ProviderIssuer::GitHub { web, api } => Protocol::GitHub {
                web: web.clone(),
                api: api.clone(),
            },
        };
        Self {
            settings: settings.clone(),
            dialect,
            fetcher: fetcher.clone(),
            places: Semaphore::new(PLACES),
            spent: SpentTokens::default(),
        }
    }

    /// The ID in paths and parameters.
    pub fn id(&self) -> &str {
        &self.settings.id
    }

    /// What people are shown.
    pub fn name(&self) -> &str {
        &self.settings.name
    }

    /// Logs why it cannot be asked, to the innermost cause.
    fn log_trouble(&self, error: &Error) {
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

    /// Where it and its tokens are asked for.
    async fn endpoints(&self) -> Result<Endpoints, ProviderFault> {
        match &self.dialect {
            Protocol::OpenId(discovery) => Ok(Endpoints::of(&*discovery.metadata().await?)),
            Protocol::GitHub { web, .. } => Ok(github::endpoints(web)),
        }
    }
}
