//! Poolers in transaction mode, conflicts of transactions, and engines without advisory locks.

use std::str::FromStr;

use futures_util::future::join_all;
use serde_json::json;
use signet::store::SchemaState;
use sqlx::{AssertSqlSafe, ConnectOptions, postgres::PgConnectOptions};

use super::open;
use crate::support::{Engine, PASSWORD, TestDatabase, TestService, pgbouncer::PgBouncer};

/// The database through a pooler, for a service.
fn through(pooler: &PgBouncer) -> TestDatabase {
    TestDatabase::at(&pooler.url)
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
    // The migrations go through the pooler as well.
    let cache = "database.statement_cache = 0";
    let service = TestService::in_database(through(&pooler), cache, None).await;
    service.app.store.check_database().await.unwrap();
    assert_eq!(
        service.app.store.schema().await.unwrap(),
        SchemaState::Ready
    );
    let ada = service.signed_up("ada@example.com").await;
    let logins = (0..6).map(|_| async {
        ada.log_in("ada@example.com", PASSWORD)
            .await
            .assert_status(200);
        for _ in 0..5 {
            ada.refresh().await.assert_status(200);
            ada.get("/me").await.assert_status(200);
            ada.get("/me/accounts").await.assert_status(200);
        }
    });
    join_all(logins).await;
    ada.log_in("ada@example.com", "a wrong password")
        .await
        .assert_status(401);
    ada.post("/logout/everywhere", json!({}))
        .await
        .assert_status(204);
    ada.refresh().await.assert_status(401);
    // No session of the pooler keeps a statement under a name.
    let options = PgConnectOptions::from_str(&pooler.url).unwrap();
    let mut connection = options.extra_float_digits(None).connect().await.unwrap();
    for _ in 0..6 {
        let count =
            AssertSqlSafe("SELECT count(*)::text FROM pg_prepared_statements WHERE name <> ''");
        let row = sqlx::Executor::fetch_one(&mut connection, count)
            .await
            .unwrap();
        assert_eq!(sqlx::Row::get::<String, _>(&row, 0), "0");
    }
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
    let changed = json!({"new_password": "four wild geese over the lake"});
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
        "CREATE FUNCTION imitation.pg_advisory_lock(bigint) RETURNS void LANGUAGE plpgsql AS $$ \
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
