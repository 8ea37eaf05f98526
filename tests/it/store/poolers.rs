//! Poolers in transaction mode, conflicts of transactions, and engines without advisory locks.

use std::str::FromStr;

use futures_util::future::join_all;
use serde_json::json;
use signet::{identity::EmailAddress, store::SchemaState};
use sqlx::{AssertSqlSafe, ConnectOptions, postgres::PgConnectOptions};

use super::{column, open};
use crate::support::{Engine, PASSWORD, TestDatabase, TestService, pgbouncer::PgBouncer};

const OTHER_PASSWORD: &str = "four wild geese over the lake";

/// The database through a pooler, for a service.
fn through(pooler: &PgBouncer) -> TestDatabase {
    TestDatabase::at(&pooler.url)
}

/// A service whose migrations and requests go through the pooler.
async fn service_behind(pooler: &PgBouncer, settings: &str) -> TestService {
    let service = TestService::in_database(through(pooler), settings, None).await;
    service.app.store.check_database().await.unwrap();
    assert_eq!(
        service.app.store.schema().await.unwrap(),
        SchemaState::Ready
    );
    service
}

/// A user signs up, logs in and refreshes at the same time, logs out everywhere and changes the password.
async fn assert_serves(service: &TestService, email: &str) {
    let ada = service.signed_up(email).await;
    let logins = (0..6).map(|_| async {
        ada.log_in(email, PASSWORD).await.assert_status(200);
        for _ in 0..5 {
            ada.refresh().await.assert_status(200);
            ada.get("/me").await.assert_status(200);
            ada.get("/me/accounts").await.assert_status(200);
        }
    });
    join_all(logins).await;
    ada.log_in(email, "a wrong password")
        .await
        .assert_status(401);
    ada.post("/logout/everywhere", json!({}))
        .await
        .assert_status(204);
    ada.refresh().await.assert_status(401);
    let ada = ada.logged_in(email).await;
    let changed = json!({"new_password": OTHER_PASSWORD});
    ada.send_json("PUT", "/password", changed)
        .await
        .assert_status(200);
    ada.refresh().await.assert_status(401);
    for (password, status) in [(PASSWORD, 401), (OTHER_PASSWORD, 200)] {
        ada.log_in(email, password).await.assert_status(status);
    }
}

/// The look-ups of an import find the user, many at the same time.
async fn assert_finds(service: &TestService, email: &str) {
    let store = &service.app.store;
    let email = EmailAddress::parse(email).unwrap();
    let found = join_all((0..30).map(|_| async {
        let found = store.users_of_emails(&[&email]).await.unwrap();
        let owners = store.account_owners("import:auth0", &["1", "2"]).await;
        (found.len(), owners.unwrap().len())
    }));
    for found in found.await {
        assert_eq!(found, (1, 0));
    }
}

/// The most statements with such a name in one of the sessions of the pooler.
async fn statements(pooler: &PgBouncer, condition: &str) -> i64 {
    let options = PgConnectOptions::from_str(&pooler.url).unwrap();
    let mut connection = options.extra_float_digits(None).connect().await.unwrap();
    let mut most = 0;
    for _ in 0..6 {
        let sql = format!("SELECT count(*)::text FROM pg_prepared_statements WHERE {condition}");
        let row = sqlx::Executor::fetch_one(&mut connection, AssertSqlSafe(sql));
        let count: String = sqlx::Row::get(&row.await.unwrap(), 0);
        most = most.max(count.parse().unwrap());
    }
    most
}

#[rstest::rstest]
#[case::of_many_connections("default_pool_size = 20\nmin_pool_size = 3\nserver_round_robin = 1")]
#[case::of_one_connection("default_pool_size = 1")]
#[tokio::test]
async fn postgres_pooler_in_transaction_mode_works_without_a_statement_cache(
    #[case] settings: &str,
) {
    let database = TestDatabase::on(Engine::Postgres).await;
    let settings = format!("pool_mode = transaction\n{settings}");
    let Some(pooler) = PgBouncer::before(&database, &settings) else {
        return;
    };
    let service = service_behind(&pooler, "database.statement_cache = 0").await;
    assert_serves(&service, "ada@example.com").await;
    // No session of the pooler keeps a statement under a name.
    assert_eq!(statements(&pooler, "name <> ''").await, 0);
}

#[rstest::rstest]
#[case::in_turns(
    "max_prepared_statements = 100\nmin_pool_size = 3\nserver_round_robin = 1",
    100
)]
#[case::last_used_first("max_prepared_statements = 100", 100)]
#[case::of_few_statements("max_prepared_statements = 2", 3)]
#[case::without_a_cache("max_prepared_statements = 100", 0)]
#[tokio::test]
async fn postgres_pooler_that_tracks_statements_works_in_transaction_mode(
    #[case] settings: &str,
    #[case] cache: usize,
) {
    let database = TestDatabase::on(Engine::Postgres).await;
    let settings = format!("pool_mode = transaction\n{settings}");
    let Some(mut pooler) = PgBouncer::tracking(&database, &settings) else {
        return;
    };
    let cache_setting = format!("database.statement_cache = {cache}");
    let service = service_behind(&pooler, &cache_setting).await;
    assert_serves(&service, "ada@example.com").await;
    assert_finds(&service, "ada@example.com").await;
    // The name that PgBouncer gives to a statement of any client.
    let tracked = statements(&pooler, "name LIKE 'PGBOUNCER_%'").await;
    assert_eq!(tracked > 0, cache > 0, "{tracked}");
    let sessions = "SELECT count(*)::text FROM pg_stat_activity WHERE datname = current_database()";
    let sessions = column(Engine::Postgres, &database.url, sessions).await;
    assert!(sessions[0].parse::<i64>().unwrap() > 2, "{sessions:?}");

    let ada = service.signed_up("grace@example.com").await;
    pooler.restart();
    ada.refresh().await.assert_status(200);
    assert_serves(&service, "bob@example.com").await;
}

/// PgBouncer keeps a statement that PostgreSQL refuses ("cached plan must not change result type").
#[tokio::test]
async fn postgres_pooler_that_tracks_statements_serves_a_changed_schema() {
    let database = TestDatabase::on(Engine::Postgres).await;
    let settings = "pool_mode = transaction\nmax_prepared_statements = 100\nadmin_users = signet";
    let Some(pooler) = PgBouncer::tracking(&database, settings) else {
        return;
    };
    let service = service_behind(&pooler, "").await;
    let ada = service.signed_up("ada@example.com").await;
    ada.get("/me").await.assert_status(200);
    // As the migrations of a later release do.
    let added = "ALTER TABLE users ADD COLUMN later TEXT";
    database.execute(added).await;
    ada.get("/me").await.assert_status(200);
    let changed = "ALTER TABLE users ALTER COLUMN name TYPE varchar(200)";
    database.execute(changed).await;
    let refused = ada.get("/me").await;
    refused.assert_problem(503, "unavailable");
    pooler.reconnect().await;
    ada.get("/me").await.assert_status(200);
}

/// Lets every change of a user fail with this SQLSTATE, but for each `nth` one.
async fn conflicts(database: &TestDatabase, sqlstate: &str, nth: u32) {
    let function = format!(
        "CREATE OR REPLACE FUNCTION conflict() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
         IF nextval('changes') % {nth} <> 0 THEN RAISE EXCEPTION USING ERRCODE = '{sqlstate}'; END IF; \
         RETURN NEW; END $$"
    );
    for sql in [
        "DROP SEQUENCE IF EXISTS changes",
        "CREATE SEQUENCE changes",
        &function,
        "CREATE OR REPLACE TRIGGER conflict BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION conflict()",
    ] {
        database.execute(sql).await;
    }
}

#[tokio::test]
async fn postgres_transactions_that_conflict_are_repeated_three_times() {
    let service = TestService::on(Engine::Postgres).await;
    let ada = service.signed_up("ada@example.com").await;
    let rename = async || ada.send_json("PATCH", "/me", json!({"name": "Ada"})).await;
    let retries = || {
        let retries = service.app.store.retries();
        (retries.serialization, retries.deadlock)
    };
    conflicts(&service.database, "40001", 4).await;
    rename().await.assert_status(200);
    assert_eq!(retries(), (3, 0));
    conflicts(&service.database, "40P01", 4).await;
    rename().await.assert_status(200);
    assert_eq!(retries(), (3, 3));
    conflicts(&service.database, "40001", 5).await;
    rename().await.assert_problem(503, "unavailable");
    assert_eq!(retries(), (6, 3));
    // A transaction of several statements is repeated as a whole.
    conflicts(&service.database, "40001", 2).await;
    let changed = json!({"new_password": OTHER_PASSWORD});
    ada.send_json("PUT", "/password", changed)
        .await
        .assert_status(200);
    assert_eq!(retries(), (7, 3));
}

#[tokio::test]
async fn postgres_without_advisory_locks_is_migrated() {
    let database = TestDatabase::on(Engine::Postgres).await;
    for imitation in [
        "CREATE SCHEMA imitation",
        "CREATE FUNCTION imitation.pg_advisory_xact_lock(bigint) RETURNS void LANGUAGE plpgsql AS $$ \
         BEGIN RAISE EXCEPTION USING ERRCODE = '42883'; END $$",
    ] {
        database.execute(imitation).await;
    }
    let url = format!(
        "{}&options=-c%20search_path%3Dimitation,pg_catalog,public",
        database.url
    );
    // Of two that migrate at the same time, both succeed.
    let (one, two) = (open(&url), open(&url));
    let (first, second) = tokio::join!(one.migrate(), two.migrate());
    let applied = [first.unwrap(), second.unwrap()];
    assert!(applied.iter().any(|applied| *applied > 0), "{applied:?}");
    assert_eq!(one.schema().await.unwrap(), SchemaState::Ready);
    assert_eq!(two.migrate_without_lock().await.unwrap(), 0);
}
