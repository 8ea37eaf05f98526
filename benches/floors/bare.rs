//! The floor: the cryptography and the read of a request with held keys, and nothing around them.

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

use crate::house::{EMAIL, House};

/// The argument that makes this program a server of the floor.
pub const AS_SERVER: &str = "--serve-the-floor";

/// Everything a request needs, held.
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
    /// On that database, for messages as long as those of the two tokens.
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

    /// The floor under this house.
    pub fn under(house: &House<'_>) -> Self {
        let House { url, ada, .. } = house;
        Self::new(url, *ada, &house.access_token, &house.refresh_token)
    }

    /// The read of a refresh alone.
    pub async fn read(&self) -> User {
        let query = |sql| (sqlx::query_as(sql), sqlx::query_as(sql));
        let (sqlite, postgres) = query(statement("FROM users WHERE id = $1"));
        let user = match &self.pool {
            AnyPool::Sqlite(pool) => sqlite.bind(self.ada).fetch_optional(pool).await,
            AnyPool::Postgres(pool) => postgres.bind(self.ada).fetch_optional(pool).await,
        };
        user.unwrap().unwrap()
    }

    /// The read of a login, and both signatures: all but the hash.
    pub async fn login(&self) -> (impl AsRef<[u8]>, hmac::Tag) {
        let query = |sql| (sqlx::query_as(sql), sqlx::query_as(sql));
        let (sqlite, postgres) = query(statement("WHERE users.email = $1"));
        let user = match &self.pool {
            AnyPool::Sqlite(pool) => sqlite.bind(EMAIL).fetch_optional(pool).await,
            AnyPool::Postgres(pool) => postgres.bind(EMAIL).fetch_optional(pool).await,
        };
        let user: Option<UserWithPassword> = user.unwrap();
        std::hint::black_box(user.unwrap());
        self.sign()
    }

    /// ES256 verify.
    pub fn verify(&self) {
        let verified = self
            .public
            .verify_sig(self.access.as_bytes(), &self.presented_access);
        verified.unwrap();
    }

    /// Both signatures.
    pub fn sign(&self) -> (impl AsRef<[u8]>, hmac::Tag) {
        let random = SystemRandom::new();
        let access = self.pair.sign(&random, self.access.as_bytes()).unwrap();
        (access, hmac::sign(&self.hmac, self.refresh.as_bytes()))
    }

    /// HMAC verify, read, ES256 sign, HMAC sign.
    pub async fn refresh(&self) -> (impl AsRef<[u8]>, hmac::Tag) {
        let presented = self.presented.as_ref();
        hmac::verify(&self.hmac, self.refresh.as_bytes(), presented).unwrap();
        std::hint::black_box(self.read().await);
        self.sign()
    }
}

impl Bare {
    /// Both tokens as the service hands them out.
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

/// An answer of the service. The floor sends the same bytes, made beforehand where they can be.
#[derive(Clone)]
struct Answer {
    headers: HeaderMap,
    body: Bytes,
}

impl Answer {
    /// Reads the lines of the header section, and the body.
    fn read([headers, body]: &[String; 2]) -> Self {
        let header = |line: &str| {
            let (name, value) = line.split_once(": ").unwrap();
            (name.parse::<HeaderName>().unwrap(), value.parse().unwrap())
        };
        let mut headers: HeaderMap = headers.lines().map(header).collect();
        // The server counts for itself.
        headers.remove(CONTENT_LENGTH);
        Self {
            headers,
            body: body.clone().into(),
        }
    }

    fn give(&self) -> Response {
        self.with(self.body.clone())
    }

    fn with(&self, body: Bytes) -> Response {
        let mut response = Response::new(body.into());
        *response.headers_mut() = self.headers.clone();
        response
    }
}

/// The statement that ends so.
fn statement(end: &str) -> &'static str {
    let mut all = STATEMENTS.iter().map(|(sql, _)| *sql);
    all.find(|sql| sql.starts_with("SELECT") && sql.ends_with(end))
        .unwrap()
}

/// With the options of the store.
fn pool<DB: Database>(options: impl Into<<DB::Connection as sqlx::Connection>::Options>) -> Pool<DB>
where
    <DB::Connection as sqlx::Connection>::Options: ConnectOptions,
{
    PoolOptions::new()
        .max_connections(8)
        .test_before_acquire(false)
        .connect_lazy_with(options.into())
}

/// This program as a server of the floor under that house.
pub async fn program(house: &House<'_>, address: SocketAddr) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .arg(AS_SERVER)
        .args([&address.to_string(), &house.url, &house.ada.to_string()])
        .args([&house.access_token, &house.refresh_token]);
    for ask in [House::key_set(), house.session(), house.refresh()] {
        let (headers, body) = house.answer(&ask).await;
        let line = |(name, value): (&HeaderName, &HeaderValue)| {
            format!("{name}: {}\n", value.to_str().unwrap())
        };
        command.arg(headers.iter().map(line).collect::<String>());
        command.arg(std::str::from_utf8(&body).unwrap());
    }
    command
}

/// Serves the floor of each route that is measured, as `axum` does by itself.
pub async fn serve(arguments: &[String]) {
    let [address, url, ada, access_token, refresh_token, answers @ ..] = arguments else {
        panic!("too few arguments");
    };
    let ada = ada.parse().unwrap();
    let bare = Bare::new(url, ada, access_token, refresh_token);
    let (answers, _) = answers.as_chunks();
    let answers = answers.iter().map(Answer::read).collect::<Vec<_>>();
    let [jwks, session, tokens] = <[Answer; 3]>::try_from(answers).ok().unwrap();
    let (refreshed, logged_in) = (tokens.clone(), tokens);
    let router = Router::new()
        .route(
            "/refresh",
            post(async move |State(bare): State<&'static Bare>, _: Bytes| {
                refreshed.with(bare.tokens(bare.refresh().await))
            }),
        )
        .route(
            "/login",
            post(async move |State(bare): State<&'static Bare>, _: Bytes| {
                logged_in.with(bare.tokens(bare.login().await))
            }),
        )
        .route(
            "/session",
            get(async move |State(bare): State<&'static Bare>| {
                bare.verify();
                session.give()
            }),
        )
        .route("/.well-known/jwks.json", get(async move || jwks.give()))
        .with_state(&*Box::leak(Box::new(bare)));
    let listener = tokio::net::TcpListener::bind(address).await.unwrap();
    axum::serve(listener, router).await.unwrap();
}
