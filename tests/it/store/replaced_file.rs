//! A SQLite file that is replaced, deleted or moved while the service runs.

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    time::Duration,
};

use rstest::rstest;
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, Executor, SqliteConnection};

use crate::{
    cli::commands::run_signet,
    support::{
        ApiClient, PASSWORD, TestDatabase, TestService,
        databases::Engine,
        process::{ServiceProcess, free_address},
    },
};

const NEW: &str = "a brand new pass phrase";

/// The ways to replace the file at the path of an open database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Replaced,
    Deleted,
    Moved,
    LinkedElsewhere,
}

/// A copy of the current database in one file.
async fn back_up(file: &Path) -> PathBuf {
    let backup = file.with_file_name("backup.db");
    let mut connection = open(file).await;
    let sql = format!("VACUUM INTO '{}'", backup.display());
    connection.execute(AssertSqlSafe(sql)).await.unwrap();
    connection.close().await.unwrap();
    backup
}

async fn open(file: &Path) -> SqliteConnection {
    let url = format!("sqlite://{}", file.display());
    SqliteConnection::connect(&url).await.unwrap()
}

/// The names of the users, and the result of the integrity check.
async fn content(file: &Path) -> (Vec<Option<String>>, String) {
    let mut connection = open(file).await;
    let names = sqlx::query_scalar("SELECT name FROM users ORDER BY id");
    let names = names.fetch_all(&mut connection).await.unwrap();
    let check = sqlx::query_scalar("PRAGMA integrity_check");
    let check = check.fetch_one(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    (names, check)
}

fn named(name: &str) -> (Vec<Option<String>>, String) {
    (vec![Some(name.to_owned())], "ok".to_owned())
}

impl Fault {
    fn occurs(self, file: &Path, backup: &Path) {
        match self {
            Self::Replaced => fs::rename(backup, file).unwrap(),
            Self::Deleted => fs::remove_file(file).unwrap(),
            Self::Moved => {
                fs::rename(file, file.with_file_name("moved.db")).unwrap();
                fs::rename(backup, file).unwrap();
            }
            Self::LinkedElsewhere => {
                fs::remove_file(file).unwrap();
                symlink(backup, file).unwrap();
            }
        }
    }
}

async fn every_row_is_refused(ada: &ApiClient<'_>) {
    let set = ada.send_json("PUT", "/password", json!({"new_password": NEW}));
    set.await.assert_problem(503, "unavailable");
    let refreshed = ada.refresh().await;
    refreshed.assert_problem(503, "unavailable");
    ada.get("/readyz").await.assert_problem(503, "unavailable");
    ada.get("/me").await.assert_problem(503, "unavailable");
    let logged_in = ada.log_in("ada@example.com", PASSWORD).await;
    logged_in.assert_problem(503, "unavailable");
}

#[rstest]
#[case(Fault::Replaced)]
#[case(Fault::Deleted)]
#[case(Fault::Moved)]
#[case(Fault::LinkedElsewhere)]
#[tokio::test]
async fn replaced_database_file_serves_no_rows(#[case] fault: Fault) {
    let mut database = TestDatabase::on(Engine::Sqlite).await;
    let mut file = database.folder.path().join("signet.db");
    let target = database.folder.path().join("target.db");
    if fault == Fault::LinkedElsewhere {
        file = database.folder.path().join("link.db");
        symlink(&target, &file).unwrap();
        fs::write(&target, "").unwrap();
        database.url = format!("sqlite://{}", file.display());
    }
    let service = TestService::in_database(database, "", None).await;
    let ada = service.signed_up("ada@example.com").await;
    let rename = async |name: &str| ada.send_json("PATCH", "/me", json!({"name": name})).await;
    rename("Before").await.assert_status(200);
    let backup = back_up(&file).await;
    rename("After").await.assert_status(200);
    ada.get("/readyz").await.assert_status(200);

    fault.occurs(&file, &backup);
    // A write compares the file at once, and later requests use the result.
    every_row_is_refused(&ada).await;
    every_row_is_refused(&ada).await;
    service.app.store.close().await;

    // Nothing that the service wrote reaches the new file.
    match fault {
        Fault::Deleted => assert!(!file.exists()),
        Fault::Replaced => assert_eq!(content(&file).await, named("Before")),
        Fault::Moved => {
            assert_eq!(content(&file).await, named("Before"));
            let moved = file.with_file_name("moved.db");
            assert_eq!(content(&moved).await, named("After"));
        }
        Fault::LinkedElsewhere => {
            assert_eq!(content(&file).await, named("Before"));
            assert_eq!(content(&target).await, named("After"));
        }
    }
}

#[tokio::test]
async fn file_replacement_is_detected_within_a_second() {
    let service = TestService::new().await;
    let ada = service.signed_up("ada@example.com").await;
    let file = service.database.folder.path().join("signet.db");
    let backup = back_up(&file).await;
    ada.refresh().await.assert_status(200);
    fs::rename(&backup, &file).unwrap();
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let refreshed = ada.refresh().await;
    refreshed.assert_problem(503, "unavailable");
    ada.get("/readyz").await.assert_problem(503, "unavailable");
}

#[tokio::test]
async fn restored_database_file_serves_again() {
    let service = TestService::new().await;
    let ada = service.signed_up("ada@example.com").await;
    let file = service.database.folder.path().join("signet.db");
    let away = file.with_file_name("away.db");
    fs::rename(&file, &away).unwrap();
    every_row_is_refused(&ada).await;
    fs::rename(&away, &file).unwrap();
    ada.refresh().await.assert_status(200);
    let renamed = ada.send_json("PATCH", "/me", json!({"name": "Ada"})).await;
    renamed.assert_status(200);
    ada.get("/readyz").await.assert_status(200);
}

#[rstest]
#[case(Fault::Replaced)]
#[case(Fault::Deleted)]
#[tokio::test]
async fn slow_command_rejects_a_file_other_than_that_of_the_service(#[case] fault: Fault) {
    let mut service = ServiceProcess::start(&[]);
    service.sign_up("ada@example.com", PASSWORD);
    let folder = service.folder.clone();
    let folder = folder.path();
    let file = folder.join("signet.db");
    let backup = back_up(&file).await;
    let made = ["users", "create", "bob@example.com"];
    assert_eq!(run_signet(folder, &made, PASSWORD).code, 0);
    fault.occurs(&file, &backup);
    let address = free_address().to_string();
    let commands: [&[&str]; 5] = [
        &["users", "list"],
        &["users", "logout", "--all", "--yes"],
        &["users", "create", "cem@example.com"],
        &["migrate"],
        &["serve", "--listen", &address],
    ];
    for command in commands {
        let output = run_signet(folder, command, PASSWORD);
        assert_eq!(output.code, 1, "{command:?}: {}", output.err);
        assert!(
            output.err.contains("signet.db") && output.err.contains("restart the service"),
            "{command:?}: {}",
            output.err
        );
    }
    assert_eq!(service.get("/readyz", "").0, 503);
    service.wait_for("the log says what to do", |it| {
        let log = it.logged();
        let log = log.lock().unwrap();
        log.contains("restart the service")
    });

    service.signal("-TERM");
    let (status, printed) = service.ended();
    assert!(status.success(), "{printed}");
    let listed = run_signet(folder, &["users", "list"], "");
    if fault == Fault::Deleted {
        assert!(
            listed.err.contains("there is no database at"),
            "{}",
            listed.err
        );
    } else {
        assert_eq!(listed.code, 0, "{}", listed.err);
        assert!(listed.out.contains("ada@example.com"), "{}", listed.out);
        assert!(!listed.out.contains("bob@example.com"), "{}", listed.out);
        assert_eq!(content(&file).await.1, "ok");
    }
}
