//! Loads key files: a name in the first line, then the content of the file. Faults never quote the content.

#![no_main]

use std::{cell::RefCell, fs, os::unix::fs::PermissionsExt};

use chrono::TimeDelta;
use fuzzed::{keys, now};
use libfuzzer_sys::fuzz_target;
use signet::{
    config::{Config, FlagSettings, SettingSources},
    keyring::{KeyFileName, Keyring},
};
use tempfile::TempDir;

const NAMES: [&str; 4] = [
    "20250601T000000Z.es256.pem",
    "20250601T000000Z.rs256.pem",
    "20250601T000000Z.eddsa.pem",
    "20250601T000000Z.secret",
];

struct Folder {
    config: Config,
    _folder: TempDir,
}

impl Folder {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let keys = keys(folder.path());
        let text = format!("keys.folder = '{}'", keys.display());
        let sources =
            SettingSources::new(("signet.toml", &text), [], FlagSettings::default()).unwrap();
        Self {
            config: Config::load(sources).unwrap(),
            _folder: folder,
        }
    }
}

thread_local!(static FOLDER: RefCell<Folder> = RefCell::new(Folder::new()));

fuzz_target!(|input: &[u8]| {
    let end = input
        .iter()
        .position(|b| *b == b'\n')
        .unwrap_or(input.len());
    let (name, content) = input.split_at(end);
    if let Ok(name) = std::str::from_utf8(name)
        && let Ok(file) = name.parse::<KeyFileName>()
    {
        assert_eq!(file.to_string(), name);
    }
    let (Some(first), Some(content)) = (name.first(), content.get(1..)) else {
        return;
    };
    FOLDER.with_borrow(|folder| {
        let keys = &folder.config.keys;
        let path = keys.folder.join(NAMES[usize::from(*first) % NAMES.len()]);
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let loaded = Keyring::load(keys, &folder.config.issuer, TimeDelta::seconds(30), now());
        fs::remove_file(&path).unwrap();
        for fault in loaded.err().into_iter().flatten() {
            let message = fault.to_string();
            let message = message
                .strip_prefix(&path.display().to_string())
                .unwrap_or(&message);
            let secret = |b: &u8| b.is_ascii_alphanumeric() || b"+/=_".contains(b);
            let words = content
                .split(|b| !secret(b))
                .filter(|word| word.len() >= 16);
            for word in words {
                assert!(
                    !message.as_bytes().windows(word.len()).any(|it| it == word),
                    "{message}"
                );
            }
        }
    });
});
