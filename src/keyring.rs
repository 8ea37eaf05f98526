//! The keyring: which key signs now, which still verify.
//!
//! A folder of files whose names say from when each signs. Everything else is a pure function of
//! those names, the clock and two settings, so nodes that share the folder need no coordination.

mod evidence;
mod file;
mod folder;
mod held_key;
mod jwks;
mod reload;
mod schedule;
mod secret;
mod signing_key;
mod snapshot;
mod upcoming;
mod warning;
mod well_known;
mod write;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use arc_swap::ArcSwap;
use chrono::{DateTime, TimeDelta, Utc};

pub use self::{
    evidence::{CheckedTime, ClocksDisagree},
    file::{KeyFileName, KeyFileNameError, KeyKind},
    reload::ReloadOutcome,
    schedule::{KeyPhase, KeyWindow, ScheduleError, ScheduleSettings, ScheduledKey, schedule},
    secret::{DerivedKey, Secret},
    signing_key::{CryptoError, SigningKey},
    upcoming::UpcomingKeys,
    warning::KeyringWarning,
    write::{PruneReport, WrittenFile, generate, prune, rotate, write_successors},
};
use self::{
    folder::LoadedFile,
    held_key::HeldKey,
    reload::{LastReload, LoggedWarnings},
    snapshot::{KeyringSnapshot, same_key},
};
use crate::{
    cached_document::CachedDocument,
    client::Algorithm,
    config::{self, Issuer},
};

/// Every key and secret of the folder, parsed once and held; a cheap handle. What it holds is
/// replaced as a whole when the folder is [read again](Keyring::reload).
#[derive(Debug, Clone)]
pub struct Keyring(Arc<KeyringInner>);

#[derive(Debug)]
struct KeyringInner {
    folder: PathBuf,
    issuer: Issuer,
    settings: ScheduleSettings,
    leeway: TimeDelta,
    /// How far ahead of the present a successor may sign.
    furthest: TimeDelta,
    contents: ArcSwap<KeyringSnapshot>,
    said: Mutex<LoggedWarnings>,
    read: ArcSwap<LastReload>,
}

/// Why a folder makes no keyring. Names paths, never contents.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyringError {
    /// The folder or a file in it cannot be used.
    #[error("{path}: {problem}")]
    Unusable {
        /// What was looked at.
        path: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The files do not add up.
    #[error("{folder}: {reason}")]
    Unschedulable {
        /// The folder.
        folder: String,
        /// Why not.
        reason: ScheduleError,
    },
    /// A file that waits for a time that no rotation by this clock can have chosen.
    #[error(
        "{path}: signs only from {}, which is later than keys.rotate_after and keys.publish_ahead allow \
         ({}): the file was written while a clock was ahead, or the clock of this machine is behind. Check \
         the clock; if it is right, remove the file and run `signet keys rotate`",
        .signs_from.to_rfc3339(), .latest.to_rfc3339()
    )]
    TooFarAhead {
        /// The file.
        path: String,
        /// From when it signs.
        signs_from: DateTime<Utc>,
        /// The latest time from which it could.
        latest: DateTime<Utc>,
    },
    /// A clock that may be ahead, by which a successor was to be written.
    #[error(
        "{folder}: this machine's clock says {}, but the newest file is of {}: a timer would have run \
         since, so the clock may be ahead. {successor} would sign from {}. Check the clock; if it is right, run \
         `signet keys rotate --today {}`",
        .now.to_rfc3339(), .newest.to_rfc3339(), .successor.signs_from.to_rfc3339(), .now.format("%F")
    )]
    ClockMayBeAhead {
        /// The folder.
        folder: String,
        /// What the clock says.
        now: DateTime<Utc>,
        /// When the newest file began to sign or was written.
        newest: DateTime<Utc>,
        /// The file that was to be written.
        successor: KeyFileName,
    },
    /// A folder that is read again has none of the files in use: it is no longer what it was.
    #[error(
        "{folder}: {problem}: the folder may have been unmounted, emptied or replaced. Mount it again, or \
         restore its {held} files. The keys in use stay, and new files are ignored; to replace all keys at \
         once, restart the service"
    )]
    Gone {
        /// The folder.
        folder: String,
        /// What is wrong with it.
        problem: String,
        /// How many files are in use.
        held: usize,
    },
    /// A folder that is read again has no file of a kind that signs now.
    #[error(
        "{folder}: no {kind} that signs now is left: restore its file. The keys in use stay. If the file \
         was removed on purpose, `signet keys generate` creates a successor"
    )]
    Unsigned {
        /// The folder.
        folder: String,
        /// The kind.
        kind: KeyKind,
    },
}

/// Why no key was found for a `kid`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyLookupError {
    /// No key has it, or that key has been retired.
    Unknown,
    /// It names a secret that began after the newest one held here: this node lags behind.
    NewerThanHeld,
}

impl Keyring {
    /// Reads the folder.
    ///
    /// # Errors
    /// Every fault of the folder at once. What is no fault but worth saying comes back as notices.
    pub fn load(
        settings: &config::KeysConfig,
        issuer: &Issuer,
        leeway: TimeDelta,
        now: DateTime<Utc>,
    ) -> Result<(Self, Vec<KeyringWarning>), Vec<KeyringError>> {
        let folder = &settings.folder;
        let furthest = evidence::furthest_ahead(settings);
        let settings = ScheduleSettings::new(settings, leeway);
        let (listing, checked) = folder::read(folder, issuer);
        let mut faults: Vec<_> = checked.err().into_iter().collect();
        let mut notices = listing.notices;
        let mut files = BTreeMap::new();
        for entry in listing.entries {
            match entry.found {
                Ok(LoadedFile { content, modified }) => {
                    // Since when it has lain there, nobody says; it was there when it was written.
                    let seen = modified.map_or(now, |modified| modified.min(now));
                    if entry.file.signs_from > now {
                        notices.extend(KeyringWarning::of_short_notice(entry.file, seen));
                        notices.extend(KeyringWarning::of_far_ahead(entry.file, now + furthest));
                    }
                    files.insert(entry.file, content);
                }
                Err(fault) => faults.push(fault),
            }
        }
        if let Some((later, earlier)) = same_key(&files) {
            faults.push(twin(folder, later, earlier));
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let contents = KeyringSnapshot::new(files, &settings, now)
            .map_err(|reasons| unschedulable(folder, reasons))?;
        notices.extend(contents.too_many(now));
        let said = LoggedWarnings {
            notices: notices.clone(),
            ..LoggedWarnings::default()
        };
        let inner = KeyringInner {
            folder: folder.clone(),
            issuer: issuer.clone(),
            settings,
            leeway,
            furthest,
            contents: ArcSwap::from_pointee(contents),
            said: Mutex::new(said),
            read: ArcSwap::from_pointee(LastReload {
                at: now,
                ignored: 0,
            }),
        };
        Ok((Self(Arc::new(inner)), notices))
    }

    /// The folder that it was read from.
    pub fn folder(&self) -> &Path {
        &self.0.folder
    }

    /// The key that signs access tokens now.
    pub fn signing(&self, algorithm: Algorithm, now: DateTime<Utc>) -> Option<Arc<SigningKey>> {
        let contents = self.0.contents.load();
        let held = contents.keys.iter().find(|held| {
            held.key.algorithm() == algorithm && held.window.phase(now) == KeyPhase::Signing
        })?;
        Some(held.key.clone())
    }

    /// The published key of that `kid`.
    pub fn published(
        &self,
        kid: &str,
        now: DateTime<Utc>,
    ) -> Result<Arc<SigningKey>, KeyLookupError> {
        let contents = self.0.contents.load();
        let held = contents.keys.iter().find(|held| held.key.kid() == kid);
        match held {
            Some(held) if held.window.phase(now) != KeyPhase::Retired => Ok(held.key.clone()),
            _ => Err(KeyLookupError::Unknown),
        }
    }

    /// The secret that new refresh and sealed tokens are made with.
    pub fn secret(&self, now: DateTime<Utc>) -> Option<Arc<Secret>> {
        let contents = self.0.contents.load();
        let signs = |held: &&HeldKey<Secret>| held.window.phase(now) == KeyPhase::Signing;
        let held = contents.secrets.iter().find(signs)?;
        Some(held.key.clone())
    }

    /// The secret of that `kid`, if it still verifies.
    pub fn secret_of(&self, kid: &str, now: DateTime<Utc>) -> Result<Arc<Secret>, KeyLookupError> {
        let contents = self.0.contents.load();
        match contents.secrets.iter().find(|held| held.key.kid() == kid) {
            Some(held) if held.window.phase(now) != KeyPhase::Retired => {
                return Ok(held.key.clone());
            }
            Some(_) => return Err(KeyLookupError::Unknown),
            None => {}
        }
        // Another node may already use what this one has not read: newer than what signs here, and
        // begun, by a clock that may be ahead.
        let named = secret::signs_from(kid).ok_or(KeyLookupError::Unknown)?;
        if contents.forgotten.contains(kid) {
            return Err(KeyLookupError::Unknown);
        }
        let begun = contents.secrets.iter().map(|held| held.window.signs_from);
        let newest = begun.filter(|begun| *begun <= now).max();
        if newest.is_some_and(|newest| newest < named) && named <= now + self.0.leeway {
            Err(KeyLookupError::NewerThanHeld)
        } else {
            Err(KeyLookupError::Unknown)
        }
    }

    /// The public keys (RFC 7517 §5), serialised beforehand.
    pub fn jwks(&self, now: DateTime<Utc>) -> Arc<CachedDocument> {
        self.0.contents.load().jwks.at(now)
    }

    /// Every key and secret: its name, `kid` and window, the oldest first.
    pub fn list(&self) -> Vec<(KeyFileName, String, KeyWindow)> {
        self.0.contents.load().list()
    }
}

/// Two files with one key.
fn twin(folder: &Path, later: KeyFileName, earlier: KeyFileName) -> KeyringError {
    let path = folder.join(later.to_string());
    folder::unusable(&path, format!("is the same key as {earlier}"))
}

fn unschedulable(folder: &Path, reasons: Vec<ScheduleError>) -> Vec<KeyringError> {
    let folder = folder.display().to_string();
    let fault = |reason| KeyringError::Unschedulable {
        folder: folder.clone(),
        reason,
    };
    reasons.into_iter().map(fault).collect()
}

/// Whether the folder is missing or holds nothing that looks like a key.
pub fn is_empty(folder: &Path) -> bool {
    folder::is_empty(folder)
}

#[cfg(test)]
mod tests;
