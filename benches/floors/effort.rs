//! The duration of measurements.

use std::time::Duration;

/// The duration of measurements.
pub struct Effort {
    /// The number of pairs of batches in one process.
    pub rounds: usize,
    /// The approximate duration of a batch.
    pub batch: Duration,
    /// The number of pairs of load intervals over HTTP.
    pub intervals: usize,
    /// The duration of a load interval.
    pub interval: Duration,
    /// The number of starts of the program.
    pub starts: usize,
    /// The number of requests whose instructions are counted.
    pub counted_requests: usize,
    /// The number of logins whose instructions are counted. Each takes seconds.
    pub counted_logins: usize,
}

impl Effort {
    /// Long enough for reliable results.
    pub const FULL: Self = Self {
        rounds: 100,
        batch: Duration::from_millis(10),
        intervals: 12,
        interval: Duration::from_millis(500),
        starts: 15,
        counted_requests: 400,
        counted_logins: 8,
    };

    /// Long enough to check that everything runs.
    pub const QUICK: Self = Self {
        rounds: 3,
        batch: Duration::from_millis(2),
        intervals: 2,
        interval: Duration::from_millis(50),
        starts: 2,
        counted_requests: 8,
        counted_logins: 1,
    };
}
