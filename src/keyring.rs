//! The keyring: which key signs now, which still verify.
//!
//! A folder of files whose names say from when each signs. Everything else is a pure function of
//! those names, the clock and two settings, so nodes that share the folder need no coordination.

mod file;
mod folder;
mod jwks;
mod schedule;
mod secret;
mod signing_key;
mod well_known;

use std::{collections::BTreeMap, path::Path, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};

use self::jwks::Timeline;
pub use self::{
    file::{KeyFile, KeyKind, NotAKeyFile},
    folder::{Notice, Written, generate},
    jwks::Document,
    schedule::{Phase, Scheduled, Settings, Unschedulable, Window, schedule},
    secret::{DerivedKey, Secret},
    signing_key::{CryptoFailed, SigningKey},
};
use crate::{
    client::Algorithm,
    config::{self, Issuer},
};

/// A key or secret and the times between which it does what.
#[derive(Debug)]
struct Held<T> {
    file: KeyFile,
    window: Window,
    key: T,
}

impl<T> Held<T> {
    fn new(scheduled: Scheduled, key: T) -> Self {
        Self {
            file: scheduled.file,
            window: scheduled.window,
            key,
        }
    }
}

/// Every key and secret of the folder, parsed once and held.
#[derive(Debug, Clone)]
pub struct Keyring(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    signing: Vec<Held<SigningKey>>,
    secrets: Vec<Held<Secret>>,
    jwks: Timeline,
}

/// Why a folder makes no keyring. Names paths, never contents.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
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
        reason: Unschedulable,
    },
}

/// Why no key was found for a `kid`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoKey {
    /// No key has it, or that key has been retired.
    Unknown,
    /// It names a secret that began after the newest one held here: this node lags behind.
    NewerThanHeld,
}

impl Keyring {
    /// Reads the folder.
    ///
    /// # Errors
    /// Every fault of the folder at once. Names that are no key files come back as notices.
    pub fn load(
        settings: &config::Keys,
        issuer: &Issuer,
        leeway: TimeDelta,
        now: DateTime<Utc>,
    ) -> Result<(Self, Vec<Notice>), Vec<Fault>> {
        let settings_of_schedule = Settings::new(settings, leeway);
        let (files, notices) = folder::read(&settings.folder, issuer)?;
        let names: Vec<_> = files.iter().map(|(file, _)| *file).collect();
        let scheduled = schedule(&names, &settings_of_schedule, now).map_err(|reasons| {
            let folder = settings.folder.display().to_string();
            let fault = |reason| Fault::Unschedulable {
                folder: folder.clone(),
                reason,
            };
            reasons.into_iter().map(fault).collect::<Vec<_>>()
        })?;

        let mut signing = Vec::new();
        let mut secrets = Vec::new();
        for (file, content) in files {
            let Some(entry) = scheduled.iter().find(|entry| entry.file == file) else {
                continue;
            };
            match content {
                folder::Content::Key(key) => signing.push(Held::new(*entry, *key)),
                folder::Content::Secret(secret) => secrets.push(Held::new(*entry, *secret)),
            }
        }
        if let Some((one, other)) = same_key(&signing) {
            let path = settings.folder.join(other.to_string());
            let problem = format!("is the same key as {one}");
            return Err(vec![Fault::Unusable {
                path: path.display().to_string(),
                problem,
            }]);
        }
        let jwks = Timeline::new(&signing, now);
        let inner = Inner {
            signing,
            secrets,
            jwks,
        };
        Ok((Self(Arc::new(inner)), notices))
    }

    /// The key that signs access tokens now.
    pub fn signing(&self, algorithm: Algorithm, now: DateTime<Utc>) -> Option<&SigningKey> {
        let held = self.0.signing.iter().find(|held| {
            held.key.algorithm() == algorithm && held.window.phase(now) == Phase::Signing
        })?;
        Some(&held.key)
    }

    /// The published key of that `kid`.
    pub fn published(&self, kid: &str, now: DateTime<Utc>) -> Result<&SigningKey, NoKey> {
        let held = self.0.signing.iter().find(|held| held.key.kid() == kid);
        match held {
            Some(held) if held.window.phase(now) != Phase::Retired => Ok(&held.key),
            _ => Err(NoKey::Unknown),
        }
    }

    /// The secret that new refresh and sealed tokens are made with.
    pub fn secret(&self, now: DateTime<Utc>) -> Option<&Secret> {
        let signs = |held: &&Held<Secret>| held.window.phase(now) == Phase::Signing;
        self.0.secrets.iter().find(signs).map(|held| &held.key)
    }

    /// The secret of that `kid`, if it still verifies.
    pub fn secret_of(&self, kid: &str, now: DateTime<Utc>) -> Result<&Secret, NoKey> {
        match self.0.secrets.iter().find(|held| held.key.kid() == kid) {
            Some(held) if held.window.phase(now) != Phase::Retired => return Ok(&held.key),
            Some(_) => return Err(NoKey::Unknown),
            None => {}
        }
        let named = secret::signs_from(kid).ok_or(NoKey::Unknown)?;
        let begun = self.0.secrets.iter().map(|held| held.window.signs_from);
        let newest = begun.max();
        if newest.is_some_and(|newest| newest < named) && named <= now {
            Err(NoKey::NewerThanHeld)
        } else {
            Err(NoKey::Unknown)
        }
    }

    /// The public keys (RFC 7517 §5), serialised beforehand.
    pub fn jwks(&self, now: DateTime<Utc>) -> &Document {
        self.0.jwks.at(now)
    }

    /// Every key and secret: its name, `kid` and window, the oldest first.
    pub fn list(&self) -> Vec<(KeyFile, String, Window)> {
        let keys = self
            .0
            .signing
            .iter()
            .map(|it| (it.file, it.key.kid().to_owned(), it.window));
        let secrets = self
            .0
            .secrets
            .iter()
            .map(|it| (it.file, it.key.kid().to_owned(), it.window));
        let mut all: Vec<_> = keys.chain(secrets).collect();
        all.sort_by_key(|(file, ..)| *file);
        all
    }
}

/// Two files with one key: it would be retired under one name while it signs under the other.
fn same_key(held: &[Held<SigningKey>]) -> Option<(KeyFile, KeyFile)> {
    let mut seen = BTreeMap::new();
    held.iter()
        .find_map(|it| seen.insert(it.key.kid(), it.file).map(|one| (one, it.file)))
}

/// Whether the folder is missing or holds nothing that looks like a key.
pub fn is_empty(folder: &Path) -> bool {
    folder::is_empty(folder)
}

#[cfg(test)]
mod tests;
