//! The write budget, counted over thousands of requests on a read-only database.

use std::sync::{
    LazyLock, Mutex,
    atomic::{AtomicU64, Ordering},
};

use rstest_reuse::apply;
use serde_json::json;
use sqlx::{Connection, PgConnection, Row};
use tracing::{
    Event, Instrument, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    Layer,
    layer::{Context, SubscriberExt},
    registry::LookupSpan,
};

use crate::support::{
    Engine, PASSWORD, TestDatabase, TestService, both_engines, dpop::Prover, hash_cost,
    requirements,
};

mod forward_auth;
mod mailed_links;
mod migration;
mod openid;
mod passkeys;
mod providers;
mod second_factor;
mod single_sign_on;

const TIMES: u64 = 2_000;

/// The first words of every statement inside a span named `counted`, by the name of the span.
static STATEMENTS: LazyLock<Mutex<Vec<(u64, String)>>> = LazyLock::new(|| {
    let subscriber = tracing_subscriber::registry().with(Counter);
    let _ = tracing::subscriber::set_global_default(subscriber);
    Mutex::default()
});

struct Counter;

struct Name(u64);

#[derive(Default)]
struct Fields {
    name: u64,
    summary: String,
}

impl Visit for Fields {
    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "name" {
            self.name = value;
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "summary" {
            value.clone_into(&mut self.summary);
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Counter {
    fn on_new_span(
        &self,
        attributes: &tracing::span::Attributes<'_>,
        id: &tracing::span::Id,
        context: Context<'_, S>,
    ) {
        if attributes.metadata().name() == "counted" {
            let mut fields = Fields::default();
            attributes.record(&mut fields);
            context
                .span(id)
                .unwrap()
                .extensions_mut()
                .insert(Name(fields.name));
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        if event.metadata().target() != "sqlx::query" {
            return;
        }
        let mut spans = context.event_scope(event).into_iter().flatten();
        let name = spans.find_map(|span| span.extensions().get::<Name>().map(|name| name.0));
        if let Some(name) = name {
            let mut fields = Fields::default();
            event.record(&mut fields);
            STATEMENTS.lock().unwrap().push((name, fields.summary));
        }
    }
}

/// Runs a future and returns the first words of its statements.
async fn said<T>(work: impl Future<Output = T>) -> (T, Vec<String>) {
    static NAMES: AtomicU64 = AtomicU64::new(1);
    drop(STATEMENTS.lock().unwrap());
    let name = NAMES.fetch_add(1, Ordering::Relaxed);
    let done = work.instrument(tracing::info_span!("counted", name)).await;
    let mut statements = STATEMENTS.lock().unwrap();
    let own = statements.extract_if(.., |(of, _)| *of == name);
    let words = own.filter_map(|(_, summary)| summary.split(' ').next().map(str::to_owned));
    // The setup of a new SQLite connection.
    let words = words.filter(|word| word != "PRAGMA").collect();
    (done, words)
}

/// Runs a future and counts its statements: reads and others.
async fn counted<T>(work: impl Future<Output = T>) -> (T, u64, u64) {
    let (done, words) = said(work).await;
    let (reads, others): (Vec<_>, Vec<_>) = words.iter().partition(|word| *word == "SELECT");
    (done, reads.len() as u64, others.len() as u64)
}

/// The same database with connections that reject writes.
async fn read_only(database: TestDatabase, engine: Engine) -> TestService {
    TestService::in_database(make_read_only(database, engine).await, "", None).await
}

async fn make_read_only(mut database: TestDatabase, engine: Engine) -> TestDatabase {
    match engine {
        Engine::Sqlite => database.url += "?mode=ro",
        Engine::Postgres => {
            let sql = "SET default_transaction_read_only = on";
            let sql = format!("ALTER DATABASE {} {sql}", database.name());
            TestDatabase::execute_in("postgres", sql).await;
        }
    }
    database
}

/// The statements that the server counted in the database, by first word.
async fn counted_by_the_server(database: &TestDatabase) -> Option<(i64, i64)> {
    let mut connection = PgConnection::connect(&database.url).await.unwrap();
    let row = sqlx::query(
        "SELECT COALESCE(SUM(calls) FILTER (WHERE query LIKE 'SELECT%users%'), 0)::bigint, \
                COALESCE(SUM(calls) FILTER (WHERE query ~ '^(INSERT|UPDATE|DELETE)'), 0)::bigint \
         FROM pg_stat_statements JOIN pg_database d ON d.oid = dbid \
         WHERE datname = current_database()",
    )
    .fetch_one(&mut connection)
    .await;
    match row {
        Ok(row) => Some((row.get(0), row.get(1))),
        Err(_) => requirements::lacks("a PostgreSQL that has preloaded pg_stat_statements"),
    }
}

#[apply(both_engines)]
#[tokio::test(flavor = "multi_thread")]
async fn slow_thousands_of_logins_and_refreshes_write_nothing(engine: Engine) {
    let service = TestService::on(engine).await;
    service.signed_up("ada@example.com").await;
    let TestService { database, app, .. } = service;
    app.store.close().await;
    if engine == Engine::Postgres {
        let sql = "CREATE EXTENSION IF NOT EXISTS pg_stat_statements".to_owned();
        TestDatabase::execute_in(database.name(), sql).await;
    }
    let service = read_only(database, engine).await;

    // Writes fail, so the following cannot pass by accident.
    let ada = service.anon().logged_in("ada@example.com").await;
    ada.post("/logout/everywhere", json!({}))
        .await
        .assert_problem(503, "unavailable");
    let rows = service.app.store.users(None, 10).await.unwrap();
    let before = match engine {
        Engine::Postgres => counted_by_the_server(&service.database).await,
        Engine::Sqlite => None,
    };

    let log_in = async || service.anon().log_in("ada@example.com", PASSWORD).await;
    let ((), reads, writes) = counted(async {
        for _ in 0..TIMES {
            log_in().await.assert_status(200);
        }
    })
    .await;
    assert_eq!((reads, writes), (TIMES, 0), "login");

    let ((), reads, writes) = counted(async {
        for _ in 0..TIMES {
            ada.refresh().await.assert_status(200);
        }
    })
    .await;
    assert_eq!((reads, writes), (TIMES, 0), "refresh");

    let prover = Prover::new();
    let ((), reads, writes) = counted(async {
        for _ in 0..TIMES {
            let token = ada.refresh.as_deref().unwrap();
            prover.refresh(&service, token).await.assert_status(200);
        }
    })
    .await;
    assert_eq!((reads, writes), (TIMES, 0), "refresh with a proof");

    let ((), reads, writes) = counted(async {
        for _ in 0..100 {
            ada.post("/logout", json!({})).await.assert_status(204);
            ada.get("/session").await.assert_status(200);
            service
                .anon()
                .get("/.well-known/openid-configuration")
                .await
                .assert_status(200);
            service
                .anon()
                .get("/.well-known/jwks.json")
                .await
                .assert_status(200);
        }
    })
    .await;
    assert_eq!((reads, writes), (0, 0), "logout, session, keys, metadata");

    let (_, reads, writes) =
        counted(async { ada.get("/me").await.assert_status(200).clone() }).await;
    assert_eq!((reads, writes), (1, 0), "own record");
    let (_, reads, writes) =
        counted(async { ada.get("/me/accounts").await.assert_status(200).clone() }).await;
    assert_eq!((reads, writes), (2, 0), "own accounts");
    let (_, reads, writes) =
        counted(async { service.anon().log_in("nobody@example.com", PASSWORD).await }).await;
    assert_eq!((reads, writes), (1, 0), "refused login");

    assert_eq!(service.app.store.users(None, 10).await.unwrap(), rows);
    if let Some((reads_before, writes_before)) = before {
        // The count of the server agrees.
        let (reads, writes) = counted_by_the_server(&service.database).await.unwrap();
        let expected = i64::try_from(3 * TIMES).unwrap() + 4;
        assert_eq!(
            (reads - reads_before, writes - writes_before),
            (expected, 0)
        );
    }
}

#[apply(both_engines)]
#[tokio::test]
async fn logout_everywhere_is_one_write(engine: Engine) {
    let service = TestService::on(engine).await;
    let ada = service.signed_up("ada@example.com").await;
    let work = async { ada.post("/logout/everywhere", json!({})).await.status };
    assert_eq!(counted(work).await, (204, 0, 1));
}

#[apply(both_engines)]
#[tokio::test]
async fn profile_change_is_one_write_or_one_transaction(engine: Engine) {
    let service = TestService::on(engine).await;
    let mut ada = service.signed_up("ada@example.com").await;
    let work = async {
        ada.send_json("PATCH", "/me", json!({"name": "Ada"}))
            .await
            .status
    };
    assert_eq!(counted(work).await, (200, 0, 1));
    let new = json!({"new_password": "a brand new pass phrase"});
    let (answer, reads, _) = counted(ada.send_json("PUT", "/password", new)).await;
    assert_eq!((answer.status, reads), (200, 1));
    ada.keep(&answer);
    let work = async { ada.send_json("DELETE", "/me", json!({})).await.status };
    assert_eq!(counted(work).await, (204, 1, 1));
}

#[tokio::test]
async fn login_with_a_rehash_is_one_write() {
    let service = TestService::new().await;
    service.signed_up("ada@example.com").await;
    let service = TestService::in_database(service.database, "", Some(hash_cost(16, 1))).await;
    let log_in = async || {
        service
            .anon()
            .log_in("ada@example.com", PASSWORD)
            .await
            .status
    };
    assert_eq!(counted(log_in()).await, (200, 1, 1));
    assert_eq!(counted(log_in()).await, (200, 1, 0));
}

/// A login succeeds even if the rehash cannot be stored.
#[tokio::test]
async fn login_works_on_a_read_replica_with_an_outdated_hash() {
    let service = TestService::new().await;
    service.signed_up("ada@example.com").await;
    service.app.store.close().await;
    let mut database = service.database;
    database.url += "?mode=ro";
    let service = TestService::in_database(database, "", Some(hash_cost(16, 1))).await;
    service.anon().logged_in("ada@example.com").await;
}
