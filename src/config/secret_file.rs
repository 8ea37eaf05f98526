//! Secrets that lie in files of their own, such as those that Docker and Kubernetes mount.

use std::{
    fs::File,
    io::{self, Read},
};

use rustix::fs::{Mode, OFlags};
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
/// Names the fault and the file, and quotes nothing of its content. A pipe, a folder or a device is
/// refused, because reading it may never end, or give something else each time.
pub(super) fn read(path: &str) -> Result<Zeroizing<String>, String> {
    let cannot = |error: io::Error| unreadable(path, &error);
    // The opened file is judged, so that what is judged is what is read; without waiting for the other
    // end of a pipe.
    let file = rustix::fs::open(path, OFlags::RDONLY | OFlags::NONBLOCK, Mode::empty());
    let file = file.map(File::from).map_err(|error| cannot(error.into()))?;
    if !file.metadata().map_err(cannot)?.is_file() {
        return Err(format!(
            "{path:?} is not a regular file: a secret cannot be read from a folder, a pipe or a device"
        ));
    }
    let mut text = Zeroizing::new(String::new());
    file.take(LARGEST + 1)
        .read_to_string(&mut text)
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
