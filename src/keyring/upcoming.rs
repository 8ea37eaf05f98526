//! The present and the next key of each kind.

use chrono::{DateTime, Utc};

use super::{KeyKind, KeyPhase, Keyring};

/// The present and the next key of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UpcomingKeys {
    /// The kind.
    pub kind: KeyKind,
    /// The time since which the present key signs.
    pub signing: Option<DateTime<Utc>>,
    /// The time from which the next key signs, if there is one.
    pub next: Option<DateTime<Utc>>,
}

impl Keyring {
    /// Returns the present and the next key of each kind that is in use.
    pub fn upcoming(&self, now: DateTime<Utc>) -> Vec<UpcomingKeys> {
        let list = self.list();
        let of_kind = |kind| {
            let begins = |phase| {
                let mut files = list.iter().filter(|(file, ..)| file.kind == kind);
                let found = files.find(|(_, _, window)| window.phase(now) == phase);
                found.map(|(file, ..)| file.signs_from)
            };
            UpcomingKeys {
                kind,
                signing: begins(KeyPhase::Signing),
                next: begins(KeyPhase::Upcoming),
            }
        };
        let kinds = KeyKind::needed_for(&self.settings().algorithms);
        kinds.into_iter().map(of_kind).collect()
    }
}
