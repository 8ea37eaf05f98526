//! The time that budgets are filled by.

use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use crate::{clock::Clock, config::LONGEST_WINDOW};

/// A clock that only goes forward, in the whole seconds of [`Clock`].
///
/// When the machine's clock is set back this one goes on from where it was: what was spent in an
/// hour that never came would otherwise be missing until it does.
#[derive(Debug)]
pub(super) struct ForwardClock {
    clock: Clock,
    reading: Mutex<ForwardReading>,
}

#[derive(Debug)]
struct ForwardReading {
    last: DateTime<Utc>,
    /// In nanoseconds.
    elapsed: u64,
}

impl ForwardClock {
    pub(super) fn new(clock: Clock) -> Self {
        let reading = ForwardReading {
            last: clock.now(),
            elapsed: 0,
        };
        Self {
            clock,
            reading: Mutex::new(reading),
        }
    }

    /// The nanoseconds since the watch was made.
    pub(super) fn now(&self) -> u64 {
        let mut reading = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
        // Read under the lock: readings that overtake each other would count a second twice.
        let now = self.clock.now();
        // A jump beyond the longest window fills every budget, however far it goes.
        let step = now.signed_duration_since(reading.last);
        let step = step.clamp(TimeDelta::zero(), LONGEST_WINDOW);
        let step = u64::try_from(step.num_nanoseconds().unwrap_or_default()).unwrap_or_default();
        reading.elapsed = reading.elapsed.saturating_add(step);
        reading.last = now;
        reading.elapsed
    }
}
