//! `signet keys rotate` and `prune` with a wrong clock.

use std::{
    fs,
    path::{Path, PathBuf},
};

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    cli::commands::{CommandOutput, run_signet},
    support::{Engine, TestDatabase, keys::key_files},
};

fn keys(folder: &Path, arguments: &[&str]) -> CommandOutput {
    run_signet(folder, &[&["keys"], arguments].concat(), "")
}

fn today() -> String {
    Utc::now().format("%F").to_string()
}

fn days_ago(days: i64) -> DateTime<Utc> {
    Utc::now() - TimeDelta::days(days)
}

/// Sets the time of the newest files, in the name and as modification time.
fn date(folder: &Path, time: DateTime<Utc>) -> Vec<PathBuf> {
    let keys = folder.join("keys");
    let newest = key_files(&keys, "").pop().unwrap();
    let (newest, _) = newest.split_once('.').unwrap();
    let named = key_files(&keys, "").into_iter();
    let written = named.filter(|name| name.starts_with(newest));
    let dated = written.map(|name| {
        let (_, kind) = name.split_once('.').unwrap();
        let path = keys.join(format!("{}.{kind}", time.format("%Y%m%dT%H%M%SZ")));
        fs::rename(keys.join(&name), &path).unwrap();
        let file = fs::File::open(&path).unwrap();
        file.set_modified(time.into()).unwrap();
        path
    });
    dated.collect()
}

/// A folder whose second key and secret became active this many days ago, ten days after the first
/// ones.
fn folder(settings: &str, days: i64) -> (tempfile::TempDir, Vec<PathBuf>) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("signet.toml"), settings).unwrap();
    assert_eq!(keys(folder.path(), &["generate"]).code, 0);
    let first = date(folder.path(), days_ago(days + 10));
    assert_eq!(keys(folder.path(), &["generate", "--now"]).code, 0);
    date(folder.path(), days_ago(days));
    (folder, first)
}

/// Creates the database with a user: beside an empty one, secrets are kept.
fn with_a_user(folder: &Path) {
    assert_eq!(run_signet(folder, &["migrate"], "").code, 0);
    let create = ["users", "create", "ada@example.com"];
    let created = run_signet(folder, &create, "correct horse battery staple\n");
    assert_eq!(created.code, 0, "{}", created.err);
}

/// The situation of a clock that is a year ahead.
#[test]
fn rotation_after_a_year_needs_the_date_without_a_second_clock() {
    let (folder, first) = folder("", 366);
    let folder = folder.path();
    let before = key_files(&folder.join("keys"), "");
    let before_command = today();
    let refused = keys(folder, &["rotate"]);
    assert_eq!(refused.code, 2);
    // Midnight may pass while the command runs.
    let is_named = [before_command, today()].iter().any(|day| {
        refused
            .err
            .contains(&format!("`signet keys rotate --today {day}`"))
    });
    assert!(is_named, "{}", refused.err);
    assert!(
        refused.err.contains("the clock may be ahead"),
        "{}",
        refused.err
    );
    let pruned = keys(folder, &["prune"]).out;
    // The key was retired two hours after its successor began; the secret verifies for a month.
    let [key, secret] = &first[..] else { panic!() };
    assert!(!key.exists() && secret.exists(), "{pruned}");
    assert!(pruned.contains(".secret  kept\n"), "{pruned}");
    assert!(
        pruned.contains("run `signet keys prune --today"),
        "{pruned}"
    );
    assert_eq!(key_files(&folder.join("keys"), "").len(), before.len() - 1);

    let wrong = keys(folder, &["prune", "--today", "2001-01-01"]);
    assert_eq!(wrong.code, 1);
    assert!(
        wrong.err.contains("more than a day from 2001-01-01"),
        "{}",
        wrong.err
    );
    assert!(secret.exists());
    let today = today();
    // Stored data may be sealed by the secret.
    let kept = keys(folder, &["prune", "--today", &today]);
    assert_eq!(kept.code, 1);
    assert!(kept.err.contains("there is no database at"), "{}", kept.err);
    assert!(secret.exists());
    with_a_user(folder);
    let pruned = keys(folder, &["prune", "--today", &today]);
    assert!(pruned.out.contains(".secret  removed\n"), "{}", pruned.out);
    let rotated = keys(folder, &["rotate", "--today", &today]);
    assert_eq!((rotated.code, rotated.out.lines().count()), (0, 2));
    assert_eq!(keys(folder, &["rotate"]).out, "No rotation is due.\n");
}

/// The state that a fast clock has left behind.
#[test]
fn successor_too_far_in_the_future_is_reported() {
    let (folder, first) = folder("", 10);
    let folder = folder.path();
    assert_eq!(keys(folder, &["generate"]).code, 0);
    let far = date(folder, days_ago(-375));
    for command in ["rotate", "prune"] {
        let output = keys(folder, &[command]);
        assert_eq!((output.code, output.out.as_str()), (2, ""));
        for path in &far {
            let name = path.file_name().unwrap().to_str().unwrap();
            let fault = format!("{name}: signs only from 20");
            assert!(output.err.contains(&fault), "{}", output.err);
        }
    }
    let listed = keys(folder, &["list"]);
    assert_eq!(listed.err.matches("signs later than").count(), 2);
    assert!(first.iter().all(|path| path.exists()));
    for path in far {
        fs::remove_file(path).unwrap();
    }
    assert_eq!(keys(folder, &["rotate"]).out, "No rotation is due.\n");
}

#[tokio::test]
async fn clock_is_compared_with_the_postgres_server() {
    let database = TestDatabase::on(Engine::Postgres).await;
    let url = format!("database.url = '{}'", database.url);
    let (folder, first) = folder(&url, 366);
    let folder = folder.path();
    // A function with the name of the server clock returns another time.
    for sql in [
        "CREATE SCHEMA wrong",
        "CREATE FUNCTION wrong.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS \
         'SELECT pg_catalog.clock_timestamp() - interval ''366 days'''",
    ] {
        database.execute(sql).await;
    }
    let name = database.name();
    let path = |path: &str| format!("ALTER DATABASE \"{name}\" SET search_path = {path}");
    database.execute(&path("wrong, pg_catalog, public")).await;
    for command in ["rotate", "prune"] {
        let refused = keys(folder, &[command]);
        assert_eq!(refused.code, 1);
        let fault = "(the clock of the database server), so nothing was written or removed";
        assert!(refused.err.contains(fault), "{}", refused.err);
    }
    assert!(first.iter().all(|path| path.exists()));

    database.execute(&path("public")).await;
    with_a_user(folder);
    let pruned = keys(folder, &["prune"]).out;
    assert_eq!(pruned.matches("removed").count(), 2, "{pruned}");
    assert!(first.iter().all(|path| !path.exists()));
    assert_eq!(keys(folder, &["rotate"]).out.lines().count(), 2);
}

#[test]
fn nothing_is_removed_without_the_database_server() {
    let settings = "database.url = 'postgres://signet@127.0.0.1:1/signet'";
    let (folder, first) = folder(settings, 366);
    let folder = folder.path();
    let refused = keys(folder, &["prune"]);
    assert_eq!(refused.code, 1);
    for part in ["database.url: ", "nothing was removed", "`--today 20"] {
        assert!(refused.err.contains(part), "{}", refused.err);
    }
    assert!(first.iter().all(|path| path.exists()));
    let today = today();
    // The secret may have sealed stored data.
    let pruned = keys(folder, &["prune", "--today", &today]);
    assert_eq!(pruned.code, 1);
    assert_eq!(pruned.out.matches("removed").count(), 1, "{}", pruned.out);
    assert!(pruned.out.contains(".secret  kept"), "{}", pruned.out);
    assert!(
        pruned.err.contains("the retired secrets are kept"),
        "{}",
        pruned.err
    );
}
