//! Concurrent first starts and migrations.

use std::{
    fs,
    process::{Child, Stdio},
    sync::Arc,
    time::Duration,
};

use rstest_reuse::apply;
use sqlx::{Connection, Executor, SqliteConnection};

use super::CommandOutput;
use crate::support::{
    Engine, TestDatabase, both_engines,
    process::{ServiceProcess, signet},
};

/// Starts `signet migrate` on a database.
fn migrate(database: &TestDatabase) -> Child {
    let mut command = signet(database.folder.path());
    command.arg("migrate").env("DATABASE_URL", &database.url);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

fn output(child: Child) -> CommandOutput {
    child.wait_with_output().unwrap().into()
}

#[apply(both_engines)]
#[tokio::test]
async fn concurrent_migrations_apply_once_and_all_succeed(engine: Engine) {
    let rounds = if engine == Engine::Sqlite { 6 } else { 1 };
    for _ in 0..rounds {
        let database = TestDatabase::on(engine).await;
        let started: Vec<_> = (0..6).map(|_| migrate(&database)).collect();
        let mut applied = 0;
        for child in started {
            let output = output(child);
            assert_eq!(output.code, 0, "{}", output.err);
            match output.out.as_str() {
                "Applied 3 migrations.\n" => applied += 1,
                "The schema is up to date.\n" => {}
                other => panic!("{other}"),
            }
        }
        assert_eq!(applied, 1);
    }
}

#[apply(both_engines)]
#[tokio::test]
async fn concurrent_first_starts_succeed(engine: Engine) {
    let database = TestDatabase::on(engine).await;
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
            ServiceProcess::start_as(command, folder, &environment)
        };
        let services: Vec<_> = (0..3).map(|_| scope.spawn(start)).collect();
        for service in services {
            assert_eq!(service.join().unwrap().get("/readyz", "").0, 200);
        }
    });
}

#[tokio::test]
async fn migration_waits_for_another_process() {
    let database = TestDatabase::on(Engine::Sqlite).await;
    let url = format!("{}?mode=rwc", database.url);
    let mut other = SqliteConnection::connect(&url).await.unwrap();
    other.execute("PRAGMA journal_mode = WAL").await.unwrap();
    let locked = other.begin_with("BEGIN IMMEDIATE").await.unwrap();
    let mut waiting = migrate(&database);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(waiting.try_wait().unwrap().is_none());
    locked.commit().await.unwrap();
    let output = output(waiting);
    assert_eq!(output.out, "Applied 3 migrations.\n", "{}", output.err);
}

#[apply(both_engines)]
#[tokio::test]
async fn killed_migration_leaves_no_lock(engine: Engine) {
    for moment in [1, 4, 8, 12, 16, 24, 32] {
        let database = TestDatabase::on(engine).await;
        let mut killed = migrate(&database);
        tokio::time::sleep(Duration::from_millis(moment)).await;
        let _ = killed.kill();
        killed.wait().unwrap();
        let output = output(migrate(&database));
        assert_eq!(output.code, 0, "{}", output.err);
        for entry in fs::read_dir(database.folder.path()).unwrap() {
            let name = entry.unwrap().file_name();
            let names = ["signet.db", "signet.db-wal", "signet.db-shm"];
            assert!(names.contains(&name.to_str().unwrap()), "{name:?}");
        }
    }
}
