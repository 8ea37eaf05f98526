//! What is worth saying of a folder of keys that can be used all the same.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};

use super::KeyFileName;

/// How long before it signs a key must have been seen at least: as long as consumers that keep to
/// the headers may keep the key set without it. Others keep it longer, so a day is better.
const FAIR_WARNING: TimeDelta = TimeDelta::minutes(10);

/// The most published keys that every consumer takes (AWS ALB: 10).
const MOST_PUBLISHED: usize = 10;

/// What is worth saying of a folder that can be used all the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyringWarning {
    /// Something that is no key, and was left alone.
    NotAKey {
        /// Its path.
        path: String,
    },
    /// A key or secret that signs before everybody can know it.
    ShortNotice {
        /// Its file.
        file: KeyFileName,
    },
    /// A key or secret that signs later than a rotation by this clock would have it.
    FarAhead {
        /// Its file.
        file: KeyFileName,
    },
    /// More keys are published than some consumers take.
    Crowded {
        /// How many.
        published: usize,
    },
}

impl KeyringWarning {
    /// That a key first seen at that time signs so soon.
    pub(super) fn of_short_notice(file: KeyFileName, seen: DateTime<Utc>) -> Option<Self> {
        (file.signs_from < seen + FAIR_WARNING).then_some(Self::ShortNotice { file })
    }

    /// That a key signs later than at `latest`.
    pub(super) fn of_far_ahead(file: KeyFileName, latest: DateTime<Utc>) -> Option<Self> {
        (file.signs_from > latest).then_some(Self::FarAhead { file })
    }

    /// That so many keys are too many.
    pub(super) fn of_too_many(published: usize) -> Option<Self> {
        (published > MOST_PUBLISHED).then_some(Self::Crowded { published })
    }
}

impl fmt::Display for KeyringWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAKey { path } => {
                write!(f, "{path} is ignored: it is not named like a key file")
            }
            Self::ShortNotice { file } => write!(
                f,
                "{file} signs sooner than {} minutes after it was first seen: other nodes and services may \
                 not know it yet",
                FAIR_WARNING.num_minutes()
            ),
            Self::FarAhead { file } => write!(
                f,
                "{file} signs later than keys.rotate_after and keys.publish_ahead allow: it was written \
                 while a clock was ahead, or the clock of this machine is behind. `signet keys rotate` \
                 creates no other successor while this file exists"
            ),
            Self::Crowded { published } => write!(
                f,
                "{published} keys are published; some consumers accept only {MOST_PUBLISHED}"
            ),
        }
    }
}
