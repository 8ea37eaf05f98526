//! Background tasks of a running service.

use std::{
    convert::Infallible,
    io::{self, IsTerminal},
    time::Duration,
};

use chrono::TimeDelta;
use tokio::signal::unix::Signal;

use super::supervisor;
use crate::{
    app::App,
    clock::{Clock, StepDetector},
};

/// The interval at which the clock is compared with the monotonic clock.
const CLOCK_CHECK: Duration = Duration::from_secs(2);

/// Logs each step of the clock within a few seconds.
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

/// Reads the key folder and the TLS certificate again every `keys.read_every` and at SIGHUP; at SIGHUP also every secret
/// file. Returns if a SIGHUP arrives because the terminal of this process is gone.
pub(super) async fn reload_periodically(app: &App, mut hangup: Signal) {
    let reload_certificate = async || {
        if let Some(tls) = &app.config.tls {
            tls.reload().await;
        }
    };
    let every = app.config.keys.read_every.to_std().unwrap_or_default();
    let had_terminal = io::stderr().is_terminal();
    while io::stderr().is_terminal() == had_terminal {
        if tokio::time::timeout(every, hangup.recv()).await.is_ok() {
            supervisor::reloading();
            tokio::join!(
                app.config.reload_secrets(),
                app.store.reload_login(),
                app.tokens.rotation().read(app.clock.now()),
                reload_certificate(),
            );
            supervisor::ready();
        } else {
            let read = app.tokens.rotation().read(app.clock.now());
            tokio::join!(read, reload_certificate());
        }
    }
}
