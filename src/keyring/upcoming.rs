//! What signs, and what comes next.

use chrono::{DateTime, Utc};

use super::{KeyKind, KeyPhase, Keyring};

/// What one kind of key has before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UpcomingKeys {
    /// The kind.
    pub kind: KeyKind,
    /// Since when the present one signs.
    pub signing: Option<DateTime<Utc>>,
    /// When the next one will, if one is waiting.
    pub next: Option<DateTime<Utc>>,
}

impl Keyring {
    /// What each kind that is in use has before it.
    pub fn upcoming(&self, now: DateTime<Utc>) -> Vec<UpcomingKeys> {
        let list = self.list();
        let outlook = |kind| {
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
        let kinds = KeyKind::needed_for(&self.0.settings.algorithms);
        kinds.into_iter().map(outlook).collect()
    }
}
