//! Writes and removes key files: each file appears whole, and a lock admits one writer at a time. A running
//! service never writes.

use std::{
    fs::{self, DirBuilder, File},
    io::{self, Write},
    os::unix::fs::DirBuilderExt,
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
use rustix::fs::FlockOperation;
use zeroize::Zeroizing;

use super::{
    CheckedTime, KeyFileName, KeyKind, KeyPhase, KeyWindow, Keyring, KeyringError, clock_check,
    folder,
};
use crate::{
    client::Algorithm,
    config::{self, Issuer},
    entropy::Entropy,
};

/// A file that was written or removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenFile {
    /// The name, which states from when the file signs.
    pub file: KeyFileName,
    /// The path.
    pub path: PathBuf,
}

/// Writes a key for each of `algorithms` and a secret, unless one signs already. New files sign from now,
/// because no other key of their kind signs. Writers that start at the same time wait for each other, and
/// the later ones find nothing missing.
///
/// # Errors
/// The folder cannot be written to. Files appear by rename: whole, or not at all.
pub fn generate(
    folder: &Path,
    algorithms: &[Algorithm],
    entropy: &Entropy,
    now: DateTime<Utc>,
) -> Result<Vec<WrittenFile>, KeyringError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(|error| cannot_write(folder, &error))?;
    let folder = FolderLock::take(folder)?;
    let present = folder::names(folder.path).map_err(|error| cannot_write(folder.path, &error))?;
    let signs = |kind: &KeyKind| {
        let signs = |file: &KeyFileName| file.kind == *kind && file.signs_from <= now;
        present.iter().any(signs)
    };
    let needed = KeyKind::needed_for(algorithms).into_iter();
    // The secret comes first: a process that starts meanwhile and reads a part of the files finds only keys
    // missing, and waits for the lock.
    let mut written = folder.write(needed.filter(|kind| !signs(kind)).rev(), now, entropy)?;
    written.reverse();
    Ok(written)
}

/// Writes a file of each kind that signs from that time.
///
/// # Errors
/// The folder cannot be written to, or a file of that name already exists.
pub fn write_successors(
    folder: &Path,
    kinds: &[KeyKind],
    signs_from: DateTime<Utc>,
    entropy: &Entropy,
) -> Result<Vec<WrittenFile>, KeyringError> {
    FolderLock::take(folder)?.write(kinds.iter().copied(), signs_from, entropy)
}

/// Writes a successor for each key that has signed for long enough and has none. Running the command again,
/// or on many nodes at the same time, changes nothing, because the successor then exists.
///
/// # Errors
/// Every fault that a start refuses, because a broken folder is not to be extended. A file that lies
/// further ahead than a rotation by this clock. A successor that would be written by a clock that may be
/// ahead: no second clock confirms the time, and the newest file is older than a timer leaves it.
pub fn rotate(
    keys: &config::KeysConfig,
    issuer: &Issuer,
    leeway: TimeDelta,
    entropy: &Entropy,
    time: CheckedTime,
) -> Result<Vec<WrittenFile>, Vec<KeyringError>> {
    let now = time.now();
    let folder = FolderLock::take(&keys.folder)?;
    let (keyring, _) = Keyring::load(keys, issuer, leeway, now)?;
    let list = keyring.list();
    refuse_far_ahead(keys, &list, now)?;
    let due = |signs_from: DateTime<Utc>| signs_from + keys.rotate_after <= now;
    let upcoming = keyring.upcoming(now).into_iter();
    let due = upcoming.filter(|it| it.next.is_none() && it.signing.is_some_and(due));
    let kinds: Vec<_> = due.map(|it| it.kind).collect();
    let signs_from = now + keys.publish_ahead;
    let newest = clock_check::latest_attested(keys, &list, now);
    if let Some(kind) = kinds.first()
        && !time.may_rotate(newest, keys)
    {
        return Err(KeyringError::ClockMayBeAhead {
            folder: keys.folder.display().to_string(),
            now,
            newest: newest.unwrap_or(DateTime::UNIX_EPOCH),
            successor: KeyFileName {
                signs_from,
                kind: *kind,
            },
        }
        .into());
    }
    Ok(folder.write(kinds.into_iter(), signs_from, entropy)?)
}

/// Refuses files that sign later than a rotation at `now` would set: either such a file or the clock is
/// wrong.
fn refuse_far_ahead(
    keys: &config::KeysConfig,
    list: &[(KeyFileName, String, KeyWindow)],
    now: DateTime<Utc>,
) -> Result<(), Vec<KeyringError>> {
    let latest = now + clock_check::max_ahead(keys);
    let far_ahead = list.iter().filter(|(file, ..)| file.signs_from > latest);
    let faults = far_ahead.map(|(file, ..)| KeyringError::TooFarAhead {
        path: keys.folder.join(file.to_string()).display().to_string(),
        signs_from: file.signs_from,
        latest,
    });
    let faults: Vec<_> = faults.collect();
    if faults.is_empty() {
        Ok(())
    } else {
        Err(faults)
    }
}

/// The result of pruning.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PruneReport {
    /// The files that were removed.
    pub removed: Vec<WrittenFile>,
    /// The files that are retired only by this machine's clock, and were kept.
    pub unproven: Vec<KeyFileName>,
    /// The secrets that no longer verify any token, and were kept because stored data may be sealed by them.
    pub sealing: Vec<KeyFileName>,
}

/// The treatment of a secret that can no longer verify any token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetiredSecrets {
    /// It is kept, because stored data may be sealed by it.
    Keep,
    /// It is removed: all stored data is sealed by the secret that signs now.
    Remove,
}

/// Removes the files that can no longer verify any token. Without a second clock, those are the files that
/// were retired a day after the newest file that has begun to sign, so a clock that is ahead removes
/// nothing that still verifies.
///
/// # Errors
/// Every fault that a start refuses: if a successor is broken, its predecessor stays in use. A file that
/// lies further ahead than a rotation by this clock.
pub fn prune(
    keys: &config::KeysConfig,
    issuer: &Issuer,
    leeway: TimeDelta,
    time: CheckedTime,
    secrets: RetiredSecrets,
) -> Result<PruneReport, Vec<KeyringError>> {
    let now = time.now();
    let folder = FolderLock::take(&keys.folder)?;
    let (keyring, _) = Keyring::load(keys, issuer, leeway, now)?;
    let list = keyring.list();
    refuse_far_ahead(keys, &list, now)?;
    let cutoff = time.retirement_cutoff(clock_check::latest_attested(keys, &list, now));
    let mut pruned = PruneReport::default();
    for (file, _, window) in list {
        let is_retired = window.phase(cutoff) == KeyPhase::Retired;
        if is_retired && file.kind == KeyKind::Secret && secrets == RetiredSecrets::Keep {
            pruned.sealing.push(file);
        } else if is_retired {
            let path = folder.path.join(file.to_string());
            fs::remove_file(&path).map_err(|error| {
                let problem = format!("cannot be removed: {}", error.kind());
                folder::unusable(&path, problem)
            })?;
            pruned.removed.push(WrittenFile { file, path });
        } else if window.phase(now) == KeyPhase::Retired {
            pruned.unproven.push(file);
        }
    }
    Ok(pruned)
}

impl From<KeyringError> for Vec<KeyringError> {
    fn from(fault: KeyringError) -> Self {
        vec![fault]
    }
}

/// A folder with an advisory lock, which keeps out other writers that take the lock.
struct FolderLock<'a> {
    path: &'a Path,
    handle: File,
}

impl<'a> FolderLock<'a> {
    fn take(path: &'a Path) -> Result<Self, KeyringError> {
        let handle = File::open(path).and_then(|handle| {
            rustix::fs::flock(&handle, FlockOperation::LockExclusive)?;
            Ok(handle)
        });
        let handle = handle.map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => {
                let problem = "does not exist: `signet keys generate` creates it";
                folder::unusable(path, problem.to_owned())
            }
            _ => cannot_write(path, &error),
        })?;
        Ok(Self { path, handle })
    }

    fn write(
        &self,
        kinds: impl Iterator<Item = KeyKind>,
        signs_from: DateTime<Utc>,
        entropy: &Entropy,
    ) -> Result<Vec<WrittenFile>, KeyringError> {
        let mut files = Vec::new();
        for kind in kinds {
            let text = match kind {
                KeyKind::Key(algorithm) => new_key(algorithm),
                KeyKind::Secret => new_secret(entropy),
            };
            let text = text.ok_or_else(|| io::Error::other("the random source is unavailable"));
            let text = text.map_err(|error| cannot_write(self.path, &error))?;
            files.push((KeyFileName { signs_from, kind }, text));
        }
        let files = files.into_iter();
        let written: Result<_, _> = files
            .map(|(file, text)| self.write_new(file, &text))
            .collect();
        // A file that was moved into the folder before another one failed may be in use already.
        let synced = self.handle.sync_all();
        let written = written?;
        synced.map_err(|error| cannot_write(self.path, &error))?;
        Ok(written)
    }

    fn write_new(&self, file: KeyFileName, text: &str) -> Result<WrittenFile, KeyringError> {
        let path = self.path.join(file.to_string());
        match self.write_atomically(&path, text.as_bytes()) {
            Ok(()) => Ok(WrittenFile { file, path }),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                Err(folder::unusable(&path, "already exists".to_owned()))
            }
            Err(error) => Err(cannot_write(self.path, &error)),
        }
    }

    /// Writes a temporary file in the same folder and renames it. Existing files are never overwritten. The
    /// rename is durable once the folder is synchronized.
    fn write_atomically(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        // `tempfile` creates files that only their owner can read.
        let mut file = tempfile::Builder::new()
            .prefix(".new-")
            .tempfile_in(self.path)?;
        file.write_all(content)?;
        file.as_file().sync_all()?;
        file.persist_noclobber(path)?;
        Ok(())
    }
}

fn cannot_write(folder: &Path, error: &io::Error) -> KeyringError {
    folder::unusable(folder, format!("cannot be written to: {}", error.kind()))
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
        // PKCS#8 version 1, as OpenSSL writes it, which more software can read.
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
