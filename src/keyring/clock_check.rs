//! Checks of the clock by which key files are written or removed.
//!
//! A command that trusts a clock that is far ahead writes a successor that will not sign for months, or
//! removes a secret that still verifies. The clock is therefore compared with a second clock or, if there
//! is none, with the times of the files themselves.

use std::{fs, os::unix::fs::MetadataExt, path::Path};

use chrono::{DateTime, TimeDelta, Utc};

use super::{KeyFileName, schedule::KeyWindow};
use crate::config;

/// The longest difference between two clocks that agree.
const MAX_DIFFERENCE: TimeDelta = TimeDelta::days(1);

/// The longest delay after which a timer may rotate keys without a check of the clock.
const MAX_TIMER_DELAY: TimeDelta = TimeDelta::days(30);

/// The time of a command, and whether a second clock confirms it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CheckedTime {
    now: DateTime<Utc>,
    is_confirmed: bool,
}

/// Two clocks differ by more than a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this machine's clock says {}, which is more than a day from {}", .now.to_rfc3339(), .other.to_rfc3339())]
pub struct ClocksDisagree {
    /// The time of this machine's clock.
    pub now: DateTime<Utc>,
    /// The time of the other clock.
    pub other: DateTime<Utc>,
}

impl CheckedTime {
    /// Takes the time of this machine's clock, which no second clock confirms.
    pub fn unconfirmed(now: DateTime<Utc>) -> Self {
        Self {
            now,
            is_confirmed: false,
        }
    }

    /// Takes the time of this machine's clock, if another clock confirms it.
    ///
    /// # Errors
    /// The clocks differ by more than a day.
    pub fn confirmed_by(now: DateTime<Utc>, other: DateTime<Utc>) -> Result<Self, ClocksDisagree> {
        if (now - other).abs() > MAX_DIFFERENCE {
            return Err(ClocksDisagree { now, other });
        }
        Ok(Self {
            now,
            is_confirmed: true,
        })
    }

    /// Returns the time of this machine's clock.
    pub fn now(self) -> DateTime<Utc> {
        self.now
    }

    /// Returns the latest time that may be used to treat a file as retired. Without a second clock, that is
    /// a day after the newest file that has begun to sign was written or began to sign.
    pub(super) fn retirement_cutoff(self, attested: Option<DateTime<Utc>>) -> DateTime<Utc> {
        match attested {
            _ if self.is_confirmed => self.now,
            Some(attested) => self.now.min(attested + MAX_DIFFERENCE),
            None => DateTime::<Utc>::MIN_UTC,
        }
    }

    /// Returns true if a successor may be written: a second clock agrees, or the newest file is no older
    /// than a timer leaves it.
    pub(super) fn may_rotate(
        self,
        attested: Option<DateTime<Utc>>,
        keys: &config::KeysConfig,
    ) -> bool {
        let is_near = |attested| self.now - attested <= max_gap(keys);
        self.is_confirmed || attested.is_some_and(is_near)
    }
}

/// Returns the longest time that a successor may lie ahead of the present.
pub(super) fn max_ahead(keys: &config::KeysConfig) -> TimeDelta {
    keys.rotate_after + keys.publish_ahead
}

fn max_gap(keys: &config::KeysConfig) -> TimeDelta {
    max_ahead(keys) + MAX_TIMER_DELAY
}

/// Returns the latest time that the files attest. A file attests the time at which it was last written, and
/// the time at which it began to sign. A file that has not begun to sign attests nothing, because a clock
/// that is ahead may just have written it. Times after a gap that is longer than a timer leaves are ignored
/// as well.
pub(super) fn latest_attested(
    keys: &config::KeysConfig,
    files: &[(KeyFileName, String, KeyWindow)],
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    let begun = files.iter().filter(|(file, ..)| file.signs_from <= now);
    let times = begun.map(|(file, ..)| {
        let written = modification_time(&keys.folder.join(file.to_string()));
        let written = written.filter(|written| *written <= now);
        written.map_or(file.signs_from, |written| written.max(file.signs_from))
    });
    let mut times: Vec<_> = times.collect();
    times.sort_unstable();
    let mut times = times.into_iter();
    let first = times.next()?;
    let near = times.try_fold(first, |latest, time| {
        if time - latest <= max_gap(keys) {
            Ok(time)
        } else {
            Err(latest)
        }
    });
    Some(near.unwrap_or_else(|latest| latest))
}

fn modification_time(path: &Path) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(fs::metadata(path).ok()?.mtime(), 0)
}
