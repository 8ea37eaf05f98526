//! Several processes that start at once on a new database.

use std::{
    fs,
    process::{Child, Stdio},
    sync::Arc,
    time::Duration,
};

use rstest::rstest;
use sqlx::{Connection, Executor, SqliteConnection};

use super::Said;
use crate::support::{
    Engine, TestDatabase,
    process::{Service, signet},
};

/// Starts `signet migrate` on that database.
fn migrate(database: &TestDatabase) -> Child {
    let mut command = signet(database.folder.path());
    command.arg("migrate").env("DATABASE_URL", &database.url);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

fn said(child: Child) -> Said {
    child.wait_with_output().unwrap().into()
}

#[rstest]
#[tokio::test]
async fn of_several_migrations_at_once_one_applies_and_all_succeed(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let rounds = if engine == Engine::Sqlite { 6 } else { 1 };
    for _ in 0..rounds {
        let Some(database) = TestDatabase::on(engine).await else {
            return;
        };
        let started: Vec<_> = (0..6).map(|_| migrate(&database)).collect();
        let mut applied = 0;
        for child in started {
            let said = said(child);
            assert_eq!(said.code, 0, "{}", said.err);
            match said.out.as_str() {
                "Applied 3 migrations.\n" => applied += 1,
                "The schema is up to date.\n" => {}
                other => panic!("{other}"),
            }
        }
        assert_eq!(applied, 1);
    }
}

#[rstest]
#[tokio::test]
async fn several_services_start_at_once(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let Some(database) = TestDatabase::on(engine).await else {
        return;
    };
    let keys = Arc::new(tempfile::tempdir().unwrap());
    let mut generate = signet(keys.path());
    generate.args(["keys", "generate"]);
    generate.stdout(Stdio::null()).stderr(Stdio::null());
    assert!(generate.status().unwrap().success());
    std::thread::scope(|scope| {
        let start = || {
            let folder = keys.clone();
            let environment = [("DATABASE_URL", &*database.url)];
            let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_signet"));
            command.args(["serve", "--migrate"]);
            Service::start_as(command, folder, &environment)
        };
        let services: Vec<_> = (0..3).map(|_| scope.spawn(start)).collect();
        for service in services {
            assert_eq!(service.join().unwrap().get("/readyz", "").0, 200);
        }
    });
}

#[tokio::test]
async fn a_migration_waits_for_another_process() {
    let database = TestDatabase::on(Engine::Sqlite).await.unwrap();
    let url = format!("{}?mode=rwc", database.url);
    let mut other = SqliteConnection::connect(&url).await.unwrap();
    other.execute("PRAGMA journal_mode = WAL").await.unwrap();
    let locked = other.begin_with("BEGIN IMMEDIATE").await.unwrap();
    let mut waiting = migrate(&database);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(waiting.try_wait().unwrap().is_none());
    locked.commit().await.unwrap();
    let said = said(waiting);
    assert_eq!(said.out, "Applied 3 migrations.\n", "{}", said.err);
}

#[rstest]
#[tokio::test]
async fn a_migration_that_is_killed_leaves_no_lock(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    for moment in [1, 4, 8, 12, 16, 24, 32] {
        let Some(database) = TestDatabase::on(engine).await else {
            return;
        };
        let mut killed = migrate(&database);
        tokio::time::sleep(Duration::from_millis(moment)).await;
        let _ = killed.kill();
        killed.wait().unwrap();
        let said = said(migrate(&database));
        assert_eq!(said.code, 0, "{}", said.err);
        for entry in fs::read_dir(database.folder.path()).unwrap() {
            let name = entry.unwrap().file_name();
            let names = ["signet.db", "signet.db-wal", "signet.db-shm"];
            assert!(names.contains(&name.to_str().unwrap()), "{name:?}");
        }
    }
}
