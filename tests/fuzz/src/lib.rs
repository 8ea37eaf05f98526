//! The common part of the fuzz targets: a complete service in this process, with a fixed clock.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, OnceLock},
};

use axum::{
    Router,
    body::{self, Body},
    extract::ConnectInfo,
    http::{HeaderMap, Request},
};
use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use serde_json::{Value, json};
use signet::{
    app::{App, Machine},
    blocking::Threads,
    client::Algorithm,
    clock::Clock,
    config::{Config, FlagSettings, HashCost, SettingSources},
    entropy::Entropy,
    keyring::{self, Keyring},
    locale::Translations,
    mail::{MailRenderer, Mailer, Outbox},
    pages, router,
    store::Store,
};
use tempfile::TempDir;
use tokio::runtime::{self, Runtime};
use tower::ServiceExt;

/// The issuer of the service.
pub const ISSUER: &str = "https://auth.example.com";

/// The origin of the client with cookies.
pub const APP: &str = "https://app.example.com";

/// The base URL of a provider, which receives no request before a user returns with a code.
pub const PROVIDER_URL: &str = "https://github.invalid";

/// The registered redirect URIs.
pub const REDIRECT_URIS: [&str; 3] = [
    "https://app.example.com/cb?x=1",
    "http://127.0.0.1/cb",
    "com.example.app:/cb",
];

/// A secret password, so no input can log in and change the data that it protects.
const PASSWORD: &str = "bTtRnV9mJ4cXq7Zk2LwP";

/// The fixed present time.
pub fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).unwrap()
}

/// A response.
pub struct TestResponse {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
}

/// A service with two clients, one of which uses cookies, and a session of the same user with each.
pub struct Service {
    pub app: App,
    router: Router,
    outbox: Outbox,
    runtime: Runtime,
    /// The tokens of the session. Its login is not recent, so sensitive actions are refused.
    pub bearer: [String; 2],
    pub cookies: [String; 2],
    /// The state of a pending login, and the cookie that the state is bound to.
    pub state: String,
    pub login_cookie: String,
    _folder: TempDir,
}

impl Service {
    /// Returns the only service of this process, for one input at a time.
    pub fn get() -> MutexGuard<'static, Self> {
        static SERVICE: OnceLock<Mutex<Service>> = OnceLock::new();
        let service = SERVICE.get_or_init(|| Mutex::new(Self::new()));
        let service = service.lock().unwrap();
        service.outbox.lock().unwrap().clear();
        service
    }

    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let keys = keys(folder.path());
        let text = format!(
            "issuer = '{ISSUER}'
             database.url = 'sqlite://{}'
             keys.folder = '{}'
             [[clients]]
             client_id = 'web'
             audience = 'https://api.example.com'
             scopes = 'read write'
             redirect_uris = [{}]
             [[clients]]
             client_id = 'page'
             audience = 'https://api.example.com'
             transport = 'cookie'
             origins = ['{APP}']
             redirect_uris = ['{APP}/welcome']
             algorithm = 'EdDSA'
             [[providers]]
             id = 'octo'
             kind = 'github'
             base_url = '{PROVIDER_URL}'
             client_id = 'signet'
             client_secret = 'secret'",
            folder.path().join("signet.db").display(),
            keys.display(),
            REDIRECT_URIS.map(|uri| format!("'{uri}'")).join(",")
        );
        let sources =
            SettingSources::new(("signet.toml", &text), [], FlagSettings::default()).unwrap();
        let mut config = Config::load(sources).unwrap();
        config.password.cost = HashCost {
            memory_kib: 8,
            iterations: 1,
            parallelism: 1,
        };
        let keys = &config.keys;
        let keyring = Keyring::load(keys, &config.issuer, config.tokens.leeway, now());
        let (keyring, _) = keyring.unwrap();
        let runtime = runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.unwrap();
        let entered = runtime.enter();
        let store = Store::new(&config.database).unwrap();
        store.create_file().unwrap();
        drop(entered);
        runtime.block_on(store.migrate()).unwrap();
        let outbox = Outbox::default();
        let build = |clock| {
            let (config, keyring, store) = (config.clone(), keyring.clone(), store.clone());
            let writer = MailRenderer::built_in(Translations::built_in());
            let mailer = Mailer::outbox(writer, outbox.clone());
            let pages = pages::read_templates(&config).unwrap();
            App::new(
                config,
            Machine {
                clock,
                entropy: Entropy::system(),
                threads: Threads::Separate,
            },
                store,
                keyring,
                mailer,
                pages,
            )
            .unwrap()
        };

        // The login took place some time ago.
        let earlier = Clock::from_fn(|| now() - TimeDelta::minutes(11));
        let app = build(Clock::from_fn(now));
        let mut service = Self {
            router: router::router(build(earlier)),
            outbox: outbox.clone(),
            runtime,
            bearer: Default::default(),
            cookies: Default::default(),
            state: String::new(),
            login_cookie: String::new(),
            app,
            _folder: folder,
        };
        service.create_sessions();
        service.router = router::router(service.app.clone());
        let refresh = json!({"refresh_token": service.bearer[1]});
        let answer = service.post("/refresh", &refresh);
        service.bearer = tokens(&answer);
        let cookie = format!("__Host-signet-refresh={}", service.cookies[1]);
        let headers = [("cookie", cookie.as_bytes()), ("origin", APP.as_bytes())];
        let answer = service.send("GET", "/me", &headers, b"");
        service.cookies = set_cookies(&answer);
        service.start_provider_login();
        service
    }

    /// Signs a user up at one client and logs the user in at the other.
    fn create_sessions(&mut self) {
        let email = "ada@example.com";
        let answer = self.post("/signup", &json!({"email": email, "client_id": "web"}));
        assert_eq!(answer.status, 202, "{}", answer.body);
        let mail = self.outbox.lock().unwrap().remove(0).text;
        let (_, token) = mail.split_once("#token=").unwrap();
        let is_end = |c: char| c == '&' || c.is_whitespace();
        let token = token.split(is_end).next().unwrap();
        let answer = self.post(
            "/signup/confirm",
            &json!({"token": token, "password": PASSWORD}),
        );
        self.bearer = tokens(&answer);
        let create_sessions = json!({"email": email, "password": PASSWORD, "client_id": "page"});
        self.cookies = set_cookies(&self.post("/login", &create_sessions));
    }

    /// Starts a login by the provider.
    fn start_provider_login(&mut self) {
        let path = "/login/octo?client_id=page&state=s";
        // From elsewhere, a page would ask the user to confirm the login.
        let headers = [("sec-fetch-site", &b"none"[..])];
        let answer = self.send("GET", path, &headers, b"");
        let (_, state) = answer.location().split_once("&state=").expect("a state");
        self.state = state.split('&').next().unwrap_or_default().to_owned();
        let cookie = answer.headers["set-cookie"].to_str().unwrap();
        self.login_cookie = cookie.split(';').next().unwrap_or_default().to_owned();
    }

    fn post(&self, path: &str, body: &Value) -> TestResponse {
        let headers = [
            ("content-type", &b"application/json"[..]),
            ("origin", APP.as_bytes()),
        ];
        let mut body = body.clone();
        if path == "/refresh" {
            body["client_id"] = json!("web");
        }
        self.send("POST", path, &headers, body.to_string().as_bytes())
    }

    /// Sends a request. Input that makes no valid request gets a response of status 0.
    pub fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &[u8])],
        body: &[u8],
    ) -> TestResponse {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let Ok(mut request) = request.body(Body::from(body.to_vec())) else {
            return TestResponse {
                status: 0,
                headers: HeaderMap::new(),
                body: Value::Null,
            };
        };
        let peer: SocketAddr = "192.0.2.1:50000".parse().unwrap();
        request.extensions_mut().insert(ConnectInfo(peer));
        let answer = self.runtime.block_on(async {
            let response = self.router.clone().oneshot(request).await.unwrap();
            let (parts, body) = response.into_parts();
            let body = body::to_bytes(body, usize::MAX).await.unwrap();
            TestResponse {
                status: parts.status.as_u16(),
                headers: parts.headers,
                body: serde_json::from_slice(&body).unwrap_or_default(),
            }
        });
        answer.assert_invariants();
        answer
    }

    /// Replaces placeholders in the input by tokens, which a fuzzer cannot guess.
    pub fn fill_placeholders(&self, input: &[u8]) -> Vec<u8> {
        let mut text = input.to_vec();
        for (name, value) in [
            (&b"{access}"[..], &self.bearer[0]),
            (b"{refresh}", &self.bearer[1]),
            (b"{access-cookie}", &self.cookies[0]),
            (b"{refresh-cookie}", &self.cookies[1]),
            (b"{state}", &self.state),
        ] {
            while let Some(at) = text.windows(name.len()).position(|window| window == name) {
                text.splice(at..at + name.len(), value.bytes());
            }
        }
        text
    }
}

impl TestResponse {
    /// Returns the `Location` header, or an empty text.
    pub fn location(&self) -> &str {
        let location = self.headers.get("location");
        location.map_or("", |it| it.to_str().expect("plain text"))
    }

    fn is_page(&self) -> bool {
        let media_type = self.headers.get("content-type");
        media_type.is_some_and(|it| it.as_bytes().starts_with(b"text/html"))
    }

    /// Asserts the properties that every response has.
    fn assert_invariants(&self) {
        let code = self.body["code"].as_str();
        assert!(self.status < 500, "{} {}", self.status, self.body);
        assert!(self.status != 401 || self.headers.contains_key("www-authenticate"));
        assert!(
            self.status < 400
                || self.status == 405
                || code.is_some()
                || self.is_page()
                || self.body["error"].is_string()
        );
    }
}

/// Generates a folder of keys that have signed for a year.
pub fn keys(folder: &Path) -> PathBuf {
    let keys = folder.join("keys");
    let algorithms = [Algorithm::Es256, Algorithm::EdDsa];
    let since = now() - TimeDelta::days(365);
    keyring::generate(&keys, &algorithms, &Entropy::system(), since).unwrap();
    keys
}

fn tokens(answer: &TestResponse) -> [String; 2] {
    ["access_token", "refresh_token"].map(|name| {
        let token = answer.body[name].as_str();
        let token = token.unwrap_or_else(|| panic!("no session: {}", answer.body));
        token.to_owned()
    })
}

fn set_cookies(answer: &TestResponse) -> [String; 2] {
    let value = |name: &str| {
        let lines = answer.headers.get_all("set-cookie").iter();
        let mut lines = lines.map(|line| line.to_str().unwrap());
        let line = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        line.and_then(|rest| rest.split(';').next())
            .expect("a cookie")
            .to_owned()
    };
    ["__Host-signet-access", "__Host-signet-refresh"].map(value)
}
