//! Writing keys and secrets: whole files only, one writer at a time. A running service never
//! writes.

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

use super::{Fault, KeyFile, KeyKind, Keyring, Phase, folder};
use crate::{
    client::Algorithm,
    config::{self, Issuer},
    entropy::Entropy,
};

/// A file that was written, or removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Its name, which says from when it signs.
    pub file: KeyFile,
    /// Where it is.
    pub path: PathBuf,
}

/// Writes what is missing of a key of each of `algorithms` and a secret. It signs from now:
/// nobody expects it.
///
/// # Errors
/// The folder cannot be written to. Files appear by rename: whole, or not at all.
pub fn generate(
    folder: &Path,
    algorithms: &[Algorithm],
    entropy: &Entropy,
    now: DateTime<Utc>,
) -> Result<Vec<Written>, Fault> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(|error| cannot_write(folder, &error))?;
    let folder = Locked::take(folder)?;
    let present = folder::names(folder.path).map_err(|error| cannot_write(folder.path, &error))?;
    let signs = |kind: &KeyKind| {
        let signs = |file: &KeyFile| file.kind == *kind && file.signs_from <= now;
        present.iter().any(signs)
    };
    let needed = KeyKind::needed_for(algorithms).into_iter();
    folder.write(needed.filter(|kind| !signs(kind)), now, entropy)
}

/// Writes one of each kind that signs from that time on.
///
/// # Errors
/// The folder cannot be written to, or what would be written is there already.
pub fn write_successors(
    folder: &Path,
    kinds: &[KeyKind],
    signs_from: DateTime<Utc>,
    entropy: &Entropy,
) -> Result<Vec<Written>, Fault> {
    Locked::take(folder)?.write(kinds.iter().copied(), signs_from, entropy)
}

/// Writes a successor of whatever has signed for long enough, where none is waiting. Once it is
/// written, one is: asking again, or from many nodes at once, changes nothing.
///
/// # Errors
/// Everything that a start would refuse: what is broken is not to be built upon.
pub fn rotate(
    keys: &config::Keys,
    issuer: &Issuer,
    leeway: TimeDelta,
    entropy: &Entropy,
    now: DateTime<Utc>,
) -> Result<Vec<Written>, Vec<Fault>> {
    let folder = Locked::take(&keys.folder)?;
    let (keyring, _) = Keyring::load(keys, issuer, leeway, now)?;
    let due = |signs_from: DateTime<Utc>| signs_from + keys.rotate_after <= now;
    let outlooks = keyring.outlook(now).into_iter();
    let due = outlooks.filter(|it| it.next.is_none() && it.signing.is_some_and(due));
    let kinds = due.map(|it| it.kind);
    Ok(folder.write(kinds, now + keys.publish_ahead, entropy)?)
}

/// Removes what can verify nothing any more.
///
/// # Errors
/// Everything that a start would refuse: beside a broken successor its predecessor goes on.
pub fn prune(
    keys: &config::Keys,
    issuer: &Issuer,
    leeway: TimeDelta,
    now: DateTime<Utc>,
) -> Result<Vec<Written>, Vec<Fault>> {
    let folder = Locked::take(&keys.folder)?;
    let (keyring, _) = Keyring::load(keys, issuer, leeway, now)?;
    let mut removed = Vec::new();
    for (file, _, window) in keyring.list() {
        if window.phase(now) == Phase::Retired {
            let path = folder.path.join(file.to_string());
            fs::remove_file(&path).map_err(|error| {
                let problem = format!("cannot be removed: {}", error.kind());
                folder::unusable(&path, problem)
            })?;
            removed.push(Written { file, path });
        }
    }
    Ok(removed)
}

impl From<Fault> for Vec<Fault> {
    fn from(fault: Fault) -> Self {
        vec![fault]
    }
}

/// A folder that nobody else writes to meanwhile, if they ask as well.
struct Locked<'a> {
    path: &'a Path,
    handle: File,
}

impl<'a> Locked<'a> {
    fn take(path: &'a Path) -> Result<Self, Fault> {
        let handle = File::open(path).and_then(|handle| {
            rustix::fs::flock(&handle, FlockOperation::LockExclusive)?;
            Ok(handle)
        });
        let handle = handle.map_err(|error| cannot_write(path, &error))?;
        Ok(Self { path, handle })
    }

    fn write(
        &self,
        kinds: impl Iterator<Item = KeyKind>,
        signs_from: DateTime<Utc>,
        entropy: &Entropy,
    ) -> Result<Vec<Written>, Fault> {
        let mut written = Vec::new();
        for kind in kinds {
            let file = KeyFile { signs_from, kind };
            let path = self.path.join(file.to_string());
            let text = match kind {
                KeyKind::Key(algorithm) => new_key(algorithm),
                KeyKind::Secret => new_secret(entropy),
            };
            let text = text.ok_or_else(|| io::Error::other("no randomness"));
            let done = text.and_then(|text| self.write_whole(&path, text.as_bytes()));
            done.map_err(|error| match error.kind() {
                io::ErrorKind::AlreadyExists => {
                    folder::unusable(&path, "is there already".to_owned())
                }
                _ => cannot_write(self.path, &error),
            })?;
            written.push(Written { file, path });
        }
        Ok(written)
    }

    /// Writes beside the place, then moves there; what is there already is never overwritten.
    fn write_whole(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        // Readable by its owner alone: `tempfile`'s own default.
        let mut file = tempfile::Builder::new()
            .prefix(".new-")
            .tempfile_in(self.path)?;
        file.write_all(content)?;
        file.as_file().sync_all()?;
        file.persist_noclobber(path)?;
        self.handle.sync_all()
    }
}

fn cannot_write(folder: &Path, error: &io::Error) -> Fault {
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
