//! Background tasks of a running service.

use std::{
    convert::Infallible,
    io::{self, IsTerminal},
    time::Duration,
};

use chrono::TimeDelta;
use tokio::signal::unix::Signal;

use super::{reload::RunningService, supervisor};
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
/// file and the configuration. Returns if a SIGHUP arrives because the terminal of this process is gone.
pub(super) async fn reload_periodically(service: &mut RunningService, mut hangup: Signal) {
    let every = service.app.config.keys.read_every;
    let every = every.to_std().unwrap_or_default();
    let had_terminal = io::stderr().is_terminal();
    while io::stderr().is_terminal() == had_terminal {
        if tokio::time::timeout(every, hangup.recv()).await.is_ok() {
            supervisor::reloading();
            let app = &service.app;
            tokio::join!(app.store.reload_login(), reload_keys_and_certificate(app));
            // After the keys, because a new client may need a new key. A secret may belong to a setting that
            // changes with it, so secrets of a refused configuration are not read.
            if service.reload().await {
                service.app.config.reload_secrets().await;
            }
            supervisor::ready();
        } else {
            reload_keys_and_certificate(&service.app).await;
        }
    }
}

async fn reload_keys_and_certificate(app: &App) {
    let reload_certificate = async {
        if let Some(tls) = &app.config.tls {
            tls.reload().await;
        }
    };
    let read_keys = app.tokens.rotation().read(app.clock.now());
    tokio::join!(read_keys, reload_certificate);
}
