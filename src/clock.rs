//! The one source of time.
//!
//! Whole seconds: what a `NumericDate` means (RFC 7519 §2), and what both databases give back
//! exactly as it was stored. HTTP reads the clock once per request; everything inside takes `now`.

use std::{fmt, sync::Arc};

use chrono::{DateTime, SubsecRound, Utc};

/// A cheap handle that tells the time.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>);

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "the one place that reads the machine's clock"
        )]
        Self::from_fn(Utc::now)
    }

    /// A clock that asks `tell` for every reading.
    pub fn from_fn(tell: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        Self(Arc::new(tell))
    }

    /// The present second.
    pub fn now(&self) -> DateTime<Utc> {
        (self.0)().trunc_subsecs(0)
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}
