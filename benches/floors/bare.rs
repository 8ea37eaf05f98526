//! The floor: the cryptography and the database read of a request, with parsed keys and nothing around them.

use std::{net::SocketAddr, process::Command};

use aws_lc_rs::{
    hmac,
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair,
        ParsedPublicKey,
    },
};
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, header::CONTENT_LENGTH},
    response::Response,
    routing::{get, post},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use signet::{
    identity::{User, UserId},
    store::{STATEMENTS, UserWithPassword},
};
use sqlx::{
    ConnectOptions, Database, PgPool, Pool, SqlitePool,
    pool::PoolOptions,
    postgres::PgConnectOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};

use crate::{
    load::BenchRequest,
    service::{EMAIL, TestService},
};

/// The argument that starts this program as a server of the floor.
pub const AS_SERVER: &str = "--serve-the-floor";

/// Everything that a request needs, prepared.
pub struct Bare {
    hmac: hmac::Key,
    pair: EcdsaKeyPair,
    public: ParsedPublicKey,
    presented: hmac::Tag,
    presented_access: Vec<u8>,
    access: String,
    refresh: String,
    pool: AnyPool,
    ada: UserId,
}

enum AnyPool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

impl Bare {
    /// Creates the floor for a database, with messages of the length of these two tokens.
    pub fn new(url: &str, ada: UserId, access_token: &str, refresh_token: &str) -> Self {
        let message = |token: &str| token.rsplit_once('.').unwrap().0.to_owned();
        let hmac = hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new()).unwrap();
        let refresh = message(refresh_token);
        let pool = if url.starts_with("sqlite:") {
            let options: SqliteConnectOptions = url.parse().unwrap();
            let options = options
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .foreign_keys(true);
            AnyPool::Sqlite(pool(options))
        } else {
            AnyPool::Postgres(pool(url.parse::<PgConnectOptions>().unwrap()))
        };
        let access = message(access_token);
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let public = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, pair.public_key());
        let signature = pair.sign(&SystemRandom::new(), access.as_bytes()).unwrap();
        Self {
            pair,
            public: public.unwrap(),
            presented: hmac::sign(&hmac, refresh.as_bytes()),
            presented_access: signature.as_ref().to_vec(),
            hmac,
            access,
            refresh,
            pool,
            ada,
        }
    }

    /// Creates the floor for a service.
    pub fn for_service(service: &TestService<'_>) -> Self {
        let TestService { url, ada, .. } = service;
        Self::new(url, *ada, &service.access_token, &service.refresh_token)
    }

    /// Performs the database read of a refresh.
    pub async fn read(&self) -> User {
        let query = |sql| (sqlx::query_as(sql), sqlx::query_as(sql));
        let (sqlite, postgres) = query(select_ending("FROM users WHERE id = $1"));
        let user = match &self.pool {
            AnyPool::Sqlite(pool) => sqlite.bind(self.ada).fetch_optional(pool).await,
            AnyPool::Postgres(pool) => postgres.bind(self.ada).fetch_optional(pool).await,
        };
        user.unwrap().unwrap()
    }

    /// Performs the database read and both signatures of a login, without the password hash.
    pub async fn login(&self) -> (impl AsRef<[u8]>, hmac::Tag) {
        let query = |sql| (sqlx::query_as(sql), sqlx::query_as(sql));
        let (sqlite, postgres) = query(select_ending("WHERE users.email = $1"));
        let user = match &self.pool {
            AnyPool::Sqlite(pool) => sqlite.bind(EMAIL).fetch_optional(pool).await,
            AnyPool::Postgres(pool) => postgres.bind(EMAIL).fetch_optional(pool).await,
        };
        let user: Option<UserWithPassword> = user.unwrap();
        std::hint::black_box(user.unwrap());
        self.sign()
    }

    /// Verifies an ES256 signature.
    pub fn verify(&self) {
        let verified = self
            .public
            .verify_sig(self.access.as_bytes(), &self.presented_access);
        verified.unwrap();
    }

    /// Creates both signatures.
    pub fn sign(&self) -> (impl AsRef<[u8]>, hmac::Tag) {
        let access = self.sign_access();
        (access, hmac::sign(&self.hmac, self.refresh.as_bytes()))
    }

    /// Creates the signature of an access token.
    pub fn sign_access(&self) -> impl AsRef<[u8]> + use<> {
        let random = SystemRandom::new();
        self.pair.sign(&random, self.access.as_bytes()).unwrap()
    }

    /// Performs a refresh: HMAC verify, database read, ES256 sign, HMAC sign.
    pub async fn refresh(&self) -> (impl AsRef<[u8]>, hmac::Tag) {
        let presented = self.presented.as_ref();
        hmac::verify(&self.hmac, self.refresh.as_bytes(), presented).unwrap();
        std::hint::black_box(self.read().await);
        self.sign()
    }
}

impl Bare {
    /// Returns the response body with both tokens, as the service sends it.
    fn tokens(&self, (es256, hs256): (impl AsRef<[u8]>, hmac::Tag)) -> Bytes {
        let (access, refresh) = (&self.access, &self.refresh);
        let es256 = URL_SAFE_NO_PAD.encode(es256);
        let hs256 = URL_SAFE_NO_PAD.encode(hs256);
        let body = format!(
            "{{\"access_token\":\"{access}.{es256}\",\"token_type\":\"Bearer\",\"expires_in\":300,\
             \"refresh_token\":\"{refresh}.{hs256}\",\"refresh_expires_in\":2592000}}"
        );
        body.into()
    }
}

/// A response of the service. The floor sends the same bytes, prepared as far as possible.
#[derive(Clone)]
pub struct FixedResponse {
    headers: HeaderMap,
    body: Bytes,
}

impl FixedResponse {
    /// Parses the lines of the header section and the body.
    pub fn read([headers, body]: &[String; 2]) -> Self {
        let header = |line: &str| {
            let (name, value) = line.split_once(": ").unwrap();
            (name.parse::<HeaderName>().unwrap(), value.parse().unwrap())
        };
        let mut headers: HeaderMap = headers.lines().map(header).collect();
        // The server sets Content-Length itself.
        headers.remove(CONTENT_LENGTH);
        Self {
            headers,
            body: body.clone().into(),
        }
    }

    pub fn respond(&self) -> Response {
        self.with_body(self.body.clone())
    }

    fn with_body(&self, body: Bytes) -> Response {
        let mut response = Response::new(body.into());
        *response.headers_mut() = self.headers.clone();
        response
    }
}

/// Returns the SELECT statement with this ending.
fn select_ending(end: &str) -> &'static str {
    let mut all = STATEMENTS.iter().map(|(sql, _)| *sql);
    all.find(|sql| sql.starts_with("SELECT") && sql.ends_with(end))
        .unwrap()
}

/// Opens a pool with the options of the store.
fn pool<DB: Database>(options: impl Into<<DB::Connection as sqlx::Connection>::Options>) -> Pool<DB>
where
    <DB::Connection as sqlx::Connection>::Options: ConnectOptions,
{
    PoolOptions::new()
        .max_connections(8)
        .test_before_acquire(false)
        .connect_lazy_with(options.into())
}

/// Returns the command that starts this program as a server of the floor for a service.
pub async fn program(service: &TestService<'_>, address: SocketAddr) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .arg(AS_SERVER)
        .args([&address.to_string(), &service.url, &service.ada.to_string()])
        .args([&service.access_token, &service.refresh_token]);
    let requests = [
        TestService::key_set(),
        service.session(),
        service.forward_auth(),
        service.refresh(),
    ];
    add_answers(&mut command, service, &requests).await;
    command
}

/// Adds the response of the service to each request as two arguments, for [`FixedResponse::read`].
pub async fn add_answers(
    command: &mut Command,
    service: &TestService<'_>,
    requests: &[BenchRequest],
) {
    for request in requests {
        let (headers, body) = service.answer(request).await;
        let line = |(name, value): (&HeaderName, &HeaderValue)| {
            format!("{name}: {}\n", value.to_str().unwrap())
        };
        command.arg(headers.iter().map(line).collect::<String>());
        command.arg(std::str::from_utf8(&body).unwrap());
    }
}

/// Serves the floor of each measured route with plain `axum`.
pub async fn serve(arguments: &[String]) {
    let [address, url, ada, access_token, refresh_token, answers @ ..] = arguments else {
        panic!("too few arguments");
    };
    let ada = ada.parse().unwrap();
    let bare = Bare::new(url, ada, access_token, refresh_token);
    let (answers, _) = answers.as_chunks();
    let answers = answers.iter().map(FixedResponse::read).collect::<Vec<_>>();
    let [jwks, session, admitted, tokens] = <[FixedResponse; 4]>::try_from(answers).ok().unwrap();
    let (refreshed, logged_in) = (tokens.clone(), tokens);
    let router = Router::new()
        .route(
            "/refresh",
            post(async move |State(bare): State<&'static Bare>, _: Bytes| {
                refreshed.with_body(bare.tokens(bare.refresh().await))
            }),
        )
        .route(
            "/login",
            post(async move |State(bare): State<&'static Bare>, _: Bytes| {
                logged_in.with_body(bare.tokens(bare.login().await))
            }),
        )
        .route(
            "/session",
            get(async move |State(bare): State<&'static Bare>| {
                bare.verify();
                session.respond()
            }),
        )
        .route(
            "/forward-auth/any",
            get(async move |State(bare): State<&'static Bare>| {
                bare.verify();
                admitted.respond()
            }),
        )
        .route("/.well-known/jwks.json", get(async move || jwks.respond()))
        .with_state(&*Box::leak(Box::new(bare)));
    let listener = tokio::net::TcpListener::bind(address).await.unwrap();
    axum::serve(listener, router).await.unwrap();
}
