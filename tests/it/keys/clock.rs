//! `signet keys rotate` and `prune` by a clock that may be wrong.

use std::{
    fs,
    path::{Path, PathBuf},
};

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    cli::commands::{Said, say},
    support::{Engine, TestDatabase, keys::key_files},
};

fn keys(folder: &Path, arguments: &[&str]) -> Said {
    say(folder, &[&["keys"], arguments].concat(), "")
}

fn days_ago(days: i64) -> DateTime<Utc> {
    Utc::now() - TimeDelta::days(days)
}

/// Gives what was written last that time: in its name, and as the time of its last change.
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

/// A folder whose second key and secret began to sign so long ago, ten days after the first ones.
fn folder(settings: &str, days: i64) -> (tempfile::TempDir, Vec<PathBuf>) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("signet.toml"), settings).unwrap();
    assert_eq!(keys(folder.path(), &["generate"]).code, 0);
    let first = date(folder.path(), days_ago(days + 10));
    assert_eq!(keys(folder.path(), &["generate", "--now"]).code, 0);
    date(folder.path(), days_ago(days));
    (folder, first)
}

/// As it looks to a clock that is a year ahead.
#[test]
fn without_a_second_clock_a_year_without_a_rotation_needs_the_date() {
    let (folder, first) = folder("", 366);
    let folder = folder.path();
    let before = key_files(&folder.join("keys"), "");
    let refused = keys(folder, &["rotate"]);
    assert_eq!(refused.code, 2);
    let remedy = format!("`signet keys rotate --today {}`", Utc::now().format("%F"));
    assert!(
        refused.err.contains("the clock may be ahead"),
        "{}",
        refused.err
    );
    assert!(refused.err.contains(&remedy), "{}", refused.err);
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
    let today = Utc::now().format("%F").to_string();
    let pruned = keys(folder, &["prune", "--today", &today]);
    assert!(pruned.out.contains(".secret  removed\n"), "{}", pruned.out);
    let rotated = keys(folder, &["rotate", "--today", &today]);
    assert_eq!((rotated.code, rotated.out.lines().count()), (0, 2));
    assert_eq!(keys(folder, &["rotate"]).out, "No rotation is due.\n");
}

/// As a clock that was ahead has left it.
#[test]
fn a_successor_that_lies_too_far_ahead_is_reported() {
    let (folder, first) = folder("", 10);
    let folder = folder.path();
    assert_eq!(keys(folder, &["generate"]).code, 0);
    let far = date(folder, days_ago(-375));
    for command in ["rotate", "prune"] {
        let said = keys(folder, &[command]);
        assert_eq!((said.code, said.out.as_str()), (2, ""));
        for path in &far {
            let name = path.file_name().unwrap().to_str().unwrap();
            let fault = format!("{name}: signs only from 20");
            assert!(said.err.contains(&fault), "{}", said.err);
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
async fn the_clock_of_the_database_server_confirms_this_one_or_does_not() {
    let Some(database) = TestDatabase::on(Engine::Postgres).await else {
        return;
    };
    let url = format!("database.url = '{}'", database.url);
    let (folder, first) = folder(&url, 366);
    let folder = folder.path();
    // Another clock than this machine's, under the name that is asked for.
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
    let pruned = keys(folder, &["prune"]).out;
    assert_eq!(pruned.matches("removed").count(), 2, "{pruned}");
    assert!(first.iter().all(|path| !path.exists()));
    assert_eq!(keys(folder, &["rotate"]).out.lines().count(), 2);
}

#[test]
fn without_the_database_server_nothing_is_removed() {
    let settings = "database.url = 'postgres://signet@127.0.0.1:1/signet'";
    let (folder, first) = folder(settings, 366);
    let folder = folder.path();
    let refused = keys(folder, &["prune"]);
    assert_eq!(refused.code, 1);
    for part in ["database.url: ", "nothing was removed", "`--today 20"] {
        assert!(refused.err.contains(part), "{}", refused.err);
    }
    assert!(first.iter().all(|path| path.exists()));
    let today = Utc::now().format("%F").to_string();
    let pruned = keys(folder, &["prune", "--today", &today]);
    assert_eq!(pruned.out.matches("removed").count(), 2, "{}", pruned.out);
}
