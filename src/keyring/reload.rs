//! Reloads the folder while its keys are in use.
//!
//! Faults that make a start fail are reported and ignored here: a broken file, a folder that cannot be
//! read, a kind without a signing key. The keys in use stay. One bad file does not prevent other files from
//! being added or removed, so a leaked key can always be removed. A folder without a single file in use is
//! another folder, such as the empty mount point of an unmounted volume, and changes nothing.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::{Arc, TryLockError},
};

use chrono::{DateTime, Utc};

use super::{
    Algorithm, KeyFileName, KeyKind, Keyring, KeyringError, KeyringWarning, duplicate_key,
    folder::{self, FileContent, LoadedFile},
    snapshot::{KeyringSnapshot, find_duplicate_key},
    unschedulable,
};

/// The changes that a reload of the folder made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReloadOutcome {
    /// The files that are new.
    pub added: Vec<KeyFileName>,
    /// The files that were removed.
    pub removed: Vec<KeyFileName>,
    /// The faults of the folder, which were ignored.
    pub faults: Vec<KeyringError>,
    /// True if the faults differ from those of the previous reload.
    pub faults_changed: bool,
    /// The warnings that have not been reported before.
    pub warnings: Vec<KeyringWarning>,
}

/// The faults and warnings of the previous reload, which are not logged again. The lock is held during a
/// reload.
#[derive(Debug, Default)]
pub(super) struct LoggedWarnings {
    pub(super) faults: Vec<KeyringError>,
    pub(super) warnings: Vec<KeyringWarning>,
}

/// The time of the last reload and the number of ignored faults, readable without waiting for a reload.
#[derive(Debug, Clone, Copy)]
pub(super) struct LastReload {
    pub(super) at: DateTime<Utc>,
    pub(super) ignored: usize,
}

impl Keyring {
    /// Reloads the folder and replaces the snapshot. Blocks while the folder is read. Returns `None` and
    /// does nothing if another reload is running.
    pub fn reload(&self, now: DateTime<Utc>) -> Option<ReloadOutcome> {
        let mut logged = match self.0.logged.try_lock() {
            Ok(logged) => logged,
            Err(TryLockError::Poisoned(logged)) => logged.into_inner(),
            Err(TryLockError::WouldBlock) => return None,
        };
        let before = self.0.snapshot.load_full();
        let (listing, checked) = folder::read(&self.0.folder, &self.0.issuer);
        let mut warnings = listing.warnings;
        let mut faults = Vec::new();
        let mut reload = ReloadOutcome::default();
        let known = |entry: &folder::FolderEntry| before.holds(entry.file);
        let checked = if listing.entries.iter().any(known) {
            checked
        } else {
            Err(replaced_folder(
                &self.0.folder,
                checked,
                before.list().len(),
            ))
        };
        let settings = self.settings();
        let after = checked.map_err(|fault| vec![fault]).and_then(|()| {
            let algorithms = &settings.algorithms;
            let files = self.usable_files(listing.entries, (&before, algorithms), now, &mut faults);
            let after = KeyringSnapshot::new(files, &settings, now);
            after.map_err(|reasons| unschedulable(&self.0.folder, reasons))
        });
        match after {
            Ok(after) => {
                reload.added = missing_in(&before, &after);
                reload.removed = missing_in(&after, &before);
                warnings.extend(after.too_many_keys(now));
                let latest = now + self.0.max_ahead;
                let files = after.list().into_iter();
                warnings
                    .extend(files.filter_map(|(file, ..)| KeyringWarning::far_ahead(file, latest)));
                self.0.snapshot.store(after.replacing(&before).into());
            }
            Err(more) => faults.extend(more),
        }
        drop(settings);
        let short_notice = |file: &KeyFileName| KeyringWarning::short_notice(*file, now);
        reload.warnings = reload.added.iter().filter_map(short_notice).collect();
        let known: BTreeSet<_> = logged.warnings.iter().collect();
        let unreported = warnings.iter().filter(|it| !known.contains(it));
        reload.warnings.extend(unreported.cloned());
        reload.faults_changed = faults != logged.faults;
        reload.faults.clone_from(&faults);
        let ignored = faults.len();
        self.0
            .last_reload
            .store(Arc::new(LastReload { at: now, ignored }));
        *logged = LoggedWarnings { faults, warnings };
        Some(reload)
    }

    /// Returns the number of faults that the last reload found and ignored.
    pub fn ignored_faults(&self) -> usize {
        self.0.last_reload.load().ignored
    }

    /// Returns the time at which the folder was last read completely.
    pub fn read_at(&self) -> DateTime<Utc> {
        self.0.last_reload.load().at
    }

    fn fault(&self, file: KeyFileName, problem: &str) -> KeyringError {
        let path = self.0.folder.join(file.to_string());
        folder::unusable(&path, problem.to_owned())
    }

    /// Returns the files to use. A broken file keeps its previous content, and a kind without a signing key
    /// keeps all its previous files.
    fn usable_files(
        &self,
        entries: Vec<folder::FolderEntry>,
        (before, algorithms): (&KeyringSnapshot, &[Algorithm]),
        now: DateTime<Utc>,
        faults: &mut Vec<KeyringError>,
    ) -> BTreeMap<KeyFileName, FileContent> {
        let mut files = BTreeMap::new();
        for folder::FolderEntry { file, found } in entries {
            let held = before.content_of(file);
            let content = found.and_then(|LoadedFile { content, .. }| match &held {
                Some(held) if held.identity() != content.identity() => Err(self.fault(
                    file,
                    "contains a different key than before: a new key needs a new file name",
                )),
                _ => Ok(content),
            });
            let content = content.map_err(|fault| faults.push(fault)).ok();
            if let Some(content) = content.or(held) {
                files.insert(file, content);
            }
        }
        while let Some((later, earlier)) = find_duplicate_key(&files) {
            files.remove(&later);
            faults.push(duplicate_key(&self.0.folder, later, earlier));
        }
        for kind in KeyKind::needed_for(algorithms) {
            let signs = |file: &KeyFileName| file.kind == kind && file.signs_from <= now;
            if files.keys().any(signs) {
                continue;
            }
            let is_missing = before.files_of_kind(kind).any(|(file, _)| signs(&file));
            files.extend(before.files_of_kind(kind));
            // Otherwise the clock is behind, and the schedule reports that.
            if is_missing {
                let folder = self.0.folder.display().to_string();
                faults.push(KeyringError::Unsigned { folder, kind });
            }
        }
        files
    }
}

/// Reports a folder that has none of the files in use, with the fault of the folder itself if it has one.
fn replaced_folder(folder: &Path, checked: Result<(), KeyringError>, held: usize) -> KeyringError {
    let problem = match checked {
        Err(KeyringError::Unusable { problem, .. }) => problem,
        _ => "contains none of the files in use".to_owned(),
    };
    KeyringError::Gone {
        folder: folder.display().to_string(),
        problem,
        held,
    }
}

/// Returns the files that are in `other` and not in `one`.
fn missing_in(one: &KeyringSnapshot, other: &KeyringSnapshot) -> Vec<KeyFileName> {
    let files = other.list().into_iter().map(|(file, ..)| file);
    files
        .filter(|file| one.content_of(*file).is_none())
        .collect()
}
