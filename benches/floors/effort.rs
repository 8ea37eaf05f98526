//! How long to measure.

use std::time::Duration;

/// How long to measure.
pub struct Effort {
    /// Pairs of batches in one process.
    pub rounds: usize,
    /// About how long a batch takes.
    pub batch: Duration,
    /// Pairs of spells of load over HTTP.
    pub spells: usize,
    /// How long a spell takes.
    pub spell: Duration,
    /// How often to start the program.
    pub starts: usize,
    /// How many requests to count the instructions of.
    pub counted_requests: usize,
    /// How many logins to count the instructions of: each takes seconds.
    pub counted_logins: usize,
}

impl Effort {
    /// Long enough to believe.
    pub const FULL: Self = Self {
        rounds: 100,
        batch: Duration::from_millis(10),
        spells: 12,
        spell: Duration::from_millis(500),
        starts: 15,
        counted_requests: 400,
        counted_logins: 8,
    };

    /// Just long enough to see that everything runs.
    pub const QUICK: Self = Self {
        rounds: 3,
        batch: Duration::from_millis(2),
        spells: 2,
        spell: Duration::from_millis(50),
        starts: 2,
        counted_requests: 8,
        counted_logins: 1,
    };
}
