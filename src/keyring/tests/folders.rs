//! Folders are generated and loaded.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

use super::{super::*, hours, start};
use crate::{
    config::{Config, FlagSettings, SettingSources},
    entropy::Entropy,
};

/// The algorithm of the default client.
pub(super) const ES256: &[Algorithm] = &[Algorithm::Es256];

/// The kinds that the default client needs.
pub(super) const KINDS: [KeyKind; 2] = [KeyKind::Key(Algorithm::Es256), KeyKind::Secret];

/// Writes a key and a secret that sign from that time.
pub(super) fn write_successors_of_all(
    folder: &Path,
    signs_from: DateTime<Utc>,
) -> [KeyFileName; 2] {
    let written = write_successors(folder, &KINDS, signs_from, &Entropy::system()).unwrap();
    let files: Vec<_> = written.into_iter().map(|it| it.file).collect();
    files.try_into().unwrap()
}

/// Returns a folder with a key and a secret that sign from [`start`], and its configuration.
pub(super) fn folder() -> (tempfile::TempDir, Config) {
    folder_with(ES256)
}

/// Returns such a folder with keys of these algorithms, and a client for each.
fn folder_with(algorithms: &[Algorithm]) -> (tempfile::TempDir, Config) {
    let folder = tempfile::tempdir().unwrap();
    generate(folder.path(), algorithms, &Entropy::system(), start()).unwrap();
    let config = config(folder.path(), algorithms);
    (folder, config)
}

pub(super) fn config(folder: &Path, algorithms: &[Algorithm]) -> Config {
    let client =
        |algorithm| format!("[[clients]]\nclient_id = '{algorithm}'\nalgorithm = '{algorithm}'\n");
    let clients: String = algorithms.iter().map(client).collect();
    let text = format!("keys.folder = '{}'\n{clients}", folder.display());
    let sources = SettingSources::new(("signet.toml", &text), [], FlagSettings::default()).unwrap();
    Config::load(sources).unwrap()
}

pub(super) fn load(
    config: &Config,
    now: DateTime<Utc>,
) -> Result<(Keyring, Vec<KeyringWarning>), Vec<KeyringError>> {
    Keyring::load(&config.keys, &config.issuer, config.tokens.leeway, now)
}

#[test]
fn generated_files_can_be_loaded_and_are_private() {
    let (folder, config) = folder_with(Algorithm::ALL);
    let (keyring, warnings) = load(&config, start()).unwrap();
    assert_eq!(warnings, []);
    assert_eq!(keyring.list().len(), 4);
    for algorithm in Algorithm::ALL {
        let key = keyring.signing(*algorithm, start()).unwrap();
        assert!(key.sign(b"").unwrap().len() <= algorithm.longest_signature());
    }
    for entry in fs::read_dir(folder.path()).unwrap() {
        let mode = entry.unwrap().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn successor_is_published_immediately_and_signs_a_day_later() {
    let (folder, config) = folder();
    let later = start() + hours(1);
    write_successors_of_all(folder.path(), later + hours(24));

    let (keyring, _) = load(&config, later).unwrap();
    let kids = |now| {
        let jwks: serde_json::Value = serde_json::from_str(keyring.jwks(now).text()).unwrap();
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
fn secret_verifies_for_the_idle_timeout_after_its_successor_begins() {
    let (folder, config) = folder();
    write_successors_of_all(folder.path(), start() + hours(24));
    let (keyring, _) = load(&config, start()).unwrap();
    let old = keyring.secret(start()).unwrap().kid().to_owned();
    let ended = start() + hours(24) + config.keys.secret_retire_after + config.tokens.leeway;
    assert!(
        keyring
            .secret_of(&old, ended - TimeDelta::seconds(1))
            .is_ok()
    );
    assert_eq!(
        keyring.secret_of(&old, ended).unwrap_err(),
        KeyLookupError::Unknown
    );
}

#[test]
fn kid_is_the_thumbprint_and_only_public_members_are_published() {
    let (_folder, config) = folder_with(Algorithm::ALL);
    let (keyring, _) = load(&config, start()).unwrap();
    let jwks: serde_json::Value = serde_json::from_str(keyring.jwks(start()).text()).unwrap();
    // Keys are in the order of their names, whatever the order of the folder is.
    for (jwk, (kty, alg, members)) in jwks["keys"].as_array().unwrap().iter().zip([
        ("EC", "ES256", vec!["crv", "kty", "x", "y"]),
        ("RSA", "RS256", vec!["e", "kty", "n"]),
        ("OKP", "EdDSA", vec!["crv", "kty", "x"]),
    ]) {
        let mut all = [&members[..], &["alg", "kid", "use"]].concat();
        all.sort_unstable();
        let mut published: Vec<_> = jwk.as_object().unwrap().keys().collect();
        published.sort_unstable();
        assert_eq!(published, all);
        assert_eq!([&jwk["kty"], &jwk["alg"], &jwk["use"]], [kty, alg, "sig"]);
        // RFC 7638 §3: the required members in order, without white space.
        let canonical = members
            .iter()
            .map(|member| format!("\"{member}\":{}", jwk[member]))
            .collect::<Vec<_>>()
            .join(",");
        let canonical = format!("{{{canonical}}}");
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, canonical.as_bytes());
        assert_eq!(jwk["kid"], URL_SAFE_NO_PAD.encode(digest));
    }
    assert_eq!(jwks["keys"].as_array().unwrap().len(), 3);
}

#[test]
fn generate_creates_only_missing_files_which_sign_immediately() {
    let (folder, _) = folder();
    let both = [Algorithm::Es256, Algorithm::EdDsa];
    let config = config(folder.path(), &both);
    let later = start() + hours(1);
    let path = folder.path().display();
    assert_eq!(
        load(&config, later).unwrap_err()[0].to_string(),
        format!("{path}: no EdDSA key signs now: `signet keys generate` creates what is missing")
    );
    let generate = |now| {
        let written = generate(
            folder.path(),
            &config.keys.algorithms,
            &Entropy::system(),
            now,
        );
        let written = written.unwrap().into_iter().map(|it| it.file.to_string());
        written.collect::<Vec<_>>()
    };
    assert_eq!(generate(later), ["20260101T010000Z.eddsa.pem"]);
    let (keyring, _) = load(&config, later).unwrap();
    for algorithm in both {
        assert!(keyring.signing(algorithm, later).is_some());
    }
    assert_eq!(generate(later), [""; 0]);
}

#[test]
fn key_that_no_client_uses_is_published_and_verifies() {
    let (folder, _) = folder_with(&[Algorithm::Es256, Algorithm::EdDsa]);
    let (keyring, _) = load(&config(folder.path(), ES256), start()).unwrap();
    let key = keyring.signing(Algorithm::EdDsa, start()).unwrap();
    assert!(keyring.jwks(start()).text().contains(key.kid()));
    let signature = URL_SAFE_NO_PAD.encode(key.sign(b"message").unwrap());
    let key = keyring.published(key.kid(), start()).unwrap();
    assert!(key.verifies(b"message", &signature));
    assert!(!key.verifies(b"massage", &signature));
}

#[test]
fn other_files_in_the_folder_are_reported_and_ignored() {
    let (folder, config) = folder();
    for name in ["README.md", ".gitkeep", "..data"] {
        fs::write(folder.path().join(name), "").unwrap();
    }
    fs::write(folder.path().join("old.pem"), "").unwrap();
    let (_, warnings) = load(&config, start()).unwrap();
    assert_eq!(
        warnings,
        [KeyringWarning::NotAKey {
            path: folder.path().join("old.pem").display().to_string()
        }]
    );
}

#[test]
fn existing_files_are_never_overwritten() {
    let (folder, _config) = folder();
    let again = || write_successors(folder.path(), &KINDS, start(), &Entropy::system());
    let contents = || {
        let mut contents: Vec<_> = fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| fs::read(entry.unwrap().path()).unwrap())
            .collect();
        contents.sort();
        contents
    };
    let before = contents();
    let refused = again().unwrap_err().to_string();
    assert!(
        refused.contains("20260101T000000Z.es256.pem: already exists"),
        "{refused}"
    );
    assert_eq!(contents(), before);
}

proptest! {
    #[test]
    fn arbitrary_file_content_never_panics(text in "\\PC{0,200}|-----BEGIN PRIVATE KEY-----\n[A-Za-z0-9+/=\n]{0,200}\n-----END PRIVATE KEY-----\n") {
        let issuer = Issuer::parse("https://auth.example.com").unwrap();
        for algorithm in Algorithm::ALL {
            prop_assert!(SigningKey::parse(&text, *algorithm).is_err());
        }
        let _ = Secret::parse(&text, start(), &issuer);
    }
}
