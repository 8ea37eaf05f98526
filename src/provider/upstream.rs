//! Login by other people's providers: Google, GitHub, Apple, Microsoft, any OpenID provider.
//!
//! A login under way is nowhere but in the `state` that travels with it (RFC 9700 §4.7): sealed, so
//! that nobody reads its PKCE verifier and nonce, and bound to the browser that began it. What the
//! provider hands out besides the proof of who somebody is, is used at once or dropped.

mod address;
mod apple;
mod enter;
mod exchange;
mod github;
mod native;
mod openid;
mod person;
mod state;

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use url::Url;

pub use self::{
    address::Named,
    enter::Entered,
    native::{Challenge, PresentedIdToken},
    state::{Begun, Landed},
};
use self::{
    address::{AccountLink, Pending},
    exchange::Endpoints,
    native::NativeLogin,
    state::LoginState,
};
use super::discovery::{Discovery, Unavailable};
use crate::{
    client::{AuthorizationRequest, CodeChallenge},
    clock::Clock,
    config::{self, ProviderIssuer, Providers},
    entropy::{self, Entropy},
    fetch::{self, Fetcher, Reach},
    mail::{self, Mailer},
    store::{self, Store},
    token::{Form, Kind, MintError, Rejected, Sealed, Spent, Tokens},
};

/// How long a provider may take to answer.
const TIMEOUT: Duration = Duration::from_secs(5);

/// How long somebody may take to log in at a provider.
const LIFETIME: TimeDelta = TimeDelta::minutes(10);

/// What is sealed in the course of logins, and how long each of it is good.
pub fn sealed_kinds(link_lifetime: TimeDelta) -> [(Form, TimeDelta); 4] {
    [
        (Sealed::<LoginState>::FORM, LIFETIME),
        (Sealed::<Pending>::FORM, address::LIFETIME),
        (Sealed::<AccountLink>::FORM, link_lifetime),
        (Sealed::<NativeLogin>::FORM, native::LIFETIME),
    ]
}

/// Why nobody was let in. For logs and metrics; answers say little of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.as_str())]
pub enum Refused {
    /// The state, a link or a challenge is no good.
    Sealed(Rejected),
    /// There is none.
    NoState,
    /// It is of a login at another provider.
    OtherProvider,
    /// It began in another browser.
    OtherBrowser,
    /// It was used before.
    Spent,
    /// What the client may be answered at has changed since.
    RedirectUri,
    /// The answer is another issuer's (RFC 9207), or does not say whose.
    Issuer,
    /// The answer has no code.
    NoCode,
    /// The provider gives nothing for the code.
    Code,
    /// The provider's answer lacks what it must have.
    Answer,
    /// The ID token is no good.
    IdToken(Rejected),
    /// What the provider says of the person is of another person.
    OtherPerson,
    /// The provider does not give ID tokens.
    NoIdTokens,
    /// The person is disabled.
    Disabled,
}

impl Refused {
    /// It in words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sealed(rejected) | Self::IdToken(rejected) => rejected.as_str(),
            Self::NoState => "no state",
            Self::OtherProvider => "other provider",
            Self::OtherBrowser => "other browser",
            Self::Spent => "spent",
            Self::RedirectUri => "redirect uri",
            Self::Issuer => "issuer",
            Self::NoCode => "no code",
            Self::Code => "code",
            Self::Answer => "answer",
            Self::OtherPerson => "other person",
            Self::NoIdTokens => "no id tokens",
            Self::Disabled => "disabled",
        }
    }
}

/// Why nobody was let in.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What was presented is not good enough.
    #[error("refused: {0}")]
    Refused(Refused),
    /// The provider said no, by an error of RFC 6749 §4.1.2.1 or OpenID Connect Core §3.1.2.6.
    #[error("the provider answers {0}")]
    Declined(&'static str),
    /// The account is new, and nobody vouches for an address of the person.
    #[error("an address is required")]
    AddressRequired,
    /// The provider's trouble.
    #[error("the provider {0}")]
    Trouble(#[from] Trouble),
    /// Our trouble: the database.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// Our trouble: minting.
    #[error(transparent)]
    Mint(#[from] MintError),
    /// Our trouble: randomness.
    #[error(transparent)]
    Entropy(#[from] entropy::Unavailable),
    /// Our trouble: no mail.
    #[error(transparent)]
    Mail(#[from] mail::Unavailable),
    /// Our trouble: more logins at once than can be remembered.
    #[error("too many logins end at once")]
    Busy,
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

/// Why a provider cannot be asked.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// It gives no metadata or no keys.
    #[error(transparent)]
    Discovery(#[from] Unavailable),
    /// It gives no answer.
    #[error(transparent)]
    Fetch(#[from] fetch::Error),
    /// It answers with such a status.
    #[error("answers {0}")]
    Status(u16),
    /// It answers what nobody understands.
    #[error("answers what it should not")]
    Answer,
    /// It does not take us for who we are: a fault of configuration.
    #[error("refuses our credentials")]
    Credentials,
}

/// A configured provider and what is needed to ask it.
#[derive(Debug)]
pub struct Upstream {
    settings: config::Provider,
    /// Where it sends people back to.
    redirect_uri: Url,
    dialect: Dialect,
    fetcher: Fetcher,
}

/// How a provider is spoken to.
#[derive(Debug)]
enum Dialect {
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
    spent: Spent,
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
    /// The time.
    pub clock: Clock,
    /// Who may be asked.
    pub reach: Reach,
    /// How long a mailed link is good.
    pub link_lifetime: TimeDelta,
}

impl Upstreams {
    /// Logins by the configured providers.
    ///
    /// # Errors
    /// There are some, and nothing to ask them with.
    pub fn new(providers: &Providers, with: UpstreamParts) -> Result<Self, fetch::Error> {
        let upstream = |settings: &config::Provider| {
            let fetcher = Fetcher::new(with.reach, TIMEOUT)?;
            let callback = format!("/callback/{}", settings.id);
            let (asking, clock) = (fetcher.clone(), with.clock.clone());
            let dialect = match &settings.issuer {
                ProviderIssuer::OpenId(issuer) => {
                    Dialect::OpenId(Discovery::new(issuer, asking, clock))
                }
                ProviderIssuer::MicrosoftTemplate { tenants } => {
                    Dialect::OpenId(Discovery::microsoft(tenants, asking, clock))
                }
                ProviderIssuer::GitHub { web, api } => Dialect::GitHub {
                    web: web.clone(),
                    api: api.clone(),
                },
            };
            Ok(Upstream {
                settings: settings.clone(),
                redirect_uri: Url::parse(&with.tokens.issuer().endpoint(&callback))
                    .map_err(|_| fetch::NotAdmitted::Scheme)?,
                dialect,
                fetcher,
            })
        };
        Ok(Self {
            providers: providers
                .iter()
                .map(upstream)
                .collect::<Result<_, fetch::Error>>()?,
            tokens: with.tokens,
            store: with.store,
            entropy: with.entropy,
            mailer: with.mailer,
            spent: Spent::default(),
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
    pub async fn begin(
        &self,
        provider: &Upstream,
        request: AuthorizationRequest,
        binding: Option<&str>,
        hints: &[(&'static str, String)],
        now: DateTime<Utc>,
    ) -> Result<Departure, Error> {
        let endpoints = provider.endpoints().await?;
        let fresh = self.entropy.secret()?;
        // What is no secret of ours is nothing to be bound to.
        let kept = binding.filter(|binding| CodeChallenge::to(binding).is_met_by(binding));
        let binding = kept.map_or(fresh, str::to_owned);
        let state = LoginState {
            provider: provider.id().to_owned(),
            nonce: self.entropy.secret()?,
            code_verifier: self.entropy.secret()?,
            binding: CodeChallenge::to(&binding),
            request,
        };
        let client_id = state.request.client_id.clone();
        let sealed = self.tokens.seal(state.clone(), &client_id, LIFETIME, now)?;
        Ok(Departure {
            url: provider.authorization_url(&endpoints, &state, sealed, hints),
            binding,
            // As long as a link that is mailed in the course of it.
            lifetime: self.link_lifetime.max(LIFETIME),
        })
    }
}

/// Where a person goes, and what the browser is to keep meanwhile.
#[derive(Debug)]
pub struct Departure {
    /// The provider's authorization endpoint, with all that it is asked.
    pub url: Url,
    /// The secret.
    pub binding: String,
    /// How long.
    pub lifetime: TimeDelta,
}

impl Upstream {
    /// Its name in routes.
    pub fn id(&self) -> &str {
        &self.settings.id
    }

    /// What people are shown.
    pub fn name(&self) -> &str {
        &self.settings.name
    }

    /// Where it and its tokens are asked for.
    async fn endpoints(&self) -> Result<Endpoints, Trouble> {
        match &self.dialect {
            Dialect::OpenId(discovery) => Ok(Endpoints::of(&*discovery.metadata().await?)),
            Dialect::GitHub { web, .. } => Ok(github::endpoints(web)),
        }
    }
}
