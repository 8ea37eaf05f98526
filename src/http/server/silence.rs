//! When a connection has gone quiet: nothing is being answered, and nothing new has been asked.
//!
//! Whatever a client does instead of asking counts as silence: a beginning without an end, an
//! HTTP/2 connection that is only kept alive, answers that are never read, frames without a request.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::watch,
    time::{Instant, sleep_until},
};

/// How long a client may be silent where places for connections run out.
const HURRIED: Duration = Duration::from_secs(1);

/// What a connection is asked: noted by each request, and looked at when a silence might be over.
/// Nobody is woken for it, since nearly every request comes long before that.
#[derive(Clone)]
pub(super) struct Asked(Arc<Inner>);

struct Inner {
    begun: Instant,
    /// Requests that are being answered.
    in_flight: AtomicUsize,
    /// When the last one was answered, in milliseconds since the beginning.
    answered: AtomicU64,
}

impl Asked {
    /// Nothing so far.
    pub(super) fn nothing() -> Self {
        Self(Arc::new(Inner {
            begun: Instant::now(),
            in_flight: AtomicUsize::new(0),
            answered: AtomicU64::new(0),
        }))
    }

    /// Since when nothing has been asked; `None` while something is being answered.
    fn quiet_since(&self) -> Option<Instant> {
        let is_idle = self.0.in_flight.load(Ordering::Acquire) == 0;
        let answered = Duration::from_millis(self.0.answered.load(Ordering::Acquire));
        is_idle.then(|| self.0.begun + answered)
    }
}

/// A request that is being answered, until it is dropped.
pub(super) struct InFlight(Asked);

impl InFlight {
    pub(super) fn among(asked: &Asked) -> Self {
        asked.0.in_flight.fetch_add(1, Ordering::AcqRel);
        Self(asked.clone())
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        let Inner {
            begun,
            in_flight,
            answered,
        } = &*self.0.0;
        let now = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        answered.fetch_max(now, Ordering::AcqRel);
        in_flight.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Waits until no request has been in flight for as long as `patience`, or less where places are
/// `pressed` for.
pub(super) async fn silence(asked: Asked, mut pressed: watch::Receiver<bool>, patience: Duration) {
    let begun = Instant::now();
    loop {
        let patience = if *pressed.borrow_and_update() {
            patience.min(HURRIED)
        } else {
            patience
        };
        let now = Instant::now();
        // What is quiet by now was not necessarily so when this began to wait.
        let quiet_since = asked.quiet_since().map_or(now, |since| since.max(begun));
        let until = quiet_since + patience;
        if until <= now {
            return;
        }
        tokio::select! {
            Ok(()) = pressed.changed() => {}
            () = sleep_until(until) => {}
        }
    }
}
