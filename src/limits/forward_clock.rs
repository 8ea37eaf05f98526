//! The clock by which budgets are refilled.

use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use crate::{clock::Clock, config::LONGEST_WINDOW};

/// A clock that only moves forward, in the whole seconds of [`Clock`].
///
/// When the machine's clock is set back, this clock continues from its last time. Otherwise budgets that
/// were charged at a time in the future would stay exhausted until that time.
#[derive(Debug)]
pub(super) struct ForwardClock {
    clock: Clock,
    reading: Mutex<ForwardReading>,
}

#[derive(Debug)]
struct ForwardReading {
    last: DateTime<Utc>,
    /// The elapsed time, in nanoseconds.
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

    /// Returns the time of the machine's clock.
    pub(super) fn time(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Returns the nanoseconds since this clock was created.
    pub(super) fn now(&self) -> u64 {
        let mut reading = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
        // The clock is read under the lock, because readings in the wrong order would count a second twice.
        let now = self.clock.now();
        // A jump beyond the longest window fills every budget, however large the jump is.
        let step = now.signed_duration_since(reading.last);
        let step = step.clamp(TimeDelta::zero(), LONGEST_WINDOW);
        let step = u64::try_from(step.num_nanoseconds().unwrap_or_default()).unwrap_or_default();
        reading.elapsed = reading.elapsed.saturating_add(step);
        reading.last = now;
        reading.elapsed
    }
}
