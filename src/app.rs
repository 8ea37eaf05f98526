//! The app: every handle, built from a configuration. A plain struct, no HTTP.

mod readings;

use std::{
    ops::{Deref, DerefMut},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use self::readings::Readings;
use crate::{
    admin::Administration,
    clock::Clock,
    config::Config,
    connect::Resolver,
    entropy::{self, Entropy},
    fetch::{self, Reach},
    keyring::Keyring,
    limits::Limits,
    locale::Voices,
    mail::Mailer,
    metrics::{self, Exposition, Metrics, Process},
    oauth::Codes,
    password::{Hasher, Policy},
    provider::{LoginLinkProvider, PasswordProvider, SignUpProvider, UpstreamParts, Upstreams},
    record::{Records, WaysIn},
    session::Sessions,
    store::Store,
    token::Tokens,
};

/// Every handle of the service, behind a single one: it is cloned several times for each request.
#[derive(Debug, Clone)]
pub struct App(Arc<Parts>);

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// One that changes a part changes it for itself alone.
impl DerefMut for App {
    fn deref_mut(&mut self) -> &mut Parts {
        Arc::make_mut(&mut self.0)
    }
}

/// Every handle of the service.
#[derive(Debug, Clone)]
pub struct Parts {
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
    pub voices: Voices,
    /// Other people's records.
    pub administration: Administration,
    /// People's own records.
    pub records: Records,
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
    Entropy(#[from] entropy::Unavailable),
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
        let mut registry = metrics.registry(Process::started(clock.now()));
        let tokens = Tokens::new(
            config.issuer.clone(),
            config.clients.clone(),
            keyring,
            entropy.clone(),
            config.tokens.leeway,
            metrics.clone(),
        );
        let hasher = Hasher::new(&config.password, entropy.clone()).map_err(Error::Threads)?;
        let policy = Policy::new(&config);
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
                    Reach::Loopback
                } else {
                    Reach::Public
                },
                resolver: Resolver::system(),
                link_lifetime: config.tokens.sign_up_lifetime,
            },
        )?;
        metrics::of_signet(&mut registry).register_collector(Box::new(Readings {
            clock: clock.clone(),
            hasher: hasher.clone(),
            store: store.clone(),
            mailer: mailer.clone(),
            tokens: tokens.clone(),
        }));
        Ok(Self(Arc::new(Parts {
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
            voices: Voices::built_in(),
            administration: Administration {
                store: store.clone(),
                hasher: hasher.clone(),
                limits: limits.clone(),
                policy: policy.clone(),
                entropy: entropy.clone(),
                recent: config.tokens.recent_login,
            },
            records: Records {
                limits: limits.clone(),
                store: store.clone(),
                hasher: hasher.clone(),
                policy,
                ways_in: WaysIn::by(move |provider| {
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
