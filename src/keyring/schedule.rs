//! The schedule: derives the phase of each key from the file names, the clock and two settings, without
//! I/O.

use std::{collections::BTreeMap, fmt};

use chrono::{DateTime, TimeDelta, Utc};

use super::{KeyFileName, KeyKind};
use crate::{client::Algorithm, config};

/// The phase of a key at some time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyPhase {
    /// The key does not sign yet. It is published, so that every consumer has it before the first
    /// signature.
    Upcoming,
    /// The key signs new tokens, and verifies.
    Signing,
    /// The key does not sign any more. It is published until no token that it signed can be valid.
    Verifying,
    /// The key neither signs nor verifies, and is not published.
    Retired,
}

impl KeyPhase {
    /// All phases, in the order of a key's life.
    pub const ALL: &[Self] = &[
        Self::Upcoming,
        Self::Signing,
        Self::Verifying,
        Self::Retired,
    ];

    /// Returns the name of the phase.
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

/// The times at which a key changes its phase. A key without a successor signs for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyWindow {
    /// The time from which the key signs.
    pub signs_from: DateTime<Utc>,
    /// The time from which its successor signs.
    pub signs_until: Option<DateTime<Utc>>,
    /// The time from which the key is retired.
    pub verifies_until: Option<DateTime<Utc>>,
}

impl KeyWindow {
    /// Returns the phase at `now`. Each time belongs to the phase that begins then.
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

/// The grace periods after a rotation, and the kinds of keys that must exist.
#[derive(Debug, Clone)]
pub struct ScheduleSettings {
    /// The grace period of a key after its successor has begun to sign.
    pub key_retire_after: TimeDelta,
    /// The grace period of a secret after its successor has begun to sign.
    pub secret_retire_after: TimeDelta,
    /// The algorithms that need a signing key.
    pub algorithms: Vec<Algorithm>,
}

impl ScheduleSettings {
    /// Reads the settings from the configuration. The grace period of secrets is extended by the leeway,
    /// because a node whose clock lags by the leeway signs that much longer.
    pub fn new(keys: &config::KeysConfig, leeway: TimeDelta) -> Self {
        Self {
            key_retire_after: keys.retire_after,
            secret_retire_after: keys.secret_retire_after + leeway,
            algorithms: keys.algorithms.clone(),
        }
    }
}

/// A key file with its schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScheduledKey {
    /// The file.
    pub file: KeyFileName,
    /// The times at which its phase changes.
    pub window: KeyWindow,
    /// The phase now.
    pub phase: KeyPhase,
}

/// The reason why a set of files is no valid schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// Two files of one kind sign from the same time.
    #[error("{0} exists twice")]
    Twice(KeyFileName),
    /// No file of that kind exists.
    #[error("no {} signs now: `signet keys generate` creates what is missing", .0.noun())]
    NothingSigns(KeyKind),
    /// Every file of that kind signs from a later time only.
    #[error(
        "no {} signs now: the first one signs from {}. Check whether the clock of this machine is \
         behind, and restore missing files; `signet keys generate` creates one that signs immediately",
        .kind.noun(), .from.to_rfc3339()
    )]
    NothingSignsYet {
        /// The kind.
        kind: KeyKind,
        /// The time from which the first one signs.
        from: DateTime<Utc>,
    },
}

/// Returns the reason why no key of that kind signs. None of these files may sign.
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

/// Computes the phase of every file at `now`. Of each kind, the last key to begin signs until the next one
/// begins.
///
/// # Errors
/// Returns every reason why the files are no valid schedule.
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
