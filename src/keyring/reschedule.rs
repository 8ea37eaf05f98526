//! Applies new settings to the keys in use.

use std::sync::{MutexGuard, PoisonError};

use chrono::{DateTime, Utc};

use super::{Keyring, KeyringError, ScheduleSettings, snapshot::KeyringSnapshot, unschedulable};
use crate::config;

impl Keyring {
    /// Applies settings that clients have changed: the algorithms in use, and the time for which secrets verify.
    /// Reads no file.
    ///
    /// # Errors
    /// The same as at a start, such as an algorithm without a key. Nothing is changed then.
    pub fn reschedule(
        &self,
        settings: &config::KeysConfig,
        now: DateTime<Utc>,
    ) -> Result<(), Vec<KeyringError>> {
        let mut used = self.settings();
        let settings = ScheduleSettings::new(settings, self.0.leeway);
        let before = self.0.snapshot.load_full();
        let after = KeyringSnapshot::new(before.files(), &settings, now)
            .map_err(|reasons| unschedulable(&self.0.folder, reasons))?;
        self.0.snapshot.store(after.replacing(&before).into());
        *used = settings;
        Ok(())
    }

    pub(super) fn settings(&self) -> MutexGuard<'_, ScheduleSettings> {
        self.0
            .settings
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
