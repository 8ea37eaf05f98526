//! A whole service in this process: the real router, with a clock that tests move.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
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
    app::App,
    clock::Clock,
    config::{Config, FlagSettings, HashCost, SettingSources},
    connect::Resolver,
    entropy::Entropy,
    fetch::NetworkAccess,
    identity::{User, UserId},
    keyring::{self, KeyKind, Keyring},
    locale::Translations,
    mail::{MailRenderer, Mailer, Outbox},
    network::Network,
    pages,
    password::PresentedPassword,
    provider::{UpstreamParts, Upstreams},
    router,
    store::{CreateOutcome, NewUser, Store},
};
use tower::ServiceExt;

use super::{Actor, Engine, PASSWORD, TestDatabase};

/// Where the house says it is.
pub const ISSUER: &str = "https://auth.example.com";

/// A clock that stands still until it is moved.
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

/// The same in every run; another in the second house of a database.
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

/// What so much memory, gone over so often, costs.
pub fn costing(memory_kib: u32, iterations: u32) -> HashCost {
    HashCost {
        memory_kib,
        iterations,
        parallelism: 1,
    }
}

/// A service, its database and everything around it.
pub struct House {
    pub clock: TestClock,
    pub outbox: Outbox,
    pub app: App,
    router: Router,
    pub database: TestDatabase,
}

impl House {
    /// On SQLite, configured as by default.
    pub async fn new() -> Self {
        Self::on(Engine::Sqlite).await.unwrap()
    }

    /// On that engine, if this machine has it.
    pub async fn on(engine: Engine) -> Option<Self> {
        Self::configured(engine, "").await
    }

    /// On SQLite, with further settings.
    pub async fn with(settings: &str) -> Self {
        Self::configured(Engine::Sqlite, settings).await.unwrap()
    }

    /// On that engine, with further settings.
    pub async fn configured(engine: Engine, settings: &str) -> Option<Self> {
        let database = TestDatabase::on(engine).await?;
        Some(Self::in_database(database, settings, None).await)
    }

    /// In that database, with further settings, hashing at that cost.
    pub async fn in_database(
        database: TestDatabase,
        settings: &str,
        cost: Option<HashCost>,
    ) -> Self {
        let clock = TestClock::starting();
        let keys = database.folder.path().join("keys");
        // Ours, not one of `[[providers]]`.
        let ours = settings.split("[[").next().unwrap_or_default();
        let issuer = if ours.contains("issuer =") {
            String::new()
        } else {
            format!("issuer = '{ISSUER}'\n")
        };
        // The clock stands still: what is no test of limits would soon run into them.
        let limits = if settings.contains("limits.") {
            ""
        } else {
            "limits.enabled = false\n"
        };
        let text = format!(
            "{issuer}{limits}database.url = '{}'\nkeys.folder = '{}'\n{settings}",
            database.url,
            keys.display()
        );
        let sources =
            SettingSources::new(("signet.toml", &text), [], FlagSettings::default()).unwrap();
        let mut config = Config::load(sources).unwrap_or_else(|faults| panic!("{faults}"));
        // What is tested is that a hash is computed, not how long it takes.
        config.password.cost = cost.unwrap_or(costing(8, 1));

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
        let templates = config.mail.templates.as_deref();
        let writer = MailRenderer::new(Translations::built_in(), templates).unwrap();
        let mailer = Mailer::outbox(writer, outbox.clone());
        let pages = pages::read_templates(&config).unwrap();
        let app = App::new(
            config,
            clock.handle(),
            entropy,
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
        }
    }

    /// A second node: it shares the database and the folder of keys, and has a clock of its own.
    pub async fn second_node(&self, settings: &str) -> Self {
        let node = Self::in_database(self.database.share(), settings, None).await;
        node.clock.advance(self.clock.now() - node.clock.now());
        node
    }

    /// Writes a key and a secret that sign from then on, and reads the folder again.
    pub async fn rotate(&self, signs_from: DateTime<Utc>) {
        let kinds = self.app.config.keys.algorithms.iter();
        let kinds: Vec<_> = kinds.map(|it| KeyKind::Key(*it)).collect();
        let kinds = [&kinds[..], &[KeyKind::Secret]].concat();
        let folder = &self.app.config.keys.folder;
        keyring::write_successors(folder, &kinds, signs_from, &Entropy::system()).unwrap();
        self.reread_keys().await;
    }

    /// Reads the folder of keys again, as the service does from time to time.
    pub async fn reread_keys(&self) {
        let rotation = self.app.tokens.rotation();
        rotation.read(self.clock.now()).await;
    }

    /// Somebody without a session, from an address of their own.
    pub fn anon(&self) -> Actor<'_> {
        Actor::new(self)
    }

    /// Somebody who has just signed up.
    pub async fn signed_up(&self, email: &str) -> Actor<'_> {
        let mut actor = self.anon();
        let confirmed = actor.sign_up(email, PASSWORD).await;
        confirmed.assert_status(201);
        actor.keep(&confirmed);
        actor
    }

    /// Somebody whom an operator has made, without a word on whether they read that mailbox.
    pub async fn unproven(&self, email: &str) -> Actor<'_> {
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

    /// From now on there is no way to send mail.
    pub fn without_mail(&mut self) {
        let none = Mailer::none();
        self.app.profiles.mailer = none.clone();
        self.app.sign_ups.mailer = none.clone();
        self.app.login_links.mailer = none;
        self.router = router::router(self.app.clone());
    }

    /// From now on the names of providers are looked up there.
    pub fn resolving_by(&mut self, resolver: Resolver) {
        let app = &self.app;
        let parts = UpstreamParts {
            tokens: app.tokens.clone(),
            store: app.store.clone(),
            entropy: app.entropy.clone(),
            mailer: app.profiles.mailer.clone(),
            limits: app.limits.clone(),
            clock: app.clock.clone(),
            reach: NetworkAccess::Loopback,
            resolver,
            link_lifetime: app.config.tokens.sign_up_lifetime,
        };
        let upstreams = Upstreams::new(&app.config.providers, parts).unwrap();
        self.app.upstreams = upstreams;
        self.router = router::router(self.app.clone());
    }

    /// The token in the last mail to that address.
    pub fn mailed_token(&self, email: &str) -> Option<String> {
        let outbox = self.outbox.lock().unwrap();
        let message = outbox
            .iter()
            .rev()
            .find(|message| message.to.as_str() == email)?;
        let (_, token) = message.text.split_once("#token=")?;
        Some(token.split_whitespace().next().unwrap().to_owned())
    }

    /// Sends a request through the router, as if from that peer.
    pub async fn send(&self, mut request: Request<Body>, peer: SocketAddr) -> Response<Body> {
        request.extensions_mut().insert(ConnectInfo(peer));
        self.router.clone().oneshot(request).await.unwrap()
    }
}
