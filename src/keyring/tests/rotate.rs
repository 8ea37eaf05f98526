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
        CheckedTime::unconfirmed(now),
    );
    names(&written.unwrap())
}

/// By a clock that another one confirms.
fn sweep(config: &Config, now: DateTime<Utc>) -> Vec<String> {
    let pruned = prune_at(config, CheckedTime::confirmed_by(now, now).unwrap()).unwrap();
    assert_eq!(pruned.unproven, []);
    names(&pruned.removed)
}

fn prune_at(config: &Config, time: CheckedTime) -> Result<PruneReport, Vec<KeyringError>> {
    prune(&config.keys, &config.issuer, config.tokens.leeway, time)
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

/// Every file was written at the time from which it signs, as after the first one or an emergency.
fn written_when_they_sign(config: &Config) {
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
fn the_outlook_says_what_signs_and_what_comes() {
    let (folder, config) = folder();
    let [key, _] = succeed_all(folder.path(), start() + hours(24));
    fs::remove_file(folder.path().join("20260102T000000Z.secret")).unwrap();
    let (keyring, _) = load(&config, start()).unwrap();
    let outlook = |kind, next| UpcomingKeys {
        kind,
        signing: Some(start()),
        next,
    };
    let expected = [
        outlook(key.kind, Some(key.signs_from)),
        outlook(KeyKind::Secret, None),
    ];
    assert_eq!(keyring.upcoming(start()), expected);
}

/// `keys rotate && keys prune`, once, while the clock is a year ahead, and later by the right clock.
#[test]
fn a_clock_that_is_a_year_ahead_writes_and_removes_nothing_that_counts() {
    let (folder, config) = folder();
    let takeover = start() + days(90);
    succeed_all(folder.path(), takeover);
    let now = takeover + days(10);
    written_when_they_sign(&config);
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
    // The key is proven to be retired by the file that has followed it, the secret is not.
    let pruned = prune_at(&config, ahead).unwrap();
    assert_eq!(names(&pruned.removed), ["20260101T000000Z.es256.pem"]);
    let secret = "20260101T000000Z.secret";
    assert_eq!(KeyFileName::names(pruned.unproven), secret);
    let (keyring, _) = load(&config, now).unwrap();
    assert!(keyring.secret_of("m20260101T000000Z", now).is_ok());
    assert_eq!(held(), 3);

    // What was written by such a clock nevertheless is no evidence, whether it signs then or not.
    for later in [TimeDelta::zero(), days(1)] {
        let signs_from = now + days(365) + later;
        write_successors(
            folder.path(),
            &[KeyKind::Secret],
            signs_from,
            &Entropy::system(),
        )
        .unwrap();
        written_when_they_sign(&config);
        let pruned = prune_at(&config, ahead).unwrap();
        assert_eq!(KeyFileName::names(pruned.unproven), secret);
        assert_eq!(pruned.removed, []);
    }
    assert_eq!(held(), 5);

    // By the right clock it is reported, by every command that relies on the clock.
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
    let (_, notices) = load(&config, now).unwrap();
    let is_far = |it: &&KeyringWarning| matches!(it, KeyringWarning::FarAhead { .. });
    assert_eq!(notices.iter().filter(is_far).count(), 2);
    for name in ["20270411T000000Z.secret", "20270412T000000Z.secret"] {
        fs::remove_file(folder.path().join(name)).unwrap();
    }
    assert_eq!(rotate_at(&config, right), Ok(Vec::new()));
    assert_eq!(prune_at(&config, right), Ok(PruneReport::default()));
}

/// An operator who rotates seldom confirms the clock, or prunes after the next rotation.
#[test]
fn keys_that_are_old_with_reason_are_rotated_and_removed_by_a_confirmed_clock() {
    let (_folder, config) = folder();
    written_when_they_sign(&config);
    let late = start() + days(200);
    assert!(rotate_at(&config, CheckedTime::unconfirmed(late)).is_err());
    let confirmed = CheckedTime::confirmed_by(late, late + hours(23)).unwrap();
    assert_eq!(rotate_at(&config, confirmed).unwrap().len(), 2);
    written_when_they_sign(&config);
    let later = late + days(60);
    let unproven = prune_at(&config, CheckedTime::unconfirmed(later)).unwrap();
    assert_eq!((unproven.removed.len(), unproven.unproven.len()), (0, 2));
    assert_eq!(sweep(&config, later).len(), 2);

    let apart = CheckedTime::confirmed_by(late, late + hours(25)).unwrap_err();
    let expected = "this machine's clock says 2026-07-20T00:00:00+00:00, which is more than a day from \
                    2026-07-21T01:00:00+00:00";
    assert_eq!(apart.to_string(), expected);
}

/// With a timer that runs every day, what is retired goes with the rotation after that.
#[test]
fn a_timer_prunes_without_a_second_clock() {
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
