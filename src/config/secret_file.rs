//! Secrets that lie in files of their own, such as those that Docker and Kubernetes mount.

use std::{
    fs::File,
    io::{self, Read},
};

use zeroize::Zeroizing;

/// The largest that is read.
const LARGEST: u64 = 16 * 1024;

/// Why a file cannot be read as text, with what to do about another encoding.
pub(super) fn unreadable(path: &str, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::InvalidData => {
            format!(
                "{path:?} is not UTF-8 but in another encoding, such as Latin-1: save it as UTF-8"
            )
        }
        _ => format!("{path:?} cannot be read: {error}"),
    }
}

/// What a file holds, without the end of its last line, and without the byte order mark that some
/// editors write before the first.
///
/// # Errors
/// What is wrong, with the file's name and nothing of what it holds.
pub(super) fn read(path: &str) -> Result<Zeroizing<String>, String> {
    let mut text = Zeroizing::new(String::new());
    File::open(path)
        .and_then(|file| file.take(LARGEST + 1).read_to_string(&mut text))
        .map_err(|error| unreadable(path, &error))?;
    let secret = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let secret = secret.trim_end_matches(['\r', '\n']);
    if text.len() as u64 > LARGEST {
        Err(format!("{path:?} is larger than 16 KiB"))
    } else if secret.is_empty() {
        Err(format!("{path:?} is empty"))
    } else {
        Ok(Zeroizing::new(secret.to_owned()))
    }
}
