//! The keyring: all signing keys and secrets, with the times at which each one signs and verifies.
//!
//! A keyring is read from a folder of files. Each file name states from when its key signs. All else is a
//! pure function of the names, the clock and two settings, so nodes that share the folder need no
//! coordination.

mod clock_check;
mod file;
mod folder;
mod held_key;
mod jwks;
mod note;
mod reload;
mod reschedule;
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
    clock_check::{CheckedTime, ClocksDisagree},
    file::{KeyFileName, KeyFileNameError, KeyKind},
    note::{has_sealed_apps, note_sealed_apps, sealed_apps_note},
    reload::ReloadOutcome,
    schedule::{KeyPhase, KeyWindow, ScheduleError, ScheduleSettings, ScheduledKey, schedule},
    secret::{DerivedKey, Secret},
    signing_key::{CryptoError, SigningKey},
    upcoming::UpcomingKeys,
    warning::KeyringWarning,
    write::{PruneReport, RetiredSecrets, WrittenFile, generate, prune, rotate, write_successors},
};
use self::{
    folder::LoadedFile,
    held_key::HeldKey,
    reload::{LastReload, LoggedWarnings},
    snapshot::{KeyringSnapshot, find_duplicate_key},
};
use crate::{
    cached_document::CachedDocument,
    client::Algorithm,
    config::{self, Issuer},
};

/// Every key and secret of the folder, parsed once and held in memory. A cheap handle. Its snapshot is
/// replaced as a whole when the folder is [reloaded](Keyring::reload).
#[derive(Debug, Clone)]
pub struct Keyring(Arc<KeyringInner>);

#[derive(Debug)]
struct KeyringInner {
    folder: PathBuf,
    issuer: Issuer,
    /// Locked while a snapshot is built by these settings, so that it replaces the one before.
    settings: Mutex<ScheduleSettings>,
    leeway: TimeDelta,
    /// The longest time that a successor may lie ahead of the present.
    max_ahead: TimeDelta,
    snapshot: ArcSwap<KeyringSnapshot>,
    logged: Mutex<LoggedWarnings>,
    last_reload: ArcSwap<LastReload>,
}

/// A fault that keeps a folder from being used as a keyring. The message contains paths, never file
/// contents.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyringError {
    /// The folder or a file in it cannot be used.
    #[error("{path}: {problem}")]
    Unusable {
        /// The path of the folder or file.
        path: String,
        /// The fault.
        problem: String,
    },
    /// The files form no valid schedule.
    #[error("{folder}: {reason}")]
    Unschedulable {
        /// The folder.
        folder: String,
        /// The reason.
        reason: ScheduleError,
    },
    /// A file signs only from a time that no rotation by this clock can have chosen.
    #[error(
        "{path}: signs only from {}, which is later than keys.rotate_after and keys.publish_ahead allow \
         ({}): the file was written while a clock was ahead, or the clock of this machine is behind. Check \
         the clock; if it is right, remove the file and run `signet keys rotate`",
        .signs_from.to_rfc3339(), .latest.to_rfc3339()
    )]
    TooFarAhead {
        /// The file.
        path: String,
        /// The time from which it signs.
        signs_from: DateTime<Utc>,
        /// The latest time that a rotation could have chosen.
        latest: DateTime<Utc>,
    },
    /// A successor was to be written, but the clock may be ahead.
    #[error(
        "{folder}: this machine's clock says {}, but the newest file is of {}: a timer would have run \
         since, so the clock may be ahead. {successor} would sign from {}. Check the clock; if it is right, run \
         `signet keys rotate --today {}`",
        .now.to_rfc3339(), .newest.to_rfc3339(), .successor.signs_from.to_rfc3339(), .now.format("%F")
    )]
    ClockMayBeAhead {
        /// The folder.
        folder: String,
        /// The time of this machine's clock.
        now: DateTime<Utc>,
        /// The time at which the newest file began to sign or was written.
        newest: DateTime<Utc>,
        /// The file that was to be written.
        successor: KeyFileName,
    },
    /// A reloaded folder has none of the files in use, so it is probably another folder.
    #[error(
        "{folder}: {problem}: the folder may have been unmounted, emptied or replaced. Mount it again, or \
         restore its {held} files. The keys in use stay, and new files are ignored; to replace all keys at \
         once, restart the service"
    )]
    Gone {
        /// The folder.
        folder: String,
        /// The fault.
        problem: String,
        /// The number of files in use.
        held: usize,
    },
    /// A reloaded folder has no file of a kind that signs now.
    #[error(
        "{folder}: no {} that signs now is left: restore its file. The keys in use stay. If the file \
         was removed on purpose, `signet keys generate` creates a successor",
        .kind.noun()
    )]
    Unsigned {
        /// The folder.
        folder: String,
        /// The kind.
        kind: KeyKind,
    },
}

impl KeyringError {
    /// Returns true if the only fault is that the folder has no key of an algorithm in use, not even one
    /// that signs later.
    pub fn is_missing_key(&self) -> bool {
        let Self::Unschedulable { reason, .. } = self else {
            return false;
        };
        matches!(reason, ScheduleError::NothingSigns(KeyKind::Key(_)))
    }
}

/// The reason why no key was found for a `kid`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyLookupError {
    /// No key has this `kid`, or the key is retired.
    Unknown,
    /// The `kid` names a secret that began to sign after the newest one held here: this node lags behind.
    NewerThanHeld,
}

impl Keyring {
    /// Reads the folder.
    ///
    /// # Errors
    /// Returns every fault of the folder. Problems that do not prevent its use are returned as warnings.
    pub fn load(
        settings: &config::KeysConfig,
        issuer: &Issuer,
        leeway: TimeDelta,
        now: DateTime<Utc>,
    ) -> Result<(Self, Vec<KeyringWarning>), Vec<KeyringError>> {
        let folder = &settings.folder;
        let max_ahead = clock_check::max_ahead(settings);
        let settings = ScheduleSettings::new(settings, leeway);
        let (listing, checked) = folder::read(folder, issuer);
        let mut faults: Vec<_> = checked.err().into_iter().collect();
        let mut warnings = listing.warnings;
        let mut files = BTreeMap::new();
        for entry in listing.entries {
            match entry.found {
                Ok(LoadedFile { content, modified }) => {
                    // The time at which a file appeared in the folder is not recorded. It was there when it
                    // was last written.
                    let seen = modified.map_or(now, |modified| modified.min(now));
                    if entry.file.signs_from > now {
                        warnings.extend(KeyringWarning::short_notice(entry.file, seen));
                        warnings.extend(KeyringWarning::far_ahead(entry.file, now + max_ahead));
                    }
                    files.insert(entry.file, content);
                }
                Err(fault) => faults.push(fault),
            }
        }
        if let Some((later, earlier)) = find_duplicate_key(&files) {
            faults.push(duplicate_key(folder, later, earlier));
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let snapshot = KeyringSnapshot::new(files, &settings, now)
            .map_err(|reasons| unschedulable(folder, reasons))?;
        warnings.extend(snapshot.too_many_keys(now));
        let logged = LoggedWarnings {
            warnings: warnings.clone(),
            ..LoggedWarnings::default()
        };
        let inner = KeyringInner {
            folder: folder.clone(),
            issuer: issuer.clone(),
            settings: Mutex::new(settings),
            leeway,
            max_ahead,
            snapshot: ArcSwap::from_pointee(snapshot),
            logged: Mutex::new(logged),
            last_reload: ArcSwap::from_pointee(LastReload {
                at: now,
                ignored: 0,
            }),
        };
        Ok((Self(Arc::new(inner)), warnings))
    }

    /// Returns the folder that the keyring is read from.
    pub fn folder(&self) -> &Path {
        &self.0.folder
    }

    /// Returns the key that signs access tokens now.
    pub fn signing(&self, algorithm: Algorithm, now: DateTime<Utc>) -> Option<Arc<SigningKey>> {
        let snapshot = self.0.snapshot.load();
        let held = snapshot.keys.iter().find(|held| {
            held.key.algorithm() == algorithm && held.window.phase(now) == KeyPhase::Signing
        })?;
        Some(held.key.clone())
    }

    /// Returns the published key with that `kid`.
    pub fn published(
        &self,
        kid: &str,
        now: DateTime<Utc>,
    ) -> Result<Arc<SigningKey>, KeyLookupError> {
        let snapshot = self.0.snapshot.load();
        let held = snapshot.keys.iter().find(|held| held.key.kid() == kid);
        match held {
            Some(held) if held.window.phase(now) != KeyPhase::Retired => Ok(held.key.clone()),
            _ => Err(KeyLookupError::Unknown),
        }
    }

    /// Returns the secret that signs and seals new refresh and sealed tokens.
    pub fn secret(&self, now: DateTime<Utc>) -> Option<Arc<Secret>> {
        let snapshot = self.0.snapshot.load();
        let signs = |held: &&HeldKey<Secret>| held.window.phase(now) == KeyPhase::Signing;
        let held = snapshot.secrets.iter().find(signs)?;
        Some(held.key.clone())
    }

    /// Returns the newest secret that had begun to sign at that time, or the oldest one if none had. Nodes that share
    /// the folder agree on it for the same time.
    pub fn secret_as_of(&self, time: DateTime<Utc>) -> Option<Arc<Secret>> {
        let snapshot = self.0.snapshot.load();
        let begun = |held: &&HeldKey<Secret>| held.window.signs_from <= time;
        let by_time = |held: &&HeldKey<Secret>| held.window.signs_from;
        let newest = snapshot.secrets.iter().filter(begun).max_by_key(by_time);
        let held = newest.or_else(|| snapshot.secrets.iter().min_by_key(by_time))?;
        Some(held.key.clone())
    }

    /// Returns the secrets that verify now.
    pub fn verifying_secrets(&self, now: DateTime<Utc>) -> Vec<Arc<Secret>> {
        let snapshot = self.0.snapshot.load();
        let verifies = |held: &&HeldKey<Secret>| held.window.phase(now) != KeyPhase::Retired;
        let held = snapshot.secrets.iter().filter(verifies);
        held.map(|held| held.key.clone()).collect()
    }

    /// Returns the secret with that `kid`, if it still verifies.
    pub fn secret_of(&self, kid: &str, now: DateTime<Utc>) -> Result<Arc<Secret>, KeyLookupError> {
        self.find_secret(kid, now, |phase| phase != KeyPhase::Retired)
    }

    /// Returns the secret with that `kid`, even if it is retired: for stored data, which outlives tokens.
    pub fn secret_at_rest(
        &self,
        kid: &str,
        now: DateTime<Utc>,
    ) -> Result<Arc<Secret>, KeyLookupError> {
        self.find_secret(kid, now, |_| true)
    }

    fn find_secret(
        &self,
        kid: &str,
        now: DateTime<Utc>,
        is_usable: impl Fn(KeyPhase) -> bool,
    ) -> Result<Arc<Secret>, KeyLookupError> {
        let snapshot = self.0.snapshot.load();
        match snapshot.secrets.iter().find(|held| held.key.kid() == kid) {
            Some(held) if is_usable(held.window.phase(now)) => {
                return Ok(held.key.clone());
            }
            Some(_) => return Err(KeyLookupError::Unknown),
            None => {}
        }
        // Another node may already use a secret that this node has not read. Such a secret is newer than
        // the one that signs here, and has begun to sign, by a clock that may be ahead.
        let named = secret::signs_from(kid).ok_or(KeyLookupError::Unknown)?;
        if snapshot.removed_secrets.contains(kid) {
            return Err(KeyLookupError::Unknown);
        }
        let begun = snapshot.secrets.iter().map(|held| held.window.signs_from);
        let newest = begun.filter(|begun| *begun <= now).max();
        if newest.is_some_and(|newest| newest < named) && named <= now + self.0.leeway {
            Err(KeyLookupError::NewerThanHeld)
        } else {
            Err(KeyLookupError::Unknown)
        }
    }

    /// Returns the public keys as a JWK Set (RFC 7517 §5), which is serialised in advance.
    pub fn jwks(&self, now: DateTime<Utc>) -> Arc<CachedDocument> {
        self.0.snapshot.load().jwks.at(now)
    }

    /// Returns the name, `kid` and window of every key and secret, the oldest first.
    pub fn list(&self) -> Vec<(KeyFileName, String, KeyWindow)> {
        self.0.snapshot.load().list()
    }
}

/// Reports two files that hold the same key.
fn duplicate_key(folder: &Path, later: KeyFileName, earlier: KeyFileName) -> KeyringError {
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

/// Returns true if the folder is missing or has no file that is named like a key.
pub fn is_empty(folder: &Path) -> bool {
    folder::is_empty(folder)
}

#[cfg(test)]
mod tests;
