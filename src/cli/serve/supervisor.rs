//! Messages to the service manager that started this process, such as systemd with `Type=notify`.

use sd_notify::NotifyState;

/// Reports that the service listens and that the start is complete.
pub(super) fn ready() {
    send(&[NotifyState::Ready]);
}

/// Reports that a reload has begun. [`ready`] reports its end.
pub(super) fn reloading() {
    // systemd compares the time with its own, to tell an old message from a new one.
    match NotifyState::monotonic_usec_now() {
        Ok(now) => send(&[NotifyState::Reloading, now]),
        Err(_) => send(&[NotifyState::Reloading]),
    }
}

/// Reports that the service stops: it answers the last requests and then exits.
pub(super) fn stopping() {
    send(&[NotifyState::Stopping]);
}

/// Sends the states to the socket that the environment variable `NOTIFY_SOCKET` names, if any.
fn send(states: &[NotifyState]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "the service manager cannot be notified (NOTIFY_SOCKET)");
    }
}
