//! The schedule at random times, and folders with every fault.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use proptest::prelude::*;

use super::*;
use crate::{
    config::{Config, Flags, Sources},
    entropy::Entropy,
};

fn start() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).unwrap()
}

fn hours(n: i64) -> TimeDelta {
    TimeDelta::hours(n)
}

fn settings() -> Settings {
    Settings {
        key_retire_after: hours(2),
        secret_retire_after: hours(24 * 30),
        algorithms: vec![Algorithm::Es256],
    }
}

fn key(offset: TimeDelta) -> KeyFile {
    KeyFile {
        signs_from: start() + offset,
        kind: KeyKind::Key(Algorithm::Es256),
    }
}

fn secret(offset: TimeDelta) -> KeyFile {
    KeyFile {
        kind: KeyKind::Secret,
        ..key(offset)
    }
}

#[test]
fn a_key_goes_through_its_phases() {
    let files = [key(hours(0)), key(hours(10)), secret(hours(0))];
    let phases = |offset| {
        let scheduled = schedule(&files, &settings(), start() + offset).unwrap();
        let phase = |file| {
            scheduled
                .iter()
                .find(|entry| entry.file == file)
                .unwrap()
                .phase
        };
        (phase(files[0]), phase(files[1]))
    };
    let second = TimeDelta::seconds(1);
    assert_eq!(phases(hours(0)), (Phase::Signing, Phase::Upcoming));
    assert_eq!(
        phases(hours(10) - second),
        (Phase::Signing, Phase::Upcoming)
    );
    assert_eq!(phases(hours(10)), (Phase::Verifying, Phase::Signing));
    assert_eq!(
        phases(hours(12) - second),
        (Phase::Verifying, Phase::Signing)
    );
    assert_eq!(phases(hours(12)), (Phase::Retired, Phase::Signing));
}

#[test]
fn what_does_not_add_up_is_refused_with_every_reason() {
    let refused = |files: &[KeyFile]| schedule(files, &settings(), start()).unwrap_err();
    let no_key = Unschedulable::NothingSigns(KeyKind::Key(Algorithm::Es256));
    let no_secret = Unschedulable::NothingSigns(KeyKind::Secret);
    assert_eq!(refused(&[]), [no_key, no_secret]);
    assert_eq!(refused(&[key(hours(1)), secret(hours(0))]), [no_key]);
    assert_eq!(refused(&[key(hours(0)), secret(hours(1))]), [no_secret]);
    let twice = [key(hours(0)), key(hours(0)), secret(hours(0))];
    assert_eq!(refused(&twice), [Unschedulable::Twice(twice[0])]);
}

proptest! {
    #[test]
    fn exactly_one_key_of_a_kind_signs_at_any_time(
        offsets in proptest::collection::btree_set(0_i64..2_000_000, 1..8),
        elapsed in 0_i64..3_000_000,
    ) {
        let files: Vec<_> = offsets.iter().flat_map(|offset| {
            let offset = TimeDelta::seconds(*offset);
            [key(offset), secret(offset)]
        }).collect();
        let now = start() + TimeDelta::seconds(elapsed);
        let scheduled = schedule(&files, &settings(), now);
        if offsets.first() > Some(&elapsed) {
            prop_assert!(scheduled.is_err());
        } else {
            let scheduled = scheduled.unwrap();
            for kind in [KeyKind::Key(Algorithm::Es256), KeyKind::Secret] {
                let signing: Vec<_> = scheduled.iter()
                    .filter(|entry| entry.file.kind == kind && entry.phase == Phase::Signing)
                    .collect();
                prop_assert_eq!(signing.len(), 1);
                // It is the last to have begun, and everything earlier has ended.
                let in_order = scheduled.iter().filter(|entry| entry.file.kind == kind).all(|entry| {
                    (entry.file < signing[0].file) == (entry.phase > Phase::Signing)
                });
                prop_assert!(in_order);
            }
        }
    }

    #[test]
    fn phases_only_ever_move_forward(
        offsets in proptest::collection::btree_set(0_i64..2_000_000, 1..6),
        times in proptest::collection::btree_set(2_000_000_i64..9_000_000, 2..6),
    ) {
        let files: Vec<_> = offsets.iter()
            .flat_map(|offset| [key(TimeDelta::seconds(*offset)), secret(TimeDelta::seconds(*offset))])
            .collect();
        let mut before: Option<Vec<Phase>> = None;
        for time in times {
            let now = start() + TimeDelta::seconds(time);
            let phases: Vec<_> = schedule(&files, &settings(), now).unwrap().iter().map(|e| e.phase).collect();
            if let Some(before) = before {
                let forward = before.iter().zip(&phases).all(|(before, after)| before <= after);
                prop_assert!(forward);
            }
            before = Some(phases);
        }
    }
}

/// A folder with a key and a secret that sign from [`start`], and its configuration.
fn folder() -> (tempfile::TempDir, Config) {
    let folder = tempfile::tempdir().unwrap();
    generate(folder.path(), Algorithm::ALL, &Entropy::system(), start()).unwrap();
    let text = format!("keys.folder = '{}'", folder.path().display());
    let sources = Sources::new(("signet.toml", &text), [], Flags::default()).unwrap();
    (folder, Config::load(sources).unwrap())
}

fn load(config: &Config, now: DateTime<Utc>) -> Result<(Keyring, Vec<Notice>), Vec<Fault>> {
    Keyring::load(&config.keys, &config.issuer, config.tokens.leeway, now)
}

fn problem_with(config: &Config) -> String {
    let faults = load(config, start()).unwrap_err();
    faults
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("\n")
}

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn what_is_generated_can_be_loaded_and_is_private() {
    let (folder, config) = folder();
    let (keyring, notices) = load(&config, start()).unwrap();
    assert_eq!(notices, []);
    assert_eq!(keyring.list().len(), 2);
    for entry in fs::read_dir(folder.path()).unwrap() {
        let mode = entry.unwrap().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn a_further_key_waits_a_day_and_is_published_at_once() {
    let (folder, config) = folder();
    let later = start() + hours(1);
    let written = generate(folder.path(), Algorithm::ALL, &Entropy::system(), later).unwrap();
    assert!(
        written
            .iter()
            .all(|file| file.file.signs_from == later + hours(24))
    );

    let (keyring, _) = load(&config, later).unwrap();
    let kids = |now| {
        let jwks: serde_json::Value =
            serde_json::from_str(&keyring.jwks(now).unwrap().body).unwrap();
        let keys = jwks["keys"].as_array().unwrap();
        keys.iter()
            .map(|key| key["kid"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let signing = |now| {
        keyring
            .signing(Algorithm::Es256, now)
            .unwrap()
            .kid()
            .to_owned()
    };
    let both = kids(later);
    assert_eq!(both.len(), 2);
    assert_eq!(signing(later + hours(24) - TimeDelta::seconds(1)), both[0]);
    assert_eq!(signing(later + hours(24)), both[1]);
    assert_eq!(kids(later + hours(26) - TimeDelta::seconds(1)), both);
    assert_eq!(kids(later + hours(26)), both[1..]);
    assert!(keyring.published(&both[0], later + hours(26)).is_err());
    assert_ne!(
        keyring.jwks(later).unwrap().etag,
        keyring.jwks(later + hours(26)).unwrap().etag
    );
}

#[test]
fn a_secret_verifies_for_the_idle_lifetime_after_its_successor() {
    let (folder, config) = folder();
    generate(folder.path(), Algorithm::ALL, &Entropy::system(), start()).unwrap();
    let (keyring, _) = load(&config, start()).unwrap();
    let old = keyring.secret(start()).unwrap().kid().to_owned();
    let ended = start() + hours(24) + config.keys.secret_retire_after + config.tokens.leeway;
    assert!(
        keyring
            .secret_of(&old, ended - TimeDelta::seconds(1))
            .is_ok()
    );
    assert_eq!(keyring.secret_of(&old, ended).unwrap_err(), NoKey::Unknown);
}

#[test]
fn the_key_id_is_the_thumbprint_and_nothing_private_is_published() {
    let (_folder, config) = folder();
    let (keyring, _) = load(&config, start()).unwrap();
    let jwks: serde_json::Value =
        serde_json::from_str(&keyring.jwks(start()).unwrap().body).unwrap();
    let jwk = jwks["keys"][0].as_object().unwrap();
    let mut members: Vec<_> = jwk.keys().map(String::as_str).collect();
    members.sort_unstable();
    assert_eq!(members, ["alg", "crv", "kid", "kty", "use", "x", "y"]);
    let canonical = format!(
        "{{\"crv\":{},\"kty\":{},\"x\":{},\"y\":{}}}",
        jwk["crv"], jwk["kty"], jwk["x"], jwk["y"]
    );
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, canonical.as_bytes());
    assert_eq!(jwk["kid"], URL_SAFE_NO_PAD.encode(digest));
}

#[test]
fn strangers_in_the_folder_are_reported_and_let_be() {
    let (folder, config) = folder();
    for name in ["README.md", ".gitkeep", "..data"] {
        fs::write(folder.path().join(name), "").unwrap();
    }
    fs::write(folder.path().join("old.pem"), "").unwrap();
    let (_, notices) = load(&config, start()).unwrap();
    assert_eq!(
        notices,
        [Notice {
            path: folder.path().join("old.pem").display().to_string()
        }]
    );
}

#[test]
fn keys_are_found_behind_symlinks() {
    let (folder, config) = folder();
    let mounted = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        fs::rename(entry.path(), mounted.path().join(entry.file_name())).unwrap();
        let target = mounted.path().join(entry.file_name());
        std::os::unix::fs::symlink(target, entry.path()).unwrap();
    }
    assert!(load(&config, start()).is_ok());
}

#[test]
fn unsafe_permissions_are_refused_by_path() {
    let (folder, config) = folder();
    let path = folder.path().join("20260101T000000Z.secret");
    for (mode, problem) in [
        (0o604, "others can read it"),
        (0o644, "others can read it"),
        (0o620, "others than its owner can write to it"),
        (0o602, "others than its owner can write to it"),
    ] {
        chmod(&path, mode);
        let found = problem_with(&config);
        assert!(
            found.contains(problem) && found.contains("20260101T000000Z.secret"),
            "{found}"
        );
    }
    chmod(&path, 0o440);
    assert!(load(&config, start()).is_ok());

    chmod(folder.path(), 0o777);
    let found = problem_with(&config);
    assert!(found.contains("others can write to it"), "{found}");
    chmod(folder.path(), 0o700);
}

#[test]
fn what_cannot_be_used_is_refused_by_path_and_never_quoted() {
    let (folder, config) = folder();
    let key = folder.path().join("20260101T000000Z.es256.pem");
    let good = fs::read_to_string(&key).unwrap();
    let body = good.lines().nth(1).unwrap().to_owned();
    let (start_of_body, rest) = body.split_at(8);
    let (quotable, _) = rest.split_at(16);
    for bad in [
        String::new(),
        "hunter2".to_owned(),
        good.replace("PRIVATE KEY", "EC PRIVATE KEY"),
        good.replace("PRIVATE KEY", "PUBLIC KEY"),
        good.replace(start_of_body, "AAAAAAAA"),
        good.replace(&body, ""),
        "x".repeat(100_000),
    ] {
        fs::write(&key, &bad).unwrap();
        let found = problem_with(&config);
        assert!(found.contains("20260101T000000Z.es256.pem: "), "{found}");
        assert!(
            !found.contains("hunter2") && !found.contains(quotable),
            "{found}"
        );
    }
    fs::remove_file(&key).unwrap();
    fs::create_dir(&key).unwrap();
    assert!(problem_with(&config).contains("is not a file"));
    fs::remove_dir(&key).unwrap();
    assert!(problem_with(&config).contains("no ES256 signs now"));
}

#[test]
fn a_key_that_everybody_has_is_refused() {
    let (folder, config) = folder();
    // RFC 7515 appendix A.3, as PKCS#8.
    let rfc_7515 = "-----BEGIN PRIVATE KEY-----\n\
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgjpsQnnGQmL+YBIff\n\
        H1136cspYG6+0iY7X1fCE9+E9LKhRANCAAR/zc4ncPbEXUGDy+5v20t7WAczNXvp\n\
        7xO6z248e9FURcfxRM0bvZt+hyzf7bnuufSzaV1uqQskrYpGIyiFiOWt\n\
        -----END PRIVATE KEY-----\n";
    fs::write(folder.path().join("20260101T000000Z.es256.pem"), rfc_7515).unwrap();
    let found = problem_with(&config);
    assert!(found.contains("is known to everybody"), "{found}");
}

#[test]
fn every_fault_is_reported_at_once() {
    let (folder, config) = folder();
    chmod(&folder.path().join("20260101T000000Z.secret"), 0o644);
    fs::write(folder.path().join("20260101T000000Z.es256.pem"), "x").unwrap();
    assert_eq!(load(&config, start()).unwrap_err().len(), 2);
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let (folder, config) = folder();
    drop(folder);
    assert!(is_empty(&config.keys.folder));
    assert!(problem_with(&config).contains("does not exist"));
}

#[test]
fn nothing_is_ever_overwritten() {
    let (folder, _config) = folder();
    let read = || fs::read(folder.path().join("20260101T000000Z.secret")).unwrap();
    let before = read();
    // A second folder's worth for the very same second collides with the first.
    fs::remove_file(folder.path().join("20260101T000000Z.es256.pem")).unwrap();
    let day_before = start() - hours(24);
    let _ = generate(
        folder.path(),
        Algorithm::ALL,
        &Entropy::system(),
        day_before,
    );
    let again = generate(folder.path(), Algorithm::ALL, &Entropy::system(), start());
    assert!(again.is_ok());
    assert_eq!(read(), before);
}

proptest! {
    #[test]
    fn no_key_file_panics(text in "\\PC{0,200}|-----BEGIN PRIVATE KEY-----\n[A-Za-z0-9+/=\n]{0,200}\n-----END PRIVATE KEY-----\n") {
        let issuer = Issuer::parse("https://auth.example.com").unwrap();
        prop_assert!(SigningKey::parse(&text, Algorithm::Es256).is_err());
        let _ = Secret::parse(&text, start(), &issuer);
    }
}
