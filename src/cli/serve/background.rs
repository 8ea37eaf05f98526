//! What a running service does besides answering requests.

use std::{
    convert::Infallible,
    io::{self, IsTerminal},
    time::Duration,
};

use chrono::TimeDelta;
use tokio::signal::unix::Signal;

use crate::{
    app::App,
    clock::{Clock, StepDetector},
};

/// How often the clock is compared with the monotonic clock.
const CLOCK_CHECK: Duration = Duration::from_secs(2);

/// Logs each step of the clock, within a few seconds.
pub(super) async fn watch_clock(clock: Clock) -> Infallible {
    let mut detector = StepDetector::new(clock);
    loop {
        tokio::time::sleep(CLOCK_CHECK).await;
        match detector.check() {
            Some(step) if step < TimeDelta::zero() => tracing::warn!(
                seconds = step.num_seconds(),
                "the clock was set back: tokens issued before are answered with 503 while their issue time \
                 is ahead of this clock by more than tokens.leeway. Check the time synchronization of this \
                 machine"
            ),
            Some(step) => tracing::info!(
                seconds = step.num_seconds(),
                "the clock was set forward, or the machine was suspended"
            ),
            None => {}
        }
    }
}

/// Reads the folder of keys again every `keys.read_every`, and at a SIGHUP; at a SIGHUP also every secret
/// that lies in a file of its own. A SIGHUP that comes because the terminal of this process is gone ends
/// it.
pub(super) async fn follow_keys(app: &App, mut reread: Signal) {
    let every = app.config.keys.read_every.to_std().unwrap_or_default();
    let had_terminal = io::stderr().is_terminal();
    while io::stderr().is_terminal() == had_terminal {
        if tokio::time::timeout(every, reread.recv()).await.is_ok() {
            tokio::join!(
                app.config.reload_secrets(),
                app.store.reload_login(),
                app.tokens.rotation().read(app.clock.now()),
            );
        } else {
            app.tokens.rotation().read(app.clock.now()).await;
        }
    }
}
