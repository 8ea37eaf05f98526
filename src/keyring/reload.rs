//! Reading the folder again while the keys are in use.
//!
//! What a start refuses is here reported and ignored, and what was held before stays: a file that
//! is broken, a folder that cannot be read, a moment at which nothing would sign. One bad file
//! keeps no other from coming or going, so that a leaked key can always be taken away. A folder without
//! a single known file is another folder, such as the empty one under a mount, and changes nothing.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::{Arc, TryLockError},
};

use chrono::{DateTime, Utc};

use super::{
    KeyFileName, KeyKind, Keyring, KeyringError, KeyringWarning,
    folder::{self, FileContent, LoadedFile},
    snapshot::{KeyringSnapshot, same_key},
    twin, unschedulable,
};

/// What reading the folder again has changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReloadOutcome {
    /// What is new.
    pub added: Vec<KeyFileName>,
    /// What is gone.
    pub removed: Vec<KeyFileName>,
    /// What is wrong with the folder and was ignored.
    pub faults: Vec<KeyringError>,
    /// Whether that is not what it was at the last reading.
    pub is_news: bool,
    /// What else is worth saying and was not said before.
    pub notices: Vec<KeyringWarning>,
}

/// What was said at the last reading, so that it is not said at each. Locked while one is under way.
#[derive(Debug, Default)]
pub(super) struct LoggedWarnings {
    pub(super) faults: Vec<KeyringError>,
    pub(super) notices: Vec<KeyringWarning>,
}

/// When the folder was last read, and how many faults were ignored: for whoever must not wait.
#[derive(Debug, Clone, Copy)]
pub(super) struct LastReload {
    pub(super) at: DateTime<Utc>,
    pub(super) ignored: usize,
}

impl Keyring {
    /// Reads the folder again and holds from now on what it finds. Blocks for as long as that
    /// takes; where somebody is at it already, does nothing.
    pub fn reload(&self, now: DateTime<Utc>) -> Option<ReloadOutcome> {
        let mut said = match self.0.said.try_lock() {
            Ok(said) => said,
            Err(TryLockError::Poisoned(said)) => said.into_inner(),
            Err(TryLockError::WouldBlock) => return None,
        };
        let before = self.0.contents.load_full();
        let (listing, checked) = folder::read(&self.0.folder, &self.0.issuer);
        let mut notices = listing.notices;
        let mut faults = Vec::new();
        let mut reload = ReloadOutcome::default();
        let known = |entry: &folder::FolderEntry| before.holds(entry.file);
        let checked = if listing.entries.iter().any(known) {
            checked
        } else {
            Err(gone(&self.0.folder, checked, before.list().len()))
        };
        let after = checked.map_err(|fault| vec![fault]).and_then(|()| {
            let files = self.usable(listing.entries, &before, now, &mut faults);
            let after = KeyringSnapshot::new(files, &self.0.settings, now);
            after.map_err(|reasons| unschedulable(&self.0.folder, reasons))
        });
        match after {
            Ok(after) => {
                reload.added = missing_in(&before, &after);
                reload.removed = missing_in(&after, &before);
                notices.extend(after.too_many(now));
                let latest = now + self.0.furthest;
                let files = after.list().into_iter();
                notices.extend(
                    files.filter_map(|(file, ..)| KeyringWarning::of_far_ahead(file, latest)),
                );
                self.0.contents.store(after.after(&before).into());
            }
            Err(more) => faults.extend(more),
        }
        let short = |file: &KeyFileName| KeyringWarning::of_short_notice(*file, now);
        reload.notices = reload.added.iter().filter_map(short).collect();
        let known: BTreeSet<_> = said.notices.iter().collect();
        let hidden = notices.iter().filter(|it| !known.contains(it));
        reload.notices.extend(hidden.cloned());
        reload.is_news = faults != said.faults;
        reload.faults.clone_from(&faults);
        let ignored = faults.len();
        self.0.read.store(Arc::new(LastReload { at: now, ignored }));
        *said = LoggedWarnings { faults, notices };
        Some(reload)
    }

    /// How many faults the last reading of the folder found, and ignored.
    pub fn ignored_faults(&self) -> usize {
        self.0.read.load().ignored
    }

    /// When the folder was last read to its end.
    pub fn read_at(&self) -> DateTime<Utc> {
        self.0.read.load().at
    }

    fn fault(&self, file: KeyFileName, problem: &str) -> KeyringError {
        let path = self.0.folder.join(file.to_string());
        folder::unusable(&path, problem.to_owned())
    }

    /// The files that can be used: what is broken now is what it was before, and where nothing of a
    /// kind would sign, all of that kind is.
    fn usable(
        &self,
        entries: Vec<folder::FolderEntry>,
        before: &KeyringSnapshot,
        now: DateTime<Utc>,
        faults: &mut Vec<KeyringError>,
    ) -> BTreeMap<KeyFileName, FileContent> {
        let mut files = BTreeMap::new();
        for folder::FolderEntry { file, found } in entries {
            let held = before.of(file);
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
        while let Some((later, earlier)) = same_key(&files) {
            files.remove(&later);
            faults.push(twin(&self.0.folder, later, earlier));
        }
        for kind in KeyKind::needed_for(&self.0.settings.algorithms) {
            let signs = |file: &KeyFileName| file.kind == kind && file.signs_from <= now;
            if files.keys().any(signs) {
                continue;
            }
            let is_missing = before.of_kind(kind).any(|(file, _)| signs(&file));
            files.extend(before.of_kind(kind));
            // Otherwise it is the clock that is behind, which the schedule says.
            if is_missing {
                let folder = self.0.folder.display().to_string();
                faults.push(KeyringError::Unsigned { folder, kind });
            }
        }
        files
    }
}

/// A folder in which no file is left that is held, and what else is wrong with it.
fn gone(folder: &Path, checked: Result<(), KeyringError>, held: usize) -> KeyringError {
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

/// What the second holds and the first does not.
fn missing_in(one: &KeyringSnapshot, other: &KeyringSnapshot) -> Vec<KeyFileName> {
    let files = other.list().into_iter().map(|(file, ..)| file);
    files.filter(|file| one.of(*file).is_none()).collect()
}
