//! The application: every handle of the service, built from a configuration. Independent of HTTP.

mod metrics_collector;
pub(crate) mod outbound;
mod reload;
mod services;

use std::{
    ops::{Deref, DerefMut},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

pub use self::reload::LoadedConfig;
use self::{
    metrics_collector::MetricsCollector,
    services::{Services, SpentState},
};
use crate::{
    admin::AdminService,
    backchannel_logout::BackchannelLogout,
    blocking::Threads,
    clock::Clock,
    config::Config,
    coordination::{Coordination, CoordinationError},
    entropy::{self, Entropy},
    fetch::{self, UnsentRequests},
    keyring::{Keyring, KeyringError},
    limits::Limits,
    locale::Translations,
    mail::Mailer,
    metrics::{self, Exposition, Metrics, ProcessMetrics},
    oauth::{
        BrowserLogout, ClientAuthenticator, ClientCredentialsGrant, ClientKeySetError, Codes,
        RefusedRequestLog, SingleSignOn, TokenExchangeGrant,
    },
    password::{Hasher, PasswordPolicy},
    profile::ProfileService,
    provider::{LoginLinkProvider, PasskeyProvider, PasswordProvider, SignUpProvider, Upstreams},
    rotation::Rotation,
    sealed_passwords::MasterSecretSealer,
    second_factor::SecondFactors,
    session::{PolicyLog, Sessions},
    store::Store,
    telemetry::RecentAuditEvents,
    templates::PageTemplates,
    token::Tokens,
};

/// The handles of the service behind a single pointer, because it is cloned several times per request.
#[derive(Debug, Clone)]
pub struct App(Arc<AppParts>);

impl Deref for App {
    type Target = AppParts;

    fn deref(&self) -> &AppParts {
        &self.0
    }
}

/// Changes affect this clone only.
impl DerefMut for App {
    fn deref_mut(&mut self) -> &mut AppParts {
        Arc::make_mut(&mut self.0)
    }
}

/// The handles of the service.
#[derive(Debug, Clone)]
pub struct AppParts {
    /// The configuration.
    pub config: Arc<Config>,
    /// The source of the time.
    pub clock: Clock,
    /// The source of randomness.
    pub entropy: Entropy,
    /// The database of users.
    pub store: Store,
    /// Issues and verifies tokens.
    pub tokens: Tokens,
    /// The thread pool that hashes passwords.
    pub hasher: Hasher,
    /// The rate limits.
    pub limits: Limits,
    /// Session service: login, refresh, logout.
    pub sessions: Sessions,
    /// Login with a password.
    pub passwords: PasswordProvider,
    /// Sign-up with a mailed link.
    pub sign_ups: SignUpProvider,
    /// Login with a mailed link.
    pub login_links: LoginLinkProvider,
    /// The second step of logins.
    pub second_factors: SecondFactors,
    /// Login with a passkey.
    pub passkeys: PasskeyProvider,
    /// Login with external providers.
    pub upstreams: Upstreams,
    /// Client authentication at the token endpoint.
    pub client_authenticator: ClientAuthenticator,
    /// The client credentials grant.
    pub client_credentials: ClientCredentialsGrant,
    /// Token exchange.
    pub token_exchange: TokenExchangeGrant,
    /// Single sign-on: sessions at the issuer.
    pub single_sign_on: SingleSignOn,
    /// Notifies clients of logouts.
    pub backchannel_logout: BackchannelLogout,
    /// Logout of a browser.
    pub browser_logout: BrowserLogout,
    /// Authorization codes.
    pub codes: Codes,
    /// Logs refused authorization requests.
    pub refused_requests: RefusedRequestLog,
    /// Logs faults of policies.
    pub policy_log: PolicyLog,
    /// The texts of pages and mails in every language.
    pub translations: Translations,
    /// The templates of the hosted pages.
    pub page_templates: PageTemplates,
    /// User administration.
    pub administration: AdminService,
    /// The profile service (`/me`).
    pub profiles: ProfileService,
    /// The readiness of this process: running or stopping.
    pub readiness: Readiness,
    /// The last audit events.
    pub recent_events: RecentAuditEvents,
    /// The counters.
    pub metrics: Metrics,
    /// The response of `/metrics`.
    pub exposition: Exposition,
    lasting: LastingState,
}

/// The state that a reload of the configuration keeps, other than the handles that services share.
#[derive(Debug, Clone)]
struct LastingState {
    mailer: Mailer,
    unsent_requests: UnsentRequests,
    refused_requests: RefusedRequestLog,
    policy_log: PolicyLog,
    spent: SpentState,
    coordination: Coordination,
    readiness: Readiness,
    recent_events: RecentAuditEvents,
    metrics: Metrics,
    exposition: Exposition,
}

/// The parts of the machine that the service uses.
#[derive(Debug, Clone)]
pub struct Machine {
    /// The source of the time.
    pub clock: Clock,
    /// The source of randomness.
    pub entropy: Entropy,
    /// The threads that hash passwords and read keys.
    pub threads: Threads,
}

/// An error while the application is built.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The system provides no randomness.
    #[error(transparent)]
    Entropy(#[from] entropy::EntropyError),
    /// Coordination with other nodes cannot be set up.
    #[error(transparent)]
    Coordination(#[from] CoordinationError),
    /// The HTTP client for providers and clients cannot be created.
    #[error("the HTTP client for providers and clients cannot be set up")]
    Fetch(#[from] fetch::Error),
    /// The key set of a client is unusable.
    #[error(transparent)]
    ClientKeys(#[from] ClientKeySetError),
    /// The clients of a reloaded configuration need other keys than those in use.
    #[error("keys.folder: the keys in use do not suffice for the clients")]
    Keys(Vec<KeyringError>),
    /// The threads for password hashing cannot be started.
    #[error("the threads for password hashing cannot be started")]
    Threads(#[source] std::io::Error),
}

impl App {
    /// Builds the application.
    ///
    /// # Errors
    /// The system provides no randomness or no threads, TLS cannot be set up, or the key set of a client is unusable.
    pub fn new(
        config: Config,
        machine: Machine,
        store: Store,
        keyring: Keyring,
        mailer: Mailer,
        page_templates: PageTemplates,
    ) -> Result<Self, Error> {
        let Machine {
            clock,
            entropy,
            threads,
        } = machine;
        let metrics = Metrics::default();
        let mut registry = metrics.registry(ProcessMetrics::started(clock.now()));
        let tokens = Tokens::new(
            config.issuer.clone(),
            config.clients.clone(),
            Rotation::new(keyring.clone(), threads),
            entropy.clone(),
            config.tokens.leeway,
            metrics.clone(),
        );
        let store = store.with_passkeys_of(config.passkeys.rp_id());
        let sealer = MasterSecretSealer {
            tokens: tokens.clone(),
            clock: clock.clone(),
        };
        let hasher = Hasher::sealing_by(&config.password, entropy.clone(), threads, sealer);
        let hasher = hasher.map_err(Error::Threads)?;
        let coordination =
            Coordination::start(&config.coordination, keyring, clock.clone(), &entropy)?;
        let limits = Limits::new(
            &config.limits,
            clock.clone(),
            &entropy,
            coordination.clone(),
        )?;
        let unsent_requests = UnsentRequests::default();
        let fetcher = outbound::fetcher(&config)?;
        let fetcher = fetcher.map(|fetcher| fetcher.counting_in(unsent_requests.clone()));
        let backchannel_logout = BackchannelLogout::new(
            tokens.clone(),
            fetcher.as_ref(),
            clock.clone(),
            entropy.clone(),
        );
        metrics::of_signet(&mut registry).register_collector(Box::new(MetricsCollector {
            clock: clock.clone(),
            hasher: hasher.clone(),
            store: store.clone(),
            mailer: mailer.clone(),
            tokens: tokens.clone(),
            backchannel_logout: backchannel_logout.clone(),
            unsent_requests: unsent_requests.clone(),
            tls: config.tls.clone(),
            coordination: coordination.clone(),
        }));
        let lasting = LastingState {
            mailer,
            unsent_requests,
            refused_requests: RefusedRequestLog::default(),
            policy_log: PolicyLog::default(),
            spent: SpentState::new(&coordination),
            coordination,
            readiness: Readiness::default(),
            recent_events: RecentAuditEvents::default(),
            metrics,
            exposition: Exposition::new(registry),
        };
        let services = Services {
            policy: PasswordPolicy::new(&config),
            config: Arc::new(config),
            clock,
            entropy,
            store,
            tokens,
            hasher,
            limits,
            mailer: lasting.mailer.clone(),
            fetcher,
            backchannel_logout,
            spent: lasting.spent.clone(),
            metrics: lasting.metrics.clone(),
        };
        Self::of_services(services, page_templates, lasting)
    }

    /// Shows these audit events to admins.
    #[must_use]
    pub fn with_recent_events(mut self, events: RecentAuditEvents) -> Self {
        self.lasting.recent_events = events.clone();
        self.recent_events = events;
        self
    }

    /// Returns the sender of emails.
    pub fn mailer(&self) -> &Mailer {
        &self.lasting.mailer
    }

    fn of_services(
        services: Services,
        page_templates: PageTemplates,
        lasting: LastingState,
    ) -> Result<Self, Error> {
        let sessions = Sessions::new(
            services.tokens.clone(),
            services.store.clone(),
            services.entropy.clone(),
            services.config.roles.clone(),
            services.proofs(),
            services.backchannel_logout.clone(),
        );
        Ok(Self(Arc::new(AppParts {
            codes: services.codes(sessions.clone()),
            refused_requests: lasting.refused_requests.clone(),
            policy_log: lasting.policy_log.clone(),
            client_authenticator: services.client_authenticator()?,
            client_credentials: services.client_credentials(),
            token_exchange: services.token_exchange(),
            single_sign_on: services.single_sign_on(),
            browser_logout: BrowserLogout {
                sessions: sessions.clone(),
                single_sign_on: services.single_sign_on(),
                backchannel_logout: services.backchannel_logout.clone(),
            },
            sessions,
            upstreams: services.upstreams(),
            passwords: services.passwords(),
            login_links: services.login_links(),
            second_factors: services.second_factors(),
            passkeys: services.passkeys(),
            sign_ups: services.sign_ups(),
            translations: Translations::built_in(),
            page_templates,
            administration: services.administration(),
            profiles: services.profiles(),
            limits: services.limits,
            backchannel_logout: services.backchannel_logout,
            readiness: lasting.readiness.clone(),
            recent_events: lasting.recent_events.clone(),
            metrics: lasting.metrics.clone(),
            exposition: lasting.exposition.clone(),
            config: services.config,
            clock: services.clock,
            entropy: services.entropy,
            store: services.store,
            tokens: services.tokens,
            hasher: services.hasher,
            lasting,
        })))
    }
}

/// The readiness of this process, which accepts requests until it is stopped.
#[derive(Debug, Clone, Default)]
pub struct Readiness {
    is_stopping: Arc<AtomicBool>,
}

impl Readiness {
    /// Marks the process as stopping.
    pub fn stop(&self) {
        self.is_stopping.store(true, Ordering::Relaxed);
    }

    /// Returns whether the process is stopping.
    pub fn is_stopping(&self) -> bool {
        self.is_stopping.load(Ordering::Relaxed)
    }
}
