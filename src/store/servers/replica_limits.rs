//! The lag up to which replicas confirm.

use std::time::Duration;

/// The settings of replicas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) struct ReplicaLimits {
    /// `database.max_lag`.
    pub(in crate::store) max_lag: Duration,
    /// `database.orphan_grace`.
    pub(in crate::store) orphan_grace: Duration,
}

impl ReplicaLimits {
    /// Returns the largest lag of a replica that is used. `lost_for` is the time since the loss of the primary, which writes
    /// nothing meanwhile: what counts is the lag at the loss. `None` if it was lost for too long.
    pub(in crate::store) fn most_lag(self, lost_for: Option<Duration>) -> Option<Duration> {
        let lost_for = lost_for.unwrap_or_default();
        (lost_for <= self.orphan_grace).then(|| self.max_lag + lost_for)
    }
}
