//! Broken connections are replaced without a failed read.

use std::{fs, time::Duration};

use futures_util::future::join_all;
use rstest_reuse::apply;
use serde_json::json;

use crate::support::{ApiClient, Engine, PASSWORD, TestDatabase, TestService, both_engines};

/// Opens the maximum number of connections.
async fn warm(ada: &ApiClient<'_>) {
    for answer in join_all((0..16).map(|_| ada.refresh())).await {
        answer.assert_status(200);
    }
}

async fn every_read_succeeds(ada: &ApiClient<'_>) {
    for _ in 0..10 {
        ada.refresh().await.assert_status(200);
        ada.get("/readyz").await.assert_status(200);
    }
    for answer in join_all((0..16).map(|_| ada.refresh())).await {
        answer.assert_status(200);
    }
    let logged_in = ada.log_in("ada@example.com", PASSWORD).await;
    logged_in.assert_status(200);
}

/// Closes every connection to the database.
async fn terminate(database: &TestDatabase) {
    let name = database.name();
    let sql =
        format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
    TestDatabase::execute_in("postgres", sql).await;
}

#[apply(both_engines)]
#[tokio::test]
async fn changed_column_type_fails_no_read(engine: Engine) {
    let service = TestService::on(engine).await;
    let ada = service.signed_up("ada@example.com").await;
    ada.log_in("ada@example.com", PASSWORD)
        .await
        .assert_status(200);
    warm(&ada).await;
    let sql = match engine {
        Engine::Sqlite => "ALTER TABLE users ADD COLUMN later TEXT",
        Engine::Postgres => "ALTER TABLE users ALTER COLUMN name TYPE varchar(200)",
    };
    service.database.execute(sql).await;
    every_read_succeeds(&ada).await;
    // The earlier connections were closed with the first failure.
    let renamed = ada.send_json("PATCH", "/me", json!({"name": "Ada"})).await;
    renamed.assert_status(200);
    assert_eq!(service.app.store.errors().failed, 0);
}

#[tokio::test]
async fn connections_closed_by_postgres_fail_no_read() {
    let service = TestService::on(Engine::Postgres).await;
    let ada = service.signed_up("ada@example.com").await;
    for _ in 0..3 {
        warm(&ada).await;
        terminate(&service.database).await;
        every_read_succeeds(&ada).await;
    }
    assert_eq!(service.app.store.errors().failed, 0);
}

#[tokio::test]
async fn unstarted_postgres_transaction_is_retried_on_a_new_connection() {
    let service = TestService::on(Engine::Postgres).await;
    let ada = service.signed_up("ada@example.com").await;
    warm(&ada).await;
    terminate(&service.database).await;
    // One read, then the transaction, on closed connections.
    let new = json!({"new_password": "a brand new pass phrase"});
    ada.send_json("PUT", "/password", new)
        .await
        .assert_status(200);
}

#[tokio::test]
async fn slow_idle_connections_closed_by_postgres_fail_no_read() {
    let database = TestDatabase::on(Engine::Postgres).await;
    let name = database.name();
    let sql = format!("ALTER DATABASE {name} SET idle_session_timeout = '1200ms'");
    TestDatabase::execute_in("postgres", sql).await;
    let service = TestService::in_database(database, "", None).await;
    let ada = service.signed_up("ada@example.com").await;
    let rest = Duration::from_millis(1500);
    tokio::time::sleep(rest).await;
    ada.refresh().await.assert_status(200);
    // After that, a connection idle for so long is checked first, also before a write.
    tokio::time::sleep(rest).await;
    let ended = ada.send_json("PATCH", "/me", json!({"name": "Ada"})).await;
    ended.assert_status(200);
    assert_eq!(service.app.store.errors().failed, 0);
}

#[apply(both_engines)]
#[tokio::test]
async fn service_without_its_tables_is_not_ready(engine: Engine) {
    let service = TestService::on(engine).await;
    let anon = service.anon();
    anon.get("/readyz").await.assert_status(200);
    let rename = "ALTER TABLE credentials RENAME TO elsewhere";
    service.database.execute(rename).await;
    let answer = anon.get("/readyz").await;
    answer.assert_problem(503, "unavailable");
    let back = "ALTER TABLE elsewhere RENAME TO credentials";
    service.database.execute(back).await;
    anon.get("/readyz").await.assert_status(200);
}

#[tokio::test]
async fn deleted_database_file_takes_no_writes() {
    let service = TestService::new().await;
    let ada = service.signed_up("ada@example.com").await;
    let file = service.database.folder.path().join("signet.db");
    let away = service.database.folder.path().join("away.db");
    fs::rename(&file, &away).unwrap();
    let renamed = ada.send_json("PATCH", "/me", json!({"name": "Ada"})).await;
    renamed.assert_problem(503, "unavailable");
    ada.get("/readyz").await.assert_problem(503, "unavailable");
    fs::rename(&away, &file).unwrap();
    let renamed = ada.send_json("PATCH", "/me", json!({"name": "Ada"})).await;
    renamed.assert_status(200);
}
