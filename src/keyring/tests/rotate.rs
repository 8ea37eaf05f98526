//! Rotation by a timer, and what it leaves behind.

use std::fs;

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    super::*,
    folders::{folder, load, succeed_all},
    hours, start,
};
use crate::{config::Config, entropy::Entropy};

fn days(n: i64) -> TimeDelta {
    TimeDelta::days(n)
}

fn turn(config: &Config, now: DateTime<Utc>) -> Vec<String> {
    let leeway = config.tokens.leeway;
    let written = rotate(
        &config.keys,
        &config.issuer,
        leeway,
        &Entropy::system(),
        now,
    );
    names(&written.unwrap())
}

fn sweep(config: &Config, now: DateTime<Utc>) -> Vec<String> {
    names(&prune(&config.keys, &config.issuer, config.tokens.leeway, now).unwrap())
}

fn names(files: &[Written]) -> Vec<String> {
    files.iter().map(|it| it.file.to_string()).collect()
}

#[test]
fn a_timer_rotates_when_it_is_time_and_only_once() {
    let (_folder, config) = folder();
    let due = start() + days(90);
    let nothing: [&str; 0] = [];
    assert_eq!(turn(&config, due - TimeDelta::seconds(1)), nothing);
    let next = ["20260402T000000Z.es256.pem", "20260402T000000Z.secret"];
    assert_eq!(turn(&config, due), next);
    // While one waits, and while it is young.
    for later in [hours(0), hours(1), hours(24), days(90)] {
        assert_eq!(turn(&config, due + later), nothing);
    }
    let again = ["20260702T000000Z.es256.pem", "20260702T000000Z.secret"];
    assert_eq!(turn(&config, due + days(91)), again);
}

#[test]
fn whoever_has_a_successor_is_not_given_another() {
    let (folder, config) = folder();
    let signs_from = start() + days(91);
    let secret = [KeyKind::Secret];
    write_successors(folder.path(), &secret, signs_from, &Entropy::system()).unwrap();
    let due = start() + days(90);
    assert_eq!(turn(&config, due), ["20260402T000000Z.es256.pem"]);
}

#[test]
fn many_timers_at_once_are_one() {
    let (_folder, config) = folder();
    let due = start() + days(90);
    let turns: Vec<_> = std::thread::scope(|scope| {
        let turns: Vec<_> = (0..8)
            // Their clocks agree as well as clocks do.
            .map(|i| {
                scope.spawn({
                    let config = &config;
                    move || turn(config, due + TimeDelta::seconds(i))
                })
            })
            .collect();
        turns.into_iter().map(|turn| turn.join().unwrap()).collect()
    });
    assert_eq!(
        turns.iter().filter(|written| !written.is_empty()).count(),
        1
    );
    assert_eq!(fs::read_dir(&config.keys.folder).unwrap().count(), 4);
}

#[test]
fn what_can_verify_nothing_is_removed_and_nothing_else() {
    let (folder, config) = folder();
    let next = start() + hours(24);
    succeed_all(folder.path(), next);
    let nothing: [&str; 0] = [];
    let second = TimeDelta::seconds(1);
    assert_eq!(sweep(&config, next + hours(2) - second), nothing);
    assert_eq!(
        sweep(&config, next + hours(2)),
        ["20260101T000000Z.es256.pem"]
    );
    assert_eq!(sweep(&config, next + hours(2)), nothing);
    let idle = next + days(30) + config.tokens.leeway;
    assert_eq!(sweep(&config, idle - second), nothing);
    assert_eq!(sweep(&config, idle), ["20260101T000000Z.secret"]);
    let (keyring, _) = load(&config, idle).unwrap();
    assert_eq!(keyring.list().len(), 2);
}

/// Services go on with the predecessor of what they cannot read.
#[test]
fn beside_a_broken_file_nothing_is_written_and_nothing_removed() {
    let (folder, config) = folder();
    let [key, _] = succeed_all(folder.path(), start() + hours(24));
    fs::write(folder.path().join(key.to_string()), "nonsense").unwrap();
    let later = start() + days(400);
    let leeway = config.tokens.leeway;
    let pruned = prune(&config.keys, &config.issuer, leeway, later).unwrap_err();
    let rotated = rotate(
        &config.keys,
        &config.issuer,
        leeway,
        &Entropy::system(),
        later,
    );
    assert_eq!(rotated.unwrap_err(), pruned);
    assert!(
        pruned[0]
            .to_string()
            .ends_with("20260102T000000Z.es256.pem: is not PEM")
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 4);
}

#[test]
fn the_outlook_says_what_signs_and_what_comes() {
    let (folder, config) = folder();
    let [key, _] = succeed_all(folder.path(), start() + hours(24));
    fs::remove_file(folder.path().join("20260102T000000Z.secret")).unwrap();
    let (keyring, _) = load(&config, start()).unwrap();
    let outlook = |kind, next| Outlook {
        kind,
        signing: Some(start()),
        next,
    };
    let expected = [
        outlook(key.kind, Some(key.signs_from)),
        outlook(KeyKind::Secret, None),
    ];
    assert_eq!(keyring.outlook(start()), expected);
}
