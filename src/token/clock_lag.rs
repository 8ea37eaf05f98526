//! Detects that this node's clock is behind the clocks of the nodes that issue tokens.
//!
//! Only times in tokens whose signature or seal has been verified are used, so a forged token changes
//! nothing.

use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use crate::clock::Throttle;

/// The time for which the largest difference is reported after it was seen.
const WINDOW: TimeDelta = TimeDelta::minutes(5);

/// The shortest time between two warnings of one kind.
const WARN_EVERY: TimeDelta = TimeDelta::minutes(1);

/// The largest clock difference that verified tokens have shown, and the limits of its warnings.
#[derive(Debug)]
pub(super) struct ClockLag {
    largest: Mutex<Option<SeenLag>>,
    behind: Throttle,
    missing_secret: Throttle,
}

#[derive(Debug, Clone, Copy)]
struct SeenLag {
    lag: TimeDelta,
    at: DateTime<Utc>,
}

impl SeenLag {
    fn is_current(self, now: DateTime<Utc>) -> bool {
        (now - self.at).abs() < WINDOW
    }
}

impl ClockLag {
    pub(super) fn new() -> Self {
        Self {
            largest: Mutex::default(),
            behind: Throttle::every(WARN_EVERY),
            missing_secret: Throttle::every(WARN_EVERY),
        }
    }

    /// Compares the clock with the time of issue of a verified token. Warns, at most once a minute, of a
    /// difference beyond `leeway`.
    pub(super) fn observe(&self, issued: DateTime<Utc>, now: DateTime<Utc>, leeway: TimeDelta) {
        let lag = issued - now;
        if lag <= TimeDelta::zero() {
            return;
        }
        {
            let mut largest = self.lock();
            if largest.is_none_or(|seen| seen.lag <= lag || !seen.is_current(now)) {
                *largest = Some(SeenLag { lag, at: now });
            }
        }
        if lag > leeway && self.behind.admits(now) {
            tracing::warn!(
                difference_seconds = lag.num_seconds(),
                leeway_seconds = leeway.num_seconds(),
                "a token that was signed with a key of this service was issued in the future: the clock \
                 of this node is behind, or the clock of the node that issued the token is ahead. Such \
                 tokens are answered with 503. Check the time synchronization of every node that shares \
                 these keys"
            );
        }
    }

    /// Warns, at most once a minute, that a token names a secret that this node does not hold.
    pub(super) fn warn_of_missing_secret(&self, now: DateTime<Utc>) {
        if self.missing_secret.admits(now) {
            tracing::warn!("a token names a secret that is newer than all secrets of this node");
        }
    }

    /// Returns the largest difference that was seen in the last five minutes, or zero.
    pub(super) fn largest(&self, now: DateTime<Utc>) -> TimeDelta {
        let seen = self.lock().filter(|seen| seen.is_current(now));
        seen.map_or(TimeDelta::zero(), |seen| seen.lag)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<SeenLag>> {
        self.largest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn largest_difference_of_the_last_five_minutes_is_reported() {
        let clock_lag = ClockLag::new();
        let leeway = TimeDelta::seconds(30);
        let at = |seconds| DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds);
        let reported = |now| clock_lag.largest(at(now)).num_seconds();
        clock_lag.observe(at(100), at(100), leeway);
        clock_lag.observe(at(90), at(100), leeway);
        assert_eq!(reported(100), 0);
        clock_lag.observe(at(140), at(100), leeway);
        clock_lag.observe(at(105), at(101), leeway);
        assert_eq!(reported(101), 40);
        assert_eq!(reported(399), 40);
        assert_eq!(reported(400), 0);
        // An outdated difference is replaced by a smaller one.
        clock_lag.observe(at(405), at(400), leeway);
        assert_eq!(reported(400), 5);
        // A clock that is corrected by more than the window has no difference any more.
        clock_lag.observe(at(4_000), at(400), leeway);
        assert_eq!(reported(4_000), 0);
    }
}
