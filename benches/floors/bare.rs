//! The floor: the cryptography and the read of a refresh with held keys, and nothing around them.

use aws_lc_rs::{
    hmac,
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderName, header::CONTENT_TYPE},
    routing::{get, post},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use signet::{
    identity::{User, UserId},
    store::STATEMENTS,
};
use sqlx::{
    ConnectOptions, Database, PgPool, Pool, SqlitePool,
    pool::PoolOptions,
    postgres::PgConnectOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};

use crate::house::House;

/// The argument that makes this program a server of the floor.
pub const AS_SERVER: &str = "--serve-the-floor";

const JSON: [(HeaderName, &str); 1] = [(CONTENT_TYPE, "application/json")];

/// Everything a refresh needs, held.
pub struct Bare {
    hmac: hmac::Key,
    pair: EcdsaKeyPair,
    presented: hmac::Tag,
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
        Self {
            pair: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap(),
            presented: hmac::sign(&hmac, refresh.as_bytes()),
            hmac,
            access: message(access_token),
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

    /// The read alone.
    pub async fn read(&self) -> User {
        let (by_id, _) = STATEMENTS
            .iter()
            .find(|(sql, _)| sql.starts_with("SELECT") && sql.ends_with("FROM users WHERE id = $1"))
            .unwrap();
        let query = |sql| (sqlx::query_as(sql), sqlx::query_as(sql));
        let (sqlite, postgres) = query(*by_id);
        let user = match &self.pool {
            AnyPool::Sqlite(pool) => sqlite.bind(self.ada).fetch_optional(pool).await,
            AnyPool::Postgres(pool) => postgres.bind(self.ada).fetch_optional(pool).await,
        };
        user.unwrap().unwrap()
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

/// Serves the floor of a refresh and of the key set, as `axum` does by itself.
pub async fn serve(arguments: &[String]) {
    let [address, url, ada, access_token, refresh_token, jwks] = arguments else {
        panic!("six arguments");
    };
    let ada = ada.parse().unwrap();
    let bare = Bare::new(url, ada, access_token, refresh_token);
    let jwks = Bytes::from(jwks.clone());
    let router = Router::new()
        .route("/refresh", post(async move |State(bare): State<&'static Bare>, _: Bytes| {
            let (es256, hs256) = bare.refresh().await;
            let (access, refresh) = (&bare.access, &bare.refresh);
            let es256 = URL_SAFE_NO_PAD.encode(es256);
            let hs256 = URL_SAFE_NO_PAD.encode(hs256);
            let body = format!(
                "{{\"access_token\":\"{access}.{es256}\",\"token_type\":\"Bearer\",\"expires_in\":300,\
                 \"refresh_token\":\"{refresh}.{hs256}\",\"refresh_expires_in\":2592000}}"
            );
            (JSON, body)
        }))
        .route("/.well-known/jwks.json", get(async move || (JSON, jwks.clone())))
        .with_state(&*Box::leak(Box::new(bare)));
    let listener = tokio::net::TcpListener::bind(address).await.unwrap();
    axum::serve(listener, router).await.unwrap();
}
