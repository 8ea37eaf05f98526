//! Helpers for folders of keys.

use std::{fs, path::Path};

/// The file names with this ending, oldest first.
pub fn key_files(keys: &Path, ending: &str) -> Vec<String> {
    let entries = fs::read_dir(keys).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.filter(|name| name.ends_with(ending)).collect();
    names.sort();
    names
}

/// Renames the files that a test has written to an earlier time.
pub fn age(keys: &Path, time: &str) {
    let written = key_files(keys, "").into_iter();
    for name in written.filter(|name| name.as_str() > "202603") {
        let (_, kind) = name.split_once('.').unwrap();
        fs::rename(keys.join(&name), keys.join(format!("{time}.{kind}"))).unwrap();
    }
}
