//! When a connection has gone quiet: nothing is being answered, and nothing new has been asked.
//!
//! Whatever a client does instead of asking counts as silence: a beginning without an end, an
//! HTTP/2 connection that is only kept alive, answers that are never read, frames without a request.

use std::time::Duration;

use tokio::{
    sync::watch,
    time::{Instant, sleep_until},
};

/// How long a client may be silent where places for connections run out.
const HURRIED: Duration = Duration::from_secs(1);

/// A request that is being answered, until it is dropped.
pub(super) struct InFlight(watch::Sender<usize>);

impl InFlight {
    pub(super) fn among(requests: &watch::Sender<usize>) -> Self {
        requests.send_modify(|requests| *requests += 1);
        Self(requests.clone())
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.send_modify(|requests| *requests -= 1);
    }
}

/// Waits until no request has been in flight for as long as `patience`, or less where places are
/// `pressed` for.
pub(super) async fn silence(
    mut requests: watch::Receiver<usize>,
    mut pressed: watch::Receiver<bool>,
    patience: Duration,
) {
    let mut since = Instant::now();
    loop {
        let is_idle = *requests.borrow_and_update() == 0;
        let patience = if *pressed.borrow_and_update() {
            patience.min(HURRIED)
        } else {
            patience
        };
        tokio::select! {
            Ok(()) = requests.changed() => since = Instant::now(),
            Ok(()) = pressed.changed() => {}
            () = sleep_until(since + patience), if is_idle => return,
            else => std::future::pending().await,
        }
    }
}
