//! Secrets in files, such as those that Docker and Kubernetes mount.

use std::{
    fs::File,
    io::{self, Read},
};

use rustix::fs::{Mode, OFlags};
use zeroize::Zeroizing;

/// The largest secret file, in bytes.
const MAX_BYTES: u64 = 16 * 1024;

/// Describes why a file cannot be read as text, with the remedy for another encoding.
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

/// Opens a file to read it, or returns `None` if it is a folder, a pipe or a device.
///
/// # Errors
/// The file cannot be opened.
pub(super) fn open_regular(path: &str) -> io::Result<Option<File>> {
    // The check applies to the opened file, so that no other file can take its place before it is
    // read. O_NONBLOCK avoids waiting for the writer of a pipe.
    let file = rustix::fs::open(path, OFlags::RDONLY | OFlags::NONBLOCK, Mode::empty())?;
    let file = File::from(file);
    Ok(file.metadata()?.is_file().then_some(file))
}

/// Reads a secret from a file, without trailing line breaks and without a leading byte order mark.
///
/// # Errors
/// The fault and the path; the content is never quoted. Pipes, folders and devices are refused,
/// because reading one may never end or may yield other content each time.
pub(super) fn read(path: &str) -> Result<Zeroizing<String>, String> {
    let cannot = |error: io::Error| unreadable(path, &error);
    let Some(file) = open_regular(path).map_err(cannot)? else {
        return Err(format!(
            "{path:?} is not a regular file: a secret cannot be read from a folder, a pipe or a device"
        ));
    };
    let mut text = Zeroizing::new(String::new());
    file.take(MAX_BYTES + 1)
        .read_to_string(&mut text)
        .map_err(|error| unreadable(path, &error))?;
    let secret = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let secret = secret.trim_end_matches(['\r', '\n']);
    if text.len() as u64 > MAX_BYTES {
        Err(format!("{path:?} is larger than 16 KiB"))
    } else if secret.is_empty() {
        Err(format!("{path:?} is empty"))
    } else {
        Ok(Zeroizing::new(secret.to_owned()))
    }
}
