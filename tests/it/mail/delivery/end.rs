//! Waiting mails at shutdown.

use super::sending;
use crate::support::{process::free_address, smtp::MailServer};

/// Enough for a responding server, even on a slow machine.
const PATIENCE: (&str, &str) = ("SIGNET_HTTP__SHUTDOWN_GRACE", "5m");
const GRACE: (&str, &str) = ("SIGNET_HTTP__SHUTDOWN_GRACE", "2s");

#[test]
fn queued_mail_is_sent_at_shutdown() {
    let address = free_address();
    let mut service = sending(&format!("smtp://{address}"), &[PATIENCE]);
    for number in 0..20 {
        service.request_sign_up(&format!("ada{number}@example.com"));
    }
    service.wait_for_log("an email could not be sent and is retried later");
    assert_eq!(service.mails(), (0, 0, 20));
    let Some(server) = MailServer::start_at(address, &[]) else {
        return;
    };
    // Long before the next attempt of most mails.
    service.signal("-TERM");
    let (status, printed) = service.ended();
    assert!(status.success(), "{printed}");
    assert_eq!(server.received_mails(20).len(), 20);
    assert!(printed.contains("\nStopped.\n"), "{printed}");
}

#[test]
fn slow_unsent_mail_is_counted_at_shutdown() {
    let Some(silent) = MailServer::start(&[("HABIT", "silent")]) else {
        return;
    };
    let nowhere = free_address().port();
    for port in [nowhere, silent.port] {
        let mut service = sending(&format!("smtp://127.0.0.1:{port}"), &[GRACE]);
        for number in 0..7 {
            service.request_sign_up(&format!("ada{number}@example.com"));
        }
        if port == nowhere {
            service.wait_for_log("an email could not be sent and is retried later");
        }
        service.signal("-TERM");
        // The service ends within a minute.
        let (status, printed) = service.ended();
        assert!(status.success(), "{printed}");
        assert!(
            printed.contains("\"emails were lost: the service stopped\""),
            "{printed}"
        );
        assert!(printed.contains("\nStopped; 7 emails lost.\n"), "{printed}");
        assert!(!printed.contains("ada0"), "{printed}");
    }
}
