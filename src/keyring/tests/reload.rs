//! The folder changes while its keys are in use.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    super::*,
    folders::{KINDS, folder, load, write_successors_of_all},
    hours, start,
};
use crate::entropy::Entropy;

fn path(folder: &Path, file: KeyFileName) -> PathBuf {
    folder.join(file.to_string())
}

fn files(keyring: &Keyring) -> Vec<KeyFileName> {
    keyring.list().into_iter().map(|(file, ..)| file).collect()
}

fn signing(keyring: &Keyring, now: DateTime<Utc>) -> String {
    let key = keyring.signing(Algorithm::Es256, now).unwrap();
    key.kid().to_owned()
}

fn reload(keyring: &Keyring, now: DateTime<Utc>) -> ReloadOutcome {
    keyring.reload(now).unwrap()
}

#[test]
fn added_keys_are_published_and_sign_and_removed_keys_are_dropped() {
    let (folder, config) = folder();
    let (keyring, _) = load(&config, start()).unwrap();
    let other_handle = keyring.clone();
    assert_eq!(reload(&keyring, start()), ReloadOutcome::default());
    let first = files(&keyring);
    let old_kid = signing(&keyring, start());

    let added = write_successors_of_all(folder.path(), start() + hours(24));
    let etag = keyring.jwks(start()).etag.clone();
    let outcome = reload(&keyring, start());
    assert_eq!((outcome.added, outcome.removed), (added.to_vec(), vec![]));
    assert_eq!((outcome.faults, outcome.faults_changed), (vec![], false));
    // Every handle has the new key immediately, and the signing key is unchanged.
    let jwks = other_handle.jwks(start());
    assert_eq!(jwks.text().matches("\"kid\"").count(), 2);
    assert_ne!(jwks.etag, etag);
    assert_eq!(signing(&other_handle, start()), old_kid);
    let later = start() + hours(24);
    assert_ne!(signing(&other_handle, later), old_kid);

    for file in &first {
        fs::remove_file(path(folder.path(), *file)).unwrap();
    }
    let outcome = reload(&keyring, later);
    assert_eq!((outcome.added, outcome.removed), (vec![], first));
    assert_eq!(
        other_handle.published(&old_kid, later).unwrap_err(),
        KeyLookupError::Unknown
    );
    assert_eq!(files(&keyring), added);
}

#[test]
fn broken_file_is_reported_once_and_other_files_are_still_added_and_removed() {
    let (folder, config) = folder();
    let (keyring, _) = load(&config, start()).unwrap();
    let held = files(&keyring);
    let [next, next_secret] = write_successors_of_all(folder.path(), start() + hours(24));
    reload(&keyring, start());

    // A new file and a held file are broken, one file is added, and one is removed.
    let broken = KeyFileName {
        signs_from: start() + hours(2),
        ..next
    };
    fs::write(path(folder.path(), broken), "nonsense").unwrap();
    let mode = |mode| fs::Permissions::from_mode(mode);
    fs::set_permissions(path(folder.path(), broken), mode(0o600)).unwrap();
    fs::set_permissions(path(folder.path(), held[0]), mode(0o644)).unwrap();
    fs::remove_file(path(folder.path(), next_secret)).unwrap();
    let [added, _] = write_successors_of_all(folder.path(), start() + hours(48));
    let outcome = reload(&keyring, start());
    assert_eq!(outcome.removed, [next_secret]);
    assert!(outcome.added.contains(&added) && outcome.faults_changed);
    let faults: Vec<_> = outcome.faults.iter().map(ToString::to_string).collect();
    let expected = [
        (held[0], "other users can read it: run chmod o-rwx"),
        (broken, "is not PEM"),
    ];
    let expected = expected
        .map(|(file, problem)| format!("{}: {problem}", path(folder.path(), file).display()));
    assert_eq!(faults, expected);
    assert!(files(&keyring).contains(&held[0]) && !files(&keyring).contains(&broken));
    // A successor that could not be read does not sign, and its predecessor continues.
    assert_eq!(
        signing(&keyring, start() + hours(3)),
        signing(&keyring, start())
    );
    assert_eq!(keyring.ignored_faults(), 2);

    assert!(!reload(&keyring, start()).faults_changed);
    fs::set_permissions(path(folder.path(), held[0]), mode(0o600)).unwrap();
    fs::remove_file(path(folder.path(), broken)).unwrap();
    let outcome = reload(&keyring, start());
    assert_eq!((outcome.faults, outcome.faults_changed), (vec![], true));
    assert_eq!(keyring.ignored_faults(), 0);
    // A start refuses the fault that the reload ignored.
    fs::write(path(folder.path(), broken), "nonsense").unwrap();
    assert!(load(&config, start()).is_err());
}

#[test]
fn folder_without_a_signing_key_changes_nothing() {
    let (folder, config) = folder();
    let (keyring, _) = load(&config, start()).unwrap();
    let held = files(&keyring);
    let kid = signing(&keyring, start());
    let unchanged = |expected: &str| {
        let outcome = reload(&keyring, start());
        assert_eq!((&outcome.added, &outcome.removed), (&vec![], &vec![]));
        let faults: Vec<_> = outcome.faults.iter().map(ToString::to_string).collect();
        assert!(faults[0].contains(expected), "{faults:?}");
        assert_eq!(files(&keyring), held);
        assert_eq!(signing(&keyring, start()), kid);
    };
    let mode = |mode| fs::set_permissions(folder.path(), fs::Permissions::from_mode(mode));
    mode(0o777).unwrap();
    unchanged("other users can write to it: run chmod go-w");
    mode(0o700).unwrap();

    fs::remove_file(path(folder.path(), held[0])).unwrap();
    unchanged("no ES256 key that signs now is left: restore its file");
    assert_eq!(keyring.ignored_faults(), 1);
    fs::remove_file(path(folder.path(), held[1])).unwrap();
    unchanged("contains none of the files in use");
    assert_eq!(keyring.ignored_faults(), 1);
    fs::remove_dir(folder.path()).unwrap();
    unchanged("does not exist: the folder may have been unmounted");
    assert_eq!(keyring.ignored_faults(), 1);
}

/// A volume is unmounted, and keys are generated in the folder that it was mounted on.
#[test]
fn folder_without_a_known_file_changes_nothing() {
    let (folder, config) = folder();
    let (keyring, _) = load(&config, start()).unwrap();
    let held = files(&keyring);
    let kid = signing(&keyring, start());
    let volume = tempfile::tempdir().unwrap();
    for file in &held {
        fs::rename(path(folder.path(), *file), path(volume.path(), *file)).unwrap();
    }
    for generated in [false, true] {
        let now = start() + hours(1);
        if generated {
            generate(
                folder.path(),
                &config.keys.algorithms,
                &Entropy::system(),
                now,
            )
            .unwrap();
        }
        let outcome = reload(&keyring, now);
        assert_eq!((outcome.added, outcome.removed), (vec![], vec![]));
        let [fault] = &outcome.faults[..] else {
            panic!("{:?}", outcome.faults);
        };
        let fault = fault.to_string();
        assert!(
            fault.contains("Mount it again, or restore its 2 files"),
            "{fault}"
        );
        assert!(!fault.contains("keys generate"), "{fault}");
        assert_eq!(
            (files(&keyring), signing(&keyring, now)),
            (held.clone(), kid.clone())
        );
    }
    assert_eq!(keyring.ignored_faults(), 1);
    // One known file is enough, and the new files beside it are added.
    let [first, _] = held[..] else { panic!() };
    fs::copy(path(volume.path(), first), path(folder.path(), first)).unwrap();
    let outcome = reload(&keyring, start() + hours(1));
    assert_eq!((outcome.added.len(), outcome.faults), (2, vec![]));
}

/// The message names the clock, because generating keys would not help.
#[test]
fn clock_before_all_keys_is_reported_as_the_cause() {
    let (_folder, config) = folder();
    let (keyring, _) = load(&config, start()).unwrap();
    let early = start() - hours(1);
    for faults in [
        load(&config, early).unwrap_err(),
        reload(&keyring, early).faults,
    ] {
        assert_eq!(faults.len(), 2);
        for fault in faults {
            let expected = "signs from 2026-01-01T00:00:00+00:00. Check whether the clock";
            assert!(fault.to_string().contains(expected), "{fault}");
        }
    }
    assert_eq!(files(&keyring).len(), 2);
}

/// A key that was removed by mistake does not keep a leaked secret in use.
#[test]
fn kind_without_a_signing_key_does_not_keep_other_kinds() {
    let (folder, config) = folder();
    let (keyring, _) = load(&config, start()).unwrap();
    let [key, secret] = [files(&keyring)[0], files(&keyring)[1]];
    let now = start() + hours(1);
    // The successor begins a little later, because the clock of the machine that wrote it is ahead.
    let soon = now + TimeDelta::seconds(20);
    let kinds = [[key.kind], [secret.kind]];
    write_successors(folder.path(), &kinds[0], soon, &Entropy::system()).unwrap();
    write_successors(folder.path(), &kinds[1], now, &Entropy::system()).unwrap();
    let kid = signing(&keyring, now);
    assert_eq!(reload(&keyring, now).added.len(), 2);
    for file in [key, secret] {
        fs::remove_file(path(folder.path(), file)).unwrap();
    }
    let outcome = reload(&keyring, now);
    assert_eq!((outcome.added, outcome.removed), (vec![], vec![secret]));
    let fault = outcome.faults[0].to_string();
    assert!(
        fault.contains("no ES256 key that signs now is left"),
        "{fault}"
    );
    assert_eq!(signing(&keyring, now), kid);
    assert_eq!(keyring.jwks(now).text().matches("\"kid\"").count(), 2);
    let outcome = reload(&keyring, soon);
    assert_eq!((outcome.removed, outcome.faults), (vec![key], vec![]));
}

#[test]
fn removed_secret_is_unknown_and_not_newer_than_held() {
    let (folder, config) = folder();
    let now = start() + hours(1);
    let [_, newest] = write_successors_of_all(folder.path(), now);
    let (keyring, _) = load(&config, now).unwrap();
    let kid = keyring.secret(now).unwrap().kid().to_owned();
    fs::remove_file(path(folder.path(), newest)).unwrap();
    reload(&keyring, now);
    let secret_of = |now| keyring.secret_of(&kid, now).map(drop);
    // The secret is newer than the signing one, but was held before.
    assert_eq!(secret_of(now), Err(KeyLookupError::Unknown));
    reload(&keyring, now);
    assert_eq!(secret_of(now), Err(KeyLookupError::Unknown));
}

#[test]
fn file_with_changed_content_is_ignored() {
    let (folder, config) = folder();
    let (keyring, _) = load(&config, start()).unwrap();
    let held = files(&keyring);
    let (other, _config) = super::folders::folder();
    let kid = signing(&keyring, start());
    for file in &held {
        fs::copy(path(other.path(), *file), path(folder.path(), *file)).unwrap();
    }
    let outcome = reload(&keyring, start());
    assert_eq!((outcome.added, outcome.removed), (vec![], vec![]));
    let problem = "contains a different key than before: a new key needs a new file name";
    assert!(
        outcome
            .faults
            .iter()
            .all(|it| it.to_string().ends_with(problem))
    );
    assert_eq!(outcome.faults.len(), 2);
    assert_eq!(signing(&keyring, start()), kid);
}

/// Reading neither waits for the pipe nor fails because of the modification time.
#[test]
fn pipe_and_extreme_modification_time_are_tolerated() {
    let (folder, config) = folder();
    let (keyring, _) = load(&config, start()).unwrap();
    let held = files(&keyring);
    let pipe = folder.path().join("20260101T010000Z.es256.pem");
    let generated = std::process::Command::new("mkfifo")
        .arg("-m600")
        .arg(&pipe)
        .status();
    assert!(generated.unwrap().success());
    let file = fs::File::open(path(folder.path(), held[0])).unwrap();
    // The latest time that the file system can store.
    let far = std::time::UNIX_EPOCH + std::time::Duration::from_secs(15_000_000_001);
    file.set_modified(far).unwrap();
    let faults = reload(&keyring, start()).faults;
    assert_eq!(
        faults[0].to_string(),
        format!("{}: is not a file", pipe.display())
    );
    assert_eq!((faults.len(), files(&keyring)), (1, held));
}

#[test]
fn second_file_with_the_same_key_is_ignored() {
    let (folder, config) = folder();
    let (keyring, _) = load(&config, start()).unwrap();
    let held = files(&keyring);
    for file in &held {
        let again = KeyFileName {
            signs_from: start() + hours(1),
            ..*file
        };
        fs::copy(path(folder.path(), *file), path(folder.path(), again)).unwrap();
        let outcome = reload(&keyring, start());
        assert!(outcome.added.is_empty());
        let fault = outcome.faults[0].to_string();
        let expected = format!("{again}: is the same key as {file}");
        assert!(fault.ends_with(&expected), "{fault}");
        assert!(load(&config, start()).is_err());
        fs::remove_file(path(folder.path(), again)).unwrap();
    }
}

#[test]
fn key_that_signs_too_soon_is_reported() {
    let (folder, config) = folder();
    let (keyring, warnings) = load(&config, start()).unwrap();
    assert_eq!(warnings, []);
    let minute = TimeDelta::minutes(1);
    let of = |files: [KeyFileName; 2]| {
        files
            .map(|file| KeyringWarning::ShortNotice { file })
            .to_vec()
    };

    let soon =
        write_successors_of_all(folder.path(), start() + minute * 10 - TimeDelta::seconds(1));
    assert_eq!(reload(&keyring, start()).warnings, of(soon));
    assert_eq!(reload(&keyring, start()).warnings, []);
    let in_time = write_successors_of_all(folder.path(), start() + minute * 10);
    assert_eq!(reload(&keyring, start()).warnings, []);

    // A start compares with the modification time, so a restart in the meantime reports nothing.
    let written = |ago: TimeDelta| {
        for file in in_time.into_iter().chain(soon) {
            let file = fs::File::open(path(folder.path(), file)).unwrap();
            file.set_modified((start() - ago).into()).unwrap();
        }
        load(&config, start()).unwrap().1
    };
    assert_eq!(written(TimeDelta::zero()), of(soon));
    assert_eq!(written(minute), []);
}

#[test]
fn too_many_published_keys_are_reported_once() {
    let (folder, config) = folder();
    for hour in 1..=9 {
        let kinds = &KINDS[..1];
        write_successors(
            folder.path(),
            kinds,
            start() + hours(hour),
            &Entropy::system(),
        )
        .unwrap();
    }
    let (keyring, warnings) = load(&config, start()).unwrap();
    assert!(
        !warnings
            .iter()
            .any(|it| matches!(it, KeyringWarning::TooManyKeys { .. }))
    );
    write_successors_of_all(folder.path(), start() + hours(10));
    let warning = KeyringWarning::TooManyKeys { published: 11 };
    assert_eq!(reload(&keyring, start()).warnings, [warning]);
    assert_eq!(reload(&keyring, start()).warnings, []);
}

#[test]
fn secret_of_another_node_is_newer_than_held_while_a_successor_waits() {
    let (folder, config) = folder();
    let [_, waiting] = write_successors_of_all(folder.path(), start() + hours(24));
    let (keyring, _) = load(&config, start()).unwrap();
    let now = start() + hours(2);
    let secret_of = |kid: &str| keyring.secret_of(kid, now).map(|_| ());
    // Another node uses a secret that signs immediately, and this node has not read it yet.
    assert_eq!(
        secret_of("m20260101T010000Z"),
        Err(KeyLookupError::NewerThanHeld)
    );
    assert_eq!(secret_of("m20251231T235959Z"), Err(KeyLookupError::Unknown));
    assert_eq!(secret_of("m20260101T030000Z"), Err(KeyLookupError::Unknown));
    let kid = format!("m{}", waiting.to_string().trim_end_matches(".secret"));
    assert_eq!(secret_of(&kid), Ok(()));
}
