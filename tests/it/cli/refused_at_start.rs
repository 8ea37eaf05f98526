//! Each sentence of the README that names what a start refuses, by the library and by the program.

mod settings;

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{TimeDelta, Utc};
use signet::{
    config::{Config, FlagSettings, SettingSources},
    keyring::Keyring,
};

use crate::{
    cli::commands::{Said, say},
    readme::section,
    support::{
        keys::key_files,
        process::{free_address, in_folder, run},
        requirements,
    },
};

/// A section as one line, so that a sentence is found wherever its lines break.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A service's folder with a good key and a good secret, in `keys`.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(say(folder.path(), &["keys", "generate"], "").code, 0);
    folder
}

/// The path of the only file that ends so.
fn only(keys: &Path, ending: &str) -> PathBuf {
    let [name] = key_files(keys, ending).try_into().unwrap();
    keys.join(name)
}

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// What the library says of the keys of a folder. Empty where it accepts them.
fn library_of_keys(folder: &Path) -> String {
    let text = format!("keys.folder = '{}'", folder.join("keys").display());
    let sources = SettingSources::new(("signet.toml", &text), [], FlagSettings::default()).unwrap();
    let config = Config::load(sources).unwrap();
    let leeway = TimeDelta::seconds(30);
    match Keyring::load(&config.keys, &config.issuer, leeway, Utc::now()) {
        Ok(_) => String::new(),
        Err(faults) => {
            let faults: Vec<_> = faults.iter().map(ToString::to_string).collect();
            faults.join("\n")
        }
    }
}

fn program(folder: &Path) -> Said {
    say(
        folder,
        &["serve", "--listen", &free_address().to_string()],
        "",
    )
}

/// Changes the folder `keys` so that a start refuses it.
type Change = fn(&Path);

/// What the README says, a change to a good folder that makes it so, and what is answered.
const KEYS: &[(&str, Change, &str)] = &[
    (
        "files that others can read",
        |keys| chmod(&only(keys, ".secret"), 0o604),
        "other users can read it: run chmod o-rwx",
    ),
    (
        "files that others than their owner can write",
        |keys| chmod(&only(keys, ".pem"), 0o620),
        "other users can write to it: run chmod go-w",
    ),
    (
        "a folder that others than its owner can write, its group included, unless its mount is \
         read-only",
        |keys| chmod(keys, 0o770),
        "keys: other users can write to it: run chmod go-w",
    ),
    (
        "a folder that others than its owner can write, its group included, unless its mount is \
         read-only",
        |keys| chmod(keys, 0o702),
        "keys: other users can write to it: run chmod go-w",
    ),
    (
        "keys and secrets that are too short",
        |keys| replace(keys, ".secret", &URL_SAFE_NO_PAD.encode(b"\x8e0123456789")),
        "is too short: a secret has at least 32 bytes",
    ),
    (
        "keys and secrets that are too short",
        |keys| {
            let short = include_str!("../../../src/keyring/tests/keys/rsa-1024.pem");
            replace_as(keys, "rs256.pem", short);
        },
        "is not an RSA private key of 2048 to 3072 bits",
    ),
    (
        "keys and secrets that are known to everybody, in whatever encoding",
        |keys| {
            let known = include_str!("../../golden/0.1.0/20260101T000000Z.es256.pem");
            replace(keys, ".es256.pem", known);
        },
        "is publicly known",
    ),
    (
        "keys and secrets that are known to everybody, in whatever encoding",
        |keys| {
            replace(
                keys,
                ".secret",
                "hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FJG+Onbc6mxCcYg=",
            );
        },
        "is well known or easily guessed",
    ),
    (
        "secrets that are a text of any script, or a pattern",
        |keys| {
            let text = "правильная лошадь батарея скоба";
            replace(keys, ".secret", &URL_SAFE_NO_PAD.encode(text));
        },
        "is well known or easily guessed",
    ),
    (
        "secrets that are a text of any script, or a pattern",
        |keys| {
            let pattern: [u8; 32] = std::array::from_fn(|i| u8::try_from(i).unwrap());
            replace(keys, ".secret", &URL_SAFE_NO_PAD.encode(pattern));
        },
        "is well known or easily guessed",
    ),
    (
        "a key of another algorithm than its name says",
        |keys| {
            let text = fs::read_to_string(only(keys, ".es256.pem")).unwrap();
            replace_as(keys, "eddsa.pem", &text);
        },
        "is not a private key on Ed25519",
    ),
    (
        "one key under two names",
        |keys| {
            let text = fs::read_to_string(only(keys, ".es256.pem")).unwrap();
            replace_as(keys, "es256.pem", &text);
        },
        "is the same key as",
    ),
    (
        "anything that is not one unencrypted PKCS#8 key in PEM; the message names the command \
         that converts it",
        |keys| {
            // As `openssl ecparam -name prime256v1 -genkey` writes it.
            let text = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n\
                        -----END EC PARAMETERS-----\n-----BEGIN EC PRIVATE KEY-----\n\
                        MHcCAQEEIP90dtnqgHSvbkWdnbLZ9grFpUFps4kMvTL9EndfLhxloAoGCCqGSM49\n\
                        -----END EC PRIVATE KEY-----\n";
            replace(keys, ".es256.pem", text);
        },
        "is not PKCS#8: `openssl pkcs8 -topk8 -nocrypt -in old.pem -out new.pem` converts it",
    ),
    (
        "a moment at which nothing signs",
        |keys| fs::remove_file(only(keys, ".secret")).unwrap(),
        "keys: no secret signs now: `signet keys generate` creates what is missing",
    ),
];

/// Puts that in the place of the only file that ends so.
fn replace(keys: &Path, ending: &str, content: &str) {
    fs::write(only(keys, ending), content).unwrap();
}

/// Puts a further file beside the others.
fn replace_as(keys: &Path, kind: &str, content: &str) {
    let path = keys.join(format!("20260101T000000Z.{kind}"));
    fs::write(&path, content).unwrap();
    chmod(&path, 0o600);
}

#[test]
fn every_folder_of_keys_that_the_documentation_refuses_is_refused() {
    for (sentence, change, problem) in KEYS {
        let folder = folder();
        let folder = folder.path();
        assert_eq!(library_of_keys(folder), "");
        change(&folder.join("keys"));
        let library = library_of_keys(folder);
        assert!(library.contains(problem), "{sentence}: {library}");
        let said = program(folder);
        assert_eq!(said.code, 2, "{sentence}: {}", said.err);
        assert!(said.err.contains(problem), "{sentence}: {}", said.err);
        assert!(!folder.join("signet.db").exists(), "{sentence}");
    }
}

/// A sentence that is added to the list needs a row above, and the other way round.
#[test]
fn every_sentence_about_refused_keys_is_tried() {
    let (_, list) = section("Keys")
        .split_once("A start refuses, by path")
        .unwrap();
    let (_, list) = list.split_once("\n\n").unwrap();
    let (list, _) = list.split_once("\n\n").unwrap();
    let mut written: Vec<_> = list
        .split("- ")
        .map(words)
        .filter(|it| !it.is_empty())
        .collect();
    let mut tried: Vec<_> = KEYS.iter().map(|(sentence, ..)| words(sentence)).collect();
    written.sort();
    tried.sort();
    tried.dedup();
    assert_eq!(written, tried);
}

/// Kubernetes mounts secrets read-only into a folder that anybody could write otherwise.
#[test]
fn a_folder_on_a_read_only_mount_may_have_any_mode() {
    let folder = folder();
    let folder = folder.path();
    chmod(&folder.join("keys"), 0o777);
    assert_eq!(say(folder, &["keys", "list"], "").code, 2);
    let mount = "mount --bind keys keys && mount -o remount,bind,ro keys";
    let unshare = |script: &str| {
        let mut command = Command::new("unshare");
        command.args(["-rm", "sh", "-c", script]);
        in_folder(command, folder)
    };
    let tried = unshare(mount).output();
    if !tried.is_ok_and(|tried| tried.status.success()) {
        return requirements::lacks("a mount of its own").unwrap_or_default();
    }
    let script = format!("{mount} && exec {} keys list", env!("CARGO_BIN_EXE_signet"));
    let said: Said = run(unshare(&script), "").into();
    assert_eq!(said.code, 0, "{}", said.err);
}
