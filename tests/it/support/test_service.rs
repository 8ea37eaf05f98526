//! A service in this process: the real router with a test clock.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use aws_lc_rs::digest::{SHA256, digest};
use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    http::{Request, Response},
};
use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use signet::{
    app::{App, LoadedConfig, Machine},
    blocking::Threads,
    clock::Clock,
    config::{Config, FlagSettings, HashCost, SettingSources},
    connect::Resolver,
    entropy::Entropy,
    fetch::{Fetcher, NetworkAccess},
    identity::{User, UserId},
    keyring::{self, KeyKind, Keyring},
    locale::Translations,
    mail::{MailRenderer, Mailer, Outbox},
    network::Network,
    pages,
    password::PresentedPassword,
    provider::{SpentByProvider, UpstreamParts, Upstreams},
    router,
    store::{CreateOutcome, NewUser, Store},
    telemetry::RecentAuditEvents,
};
use tower::ServiceExt;
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::layer::SubscriberExt;

use super::{ApiClient, Engine, PASSWORD, TestDatabase};

/// The issuer of the service.
pub const ISSUER: &str = "https://auth.example.com";

/// A clock that only moves when a test advances the clock.
#[derive(Clone)]
pub struct TestClock(Arc<Mutex<DateTime<Utc>>>);

impl TestClock {
    pub fn starting() -> Self {
        let start = Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).unwrap();
        Self(Arc::new(Mutex::new(start)))
    }

    pub fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }

    pub fn advance(&self, by: TimeDelta) {
        *self.0.lock().unwrap() += by;
    }

    pub fn handle(&self) -> Clock {
        let clock = self.clone();
        Clock::from_fn(move || clock.now())
    }
}

/// Deterministic entropy, with another sequence for the second service of a database.
fn seeded(is_second: bool) -> Entropy {
    let drawn = AtomicU64::new(u64::from(is_second) << 32);
    Entropy::from_fn(move |buffer| {
        for chunk in buffer.chunks_mut(SHA256.output_len()) {
            let number = drawn.fetch_add(1, Ordering::Relaxed);
            let bytes = digest(&SHA256, &number.to_le_bytes());
            chunk.copy_from_slice(&bytes.as_ref()[..chunk.len()]);
        }
        Ok(())
    })
}

/// The hash cost of this memory and this number of iterations.
pub fn hash_cost(memory_kib: u32, iterations: u32) -> HashCost {
    HashCost {
        memory_kib,
        iterations,
        parallelism: 1,
    }
}

/// The settings of a service in a database.
fn sources(database: &TestDatabase, settings: &str) -> SettingSources {
    // The issuer of the service, not that of a `[[providers]]` table.
    let ours = settings.split("[[").next().unwrap_or_default();
    let issuer = if ours.contains("issuer =") {
        String::new()
    } else {
        format!("issuer = '{ISSUER}'\n")
    };
    // Because the clock stands still, tests of other features would soon reach the limits.
    let limits = if settings.contains("limits.") {
        ""
    } else {
        "limits.enabled = false\n"
    };
    let text = format!(
        "{issuer}{limits}database.url = '{}'\nkeys.folder = '{}'\n{settings}",
        database.url,
        database.folder.path().join("keys").display()
    );
    SettingSources::new(("signet.toml", &text), [], FlagSettings::default()).unwrap()
}

fn mail_renderer(config: &Config) -> MailRenderer {
    let templates = config.mail.templates.as_deref();
    let renderer = MailRenderer::new(Translations::built_in(), templates).unwrap();
    renderer.with_service_name(config.pages.name.as_ref())
}

/// A service with its clock, outbox and database.
pub struct TestService {
    pub clock: TestClock,
    pub outbox: Outbox,
    pub app: App,
    router: Router,
    pub database: TestDatabase,
    sources: SettingSources,
}

/// A code of a login link that is not this one.
pub fn another_code(code: &str) -> String {
    let first = if code.starts_with('A') { "B" } else { "A" };
    format!("{first}{}", &code[1..])
}

impl TestService {
    /// A service on SQLite with the default settings.
    pub async fn new() -> Self {
        Self::on(Engine::Sqlite).await
    }

    /// A service on this engine with the default settings.
    pub async fn on(engine: Engine) -> Self {
        Self::configured(engine, "").await
    }

    /// A service on SQLite with further settings.
    pub async fn with(settings: &str) -> Self {
        Self::configured(Engine::Sqlite, settings).await
    }

    /// A service on this engine with further settings.
    pub async fn configured(engine: Engine, settings: &str) -> Self {
        let database = TestDatabase::on(engine).await;
        Self::in_database(database, settings, None).await
    }

    /// A service in an existing database, with further settings and an optional hash cost.
    pub async fn in_database(
        database: TestDatabase,
        settings: &str,
        cost: Option<HashCost>,
    ) -> Self {
        let clock = TestClock::starting();
        let keys = database.folder.path().join("keys");
        let sources = sources(&database, settings);
        let mut config = Config::load(sources.clone()).unwrap_or_else(|faults| panic!("{faults}"));
        // Tests check that a hash is computed, not its cost.
        config.password.cost = cost.unwrap_or(hash_cost(8, 1));

        let entropy = seeded(!keyring::is_empty(&keys));
        if keyring::is_empty(&keys) {
            let algorithms = &config.keys.algorithms;
            keyring::generate(&keys, algorithms, &entropy, clock.now()).unwrap();
        }
        let leeway = config.tokens.leeway;
        let (keyring, _) =
            Keyring::load(&config.keys, &config.issuer, leeway, clock.now()).unwrap();
        let store = Store::new(&config.database).unwrap();
        store.create_file().unwrap();
        store.migrate().await.unwrap();
        let outbox = Outbox::default();
        let mailer = Mailer::outbox(mail_renderer(&config), outbox.clone());
        let pages = pages::read_templates(&config).unwrap();
        let app = App::new(
            config,
            Machine {
                clock: clock.handle(),
                entropy,
                threads: Threads::Separate,
            },
            store,
            keyring,
            mailer,
            pages,
        )
        .unwrap();
        Self {
            clock,
            outbox,
            router: router::router(app.clone()),
            app,
            database,
            sources,
        }
    }

    /// Reloads the configuration with other settings, as the service does at SIGHUP. Returns the settings that need a
    /// restart, or the faults.
    pub fn reload(&mut self, settings: &str) -> Result<Vec<String>, String> {
        let read = sources(&self.database, settings);
        let reloaded = self.app.config.reload(&self.sources, read);
        let reloaded = reloaded.map_err(|faults| faults.to_string())?;
        let mails = mail_renderer(&reloaded.config);
        let page_templates = pages::read_templates(&reloaded.config).unwrap();
        let loaded = LoadedConfig::new(reloaded.config, mails, page_templates).unwrap();
        self.app = self
            .app
            .reload(loaded)
            .map_err(|error| format!("{error:?}"))?;
        self.router = router::router(self.app.clone());
        self.sources = reloaded.sources;
        Ok(reloaded.need_restart)
    }

    /// A second node with the same database and key folder, and its own clock.
    pub async fn second_node(&self, settings: &str) -> Self {
        let node = Self::in_database(self.database.share(), settings, None).await;
        node.clock.advance(self.clock.now() - node.clock.now());
        node
    }

    /// Writes a key and a secret that are active from this time, and reloads the folder.
    pub async fn rotate(&self, signs_from: DateTime<Utc>) {
        let kinds = self.app.config.keys.algorithms.iter();
        let kinds: Vec<_> = kinds.map(|it| KeyKind::Key(*it)).collect();
        let kinds = [&kinds[..], &[KeyKind::Secret]].concat();
        let folder = &self.app.config.keys.folder;
        keyring::write_successors(folder, &kinds, signs_from, &Entropy::system()).unwrap();
        self.reread_keys().await;
    }

    /// Reloads the key folder, as the service does periodically.
    pub async fn reread_keys(&self) {
        let rotation = self.app.tokens.rotation();
        rotation.read(self.clock.now()).await;
    }

    /// A client without a session.
    pub fn anon(&self) -> ApiClient<'_> {
        ApiClient::new(self)
    }

    /// A client whose user has just signed up.
    pub async fn signed_up(&self, email: &str) -> ApiClient<'_> {
        let mut client = self.anon();
        let confirmed = client.sign_up(email, PASSWORD).await;
        confirmed.assert_status(201);
        client.keep(&confirmed);
        client
    }

    /// A client of a service with several, whose user has just signed up there.
    pub async fn signed_up_at(&self, client_id: &str, email: &str) -> ApiClient<'_> {
        let mut client = self.anon();
        let request = serde_json::json!({"email": email, "client_id": client_id});
        let confirmed = client.sign_up_by(request, email, PASSWORD).await;
        client.keep(confirmed.assert_status(201));
        client
    }

    /// A client whose user was created by an operator with an unverified email.
    pub async fn unverified_user(&self, email: &str) -> ApiClient<'_> {
        let (app, now) = (&self.app, self.clock.now());
        let id = UserId::new(now, &app.entropy).unwrap();
        let user = User::new(id, email.parse().unwrap(), None, now, &app.entropy).unwrap();
        let user = User {
            email_verified: None,
            ..user
        };
        let password = PresentedPassword::parse(PASSWORD).unwrap();
        let phc = app
            .hasher
            .reserve(Network::UNKNOWN)
            .unwrap()
            .hash(password)
            .await
            .unwrap();
        let new = NewUser::with_password(user, phc, now, &app.entropy).unwrap();
        assert_eq!(
            app.store.create_user(&new).await.unwrap(),
            CreateOutcome::Created
        );
        self.anon().logged_in(email).await
    }

    /// Shows the last audit events of this test to admins, until the guard is dropped.
    pub fn keep_events(&mut self, capacity: usize) -> DefaultGuard {
        let events = RecentAuditEvents::new(capacity);
        let layer = events.layer(self.clock.handle());
        self.app = self.app.clone().with_recent_events(events);
        self.router = router::router(self.app.clone());
        tracing::subscriber::set_default(tracing_subscriber::registry().with(layer))
    }

    /// Disables mail.
    pub fn disable_mail(&mut self) {
        let none = Mailer::none();
        self.app.profiles.mailer = none.clone();
        self.app.sign_ups.mailer = none.clone();
        self.app.login_links.mailer = none;
        self.router = router::router(self.app.clone());
    }

    /// Sets the resolver for the names of providers.
    pub fn set_resolver(&mut self, resolver: Resolver) {
        let app = &self.app;
        let timeout = Duration::from_secs(5);
        let fetcher = Fetcher::new(NetworkAccess::Loopback, timeout, resolver).unwrap();
        let parts = UpstreamParts {
            tokens: app.tokens.clone(),
            store: app.store.clone(),
            entropy: app.entropy.clone(),
            mailer: app.profiles.mailer.clone(),
            limits: app.limits.clone(),
            clock: app.clock.clone(),
            fetcher: Some(fetcher),
            link_lifetime: app.config.tokens.sign_up_lifetime,
            spent: SpentByProvider::default(),
        };
        let upstreams = Upstreams::new(&app.config.providers, parts);
        self.app.upstreams = upstreams;
        self.router = router::router(self.app.clone());
    }

    /// The token in the last mail to this email.
    pub fn mailed_token(&self, email: &str) -> Option<String> {
        let outbox = self.outbox.lock().unwrap();
        let message = outbox
            .iter()
            .rev()
            .find(|message| message.to.as_str() == email)?;
        let (_, token) = message.text.split_once("#token=")?;
        Some(token.split(['&', '\n', '\r']).next().unwrap().to_owned())
    }

    /// The code beside the link in the last mail to this email.
    pub fn mailed_code(&self, email: &str) -> Option<String> {
        let outbox = self.outbox.lock().unwrap();
        let mut to = outbox.iter().rev().filter(|it| it.to.as_str() == email);
        let (_, code) = to.next()?.text.split_once("requested this email: ")?;
        Some(code.lines().next().unwrap().to_owned())
    }

    /// Sends a request through the router with this peer address.
    pub async fn send(&self, mut request: Request<Body>, peer: SocketAddr) -> Response<Body> {
        request.extensions_mut().insert(ConnectInfo(peer));
        self.router.clone().oneshot(request).await.unwrap()
    }
}
