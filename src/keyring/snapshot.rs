//! The immutable contents of a keyring, which a reload replaces as a whole.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::{
    KeyringWarning,
    file::{KeyFileName, KeyKind},
    folder::FileContent,
    held_key::HeldKey,
    jwks::JwksTimeline,
    schedule::{KeyPhase, KeyWindow, ScheduleError, ScheduleSettings, schedule},
    secret::Secret,
    signing_key::SigningKey,
};

/// Every key and secret of a folder, parsed once.
#[derive(Debug)]
pub(super) struct KeyringSnapshot {
    pub(super) keys: Vec<HeldKey<SigningKey>>,
    pub(super) secrets: Vec<HeldKey<Secret>>,
    pub(super) jwks: JwksTimeline,
    /// The key ids of secrets that were held before and have been removed.
    pub(super) removed_secrets: BTreeSet<String>,
}

impl KeyringSnapshot {
    /// Assigns every file its schedule.
    ///
    /// # Errors
    /// Returns every reason why the files are no valid schedule.
    pub(super) fn new(
        files: BTreeMap<KeyFileName, FileContent>,
        settings: &ScheduleSettings,
        now: DateTime<Utc>,
    ) -> Result<Self, Vec<ScheduleError>> {
        let names: Vec<_> = files.keys().copied().collect();
        let scheduled = schedule(&names, settings, now)?;
        let mut keys = Vec::new();
        let mut secrets = Vec::new();
        for (file, content) in files {
            let Some(scheduled) = scheduled.iter().find(|entry| entry.file == file) else {
                continue;
            };
            let window = scheduled.window;
            match content {
                FileContent::Key(key) => keys.push(HeldKey { file, window, key }),
                FileContent::Secret(key) => secrets.push(HeldKey { file, window, key }),
            }
        }
        Ok(Self {
            jwks: JwksTimeline::new(&keys, now),
            keys,
            secrets,
            removed_secrets: BTreeSet::new(),
        })
    }

    /// Returns this snapshot with the key ids of the secrets that it no longer holds and `before` held.
    pub(super) fn replacing(mut self, before: &Self) -> Self {
        let held = before.secrets.iter().map(|held| held.key.kid().to_owned());
        self.removed_secrets = before.removed_secrets.iter().cloned().chain(held).collect();
        for held in &self.secrets {
            self.removed_secrets.remove(held.key.kid());
        }
        self
    }

    /// Returns all files with their contents.
    pub(super) fn files(&self) -> BTreeMap<KeyFileName, FileContent> {
        let files = self.list().into_iter().map(|(file, ..)| file);
        files
            .filter_map(|file| Some((file, self.content_of(file)?)))
            .collect()
    }

    /// Returns the files of that kind with their contents.
    pub(super) fn files_of_kind(
        &self,
        kind: KeyKind,
    ) -> impl Iterator<Item = (KeyFileName, FileContent)> {
        let files = self.list().into_iter().map(|(file, ..)| file);
        let files = files.filter(move |file| file.kind == kind);
        files.filter_map(|file| Some((file, self.content_of(file)?)))
    }

    /// Returns true if that file is held.
    pub(super) fn holds(&self, file: KeyFileName) -> bool {
        self.keys.iter().any(|held| held.file == file)
            || self.secrets.iter().any(|held| held.file == file)
    }

    /// Returns the content of that file.
    pub(super) fn content_of(&self, file: KeyFileName) -> Option<FileContent> {
        let key = self.keys.iter().find(|held| held.file == file);
        let secret = self.secrets.iter().find(|held| held.file == file);
        key.map(|held| FileContent::Key(held.key.clone()))
            .or_else(|| secret.map(|held| FileContent::Secret(held.key.clone())))
    }

    /// Returns the files, the oldest first, each with its `kid` and its schedule.
    pub(super) fn list(&self) -> Vec<(KeyFileName, String, KeyWindow)> {
        let keys = self.keys.iter();
        let keys = keys.map(|it| (it.file, it.key.kid().to_owned(), it.window));
        let secrets = self.secrets.iter();
        let secrets = secrets.map(|it| (it.file, it.key.kid().to_owned(), it.window));
        let mut all: Vec<_> = keys.chain(secrets).collect();
        all.sort_by_key(|(file, ..)| *file);
        all
    }

    /// Warns if more keys are published than every consumer accepts.
    pub(super) fn too_many_keys(&self, now: DateTime<Utc>) -> Option<KeyringWarning> {
        let published = |held: &&HeldKey<SigningKey>| held.window.phase(now) != KeyPhase::Retired;
        KeyringWarning::too_many_keys(self.keys.iter().filter(published).count())
    }
}

/// Finds two files with the same key or secret, and returns the later and the earlier name. Such a key
/// would be retired or removed under one name while it is used under the other.
pub(super) fn find_duplicate_key(
    files: &BTreeMap<KeyFileName, FileContent>,
) -> Option<(KeyFileName, KeyFileName)> {
    let mut seen = BTreeMap::new();
    files.iter().find_map(|(file, content)| {
        let before = seen.insert(content.identity(), *file);
        before.map(|before| (*file, before))
    })
}
