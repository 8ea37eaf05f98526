//! The folder of keys on disk: reading with suspicion, writing whole files only.

use std::{
    fs::{self, DirBuilder, DirEntry, File},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt},
    path::{Path, PathBuf},
};

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rand::SystemRandom,
    rsa::KeySize,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, RsaKeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use pem::{EncodeConfig, LineEnding, Pem};
use rustix::fs::StatVfsMountFlags;
use zeroize::Zeroizing;

use super::{Fault, KeyFile, KeyKind, Secret, SigningKey};
use crate::{client::Algorithm, config::Issuer, entropy::Entropy};

/// No key file is longer.
const MAX_BYTES: u64 = 64 * 1024;

/// How long before it signs a further key is published.
const PUBLISHED_AHEAD: TimeDelta = TimeDelta::hours(24);

/// Something in the folder that is no key, and was left alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Its path.
    pub path: String,
}

/// What a file was found to hold.
pub(super) enum Content {
    Key(Box<SigningKey>),
    Secret(Box<Secret>),
}

/// Every key file with what it holds, and what else lies there.
pub(super) type Files = (Vec<(KeyFile, Content)>, Vec<Notice>);

/// Reads and judges every key file.
pub(super) fn read(folder: &Path, issuer: &Issuer) -> Result<Files, Vec<Fault>> {
    let mut faults = Vec::new();
    let mut files = Vec::new();
    let mut notices = Vec::new();
    if let Err(problem) = check_folder(folder) {
        faults.push(unusable(folder, problem));
    }
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let mut entries = entries.unwrap_or_else(|error| {
        if faults.is_empty() {
            faults.push(unusable(folder, io_problem(&error)));
        }
        Vec::new()
    });
    // A folder is listed in any order; what is made of it is the same on every node.
    entries.sort_by_key(DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        match name.parse::<KeyFile>() {
            Ok(file) => match read_file(&path, file, issuer) {
                Ok(content) => files.push((file, content)),
                Err(problem) => faults.push(unusable(&path, problem)),
            },
            Err(_) if is_expected(&name) => {}
            Err(_) => notices.push(Notice {
                path: path.display().to_string(),
            }),
        }
    }
    if faults.is_empty() {
        Ok((files, notices))
    } else {
        Err(faults)
    }
}

/// Whether the folder is missing or holds no key file.
pub(super) fn is_empty(folder: &Path) -> bool {
    match fs::read_dir(folder) {
        Ok(mut entries) => !entries.any(|entry| {
            entry.is_ok_and(|entry| {
                entry
                    .file_name()
                    .to_string_lossy()
                    .parse::<KeyFile>()
                    .is_ok()
            })
        }),
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    }
}

/// What lies beside keys without being one: documentation, and the machinery of mounted secrets.
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
    if metadata.mode() & 0o002 != 0 && !read_only {
        return Err("others can write to it: chmod o-w".to_owned());
    }
    Ok(())
}

fn read_file(path: &Path, file: KeyFile, issuer: &Issuer) -> Result<Content, String> {
    // Opening what is no file could wait for ever.
    if !fs::metadata(path)
        .map_err(|error| io_problem(&error))?
        .is_file()
    {
        return Err("is not a file".to_owned());
    }
    // Judged by its handle, so that what is judged is what is read.
    let handle = File::open(path).map_err(|error| io_problem(&error))?;
    let metadata = handle.metadata().map_err(|error| io_problem(&error))?;
    if metadata.mode() & 0o004 != 0 {
        return Err("others can read it: chmod o-rwx".to_owned());
    }
    if metadata.mode() & 0o022 != 0 {
        return Err("others than its owner can write to it: chmod go-w".to_owned());
    }
    if metadata.len() > MAX_BYTES {
        return Err("is too long for a key".to_owned());
    }
    let mut text = Zeroizing::new(String::new());
    handle
        .take(MAX_BYTES)
        .read_to_string(&mut text)
        .map_err(|error| io_problem(&error))?;
    let content = match file.kind {
        KeyKind::Key(algorithm) => {
            SigningKey::parse(&text, algorithm).map(|key| Content::Key(Box::new(key)))
        }
        KeyKind::Secret => Secret::parse(&text, file.signs_from, issuer)
            .map(|secret| Content::Secret(Box::new(secret))),
    };
    content.map_err(str::to_owned)
}

fn unusable(path: &Path, problem: String) -> Fault {
    Fault::Unusable {
        path: path.display().to_string(),
        problem,
    }
}

/// The kind of failure alone: the error's own text is the system's.
fn io_problem(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "does not exist".to_owned(),
        io::ErrorKind::PermissionDenied => "this process may not read it".to_owned(),
        io::ErrorKind::InvalidData => "is not text".to_owned(),
        kind => format!("cannot be read: {kind}"),
    }
}

/// A file that [`generate`] has written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Its name, which says from when it signs.
    pub file: KeyFile,
    /// Where it is.
    pub path: PathBuf,
}

/// Writes what is missing of a key of each of `algorithms` and a secret; where nothing is, a
/// successor of each.
///
/// What is missing signs from now: nobody expects it. A successor signs 24 hours later, when every
/// consumer has had time to fetch its public part.
///
/// # Errors
/// The folder cannot be written to. Files appear by rename: whole, or not at all.
pub fn generate(
    folder: &Path,
    algorithms: &[Algorithm],
    entropy: &Entropy,
    now: DateTime<Utc>,
) -> Result<Vec<Written>, Fault> {
    let failed =
        |error: io::Error| unusable(folder, format!("cannot be written to: {}", error.kind()));
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(failed)?;
    let names = fs::read_dir(folder).map_err(failed)?.filter_map(|entry| {
        entry
            .ok()?
            .file_name()
            .to_string_lossy()
            .parse::<KeyFile>()
            .ok()
    });
    let present: Vec<_> = names.collect();

    let signs = |kind: &KeyKind| {
        let signs = |file: &KeyFile| file.kind == *kind && file.signs_from <= now;
        present.iter().any(signs)
    };
    let keys = algorithms.iter().map(|algorithm| KeyKind::Key(*algorithm));
    let kinds: Vec<_> = keys.chain([KeyKind::Secret]).collect();
    let (signing, missing): (Vec<_>, Vec<_>) = kinds.into_iter().partition(signs);
    let (kinds, signs_from) = if missing.is_empty() {
        (signing, now + PUBLISHED_AHEAD)
    } else {
        (missing, now)
    };
    let mut written = Vec::new();
    for kind in kinds {
        let file = KeyFile { signs_from, kind };
        let text = match kind {
            KeyKind::Key(algorithm) => new_key(algorithm),
            KeyKind::Secret => new_secret(entropy),
        };
        let text = text.ok_or_else(|| failed(io::Error::other("no randomness")))?;
        let path = folder.join(file.to_string());
        write_whole(&path, text.as_bytes()).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => unusable(&path, "is there already".to_owned()),
            _ => failed(error),
        })?;
        written.push(Written { file, path });
    }
    Ok(written)
}

fn new_key(algorithm: Algorithm) -> Option<Zeroizing<String>> {
    let random = SystemRandom::new();
    let der = Zeroizing::new(match algorithm {
        Algorithm::Es256 => {
            let scheme = &ECDSA_P256_SHA256_FIXED_SIGNING;
            let document = EcdsaKeyPair::generate_pkcs8(scheme, &random).ok()?;
            document.as_ref().to_vec()
        }
        Algorithm::Rs256 => {
            let pair = RsaKeyPair::generate(KeySize::Rsa2048).ok()?;
            let document: Pkcs8V1Der = pair.as_der().ok()?;
            document.as_ref().to_vec()
        }
        // The first version, as OpenSSL writes it: more is able to read it.
        Algorithm::EdDsa => {
            let document = Ed25519KeyPair::generate_pkcs8v1(&random).ok()?;
            document.as_ref().to_vec()
        }
    });
    let config = EncodeConfig::new().set_line_ending(LineEnding::LF);
    Some(Zeroizing::new(pem::encode_config(
        &Pem::new("PRIVATE KEY", der.as_slice()),
        config,
    )))
}

fn new_secret(entropy: &Entropy) -> Option<Zeroizing<String>> {
    let bytes = Zeroizing::new(entropy.bytes::<32>().ok()?);
    Some(Zeroizing::new(
        URL_SAFE_NO_PAD.encode(bytes.as_slice()) + "\n",
    ))
}

/// Writes beside the place, then moves there; what is there already is never overwritten.
fn write_whole(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(path);
    // Readable by its owner alone: `tempfile`'s own default.
    let mut file = tempfile::Builder::new()
        .prefix(".new-")
        .tempfile_in(folder)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path)?;
    Ok(())
}
