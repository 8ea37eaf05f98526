//! The folder changes while its keys are in use.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    super::*,
    folders::{KINDS, folder, load, succeed_all},
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
fn what_comes_is_published_and_takes_over_and_what_goes_is_forgotten() {
    let (folder, config) = folder();
    let (keyring, _) = load(&config, start()).unwrap();
    let other_handle = keyring.clone();
    assert_eq!(reload(&keyring, start()), ReloadOutcome::default());
    let first = files(&keyring);
    let old_kid = signing(&keyring, start());

    let added = succeed_all(folder.path(), start() + hours(24));
    let etag = keyring.jwks(start()).etag.clone();
    let said = reload(&keyring, start());
    assert_eq!((said.added, said.removed), (added.to_vec(), vec![]));
    assert_eq!((said.faults, said.is_news), (vec![], false));
    // Every handle sees it, at once, and what signs is what signed.
    let jwks = other_handle.jwks(start());
    assert_eq!(jwks.text().matches("\"kid\"").count(), 2);
    assert_ne!(jwks.etag, etag);
    assert_eq!(signing(&other_handle, start()), old_kid);
    let later = start() + hours(24);
    assert_ne!(signing(&other_handle, later), old_kid);

    for file in &first {
        fs::remove_file(path(folder.path(), *file)).unwrap();
    }
    let said = reload(&keyring, later);
    assert_eq!((said.added, said.removed), (vec![], first));
    assert_eq!(
        other_handle.published(&old_kid, later).unwrap_err(),
        KeyLookupError::Unknown
    );
    assert_eq!(files(&keyring), added);
}

#[test]
fn a_broken_file_is_said_once_and_keeps_no_other_from_coming_or_going() {
    let (folder, config) = folder();
    let (keyring, _) = load(&config, start()).unwrap();
    let held = files(&keyring);
    let [next, next_secret] = succeed_all(folder.path(), start() + hours(24));
    reload(&keyring, start());

    // One that is new and one that is held are broken; one comes, and one goes.
    let broken = KeyFileName {
        signs_from: start() + hours(2),
        ..next
    };
    fs::write(path(folder.path(), broken), "nonsense").unwrap();
    let mode = |mode| fs::Permissions::from_mode(mode);
    fs::set_permissions(path(folder.path(), broken), mode(0o600)).unwrap();
    fs::set_permissions(path(folder.path(), held[0]), mode(0o644)).unwrap();
    fs::remove_file(path(folder.path(), next_secret)).unwrap();
    let [come, _] = succeed_all(folder.path(), start() + hours(48));
    let said = reload(&keyring, start());
    assert_eq!(said.removed, [next_secret]);
    assert!(said.added.contains(&come) && said.is_news);
    let faults: Vec<_> = said.faults.iter().map(ToString::to_string).collect();
    let expected = [
        (held[0], "other users can read it: run chmod o-rwx"),
        (broken, "is not PEM"),
    ];
    let expected = expected
        .map(|(file, problem)| format!("{}: {problem}", path(folder.path(), file).display()));
    assert_eq!(faults, expected);
    assert!(files(&keyring).contains(&held[0]) && !files(&keyring).contains(&broken));
    // Where a key could not be read, nobody takes over: the one before goes on.
    assert_eq!(
        signing(&keyring, start() + hours(3)),
        signing(&keyring, start())
    );
    assert_eq!(keyring.ignored_faults(), 2);

    assert!(!reload(&keyring, start()).is_news);
    fs::set_permissions(path(folder.path(), held[0]), mode(0o600)).unwrap();
    fs::remove_file(path(folder.path(), broken)).unwrap();
    let said = reload(&keyring, start());
    assert_eq!((said.faults, said.is_news), (vec![], true));
    assert_eq!(keyring.ignored_faults(), 0);
    // And what was ignored is what a start refuses.
    fs::write(path(folder.path(), broken), "nonsense").unwrap();
    assert!(load(&config, start()).is_err());
}

#[test]
fn a_folder_without_which_nothing_would_sign_changes_nothing() {
    let (folder, config) = folder();
    let (keyring, _) = load(&config, start()).unwrap();
    let held = files(&keyring);
    let kid = signing(&keyring, start());
    let unchanged = |expected: &str| {
        let said = reload(&keyring, start());
        assert_eq!((&said.added, &said.removed), (&vec![], &vec![]));
        let faults: Vec<_> = said.faults.iter().map(ToString::to_string).collect();
        assert!(faults[0].contains(expected), "{faults:?}");
        assert_eq!(files(&keyring), held);
        assert_eq!(signing(&keyring, start()), kid);
    };
    let mode = |mode| fs::set_permissions(folder.path(), fs::Permissions::from_mode(mode));
    mode(0o777).unwrap();
    unchanged("other users can write to it: run chmod go-w");
    mode(0o700).unwrap();

    fs::remove_file(path(folder.path(), held[0])).unwrap();
    unchanged("no ES256 that signs now is left: restore its file");
    assert_eq!(keyring.ignored_faults(), 1);
    fs::remove_file(path(folder.path(), held[1])).unwrap();
    unchanged("contains none of the files in use");
    assert_eq!(keyring.ignored_faults(), 1);
    fs::remove_dir(folder.path()).unwrap();
    unchanged("does not exist: the folder may have been unmounted");
    assert_eq!(keyring.ignored_faults(), 1);
}

/// As when a volume is unmounted and somebody makes keys in the folder that it was mounted on.
#[test]
fn a_folder_without_a_known_file_replaces_nothing_until_it_is_back() {
    let (folder, config) = folder();
    let (keyring, _) = load(&config, start()).unwrap();
    let held = files(&keyring);
    let kid = signing(&keyring, start());
    let volume = tempfile::tempdir().unwrap();
    for file in &held {
        fs::rename(path(folder.path(), *file), path(volume.path(), *file)).unwrap();
    }
    for made in [false, true] {
        let now = start() + hours(1);
        if made {
            generate(
                folder.path(),
                &config.keys.algorithms,
                &Entropy::system(),
                now,
            )
            .unwrap();
        }
        let said = reload(&keyring, now);
        assert_eq!((said.added, said.removed), (vec![], vec![]));
        let [fault] = &said.faults[..] else {
            panic!("{:?}", said.faults);
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
    // One file that is known is enough, and what is new beside it counts.
    let [first, _] = held[..] else { panic!() };
    fs::copy(path(volume.path(), first), path(folder.path(), first)).unwrap();
    let said = reload(&keyring, start() + hours(1));
    assert_eq!((said.added.len(), said.faults), (2, vec![]));
}

/// The advice is about the clock: making keys would not help.
#[test]
fn with_a_clock_before_all_keys_the_clock_is_named() {
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

/// A key that is gone by mistake does not keep a leaked secret in use.
#[test]
fn a_kind_without_a_signer_keeps_no_other_kind() {
    let (folder, config) = folder();
    let (keyring, _) = load(&config, start()).unwrap();
    let [key, secret] = [files(&keyring)[0], files(&keyring)[1]];
    let now = start() + hours(1);
    // Its successor begins a little later, by the clock of whoever made it.
    let soon = now + TimeDelta::seconds(20);
    let kinds = [[key.kind], [secret.kind]];
    write_successors(folder.path(), &kinds[0], soon, &Entropy::system()).unwrap();
    write_successors(folder.path(), &kinds[1], now, &Entropy::system()).unwrap();
    let kid = signing(&keyring, now);
    assert_eq!(reload(&keyring, now).added.len(), 2);
    for file in [key, secret] {
        fs::remove_file(path(folder.path(), file)).unwrap();
    }
    let said = reload(&keyring, now);
    assert_eq!((said.added, said.removed), (vec![], vec![secret]));
    let fault = said.faults[0].to_string();
    assert!(fault.contains("no ES256 that signs now is left"), "{fault}");
    assert_eq!(signing(&keyring, now), kid);
    assert_eq!(keyring.jwks(now).text().matches("\"kid\"").count(), 2);
    let said = reload(&keyring, soon);
    assert_eq!((said.removed, said.faults), (vec![key], vec![]));
}

#[test]
fn tokens_of_a_secret_that_was_removed_are_no_trouble_of_ours() {
    let (folder, config) = folder();
    let now = start() + hours(1);
    let [_, newest] = succeed_all(folder.path(), now);
    let (keyring, _) = load(&config, now).unwrap();
    let kid = keyring.secret(now).unwrap().kid().to_owned();
    fs::remove_file(path(folder.path(), newest)).unwrap();
    reload(&keyring, now);
    let secret_of = |now| keyring.secret_of(&kid, now).map(drop);
    // It is newer than what signs now, but it was held.
    assert_eq!(secret_of(now), Err(KeyLookupError::Unknown));
    reload(&keyring, now);
    assert_eq!(secret_of(now), Err(KeyLookupError::Unknown));
}

#[test]
fn a_file_that_changes_its_content_is_ignored() {
    let (folder, config) = folder();
    let (keyring, _) = load(&config, start()).unwrap();
    let held = files(&keyring);
    let (other, _config) = super::folders::folder();
    let kid = signing(&keyring, start());
    for file in &held {
        fs::copy(path(other.path(), *file), path(folder.path(), *file)).unwrap();
    }
    let said = reload(&keyring, start());
    assert_eq!((said.added, said.removed), (vec![], vec![]));
    let problem = "contains a different key than before: a new key needs a new file name";
    assert!(
        said.faults
            .iter()
            .all(|it| it.to_string().ends_with(problem))
    );
    assert_eq!(said.faults.len(), 2);
    assert_eq!(signing(&keyring, start()), kid);
}

/// Neither waits, and neither ends the reading.
#[test]
fn a_pipe_and_a_file_from_the_end_of_time_are_read_past() {
    let (folder, config) = folder();
    let (keyring, _) = load(&config, start()).unwrap();
    let held = files(&keyring);
    let pipe = folder.path().join("20260101T010000Z.es256.pem");
    let made = std::process::Command::new("mkfifo")
        .arg("-m600")
        .arg(&pipe)
        .status();
    assert!(made.unwrap().success());
    let file = fs::File::open(path(folder.path(), held[0])).unwrap();
    // As far as the file system goes.
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
fn one_key_or_secret_under_a_second_name_is_ignored() {
    let (folder, config) = folder();
    let (keyring, _) = load(&config, start()).unwrap();
    let held = files(&keyring);
    for file in &held {
        let again = KeyFileName {
            signs_from: start() + hours(1),
            ..*file
        };
        fs::copy(path(folder.path(), *file), path(folder.path(), again)).unwrap();
        let said = reload(&keyring, start());
        assert!(said.added.is_empty());
        let fault = said.faults[0].to_string();
        let expected = format!("{again}: is the same key as {file}");
        assert!(fault.ends_with(&expected), "{fault}");
        assert!(load(&config, start()).is_err());
        fs::remove_file(path(folder.path(), again)).unwrap();
    }
}

#[test]
fn whoever_comes_at_short_notice_is_announced() {
    let (folder, config) = folder();
    let (keyring, notices) = load(&config, start()).unwrap();
    assert_eq!(notices, []);
    let minute = TimeDelta::minutes(1);
    let of = |files: [KeyFileName; 2]| {
        files
            .map(|file| KeyringWarning::ShortNotice { file })
            .to_vec()
    };

    let soon = succeed_all(folder.path(), start() + minute * 10 - TimeDelta::seconds(1));
    assert_eq!(reload(&keyring, start()).notices, of(soon));
    assert_eq!(reload(&keyring, start()).notices, []);
    let in_time = succeed_all(folder.path(), start() + minute * 10);
    assert_eq!(reload(&keyring, start()).notices, []);

    // A start knows from when the files are, so that a restart in the meantime alarms nobody.
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
fn a_crowd_of_published_keys_is_announced_once() {
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
    let (keyring, notices) = load(&config, start()).unwrap();
    assert!(
        !notices
            .iter()
            .any(|it| matches!(it, KeyringWarning::Crowded { .. }))
    );
    succeed_all(folder.path(), start() + hours(10));
    let limiter = KeyringWarning::Crowded { published: 11 };
    assert_eq!(reload(&keyring, start()).notices, [limiter]);
    assert_eq!(reload(&keyring, start()).notices, []);
}

#[test]
fn another_nodes_secret_is_newer_than_what_signs_here_even_where_one_waits() {
    let (folder, config) = folder();
    let [_, waiting] = succeed_all(folder.path(), start() + hours(24));
    let (keyring, _) = load(&config, start()).unwrap();
    let now = start() + hours(2);
    let secret_of = |kid: &str| keyring.secret_of(kid, now).map(|_| ());
    // Somebody made one that signs at once, and this node has not read it yet.
    assert_eq!(
        secret_of("m20260101T010000Z"),
        Err(KeyLookupError::NewerThanHeld)
    );
    assert_eq!(secret_of("m20251231T235959Z"), Err(KeyLookupError::Unknown));
    assert_eq!(secret_of("m20260101T030000Z"), Err(KeyLookupError::Unknown));
    let kid = format!("m{}", waiting.to_string().trim_end_matches(".secret"));
    assert_eq!(secret_of(&kid), Ok(()));
}
