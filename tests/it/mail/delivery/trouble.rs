//! Busy, rejecting, hanging and absent mail servers, which no request notices.

use std::{collections::BTreeSet, net::TcpListener};

use serde_json::json;

use super::sending;
use crate::support::{
    process::{ServiceProcess, free_address},
    smtp::MailServer,
};

/// The response to a sign-up, without the parts that differ in every response.
fn answer(service: &ServiceProcess, email: &str) -> String {
    let head = "POST /signup HTTP/1.1\r\nContent-Type: application/json";
    let body = json!({"email": email}).to_string();
    let (status, head, body) = service.request(head, &body).unwrap();
    assert_eq!(status, 202);
    let is_old = |line: &&str| {
        let line = line.to_ascii_lowercase();
        !line.starts_with("date: ") && !line.starts_with("x-request-id: ")
    };
    let head: Vec<_> = head.lines().filter(is_old).collect();
    format!("{}\n\n{body}", head.join("\n"))
}

#[test]
fn slow_deferred_mail_is_retried_without_delaying_others() {
    let Some(server) = MailServer::start(&[]) else {
        return;
    };
    let mut service = sending(&format!("smtp://127.0.0.1:{}", server.port), &[]);
    service.request_sign_up("deferred-1@example.com");
    service.wait_for_log("an email could not be sent and is retried later");
    for number in 0..9 {
        service.request_sign_up(&format!("ada{number}@example.com"));
    }
    // Nine later mails have arrived; the first arrives after its delay.
    service.wait_for("the others have come", |_| server.received().len() >= 9);
    let mails = server.received_mails(10);
    assert_eq!(mails[9].recipients, ["deferred-1@example.com"]);
    service.wait_for_mails(10, 0, 0);
    let printed = service.printed();
    let line = printed
        .lines()
        .find(|it| it.contains("retried later"))
        .unwrap();
    for part in [
        "\"code\":451",
        "\"stage\":\"recipient\"",
        "\"mail\":\"confirm-sign-up\"",
        "\"WARN\"",
    ] {
        assert!(line.contains(part), "{line}");
    }
    assert!(!printed.contains("deferred-1"), "{printed}");
    assert!(!printed.contains("busy"), "{printed}");
}

#[test]
fn permanently_rejected_mail_is_dropped_counted_and_logged() {
    let Some(server) = MailServer::start(&[]) else {
        return;
    };
    let mut service = sending(&format!("smtp://127.0.0.1:{}", server.port), &[]);
    service.request_sign_up("unknown@example.com");
    service.request_sign_up("unwanted@example.com");
    service.wait_for_mails(0, 2, 0);
    service.wait_for("both losses are logged", |it| {
        it.printed().matches("\"an email was lost\"").count() == 2
    });
    service.request_sign_up("ada@example.com");
    service.wait_for_mails(1, 2, 0);
    assert_eq!(server.received_mail().recipients, ["ada@example.com"]);
    let printed = service.printed();
    let lost: BTreeSet<_> = printed
        .lines()
        .filter(|line| line.contains("\"an email was lost\""))
        .map(|line| {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            (
                line["code"].as_u64().unwrap(),
                line["stage"].as_str().unwrap().to_owned(),
            )
        })
        .collect();
    let both = [(550, "recipient".to_owned()), (554, "content".to_owned())];
    assert_eq!(lost, BTreeSet::from(both), "{printed}");
    for part in ["unknown@", "unwanted@", "token=", "Subject"] {
        assert!(!printed.contains(part), "{part}: {printed}");
    }
}

/// The connection ends before the last reply, so the outcome of the mail is unknown.
#[test]
fn slow_unacknowledged_mail_is_resent_with_the_same_message_id() {
    let Some(server) = MailServer::start(&[]) else {
        return;
    };
    let mut service = sending(
        &format!("smtp://127.0.0.1:{}", server.port),
        &[("SIGNET_MAIL__TIMEOUT", "1s")],
    );
    service.request_sign_up("cut-1@example.com");
    service.request_sign_up("ignored-1@example.com");
    server.received_mails(2);
    service.wait_for_mails(2, 0, 0);
    let heard = server.received_text();
    let ids: Vec<_> = heard
        .lines()
        .filter(|it| it.starts_with("Message-ID: "))
        .collect();
    assert_eq!(ids.len(), 3, "{ids:?}");
    assert_eq!(BTreeSet::from_iter(ids).len(), 2);
}

#[test]
fn lost_connection_loses_no_mail() {
    let address = free_address();
    let Some(server) = MailServer::start_at(address, &[]) else {
        return;
    };
    let mut service = sending(&format!("smtp://{address}"), &[]);
    service.request_sign_up("ada@example.com");
    service.wait_for_mails(1, 0, 0);
    drop(server);
    let server = MailServer::start_at(address, &[]).unwrap();
    service.request_sign_up("bob@example.com");
    assert_eq!(server.received_mail().recipients, ["bob@example.com"]);
    service.wait_for_mails(2, 0, 0);
    assert!(
        !service.printed().contains("tried again"),
        "{}",
        service.printed()
    );
}

/// The response is the same for a stopped, a silent and a working server, and does not wait for the
/// server.
#[test]
fn responses_do_not_depend_on_the_mail_server() {
    let Some(well) = MailServer::start(&[]) else {
        return;
    };
    let silent = MailServer::start(&[("HABIT", "silent")]).unwrap();
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap();
    let of_nobody = nobody.local_addr().unwrap().port();
    let nowhere = free_address().port();
    let mut answers = BTreeSet::new();
    for port in [well.port, silent.port, of_nobody, nowhere] {
        let mut service = sending(&format!("smtp://127.0.0.1:{port}"), &[]);
        for email in ["ada@example.com", "bob@example.com"] {
            answers.insert(answer(&service, email));
        }
        if port == well.port {
            service.wait_for_mails(2, 0, 0);
        } else {
            assert_eq!(service.mails(), (0, 0, 2), "{port}");
        }
    }
    assert_eq!(answers.len(), 1, "{answers:#?}");
}

#[test]
fn slow_full_mail_queue_drops_mails_and_serves_requests() {
    let Some(server) = MailServer::start(&[("HABIT", "silent")]) else {
        return;
    };
    let url = format!("smtp://127.0.0.1:{}", server.port);
    let mut service = sending(&url, &[("SIGNET_MAIL__TIMEOUT", "5m")]);
    let same = answer(&service, "ada@example.com");
    for number in 0..1023 {
        assert_eq!(answer(&service, &format!("ada{number}@example.com")), same);
    }
    assert_eq!(service.mails(), (0, 0, 1024));
    for number in 0..3 {
        assert_eq!(answer(&service, &format!("bob{number}@example.com")), same);
    }
    assert_eq!(service.mails(), (0, 3, 1024));
    service.wait_for_log("an email was lost: the queue is full");
}
