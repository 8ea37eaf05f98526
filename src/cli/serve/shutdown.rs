//! The end of the service: the signals that stop it, the deliveries that it finishes, and its last message.

use std::{io, time::Duration};

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{
    background::{reload_periodically, watch_clock},
    reload::RunningService,
    supervisor,
};
use crate::{
    backchannel_logout::BackchannelLogout, cli::counted, clock::Clock, mail::MailShutdown,
};

/// The minimum time for queued emails and logout notifications at shutdown, even if responses have used all of
/// `http.shutdown_grace`.
const MIN_DELIVERY_TIME: Duration = Duration::from_secs(1);

/// The signals that stop the service. They no longer end the process.
pub(super) struct StopSignals {
    terminate: Signal,
    interrupt: Signal,
}

/// The numbers of messages that were not delivered.
pub(super) struct Undelivered {
    mails: u64,
    logouts: u64,
}

impl StopSignals {
    pub(super) fn handle() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }
}

/// Reloads the service and watches the clock until a signal stops the service. Returns the time for which the service still
/// accepts connections. A second interrupt ends the process immediately.
pub(super) async fn until_stopped(
    mut running: RunningService,
    signals: StopSignals,
    hangup: Signal,
    clock: Clock,
) -> Duration {
    let StopSignals {
        mut terminate,
        mut interrupt,
    } = signals;
    let configured = running.app.config.http.drain;
    let drain = tokio::select! {
        _ = terminate.recv() => configured,
        _ = interrupt.recv() => Duration::ZERO,
        () = reload_periodically(&mut running, hangup) => configured,
        never = watch_clock(clock) => match never {},
    };
    supervisor::stopping();
    tokio::spawn(async move {
        interrupt.recv().await;
        std::process::exit(130);
    });
    drain
}

/// Waits for queued mails and logout notifications for `left`, and at least for [`MIN_DELIVERY_TIME`].
pub(super) async fn finish_deliveries(
    mails: Option<MailShutdown>,
    logouts: &BackchannelLogout,
    left: Duration,
) -> Undelivered {
    let grace = left.max(MIN_DELIVERY_TIME);
    let mails = async {
        match mails {
            Some(mails) => mails.finish(grace).await,
            None => 0,
        }
    };
    let (mails, logouts) = tokio::join!(mails, logouts.finish(grace));
    Undelivered { mails, logouts }
}

/// Returns the last message, which counts all that was cut off or not delivered.
pub(super) fn stop_message(cut_off: usize, undelivered: &Undelivered) -> String {
    let number = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
    let Undelivered { mails, logouts } = *undelivered;
    let ends = [
        (cut_off, "connection", "cut off"),
        (number(mails), "email", "lost"),
        (number(logouts), "logout notification", "dropped"),
    ];
    let ends = ends.iter().filter(|(number, ..)| *number > 0);
    let ends = ends.map(|(number, what, end)| format!("; {} {end}", counted(*number, what)));
    format!("Stopped{}.", ends.collect::<String>())
}
