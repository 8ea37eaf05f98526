//! The schedule: from names, clock and two settings to what each key does now. Pure.

use std::{collections::BTreeMap, fmt};

use chrono::{DateTime, TimeDelta, Utc};

use super::{KeyFileName, KeyKind};
use crate::{client::Algorithm, config};

/// What a key does at some time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyPhase {
    /// Waits for its time; published, so that every consumer knows it beforehand.
    Upcoming,
    /// Signs what is minted, and verifies.
    Signing,
    /// Signs no more; published until nothing it signed can still be valid.
    Verifying,
    /// Does nothing, is published nowhere.
    Retired,
}

impl KeyPhase {
    /// All of them, in the order of a key's life.
    pub const ALL: &[Self] = &[
        Self::Upcoming,
        Self::Signing,
        Self::Verifying,
        Self::Retired,
    ];

    /// It in a word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Upcoming => "upcoming",
            Self::Signing => "signing",
            Self::Verifying => "verifying",
            Self::Retired => "retired",
        }
    }
}

impl fmt::Display for KeyPhase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The times between which a key does what. A key without successor signs for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyWindow {
    /// From here on it signs.
    pub signs_from: DateTime<Utc>,
    /// From here on its successor does.
    pub signs_until: Option<DateTime<Utc>>,
    /// From here on it does nothing.
    pub verifies_until: Option<DateTime<Utc>>,
}

impl KeyWindow {
    /// What the key does at `now`. Each time belongs to the phase that begins with it.
    pub fn phase(&self, now: DateTime<Utc>) -> KeyPhase {
        let reached = |time: Option<DateTime<Utc>>| time.is_some_and(|time| time <= now);
        if now < self.signs_from {
            KeyPhase::Upcoming
        } else if !reached(self.signs_until) {
            KeyPhase::Signing
        } else if !reached(self.verifies_until) {
            KeyPhase::Verifying
        } else {
            KeyPhase::Retired
        }
    }
}

/// How long keys go on verifying, and which must be there.
#[derive(Debug, Clone)]
pub struct ScheduleSettings {
    /// After its successor has begun, for a key.
    pub key_retire_after: TimeDelta,
    /// After its successor has begun, for a secret.
    pub secret_retire_after: TimeDelta,
    /// The algorithms without which there is no service.
    pub algorithms: Vec<Algorithm>,
}

impl ScheduleSettings {
    /// From the configuration. A node whose clock lags by the leeway signs that much longer.
    pub fn new(keys: &config::KeysConfig, leeway: TimeDelta) -> Self {
        Self {
            key_retire_after: keys.retire_after,
            secret_retire_after: keys.secret_retire_after + leeway,
            algorithms: keys.algorithms.clone(),
        }
    }
}

/// A file and what becomes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScheduledKey {
    /// The file.
    pub file: KeyFileName,
    /// Its times.
    pub window: KeyWindow,
    /// What it does now.
    pub phase: KeyPhase,
}

/// Why a set of files is no schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// Two files claim one time.
    #[error("{0} exists twice")]
    Twice(KeyFileName),
    /// Nothing of that kind is there.
    #[error("no {0} signs now: `signet keys generate` creates what is missing")]
    NothingSigns(KeyKind),
    /// Every file of that kind signs from a later time on.
    #[error(
        "no {kind} signs now: the first one signs from {}. Check whether the clock of this machine is \
         behind, and restore missing files; `signet keys generate` creates one that signs immediately",
        .from.to_rfc3339()
    )]
    NothingSignsYet {
        /// The kind.
        kind: KeyKind,
        /// From when the first one signs.
        from: DateTime<Utc>,
    },
}

/// Why nothing of that kind signs, where none of these files does.
pub(super) fn nothing_signs<'a>(
    kind: KeyKind,
    files: impl IntoIterator<Item = &'a KeyFileName>,
) -> ScheduleError {
    let times = files.into_iter().filter(|file| file.kind == kind);
    match times.map(|file| file.signs_from).min() {
        Some(from) => ScheduleError::NothingSignsYet { kind, from },
        None => ScheduleError::NothingSigns(kind),
    }
}

/// What every file does at `now`: of each kind, the last to have begun signs until the next begins.
///
/// # Errors
/// Every reason why the files do not add up.
pub fn schedule(
    files: &[KeyFileName],
    settings: &ScheduleSettings,
    now: DateTime<Utc>,
) -> Result<Vec<ScheduledKey>, Vec<ScheduleError>> {
    let mut by_kind: BTreeMap<KeyKind, Vec<KeyFileName>> = BTreeMap::new();
    for file in files {
        by_kind.entry(file.kind).or_default().push(*file);
    }

    let mut scheduled = Vec::with_capacity(files.len());
    let mut faults = Vec::new();
    for (kind, files) in &mut by_kind {
        files.sort_unstable();
        let retire_after = match kind {
            KeyKind::Key(_) => settings.key_retire_after,
            KeyKind::Secret => settings.secret_retire_after,
        };
        let successors = files.iter().skip(1).map(Some).chain([None]);
        for (file, successor) in files.iter().zip(successors) {
            let signs_until = successor.map(|successor| successor.signs_from);
            if signs_until == Some(file.signs_from) {
                faults.push(ScheduleError::Twice(*file));
            }
            let window = KeyWindow {
                signs_from: file.signs_from,
                signs_until,
                verifies_until: signs_until.map(|until| until + retire_after),
            };
            scheduled.push(ScheduledKey {
                file: *file,
                window,
                phase: window.phase(now),
            });
        }
    }

    for kind in KeyKind::needed_for(&settings.algorithms) {
        let signs =
            |entry: &ScheduledKey| entry.file.kind == kind && entry.phase == KeyPhase::Signing;
        if !scheduled.iter().any(signs) {
            faults.push(nothing_signs(kind, files));
        }
    }
    if faults.is_empty() {
        Ok(scheduled)
    } else {
        Err(faults)
    }
}
