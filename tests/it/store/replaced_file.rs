//! A SQLite file that is replaced, deleted or moved while the service has it open.

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
    cli::commands::say,
    support::{
        Actor, House, PASSWORD, TestDatabase,
        databases::Engine,
        process::{Service, free_address},
    },
};

const NEW: &str = "a brand new pass phrase";

/// The ways in which the path of an open file comes to lead elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Replaced,
    Deleted,
    Moved,
    LinkedElsewhere,
}

/// A copy of the database as it is now, in one file.
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

/// The names of the users, and whether the file is sound.
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

async fn every_row_is_refused(ada: &Actor<'_>) {
    let set = ada.ask("PUT", "/password", json!({"new_password": NEW}));
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
async fn a_file_that_is_not_the_open_one_serves_no_row(#[case] fault: Fault) {
    let mut database = TestDatabase::on(Engine::Sqlite).await.unwrap();
    let mut file = database.folder.path().join("signet.db");
    let target = database.folder.path().join("target.db");
    if fault == Fault::LinkedElsewhere {
        file = database.folder.path().join("link.db");
        symlink(&target, &file).unwrap();
        fs::write(&target, "").unwrap();
        database.url = format!("sqlite://{}", file.display());
    }
    let house = House::in_database(database, "", None).await;
    let ada = house.signed_up("ada@example.com").await;
    let rename = async |name: &str| ada.ask("PATCH", "/me", json!({"name": name})).await;
    rename("Before").await.assert_status(200);
    let backup = back_up(&file).await;
    rename("After").await.assert_status(200);
    ada.get("/readyz").await.assert_status(200);

    fault.occurs(&file, &backup);
    // A write is compared at once, and what follows knows of it.
    every_row_is_refused(&ada).await;
    every_row_is_refused(&ada).await;
    house.app.store.close().await;

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
async fn a_read_notices_within_a_second_that_the_file_was_replaced() {
    let house = House::new().await;
    let ada = house.signed_up("ada@example.com").await;
    let file = house.database.folder.path().join("signet.db");
    let backup = back_up(&file).await;
    ada.refresh().await.assert_status(200);
    fs::rename(&backup, &file).unwrap();
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let refreshed = ada.refresh().await;
    refreshed.assert_problem(503, "unavailable");
    ada.get("/readyz").await.assert_problem(503, "unavailable");
}

#[tokio::test]
async fn a_file_that_comes_back_serves_again() {
    let house = House::new().await;
    let ada = house.signed_up("ada@example.com").await;
    let file = house.database.folder.path().join("signet.db");
    let away = file.with_file_name("away.db");
    fs::rename(&file, &away).unwrap();
    every_row_is_refused(&ada).await;
    fs::rename(&away, &file).unwrap();
    ada.refresh().await.assert_status(200);
    let renamed = ada.ask("PATCH", "/me", json!({"name": "Ada"})).await;
    renamed.assert_status(200);
    ada.get("/readyz").await.assert_status(200);
}

#[rstest]
#[case(Fault::Replaced)]
#[case(Fault::Deleted)]
#[tokio::test]
async fn slow_the_command_line_refuses_another_file_than_that_of_the_service(#[case] fault: Fault) {
    let mut service = Service::start(&[]);
    service.sign_up("ada@example.com", PASSWORD);
    let folder = service.folder.clone();
    let folder = folder.path();
    let file = folder.join("signet.db");
    let backup = back_up(&file).await;
    let made = ["users", "create", "bob@example.com"];
    assert_eq!(say(folder, &made, PASSWORD).code, 0);
    fault.occurs(&file, &backup);
    let address = free_address().to_string();
    let commands: [&[&str]; 5] = [
        &["users", "list"],
        &["users", "logout", "--all"],
        &["users", "create", "cem@example.com"],
        &["migrate"],
        &["serve", "--listen", &address],
    ];
    for command in commands {
        let said = say(folder, command, PASSWORD);
        assert_eq!(said.code, 1, "{command:?}: {}", said.err);
        assert!(
            said.err.contains("signet.db") && said.err.contains("restart the service"),
            "{command:?}: {}",
            said.err
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
    let listed = say(folder, &["users", "list"], "");
    if fault == Fault::Deleted {
        assert!(listed.err.contains("does not exist"), "{}", listed.err);
    } else {
        assert_eq!(listed.code, 0, "{}", listed.err);
        assert!(listed.out.contains("ada@example.com"), "{}", listed.out);
        assert!(!listed.out.contains("bob@example.com"), "{}", listed.out);
        assert_eq!(content(&file).await.1, "ok");
    }
}
