//! Unsuitable databases and poolers are rejected at start.

use std::sync::Arc;

use rstest::rstest;
use serde_json::json;

use super::CommandOutput;
use crate::support::{
    Engine, PASSWORD, TestDatabase,
    pgbouncer::PgBouncer,
    process::{ServiceProcess, free_address, run, signet},
};

/// Runs a command with this database URL.
fn with_database(database: &TestDatabase, url: &str, arguments: &[&str]) -> CommandOutput {
    let mut command = signet(database.folder.path());
    command.args(arguments).env("DATABASE_URL", url);
    run(command, "").into()
}

/// The parts of the error about a pooler that mixes up prepared statements.
const REMEDIES: [&str; 4] = [
    "database.url: ",
    "`database.statement_cache = 0`",
    "`max_prepared_statements` of PgBouncer 1.21 or later",
    "`pool_mode = session`",
];

/// Asserts that every command with a database rejects this one.
fn refused(database: &TestDatabase, url: &str, reasons: &[&str]) {
    let address = free_address().to_string();
    let commands: [&[&str]; 4] = [
        &["migrate"],
        &["serve", "--listen", &address],
        &["serve", "--migrate", "--listen", &address],
        &["users", "list"],
    ];
    for arguments in commands {
        let output = with_database(database, url, arguments);
        assert_eq!(output.code, 1, "{arguments:?}: {}", output.err);
        for reason in reasons {
            assert!(output.err.contains(reason), "{arguments:?}: {}", output.err);
        }
    }
}

#[rstest]
#[case("LATIN1")]
#[case("SQL_ASCII")]
#[tokio::test]
async fn postgres_database_without_utf8_is_rejected(#[case] encoding: &str) {
    let database = TestDatabase::on(Engine::Postgres).await;
    let name = format!("{}_{}", database.name(), encoding.to_lowercase());
    let sql = format!(
        "CREATE DATABASE {name} ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
    );
    TestDatabase::execute_in("postgres", sql).await;
    let url = database.url.replace(database.name(), &name);
    refused(&database, &url, &[encoding, "ENCODING 'UTF8'"]);
    TestDatabase::execute_in("postgres", format!("DROP DATABASE {name}")).await;
}

#[rstest]
#[case::transaction("pool_mode = transaction")]
#[case::one_server_connection("pool_mode = transaction\ndefault_pool_size = 1")]
#[case::in_turns("pool_mode = transaction\nserver_round_robin = 1\nmin_pool_size = 3")]
#[case::statement("pool_mode = statement")]
#[tokio::test]
async fn postgres_pooler_in_transaction_mode_is_rejected(#[case] settings: &str) {
    let database = TestDatabase::on(Engine::Postgres).await;
    let Some(pooler) = PgBouncer::before(&database, settings) else {
        return;
    };
    refused(&database, &pooler.url, &REMEDIES);
}

#[tokio::test]
async fn postgres_pooler_of_a_replica_is_checked_as_well() {
    let database = TestDatabase::on(Engine::Postgres).await;
    let Some(pooler) = PgBouncer::before(&database, "pool_mode = transaction") else {
        return;
    };
    let migrated = with_database(&database, &database.url, &["migrate"]);
    assert_eq!(migrated.code, 0, "{}", migrated.err);
    let replicas = format!("database.replicas={}", pooler.url);
    let listed = ["--set", &replicas, "users", "list"];
    let output = with_database(&database, &database.url, &listed);
    assert_eq!(output.code, 1, "{}", output.err);
    assert!(output.err.contains("database.replicas: "), "{}", output.err);
    for reason in &REMEDIES[1..] {
        assert!(output.err.contains(reason), "{}", output.err);
    }
}

#[rstest]
#[case::off("pool_mode = transaction\nmax_prepared_statements = 0")]
#[case::statement_mode("pool_mode = statement\nmax_prepared_statements = 100")]
#[tokio::test]
async fn postgres_pooler_that_does_not_track_statements_is_rejected(#[case] settings: &str) {
    let database = TestDatabase::on(Engine::Postgres).await;
    let Some(pooler) = PgBouncer::tracking(&database, settings) else {
        return;
    };
    refused(&database, &pooler.url, &REMEDIES);
}

#[rstest]
#[case::transaction("")]
#[case::of_two_connections("default_pool_size = 2\nserver_round_robin = 1")]
#[case::in_turns("server_round_robin = 1\nmin_pool_size = 3")]
#[tokio::test]
async fn postgres_pooler_that_tracks_statements_is_accepted(#[case] settings: &str) {
    let database = TestDatabase::on(Engine::Postgres).await;
    let settings = format!("pool_mode = transaction\nmax_prepared_statements = 100\n{settings}");
    let Some(pooler) = PgBouncer::tracking(&database, &settings) else {
        return;
    };
    let commands: [&[&str]; 3] = [&["migrate"], &["migrate"], &["users", "list"]];
    for arguments in commands {
        let output = with_database(&database, &pooler.url, arguments);
        assert_eq!((output.code, output.err.as_str()), (0, ""), "{arguments:?}");
    }
}

#[tokio::test]
async fn postgres_pooler_that_rejects_a_startup_parameter_is_reported_with_a_remedy() {
    let database = TestDatabase::on(Engine::Postgres).await;
    let Some(pooler) = PgBouncer::before(&database, "pool_mode = session") else {
        return;
    };
    let url = format!("{}&options=-c%20statement_timeout%3D5s", pooler.url);
    refused(
        &database,
        &url,
        &[
            "options",
            "`ignore_startup_parameters`",
            "`ALTER ROLE … SET`",
        ],
    );
}

#[tokio::test]
async fn slow_postgres_pooler_with_one_server_connection_is_reported_and_works() {
    let database = TestDatabase::on(Engine::Postgres).await;
    let settings = "pool_mode = session\ndefault_pool_size = 1";
    let Some(pooler) = PgBouncer::before(&database, settings) else {
        return;
    };
    let migrated = with_database(&database, &pooler.url, &["migrate"]);
    assert_eq!(migrated.code, 0, "{}", migrated.err);
    assert_eq!(migrated.out, "Applied 3 migrations.\n");
    for part in ["`database.connections`", "`default_pool_size`"] {
        assert!(migrated.err.contains(part), "{}", migrated.err);
    }
    let one = ["--set", "database.connections=1", "users", "list"];
    let listed = with_database(&database, &pooler.url, &one);
    assert_eq!((listed.code, listed.err.as_str()), (0, ""));

    let folder = Arc::new(tempfile::tempdir().unwrap());
    let environment = [
        ("DATABASE_URL", &*pooler.url),
        ("SIGNET_DATABASE__CONNECTIONS", "1"),
    ];
    let mut service = ServiceProcess::start_in(folder, free_address(), &environment);
    let session = service.sign_up("ada@example.com", PASSWORD);
    let body = json!({"refresh_token": session["refresh_token"]});
    for _ in 0..10 {
        assert_eq!(service.post("/refresh", &body).0, 200);
    }
}

#[tokio::test]
async fn postgres_pooler_in_session_mode_works() {
    let database = TestDatabase::on(Engine::Postgres).await;
    let Some(pooler) = PgBouncer::before(&database, "pool_mode = session") else {
        return;
    };
    let migrated = with_database(&database, &pooler.url, &["migrate"]);
    assert_eq!(migrated.code, 0, "{}", migrated.err);
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let environment = [("DATABASE_URL", &*pooler.url)];
    let mut service = ServiceProcess::start_in(folder, free_address(), &environment);
    let session = service.sign_up("ada@example.com", PASSWORD);
    let refresh_token = session["refresh_token"].as_str().unwrap();
    for _ in 0..50 {
        let body = json!({"refresh_token": refresh_token});
        let (status, _) = service.post("/refresh", &body);
        assert_eq!(status, 200);
    }
}
