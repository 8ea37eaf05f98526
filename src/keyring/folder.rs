//! Reads the folder of key files, and checks permissions, file types, sizes and contents.

use std::{
    fs::{self, DirEntry, File},
    io::{self, Read},
    os::unix::fs::MetadataExt,
    path::Path,
    sync::Arc,
};

use chrono::{DateTime, Utc};
use rustix::fs::{Mode, OFlags, StatVfsMountFlags};
use zeroize::Zeroizing;

use super::{KeyFileName, KeyKind, KeyringError, KeyringWarning, Secret, SigningKey};
use crate::{config::Issuer, pkcs8};

/// The size limit of a key file, in bytes.
const MAX_BYTES: u64 = 64 * 1024;

const WRITABLE: &str = "other users can write to it: run chmod go-w";

/// The content of a key file.
#[derive(Debug, Clone)]
pub(super) enum FileContent {
    Key(Arc<SigningKey>),
    Secret(Arc<Secret>),
}

impl FileContent {
    /// Returns bytes that are equal for equal keys, whatever the file is called. For a secret they are
    /// secret themselves: they are only compared, never shown.
    pub(super) fn identity(&self) -> &[u8] {
        match self {
            Self::Key(key) => key.kid().as_bytes(),
            Self::Secret(secret) => secret.identity(),
        }
    }
}

/// A file that is named like a key file.
pub(super) struct FolderEntry {
    pub(super) file: KeyFileName,
    pub(super) found: Result<LoadedFile, KeyringError>,
}

/// The content of a file and its modification time.
pub(super) struct LoadedFile {
    pub(super) content: FileContent,
    /// The modification time, if it can be represented.
    pub(super) modified: Option<DateTime<Utc>>,
}

/// The contents of a folder.
pub(super) struct FolderListing {
    /// The key files, sorted by name.
    pub(super) entries: Vec<FolderEntry>,
    /// The warnings about other files.
    pub(super) warnings: Vec<KeyringWarning>,
}

/// Reads and checks every key file.
///
/// # Errors
/// The folder itself cannot be read, or other users can write to it. The files are checked nevertheless.
pub(super) fn read(folder: &Path, issuer: &Issuer) -> (FolderListing, Result<(), KeyringError>) {
    let mut listing = FolderListing {
        entries: Vec::new(),
        warnings: Vec::new(),
    };
    let checked = check_folder(folder).map_err(|problem| unusable(folder, problem));
    let found = fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let mut found = match found {
        Ok(found) => found,
        Err(error) => {
            let failed = unusable(folder, io_problem(&error));
            return (listing, checked.and(Err(failed)));
        }
    };
    // The order in which a folder is listed is undefined. Every node shall report the same.
    found.sort_by_key(DirEntry::file_name);
    for entry in found {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        match name.parse::<KeyFileName>() {
            Ok(file) => listing.entries.push(FolderEntry {
                file,
                found: read_file(&path, file, issuer).map_err(|problem| unusable(&path, problem)),
            }),
            Err(_) if is_expected(&name) => {}
            Err(_) => listing.warnings.push(KeyringWarning::NotAKey {
                path: path.display().to_string(),
            }),
        }
    }
    (listing, checked)
}

/// Returns the names of the key files in a folder.
pub(super) fn names(folder: &Path) -> io::Result<Vec<KeyFileName>> {
    let found = fs::read_dir(folder)?;
    let name = |entry: io::Result<DirEntry>| entry.ok()?.file_name().to_str()?.parse().ok();
    Ok(found.filter_map(name).collect())
}

/// Returns true if the folder is missing or has no key file.
pub(super) fn is_empty(folder: &Path) -> bool {
    match names(folder) {
        Ok(names) => names.is_empty(),
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    }
}

/// Returns true for files that are expected beside keys: documentation, and the hidden entries of mounted
/// secrets.
fn is_expected(name: &str) -> bool {
    name.starts_with('.') || name.starts_with("README")
}

fn check_folder(folder: &Path) -> Result<(), String> {
    let metadata = fs::metadata(folder).map_err(|error| io_problem(&error))?;
    if !metadata.is_dir() {
        return Err("is not a folder".to_owned());
    }
    let read_only = rustix::fs::statvfs(folder)
        .is_ok_and(|mount| mount.f_flag.contains(StatVfsMountFlags::RDONLY));
    // A user who can write to the folder can add a key that signs, so the rule for files applies.
    if metadata.mode() & 0o022 != 0 && !read_only {
        return Err(WRITABLE.to_owned());
    }
    Ok(())
}

fn read_file(path: &Path, file: KeyFileName, issuer: &Issuer) -> Result<LoadedFile, String> {
    // The open file is checked, not the path, so the checked file is the one that is read. `O_NONBLOCK`
    // keeps `open` from waiting for the other end of a pipe.
    let handle = rustix::fs::open(path, OFlags::RDONLY | OFlags::NONBLOCK, Mode::empty());
    let handle = handle.map(File::from);
    let handle = handle.map_err(|error| io_problem(&error.into()))?;
    let metadata = handle.metadata().map_err(|error| io_problem(&error))?;
    if !metadata.is_file() {
        return Err("is not a file".to_owned());
    }
    if metadata.mode() & 0o004 != 0 {
        return Err("other users can read it: run chmod o-rwx".to_owned());
    }
    if metadata.mode() & 0o022 != 0 {
        return Err(WRITABLE.to_owned());
    }
    if metadata.len() > MAX_BYTES {
        return Err("is too long for a key".to_owned());
    }
    let mut bytes = Zeroizing::new(Vec::new());
    handle
        .take(MAX_BYTES)
        .read_to_end(&mut bytes)
        .map_err(|error| io_problem(&error))?;
    let text = str::from_utf8(&bytes).map_err(|_| match file.kind {
        KeyKind::Key(_) => pkcs8::not_text(&bytes),
        KeyKind::Secret => "is not text: a secret is base64",
    })?;
    let content = match file.kind {
        KeyKind::Key(algorithm) => {
            SigningKey::parse(text, algorithm).map(|key| FileContent::Key(Arc::new(key)))
        }
        KeyKind::Secret => Secret::parse(text, file.signs_from, issuer)
            .map(|secret| FileContent::Secret(Arc::new(secret))),
    };
    Ok(LoadedFile {
        content: content?,
        modified: DateTime::from_timestamp(metadata.mtime(), 0),
    })
}

pub(super) fn unusable(path: &Path, problem: String) -> KeyringError {
    KeyringError::Unusable {
        path: path.display().to_string(),
        problem,
    }
}

/// Describes the kind of an I/O error. The text of the operating system is not repeated.
fn io_problem(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "does not exist".to_owned(),
        io::ErrorKind::PermissionDenied => "this process has no permission to read it".to_owned(),
        kind => format!("cannot be read: {kind}"),
    }
}
