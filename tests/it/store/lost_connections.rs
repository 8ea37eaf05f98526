//! Connections that can only fail are replaced, and no read fails for it.

use std::{fs, time::Duration};

use futures_util::future::join_all;
use rstest::rstest;
use serde_json::json;

use crate::support::{Actor, Engine, House, PASSWORD, TestDatabase};

/// Opens as many connections as there may be.
async fn warm(ada: &Actor<'_>) {
    for answer in join_all((0..16).map(|_| ada.refresh())).await {
        answer.assert_status(200);
    }
}

async fn every_read_succeeds(ada: &Actor<'_>) {
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

/// Ends every connection to that database.
async fn terminate(database: &TestDatabase) {
    let name = database.name();
    let sql =
        format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
    TestDatabase::execute_in("postgres", sql).await;
}

#[rstest]
#[tokio::test]
async fn a_column_of_another_type_fails_no_read(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let Some(house) = House::on(engine).await else {
        return;
    };
    let ada = house.signed_up("ada@example.com").await;
    ada.log_in("ada@example.com", PASSWORD)
        .await
        .assert_status(200);
    warm(&ada).await;
    let sql = match engine {
        Engine::Sqlite => "ALTER TABLE users ADD COLUMN later TEXT",
        Engine::Postgres => "ALTER TABLE users ALTER COLUMN name TYPE varchar(200)",
    };
    house.database.execute(sql).await;
    every_read_succeeds(&ada).await;
    // The connections that were opened before were closed with the first that failed.
    let renamed = ada.ask("PATCH", "/me", json!({"name": "Ada"})).await;
    renamed.assert_status(200);
    assert_eq!(house.app.store.errors().failed, 0);
}

#[tokio::test]
async fn connections_that_the_server_has_ended_fail_no_read() {
    let Some(house) = House::on(Engine::Postgres).await else {
        return;
    };
    let ada = house.signed_up("ada@example.com").await;
    for _ in 0..3 {
        warm(&ada).await;
        terminate(&house.database).await;
        every_read_succeeds(&ada).await;
    }
    assert_eq!(house.app.store.errors().failed, 0);
}

#[tokio::test]
async fn a_transaction_that_did_not_begin_is_repeated_on_a_new_connection() {
    let Some(house) = House::on(Engine::Postgres).await else {
        return;
    };
    let ada = house.signed_up("ada@example.com").await;
    warm(&ada).await;
    terminate(&house.database).await;
    // One read, then the transaction, on connections that have ended.
    let new = json!({"new_password": "a brand new pass phrase"});
    ada.ask("PUT", "/password", new).await.assert_status(200);
}

#[tokio::test]
async fn slow_connections_that_idle_too_long_for_the_server_fail_no_read() {
    let Some(database) = TestDatabase::on(Engine::Postgres).await else {
        return;
    };
    let name = database.name();
    let sql = format!("ALTER DATABASE {name} SET idle_session_timeout = '1200ms'");
    TestDatabase::execute_in("postgres", sql).await;
    let house = House::in_database(database, "", None).await;
    let ada = house.signed_up("ada@example.com").await;
    let rest = Duration::from_millis(1500);
    tokio::time::sleep(rest).await;
    ada.refresh().await.assert_status(200);
    // From now on a connection that has rested so long is checked first, before a write as well.
    tokio::time::sleep(rest).await;
    let ended = ada.ask("PATCH", "/me", json!({"name": "Ada"})).await;
    ended.assert_status(200);
    assert_eq!(house.app.store.errors().failed, 0);
}

#[rstest]
#[tokio::test]
async fn a_service_that_can_log_nobody_in_is_not_ready(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let Some(house) = House::on(engine).await else {
        return;
    };
    let anon = house.anon();
    anon.get("/readyz").await.assert_status(200);
    let rename = "ALTER TABLE credentials RENAME TO elsewhere";
    house.database.execute(rename).await;
    let answer = anon.get("/readyz").await;
    answer.assert_problem(503, "unavailable");
    let back = "ALTER TABLE elsewhere RENAME TO credentials";
    house.database.execute(back).await;
    anon.get("/readyz").await.assert_status(200);
}

#[tokio::test]
async fn a_database_file_that_is_gone_takes_no_more_writes() {
    let house = House::new().await;
    let ada = house.signed_up("ada@example.com").await;
    let file = house.database.folder.path().join("signet.db");
    let away = house.database.folder.path().join("away.db");
    fs::rename(&file, &away).unwrap();
    let renamed = ada.ask("PATCH", "/me", json!({"name": "Ada"})).await;
    renamed.assert_problem(503, "unavailable");
    ada.get("/readyz").await.assert_problem(503, "unavailable");
    fs::rename(&away, &file).unwrap();
    let renamed = ada.ask("PATCH", "/me", json!({"name": "Ada"})).await;
    renamed.assert_status(200);
}
