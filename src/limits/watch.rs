//! The time that budgets are filled by.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use governor::clock;

use crate::{clock::Clock, config::LONGEST_WINDOW};

/// A clock that only goes forward, in the whole seconds of [`Clock`].
///
/// When the machine's clock is set back this one goes on from where it was: what was spent in an
/// hour that never came would otherwise be missing until it does.
#[derive(Debug, Clone)]
pub(super) struct Watch {
    clock: Clock,
    reading: Arc<Mutex<Reading>>,
}

#[derive(Debug)]
struct Reading {
    last: DateTime<Utc>,
    elapsed: Duration,
}

impl Watch {
    pub(super) fn new(clock: Clock) -> Self {
        let reading = Reading {
            last: clock.now(),
            elapsed: Duration::ZERO,
        };
        Self {
            clock,
            reading: Arc::new(Mutex::new(reading)),
        }
    }
}

impl clock::Clock for Watch {
    type Instant = Duration;

    fn now(&self) -> Duration {
        let now = self.clock.now();
        let mut reading = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
        // A jump beyond the longest window fills every budget, however far it goes.
        let step = now.signed_duration_since(reading.last);
        let step = step.clamp(TimeDelta::zero(), LONGEST_WINDOW);
        reading.elapsed += step.to_std().unwrap_or_default();
        reading.last = now;
        reading.elapsed
    }
}
