//! Folders as they are, and with every fault.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

use super::{super::*, hours, start};
use crate::{
    config::{Config, Flags, Sources},
    entropy::Entropy,
};

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
        let jwks: serde_json::Value = serde_json::from_str(&keyring.jwks(now).body).unwrap();
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
        keyring.jwks(later).etag,
        keyring.jwks(later + hours(26)).etag
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
    let jwks: serde_json::Value = serde_json::from_str(&keyring.jwks(start()).body).unwrap();
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
fn one_key_under_two_names_is_refused() {
    let (folder, config) = folder();
    let key = folder.path().join("20260101T000000Z.es256.pem");
    fs::copy(&key, folder.path().join("20260201T000000Z.es256.pem")).unwrap();
    assert!(problem_with(&config).contains("is the same key as 20260"));
}

#[test]
fn what_is_no_file_does_not_hold_up_the_start() {
    let (folder, config) = folder();
    let pipe = folder.path().join("20260201T000000Z.secret");
    assert!(
        std::process::Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    assert!(problem_with(&config).contains("20260201T000000Z.secret: is not a file"));
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
    let again = || generate(folder.path(), Algorithm::ALL, &Entropy::system(), start());
    let contents = || {
        let mut contents: Vec<_> = fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| fs::read(entry.unwrap().path()).unwrap())
            .collect();
        contents.sort();
        contents
    };
    again().unwrap();
    let before = contents();
    // What would sign in 24 hours is there already.
    let refused = again().unwrap_err().to_string();
    assert!(
        refused.contains("20260102T000000Z.es256.pem: is there already"),
        "{refused}"
    );
    assert_eq!(contents(), before);
}

proptest! {
    #[test]
    fn no_key_file_panics(text in "\\PC{0,200}|-----BEGIN PRIVATE KEY-----\n[A-Za-z0-9+/=\n]{0,200}\n-----END PRIVATE KEY-----\n") {
        let issuer = Issuer::parse("https://auth.example.com").unwrap();
        prop_assert!(SigningKey::parse(&text, Algorithm::Es256).is_err());
        let _ = Secret::parse(&text, start(), &issuer);
    }
}
