//! The only source of time.
//!
//! Times are whole seconds: the unit of a `NumericDate` (RFC 7519 §2), which both databases return exactly as
//! it was stored. HTTP reads the clock once per request and passes `now` to everything below.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};

/// A source of the current time that is cheap to clone.
#[derive(Clone)]
pub struct Clock {
    wall: Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>,
    monotonic: Arc<dyn Fn() -> Duration + Send + Sync>,
}

impl Clock {
    /// Returns the machine's clock.
    pub fn system() -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "the one place that reads the machine's clock"
        )]
        Self::from_fn(Utc::now)
    }

    /// Creates a clock that calls `wall` for every reading.
    pub fn from_fn(wall: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        let started = Instant::now();
        Self::with_monotonic(wall, move || started.elapsed())
    }

    /// Creates a clock that calls `wall` for every reading of the time, and `elapsed` for the time since a fixed
    /// moment, which changes of the wall clock do not affect.
    pub fn with_monotonic(
        wall: impl Fn() -> DateTime<Utc> + Send + Sync + 'static,
        elapsed: impl Fn() -> Duration + Send + Sync + 'static,
    ) -> Self {
        Self {
            wall: Arc::new(wall),
            monotonic: Arc::new(elapsed),
        }
    }

    /// Returns the current time in whole seconds.
    pub fn now(&self) -> DateTime<Utc> {
        (self.wall)().trunc_subsecs(0)
    }

    /// Returns the current time in microseconds, by which log lines are sorted.
    pub fn now_to_the_microsecond(&self) -> DateTime<Utc> {
        (self.wall)().trunc_subsecs(6)
    }

    fn reading(&self) -> ClockReading {
        ClockReading {
            wall: (self.wall)(),
            monotonic: (self.monotonic)(),
        }
    }
}

/// A reading of both clocks.
#[derive(Debug, Clone, Copy)]
struct ClockReading {
    wall: DateTime<Utc>,
    monotonic: Duration,
}

/// Detects steps of the wall clock: changes that the monotonic clock does not confirm.
#[derive(Debug)]
pub struct StepDetector {
    clock: Clock,
    last: ClockReading,
}

impl StepDetector {
    /// The smallest change that counts as a step. Slewing changes a clock by far less in the time
    /// between two checks.
    pub const THRESHOLD: TimeDelta = TimeDelta::seconds(1);

    /// Creates a detector that compares later readings with the present one.
    pub fn new(clock: Clock) -> Self {
        let last = clock.reading();
        Self { clock, last }
    }

    /// Returns by how much the wall clock was stepped since the last check: negative for a step backwards,
    /// `None` if the two clocks agree to within [`THRESHOLD`](Self::THRESHOLD).
    pub fn check(&mut self) -> Option<TimeDelta> {
        let before = self.last;
        self.last = self.clock.reading();
        let by_wall = self.last.wall - before.wall;
        let elapsed = self.last.monotonic.saturating_sub(before.monotonic);
        let step = by_wall - TimeDelta::from_std(elapsed).ok()?;
        (step.abs() > Self::THRESHOLD).then_some(step)
    }
}

/// Admits one event in each interval, so that a repeated log line does not fill the log.
#[derive(Debug)]
pub struct Throttle {
    interval: TimeDelta,
    last: Mutex<Option<DateTime<Utc>>>,
}

impl Throttle {
    /// Creates a throttle that admits one event in each `interval`.
    pub fn every(interval: TimeDelta) -> Self {
        let last = Mutex::default();
        Self { interval, last }
    }

    /// Returns whether the event at `now` is admitted. A clock that was set back delays the next event by at
    /// most one interval.
    pub fn admits(&self, now: DateTime<Utc>) -> bool {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = last.is_none_or(|last| (now - last).abs() >= self.interval);
        if is_due {
            *last = Some(now);
        }
        is_due
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

    use super::*;

    #[test]
    fn steps_in_both_directions_are_detected_once_and_slewing_is_ignored() {
        let wall = Arc::new(AtomicI64::new(1_000_000));
        let monotonic = Arc::new(AtomicU64::new(5_000));
        let clock = Clock::with_monotonic(
            {
                let wall = wall.clone();
                move || {
                    let millis = wall.load(Ordering::Relaxed);
                    DateTime::UNIX_EPOCH + TimeDelta::milliseconds(millis)
                }
            },
            {
                let monotonic = monotonic.clone();
                move || Duration::from_millis(monotonic.load(Ordering::Relaxed))
            },
        );
        let mut detector = StepDetector::new(clock);
        let mut after = |by_wall: i64, elapsed: u64| {
            wall.fetch_add(by_wall, Ordering::Relaxed);
            monotonic.fetch_add(elapsed, Ordering::Relaxed);
            detector.check().map(|step| step.num_milliseconds())
        };
        assert_eq!(after(5_000, 5_000), None);
        assert_eq!(after(4_000, 5_000), None);
        assert_eq!(after(-3_595_000, 5_000), Some(-3_600_000));
        assert_eq!(after(5_000, 5_000), None);
        assert_eq!(after(3_999, 5_000), Some(-1_001));
        assert_eq!(after(65_000, 5_000), Some(60_000));
        assert_eq!(after(0, 0), None);
    }

    #[test]
    fn one_event_per_interval_is_admitted_even_after_a_step_backwards() {
        let limit = Throttle::every(TimeDelta::minutes(1));
        let at = |seconds| DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds);
        let admitted = [0, 59, 60, 61, 119, 120, 0, 59, 60].map(|second| limit.admits(at(second)));
        let expected = [true, false, true, false, false, true, true, false, true];
        assert_eq!(admitted, expected);
    }
}
