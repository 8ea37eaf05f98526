//! The documented rules for settings and key folders that stop a start, tested with the library and
//! the program.

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
    cli::commands::{CommandOutput, run_signet},
    docs::section,
    support::{
        keys::key_files,
        process::{free_address, in_folder, run},
        requirements,
    },
};

/// A section as one line, so that line breaks do not split a sentence.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A folder with a valid key and a valid secret in `keys`.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run_signet(folder.path(), &["keys", "generate"], "").code, 0);
    folder
}

/// The path of the only file with this ending.
fn only(keys: &Path, ending: &str) -> PathBuf {
    let [name] = key_files(keys, ending).try_into().unwrap();
    keys.join(name)
}

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// The error of the library for a key folder, or an empty text.
fn library_error(folder: &Path) -> String {
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

fn program(folder: &Path) -> CommandOutput {
    run_signet(
        folder,
        &["serve", "--listen", &free_address().to_string()],
        "",
    )
}

/// Makes the folder `keys` invalid.
type Change = fn(&Path);

/// A sentence of the documentation, a change that breaks the rule, and the expected error.
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

/// Replaces the only file with this ending.
fn replace(keys: &Path, ending: &str, content: &str) {
    fs::write(only(keys, ending), content).unwrap();
}

/// Adds a file.
fn replace_as(keys: &Path, kind: &str, content: &str) {
    let path = keys.join(format!("20260101T000000Z.{kind}"));
    fs::write(&path, content).unwrap();
    chmod(&path, 0o600);
}

#[test]
fn documented_unusable_key_folders_stop_the_start() {
    for (sentence, change, problem) in KEYS {
        let folder = folder();
        let folder = folder.path();
        assert_eq!(library_error(folder), "");
        change(&folder.join("keys"));
        let library = library_error(folder);
        assert!(library.contains(problem), "{sentence}: {library}");
        let output = program(folder);
        assert_eq!(output.code, 2, "{sentence}: {}", output.err);
        assert!(output.err.contains(problem), "{sentence}: {}", output.err);
        assert!(!folder.join("signet.db").exists(), "{sentence}");
    }
}

/// Every sentence of the list has a row above, and every row has a sentence.
#[test]
fn documented_key_folder_rules_are_all_tested() {
    let (_, list) = section("keys", "Keys")
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

/// Kubernetes mounts secrets read-only into a world-writable folder.
#[test]
fn key_folder_on_a_read_only_mount_may_have_any_mode() {
    let folder = folder();
    let folder = folder.path();
    chmod(&folder.join("keys"), 0o777);
    assert_eq!(run_signet(folder, &["keys", "list"], "").code, 2);
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
    let output: CommandOutput = run(unshare(&script), "").into();
    assert_eq!(output.code, 0, "{}", output.err);
}
