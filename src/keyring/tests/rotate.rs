//! Rotation and pruning by a timer.

use std::fs;

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    super::*,
    folders::{folder, load, write_successors_of_all},
    hours, start,
};
use crate::{config::Config, entropy::Entropy};

fn days(n: i64) -> TimeDelta {
    TimeDelta::days(n)
}

fn rotate_unconfirmed(config: &Config, now: DateTime<Utc>) -> Vec<String> {
    let leeway = config.tokens.leeway;
    let written = rotate(
        &config.keys,
        &config.issuer,
        leeway,
        &Entropy::system(),
        CheckedTime::unconfirmed(now),
    );
    names(&written.unwrap())
}

/// Prunes by a clock that another clock confirms.
fn prune_confirmed(config: &Config, now: DateTime<Utc>) -> Vec<String> {
    let pruned = prune_at(config, CheckedTime::confirmed_by(now, now).unwrap()).unwrap();
    assert_eq!(pruned.unproven, []);
    names(&pruned.removed)
}

fn prune_at(config: &Config, time: CheckedTime) -> Result<PruneReport, Vec<KeyringError>> {
    let secrets = RetiredSecrets::Remove;
    prune(
        &config.keys,
        &config.issuer,
        config.tokens.leeway,
        time,
        secrets,
    )
}

fn rotate_at(config: &Config, time: CheckedTime) -> Result<Vec<WrittenFile>, Vec<KeyringError>> {
    let leeway = config.tokens.leeway;
    rotate(
        &config.keys,
        &config.issuer,
        leeway,
        &Entropy::system(),
        time,
    )
}

/// Sets the modification time of every file to the time from which it signs, as after the first generation
/// or an emergency.
fn set_written_when_signing(config: &Config) {
    for entry in fs::read_dir(&config.keys.folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let signs_from = name.parse::<KeyFileName>().unwrap().signs_from;
        let file = fs::File::open(&path).unwrap();
        file.set_modified(signs_from.into()).unwrap();
    }
}

fn names(files: &[WrittenFile]) -> Vec<String> {
    files.iter().map(|it| it.file.to_string()).collect()
}

#[test]
fn timer_rotates_once_when_a_key_is_due() {
    let (_folder, config) = folder();
    let due = start() + days(90);
    let nothing: [&str; 0] = [];
    assert_eq!(
        rotate_unconfirmed(&config, due - TimeDelta::seconds(1)),
        nothing
    );
    let next = ["20260402T000000Z.es256.pem", "20260402T000000Z.secret"];
    assert_eq!(rotate_unconfirmed(&config, due), next);
    // While a successor waits, and while it is young.
    for later in [hours(0), hours(1), hours(24), days(90)] {
        assert_eq!(rotate_unconfirmed(&config, due + later), nothing);
    }
    let again = ["20260702T000000Z.es256.pem", "20260702T000000Z.secret"];
    assert_eq!(rotate_unconfirmed(&config, due + days(91)), again);
}

#[test]
fn key_with_a_successor_gets_no_other() {
    let (folder, config) = folder();
    let signs_from = start() + days(91);
    let secret = [KeyKind::Secret];
    write_successors(folder.path(), &secret, signs_from, &Entropy::system()).unwrap();
    let due = start() + days(90);
    assert_eq!(
        rotate_unconfirmed(&config, due),
        ["20260402T000000Z.es256.pem"]
    );
}

#[test]
fn concurrent_timers_rotate_once() {
    let (_folder, config) = folder();
    let due = start() + days(90);
    let rotations: Vec<_> = std::thread::scope(|scope| {
        let rotations: Vec<_> = (0..8)
            // Their clocks agree within seconds.
            .map(|i| {
                scope.spawn({
                    let config = &config;
                    move || rotate_unconfirmed(config, due + TimeDelta::seconds(i))
                })
            })
            .collect();
        rotations
            .into_iter()
            .map(|rotation| rotation.join().unwrap())
            .collect()
    });
    assert_eq!(
        rotations
            .iter()
            .filter(|written| !written.is_empty())
            .count(),
        1
    );
    assert_eq!(fs::read_dir(&config.keys.folder).unwrap().count(), 4);
}

#[test]
fn prune_removes_only_retired_files() {
    let (folder, config) = folder();
    let next = start() + hours(24);
    write_successors_of_all(folder.path(), next);
    let nothing: [&str; 0] = [];
    let second = TimeDelta::seconds(1);
    assert_eq!(prune_confirmed(&config, next + hours(2) - second), nothing);
    assert_eq!(
        prune_confirmed(&config, next + hours(2)),
        ["20260101T000000Z.es256.pem"]
    );
    assert_eq!(prune_confirmed(&config, next + hours(2)), nothing);
    let idle = next + days(30) + config.tokens.leeway;
    assert_eq!(prune_confirmed(&config, idle - second), nothing);
    assert_eq!(prune_confirmed(&config, idle), ["20260101T000000Z.secret"]);
    let (keyring, _) = load(&config, idle).unwrap();
    assert_eq!(keyring.list().len(), 2);
}

/// Services continue with the predecessor of a file that they cannot read.
#[test]
fn broken_file_prevents_rotation_and_pruning() {
    let (folder, config) = folder();
    let [key, _] = write_successors_of_all(folder.path(), start() + hours(24));
    fs::write(folder.path().join(key.to_string()), "nonsense").unwrap();
    let later = start() + days(400);
    let later = CheckedTime::confirmed_by(later, later).unwrap();
    let pruned = prune_at(&config, later).unwrap_err();
    assert_eq!(rotate_at(&config, later).unwrap_err(), pruned);
    assert!(
        pruned[0]
            .to_string()
            .ends_with("20260102T000000Z.es256.pem: is not PEM")
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 4);
}

#[test]
fn upcoming_lists_the_signing_and_the_next_key() {
    let (folder, config) = folder();
    let [key, _] = write_successors_of_all(folder.path(), start() + hours(24));
    fs::remove_file(folder.path().join("20260102T000000Z.secret")).unwrap();
    let (keyring, _) = load(&config, start()).unwrap();
    let upcoming = |kind, next| UpcomingKeys {
        kind,
        signing: Some(start()),
        next,
    };
    let expected = [
        upcoming(key.kind, Some(key.signs_from)),
        upcoming(KeyKind::Secret, None),
    ];
    assert_eq!(keyring.upcoming(start()), expected);
}

/// `keys rotate && keys prune` runs once while the clock is a year ahead, and later by the right clock.
#[test]
fn clock_a_year_ahead_neither_rotates_nor_removes_valid_secrets() {
    let (folder, config) = folder();
    let takeover = start() + days(90);
    write_successors_of_all(folder.path(), takeover);
    let now = takeover + days(10);
    set_written_when_signing(&config);
    let ahead = CheckedTime::unconfirmed(now + days(365));
    let held = || load(&config, now).unwrap().0.list().len();

    let refused = rotate_at(&config, ahead).unwrap_err()[0].to_string();
    for part in [
        "this machine's clock says 2027-04-11T00:00:00+00:00",
        "the newest file is of 2026-04-01T00:00:00+00:00",
        "20270412T000000Z.es256.pem would sign from 2027-04-12T00:00:00+00:00",
        "run `signet keys rotate --today 2027-04-11`",
    ] {
        assert!(refused.contains(part), "{refused}");
    }
    // The file that follows the key proves that the key is retired. No file proves it for the secret.
    let pruned = prune_at(&config, ahead).unwrap();
    assert_eq!(names(&pruned.removed), ["20260101T000000Z.es256.pem"]);
    let secret = "20260101T000000Z.secret";
    assert_eq!(KeyFileName::names(pruned.unproven), secret);
    let (keyring, _) = load(&config, now).unwrap();
    assert!(keyring.secret_of("m20260101T000000Z", now).is_ok());
    assert_eq!(held(), 3);

    // Files that such a clock wrote nevertheless attest nothing, whether or not they sign by then.
    for later in [TimeDelta::zero(), days(1)] {
        let signs_from = now + days(365) + later;
        write_successors(
            folder.path(),
            &[KeyKind::Secret],
            signs_from,
            &Entropy::system(),
        )
        .unwrap();
        set_written_when_signing(&config);
        let pruned = prune_at(&config, ahead).unwrap();
        assert_eq!(KeyFileName::names(pruned.unproven), secret);
        assert_eq!(pruned.removed, []);
    }
    assert_eq!(held(), 5);

    // With the right clock, every command that relies on the clock reports the file.
    let right = CheckedTime::confirmed_by(now, now).unwrap();
    for faults in [
        rotate_at(&config, right).unwrap_err(),
        prune_at(&config, right).unwrap_err(),
    ] {
        let [first, second] = &faults[..] else {
            panic!("{faults:?}");
        };
        let first = first.to_string();
        for part in [
            "20270411T000000Z.secret: signs only from 2027-04-11T00:00:00+00:00",
            "allow (2026-07-11T00:00:00+00:00)",
            "remove the file and run `signet keys rotate`",
        ] {
            assert!(first.contains(part), "{first}");
        }
        assert!(second.to_string().contains("20270412T000000Z.secret"));
    }
    let (_, warnings) = load(&config, now).unwrap();
    let is_far = |it: &&KeyringWarning| matches!(it, KeyringWarning::FarAhead { .. });
    assert_eq!(warnings.iter().filter(is_far).count(), 2);
    for name in ["20270411T000000Z.secret", "20270412T000000Z.secret"] {
        fs::remove_file(folder.path().join(name)).unwrap();
    }
    assert_eq!(rotate_at(&config, right), Ok(Vec::new()));
    assert_eq!(prune_at(&config, right), Ok(PruneReport::default()));
}

/// An operator who rotates seldom confirms the clock, or prunes after the next rotation.
#[test]
fn confirmed_clock_rotates_and_prunes_old_keys() {
    let (_folder, config) = folder();
    set_written_when_signing(&config);
    let late = start() + days(200);
    assert!(rotate_at(&config, CheckedTime::unconfirmed(late)).is_err());
    let confirmed = CheckedTime::confirmed_by(late, late + hours(23)).unwrap();
    assert_eq!(rotate_at(&config, confirmed).unwrap().len(), 2);
    set_written_when_signing(&config);
    let later = late + days(60);
    let unproven = prune_at(&config, CheckedTime::unconfirmed(later)).unwrap();
    assert_eq!((unproven.removed.len(), unproven.unproven.len()), (0, 2));
    assert_eq!(prune_confirmed(&config, later).len(), 2);

    let apart = CheckedTime::confirmed_by(late, late + hours(25)).unwrap_err();
    let expected = "this machine's clock says 2026-07-20T00:00:00+00:00, which is more than a day from \
                    2026-07-21T01:00:00+00:00";
    assert_eq!(apart.to_string(), expected);
}

/// With a timer that runs every day, a retired file is removed after the next rotation.
#[test]
fn timer_prunes_without_a_second_clock() {
    let (folder, config) = folder();
    let mut removed = Vec::new();
    for day in 0..300 {
        let now = start() + days(day);
        for written in rotate_at(&config, CheckedTime::unconfirmed(now)).unwrap() {
            let file = fs::File::open(folder.path().join(written.file.to_string())).unwrap();
            file.set_modified(now.into()).unwrap();
        }
        let pruned = prune_at(&config, CheckedTime::unconfirmed(now)).unwrap();
        removed.extend(names(&pruned.removed));
    }
    let expected = [
        "20260101T000000Z.es256.pem",
        "20260101T000000Z.secret",
        "20260402T000000Z.es256.pem",
        "20260402T000000Z.secret",
        "20260702T000000Z.es256.pem",
    ];
    removed.sort();
    assert_eq!(removed, expected);
}
