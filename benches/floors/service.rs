//! A complete service in this process, with one user who is logged in.

use std::{net::SocketAddr, path::PathBuf, process::Command};

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    http::{HeaderMap, Request, StatusCode},
};
use serde_json::{Value, json};
use signet::{
    app::{App, Machine},
    blocking::Threads,
    clock::Clock,
    config::{Config, FlagSettings, SettingSources},
    entropy::Entropy,
    identity::{EmailAddress, User, UserId},
    keyring::{self, Keyring},
    mail::Mailer,
    network::Network,
    pages,
    password::PresentedPassword,
    router,
    store::{NewUser, Store},
};
use tempfile::TempDir;
use tower::ServiceExt;

use crate::{databases::Engine, load::BenchRequest};

const ISSUER: &str = "http://127.0.0.1:8080";
pub const EMAIL: &str = "ada@example.com";
const PASSWORD: &str = "correct horse battery staple";

/// A policy for the tokens of the only client.
const POLICY: &str = "[policies.any]\nclients = ['default']\n";

/// A service on a database engine, with the session of the user Ada.
pub struct TestService<'a> {
    pub engine: &'a Engine,
    pub app: App,
    pub router: Router,
    pub url: String,
    pub ada: UserId,
    pub access_token: String,
    pub refresh_token: String,
    keys: PathBuf,
    folder: TempDir,
}

impl<'a> TestService<'a> {
    /// Starts the service on this engine.
    pub async fn on(engine: &'a Engine) -> Self {
        Self::with_clients(engine, POLICY).await
    }

    /// Starts the service on this engine, with these `[[clients]]` tables.
    pub async fn with_clients(engine: &'a Engine, clients: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = engine.fresh_url(folder.path()).await;
        let keys = folder.path().join("keys");
        let text = format!(
            "issuer = '{ISSUER}'\ndatabase.url = '{url}'\nkeys.folder = '{}'\n\
             limits.enabled = false\n{clients}",
            keys.display()
        );
        // The program reads this file.
        std::fs::write(folder.path().join("signet.toml"), clients).unwrap();
        let sources = SettingSources::new(("bench", &text), [], FlagSettings::default()).unwrap();
        let config = Config::load(sources).unwrap();
        let (clock, entropy) = (Clock::system(), Entropy::system());
        keyring::generate(&keys, &config.keys.algorithms, &entropy, clock.now()).unwrap();
        let leeway = config.tokens.leeway;
        let (keyring, _) =
            Keyring::load(&config.keys, &config.issuer, leeway, clock.now()).unwrap();
        let store = Store::new(&config.database).unwrap();
        store.create_file().unwrap();
        store.migrate().await.unwrap();
        let pages = pages::read_templates(&config).unwrap();
        let app = App::new(
            config,
            Machine {
                clock,
                entropy,
                threads: Threads::Separate,
            },
            store,
            keyring,
            Mailer::none(),
            pages,
        )
        .unwrap();
        let ada = create_user(&app).await;

        let mut service = Self {
            engine,
            router: router::router(app.clone()),
            app,
            url,
            ada,
            access_token: String::new(),
            refresh_token: String::new(),
            keys,
            folder,
        };
        let session: Value = serde_json::from_slice(&service.send(&Self::login()).await).unwrap();
        let token = |name: &str| session.get(name).unwrap().as_str().unwrap().to_owned();
        service.access_token = token("access_token");
        service.refresh_token = token("refresh_token");
        service
    }

    /// Returns Ada's login request.
    pub fn login() -> BenchRequest {
        BenchRequest::post("/login", &json!({"email": EMAIL, "password": PASSWORD}))
    }

    /// Returns Ada's refresh request.
    pub fn refresh(&self) -> BenchRequest {
        BenchRequest::post("/refresh", &json!({"refresh_token": self.refresh_token}))
    }

    /// Returns a request for the key set.
    pub fn key_set() -> BenchRequest {
        BenchRequest::get("/.well-known/jwks.json")
    }

    /// Returns a request for the claims of Ada's session.
    pub fn session(&self) -> BenchRequest {
        BenchRequest::get("/session").with_token(&self.access_token)
    }

    /// Returns the question of a proxy about a request with Ada's token.
    pub fn forward_auth(&self) -> BenchRequest {
        BenchRequest::get("/forward-auth/any").with_token(&self.access_token)
    }

    /// Sends a request through the router and returns the body of the response.
    pub async fn send(&self, request: &BenchRequest) -> Bytes {
        self.answer(request).await.1
    }

    /// Sends a request through the router and returns the headers and the body of the response.
    pub async fn answer(&self, bench: &BenchRequest) -> (HeaderMap, Bytes) {
        let request = Request::builder().method(bench.method).uri(&bench.path);
        let mut request = request.header("content-type", bench.content_type);
        if let Some((name, value)) = &bench.credentials {
            request = request.header(*name, value);
        }
        let request = request.body(Body::from(bench.body.clone())).unwrap();
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let status = answer.status();
        assert!(
            status.is_success() || status == StatusCode::SEE_OTHER,
            "{status}"
        );
        let (head, body) = answer.into_parts();
        (head.headers, to_bytes(body, usize::MAX).await.unwrap())
    }

    /// Returns the command that starts the program with the same database and keys.
    pub fn program(&self, address: SocketAddr, filter: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_signet"));
        command
            .current_dir(self.folder.path())
            .args(["--issuer", ISSUER, "--listen", &address.to_string()])
            .args(["--set", &format!("database.url={}", self.url)])
            .args(["--set", &format!("keys.folder={}", self.keys.display())])
            .args(["--set", &format!("log.filter={filter}")])
            .args(["--set", "password.workers=1"])
            .args(["--set", "limits.enabled=false"]);
        command
    }
}

async fn create_user(app: &App) -> UserId {
    let now = app.clock.now();
    let id = UserId::new(now, &app.entropy).unwrap();
    let email = EmailAddress::parse(EMAIL).unwrap();
    let ada = User::new(id, email, None, now, &app.entropy).unwrap();
    let password = PresentedPassword::parse(PASSWORD).unwrap();
    let verifier = app
        .hasher
        .reserve(Network::UNKNOWN)
        .unwrap()
        .hash(password)
        .await
        .unwrap();
    let new = NewUser::with_password(ada, verifier, now, &app.entropy).unwrap();
    app.store.create_user(&new).await.unwrap();
    id
}
