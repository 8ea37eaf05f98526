//! One budget: so many in so long, for everybody who has one of their own.

use std::time::Duration;

use governor::{Quota, RateLimiter, clock::Clock, middleware::NoOpMiddleware};

use super::{
    Whose,
    table::{Ask, Name, Table},
    watch::Watch,
};
use crate::config::Rate;

/// A budget that fills up evenly (GCRA): at once no more than its rate allows in a window, and
/// then one more each time that fraction of the window has passed.
#[derive(Debug)]
pub(super) struct Budget {
    pub(super) whose: Whose,
    pub(super) rate: Rate,
    /// Tells it from the others in its table.
    id: u8,
    table: Table,
    limiter: RateLimiter<Ask, Table, Watch, NoOpMiddleware<Duration>>,
}

impl Budget {
    pub(super) fn new(whose: Whose, rate: Rate, table: &Table, watch: &Watch) -> Self {
        let quota = Quota::with_period(rate.interval())
            .unwrap_or_else(|| Quota::per_second(rate.count))
            .allow_burst(rate.count);
        Self {
            whose,
            rate,
            id: table.next_id(),
            table: table.clone(),
            limiter: RateLimiter::new(quota, table.clone(), watch.clone()),
        }
    }

    /// Spends one, or looks whether one could be spent. `Err` says how long to wait.
    pub(super) fn spend(&self, name: Name, pays: bool) -> Result<(), Duration> {
        let key = (self.id, name);
        self.limiter
            .check_key(&Ask { key, pays })
            .map_err(|until| until.wait_time_from(self.limiter.clock().now()))
    }

    /// Gives somebody one back.
    pub(super) fn give_back(&self, name: Name) {
        let cost = self.rate.interval().into();
        self.table.give_back(&(self.id, name), cost);
    }

    /// Fills somebody's up.
    pub(super) fn refill(&self, name: Name) {
        self.table.forget(&(self.id, name));
    }
}
