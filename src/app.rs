//! The app: every handle, built from a configuration. A plain struct, no HTTP.

mod metrics_collector;

use std::{
    ops::{Deref, DerefMut},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use self::metrics_collector::MetricsCollector;
use crate::{
    admin::AdminService,
    clock::Clock,
    config::Config,
    connect::Resolver,
    entropy::{self, Entropy},
    fetch::{self, NetworkAccess},
    keyring::Keyring,
    limits::Limits,
    locale::Translations,
    mail::Mailer,
    metrics::{self, Exposition, Metrics, ProcessMetrics},
    oauth::Codes,
    password::{Hasher, PasswordPolicy},
    profile::{LoginMethods, ProfileService},
    provider::{LoginLinkProvider, PasswordProvider, SignUpProvider, UpstreamParts, Upstreams},
    session::Sessions,
    store::Store,
    token::Tokens,
};

/// Every handle of the service, behind a single one: it is cloned several times for each request.
#[derive(Debug, Clone)]
pub struct App(Arc<AppParts>);

impl Deref for App {
    type Target = AppParts;

    fn deref(&self) -> &AppParts {
        &self.0
    }
}

/// One that changes a part changes it for itself alone.
impl DerefMut for App {
    fn deref_mut(&mut self) -> &mut AppParts {
        Arc::make_mut(&mut self.0)
    }
}

/// Every handle of the service.
#[derive(Debug, Clone)]
pub struct AppParts {
    /// What this process was told.
    pub config: Arc<Config>,
    /// The time.
    pub clock: Clock,
    /// Randomness.
    pub entropy: Entropy,
    /// The users.
    pub store: Store,
    /// The tokens and their keys.
    pub tokens: Tokens,
    /// The pool that hashes passwords.
    pub hasher: Hasher,
    /// How often things may be tried.
    pub limits: Limits,
    /// Logins, refreshes, ends.
    pub sessions: Sessions,
    /// Login by password.
    pub passwords: PasswordProvider,
    /// Sign-up by mail.
    pub sign_ups: SignUpProvider,
    /// Login by a mailed link.
    pub login_links: LoginLinkProvider,
    /// Logins by other people's providers.
    pub upstreams: Upstreams,
    /// What is handed out at the front door.
    pub codes: Codes,
    /// What people are told, in every language.
    pub translations: Translations,
    /// Other people's records.
    pub administration: AdminService,
    /// People's own records.
    pub profiles: ProfileService,
    /// Whether this process wants more requests.
    pub readiness: Readiness,
    /// What is counted as it happens.
    pub metrics: Metrics,
    /// What an operator can see of all this.
    pub exposition: Exposition,
}

/// Why the parts do not make an app.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No randomness.
    #[error(transparent)]
    Entropy(#[from] entropy::EntropyError),
    /// Nothing to ask providers with.
    #[error("the HTTP client for providers cannot be set up")]
    Fetch(#[from] fetch::Error),
    /// No threads to hash passwords on.
    #[error("the threads for password hashing cannot be started")]
    Threads(#[source] std::io::Error),
}

impl App {
    /// Puts the parts together.
    ///
    /// # Errors
    /// No randomness; no threads to hash on; no certificates to know providers by, where there are any.
    pub fn new(
        config: Config,
        clock: Clock,
        entropy: Entropy,
        store: Store,
        keyring: Keyring,
        mailer: Mailer,
    ) -> Result<Self, Error> {
        let metrics = Metrics::default();
        let mut registry = metrics.registry(ProcessMetrics::started(clock.now()));
        let tokens = Tokens::new(
            config.issuer.clone(),
            config.clients.clone(),
            keyring,
            entropy.clone(),
            config.tokens.leeway,
            metrics.clone(),
        );
        let hasher = Hasher::new(&config.password, entropy.clone()).map_err(Error::Threads)?;
        let policy = PasswordPolicy::new(&config);
        let sessions = Sessions::new(tokens.clone(), store.clone(), entropy.clone());
        let providers = config.providers.clone();
        let limits = Limits::new(&config.limits, clock.clone(), &entropy)?;
        let upstreams = Upstreams::new(
            &providers,
            UpstreamParts {
                tokens: tokens.clone(),
                store: store.clone(),
                entropy: entropy.clone(),
                mailer: mailer.clone(),
                limits: limits.clone(),
                clock: clock.clone(),
                reach: if config.is_loopback() {
                    NetworkAccess::Loopback
                } else {
                    NetworkAccess::Public
                },
                resolver: Resolver::system(),
                link_lifetime: config.tokens.sign_up_lifetime,
            },
        )?;
        metrics::of_signet(&mut registry).register_collector(Box::new(MetricsCollector {
            clock: clock.clone(),
            hasher: hasher.clone(),
            store: store.clone(),
            mailer: mailer.clone(),
            tokens: tokens.clone(),
        }));
        Ok(Self(Arc::new(AppParts {
            codes: Codes::new(tokens.clone(), sessions.clone(), store.clone()),
            sessions,
            upstreams,
            passwords: PasswordProvider {
                store: store.clone(),
                hasher: hasher.clone(),
                limits: limits.clone(),
            },
            login_links: LoginLinkProvider {
                store: store.clone(),
                tokens: tokens.clone(),
                mailer: mailer.clone(),
                entropy: entropy.clone(),
            },
            sign_ups: SignUpProvider {
                store: store.clone(),
                hasher: hasher.clone(),
                limits: limits.clone(),
                policy: policy.clone(),
                tokens: tokens.clone(),
                mailer: mailer.clone(),
                entropy: entropy.clone(),
                lifetime: config.tokens.sign_up_lifetime,
            },
            translations: Translations::built_in(),
            administration: AdminService {
                store: store.clone(),
                hasher: hasher.clone(),
                limits: limits.clone(),
                policy: policy.clone(),
                entropy: entropy.clone(),
                recent: config.tokens.recent_login,
            },
            profiles: ProfileService {
                limits: limits.clone(),
                store: store.clone(),
                hasher: hasher.clone(),
                policy,
                ways_in: LoginMethods::by(move |provider| {
                    let configured = providers.of_account(provider);
                    configured.map(|it| it.name.clone())
                }),
                entropy: entropy.clone(),
                recent: config.tokens.recent_login,
                tokens: tokens.clone(),
                mailer,
            },
            limits,
            readiness: Readiness::default(),
            metrics,
            exposition: Exposition::new(registry),
            config: Arc::new(config),
            clock,
            entropy,
            store,
            tokens,
            hasher,
        })))
    }
}

/// Whether this process wants more requests: until it is told to stop.
#[derive(Debug, Clone, Default)]
pub struct Readiness {
    is_stopping: Arc<AtomicBool>,
}

impl Readiness {
    /// No more requests, please.
    pub fn stop(&self) {
        self.is_stopping.store(true, Ordering::Relaxed);
    }

    /// Whether it has been told to stop.
    pub fn is_stopping(&self) -> bool {
        self.is_stopping.load(Ordering::Relaxed)
    }
}
