//! The clocks of the nodes.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use signet::clock::Clock;
use tokio::time::Instant;

use super::chance::Chance;

/// The wall time at which every world begins: 2020-01-01T00:00:00Z.
pub(super) fn beginning() -> DateTime<Utc> {
    DateTime::from_timestamp(1_577_836_800, 0).unwrap()
}

/// The largest difference of a clock from the time of the world. Two clocks differ by at most twice this time, which is
/// less than `tokens.leeway` (30 s).
const MAX_OFFSET: u64 = 14_000;

/// The largest drift, in millionths.
const MAX_DRIFT: u64 = 100;

/// The wall clock of a node: the time of the world with an offset, a drift and steps.
#[derive(Debug)]
pub(super) struct NodeClock {
    origin: Instant,
    drift: i64,
    offset: AtomicI64,
}

impl NodeClock {
    pub(super) fn new(origin: Instant, chance: &Chance) -> Arc<Self> {
        let drift = i64::try_from(chance.below(2 * MAX_DRIFT)).unwrap();
        let clock = Self {
            origin,
            drift: drift - i64::try_from(MAX_DRIFT).unwrap(),
            offset: AtomicI64::new(0),
        };
        clock.step(chance);
        Arc::new(clock)
    }

    /// Sets the clock to another offset, and returns this offset in milliseconds.
    pub(super) fn step(&self, chance: &Chance) -> i64 {
        let offset = i64::try_from(chance.below(2 * MAX_OFFSET)).unwrap();
        let offset = offset - i64::try_from(MAX_OFFSET).unwrap();
        self.offset.store(offset, Ordering::Relaxed);
        offset
    }

    /// The present time by this clock.
    pub(super) fn now(&self) -> DateTime<Utc> {
        let elapsed = i64::try_from(self.elapsed().as_micros()).unwrap();
        let drifted = elapsed + elapsed * self.drift / 1_000_000;
        let offset = TimeDelta::milliseconds(self.offset.load(Ordering::Relaxed));
        beginning() + TimeDelta::microseconds(drifted) + offset
    }

    fn elapsed(&self) -> Duration {
        self.origin.elapsed()
    }

    /// The clock as the service reads it.
    pub(super) fn handle(self: &Arc<Self>) -> Clock {
        let (wall, monotonic) = (self.clone(), self.clone());
        Clock::with_monotonic(move || wall.now(), move || monotonic.elapsed())
    }
}
