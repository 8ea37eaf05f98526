//! Warnings about a folder of keys that can be used.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};

use super::KeyFileName;

/// The shortest time between the first sighting of a key and its first signature. Consumers that respect
/// the cache headers may keep a key set without the new key for this long. Others keep key sets longer, so
/// a day is better.
const MIN_NOTICE: TimeDelta = TimeDelta::minutes(10);

/// The largest number of published keys that every consumer accepts (AWS ALB: 10).
const MOST_PUBLISHED: usize = 10;

/// A warning about a folder that can be used.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyringWarning {
    /// A file that is not a key, and is ignored.
    NotAKey {
        /// Its path.
        path: String,
    },
    /// A key or secret that signs before every node and consumer can have it.
    ShortNotice {
        /// Its file.
        file: KeyFileName,
    },
    /// A key or secret that signs later than a rotation by this clock would set it.
    FarAhead {
        /// Its file.
        file: KeyFileName,
    },
    /// The folder publishes more keys than some consumers accept.
    TooManyKeys {
        /// The number of published keys.
        published: usize,
    },
}

impl KeyringWarning {
    /// Warns if a key that was first seen at that time signs too soon.
    pub(super) fn short_notice(file: KeyFileName, seen: DateTime<Utc>) -> Option<Self> {
        (file.signs_from < seen + MIN_NOTICE).then_some(Self::ShortNotice { file })
    }

    /// Warns if a key signs later than `latest`.
    pub(super) fn far_ahead(file: KeyFileName, latest: DateTime<Utc>) -> Option<Self> {
        (file.signs_from > latest).then_some(Self::FarAhead { file })
    }

    /// Warns if that many keys are too many.
    pub(super) fn too_many_keys(published: usize) -> Option<Self> {
        (published > MOST_PUBLISHED).then_some(Self::TooManyKeys { published })
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
                MIN_NOTICE.num_minutes()
            ),
            Self::FarAhead { file } => write!(
                f,
                "{file} signs later than keys.rotate_after and keys.publish_ahead allow: it was written \
                 while a clock was ahead, or the clock of this machine is behind. `signet keys rotate` \
                 creates no other successor while this file exists"
            ),
            Self::TooManyKeys { published } => write!(
                f,
                "{published} keys are published; some consumers accept only {MOST_PUBLISHED}"
            ),
        }
    }
}
