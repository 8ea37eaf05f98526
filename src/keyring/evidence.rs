//! What a clock is worth when files are written or removed by it.
//!
//! A command that trusts a clock that is far ahead writes a successor that will not sign for months, or
//! removes a secret that still verifies. So the clock is compared with a second one, or where there is
//! none, with the times of the files themselves.

use std::{fs, os::unix::fs::MetadataExt, path::Path};

use chrono::{DateTime, TimeDelta, Utc};

use super::{KeyFileName, schedule::KeyWindow};
use crate::config;

/// The most by which two clocks that agree may differ.
const AGREE: TimeDelta = TimeDelta::days(1);

/// How much later than it should a timer may rotate without being asked whether the clock is right.
const LATE: TimeDelta = TimeDelta::days(30);

/// The time of a command, and whether a second clock agrees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CheckedTime {
    now: DateTime<Utc>,
    is_confirmed: bool,
}

/// Two clocks that differ by more than a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this machine's clock says {}, which is more than a day from {}", .now.to_rfc3339(), .other.to_rfc3339())]
pub struct ClocksDisagree {
    /// What this machine's clock says.
    pub now: DateTime<Utc>,
    /// What the other one says.
    pub other: DateTime<Utc>,
}

impl CheckedTime {
    /// What this machine's clock says, which nothing else confirms.
    pub fn unconfirmed(now: DateTime<Utc>) -> Self {
        Self {
            now,
            is_confirmed: false,
        }
    }

    /// What this machine's clock says, as another clock confirms.
    ///
    /// # Errors
    /// The clocks differ by more than a day.
    pub fn confirmed_by(now: DateTime<Utc>, other: DateTime<Utc>) -> Result<Self, ClocksDisagree> {
        if (now - other).abs() > AGREE {
            return Err(ClocksDisagree { now, other });
        }
        Ok(Self {
            now,
            is_confirmed: true,
        })
    }

    /// What this machine's clock says.
    pub fn now(self) -> DateTime<Utc> {
        self.now
    }

    /// The latest time by which a file may be called retired. Without a second clock, that is a day after
    /// the newest file that has begun to sign was written or began.
    pub(super) fn proven(self, evidence: Option<DateTime<Utc>>) -> DateTime<Utc> {
        match evidence {
            _ if self.is_confirmed => self.now,
            Some(evidence) => self.now.min(evidence + AGREE),
            None => DateTime::<Utc>::MIN_UTC,
        }
    }

    /// Whether a successor may be written: a second clock agrees, or the newest file is no older than a
    /// timer leaves it.
    pub(super) fn may_rotate(
        self,
        evidence: Option<DateTime<Utc>>,
        keys: &config::KeysConfig,
    ) -> bool {
        let is_near = |evidence| self.now - evidence <= longest_gap(keys);
        self.is_confirmed || evidence.is_some_and(is_near)
    }
}

/// How far ahead of the present a successor may sign.
pub(super) fn furthest_ahead(keys: &config::KeysConfig) -> TimeDelta {
    keys.rotate_after + keys.publish_ahead
}

fn longest_gap(keys: &config::KeysConfig) -> TimeDelta {
    furthest_ahead(keys) + LATE
}

/// The latest time that the files attest: each was there when it was last written, and when it began to
/// sign. A file that has not begun attests nothing, because a clock that is ahead may just have written
/// it. After a gap that is longer than a timer leaves, nothing is attested either.
pub(super) fn latest(
    keys: &config::KeysConfig,
    files: &[(KeyFileName, String, KeyWindow)],
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    let begun = files.iter().filter(|(file, ..)| file.signs_from <= now);
    let times = begun.map(|(file, ..)| {
        let written = modified(&keys.folder.join(file.to_string()));
        let written = written.filter(|written| *written <= now);
        written.map_or(file.signs_from, |written| written.max(file.signs_from))
    });
    let mut times: Vec<_> = times.collect();
    times.sort_unstable();
    let mut times = times.into_iter();
    let first = times.next()?;
    let near = times.try_fold(first, |latest, time| {
        if time - latest <= longest_gap(keys) {
            Ok(time)
        } else {
            Err(latest)
        }
    });
    Some(near.unwrap_or_else(|latest| latest))
}

fn modified(path: &Path) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(fs::metadata(path).ok()?.mtime(), 0)
}
