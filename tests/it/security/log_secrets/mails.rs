//! Secrets of mails: content, recipients, and the SMTP dialog.

use base64::{Engine, engine::general_purpose::STANDARD};
use rstest::rstest;
use serde_json::json;

use super::TALK;
use crate::support::{
    process::{ServiceProcess, free_address, run, signet},
    smtp::{FROM, MailServer},
};

const USER: &str = "canary-user";
const PASSWORD: &str = "the canary password sings at noon";

/// Asserts that the logs contain neither canaries nor these texts.
fn assert_logs_without(text: &str, secrets: &[String]) {
    let lower = text.to_lowercase();
    let line = lower.lines().find(|line| line.contains("canary"));
    assert_eq!(line, None, "{text}");
    for secret in secrets {
        assert!(!text.contains(secret.as_str()), "{secret}: {text}");
    }
}

#[rstest]
fn slow_no_secret_of_mails_is_logged(#[values("json", "pretty")] format: &str) {
    let login = format!("{USER}:{PASSWORD}");
    let habits = [("TLS", "starttls"), ("LOGIN", login.as_str())];
    let Some(server) = MailServer::start(&habits) else {
        return;
    };
    let echo = MailServer::start(&[&habits[..], &[("HABIT", "echo")]].concat()).unwrap();
    let other = MailServer::start(&[("TLS", "implicit"), ("NAMES", "other.example.com")]).unwrap();
    let clear = MailServer::start(&[]).unwrap();
    let plain = STANDARD.encode(format!("\0{USER}\0{PASSWORD}"));
    for (it, url, lines) in [
        (&server, "smtp", 2),
        (&echo, "smtp", 6),
        (&other, "smtps", 6),
        (&clear, "smtp", 6),
    ] {
        let password = PASSWORD.replace(' ', "%20");
        let url = format!("{url}://{USER}:{password}@localhost:{}", it.port);
        let authority = it.authority();
        let mut told = vec![
            TALK,
            ("SIGNET_LOG__FORMAT", format),
            ("SIGNET_MAIL__URL", url.as_str()),
            ("SIGNET_MAIL__FROM", FROM),
            // Waiting mails are tried once more at shutdown.
            ("SIGNET_HTTP__SHUTDOWN_GRACE", "5m"),
        ];
        if !std::ptr::eq(it, &raw const clear) {
            told.push(("SIGNET_MAIL__CA_FILE", &authority));
        }
        let service = ServiceProcess::start(&told);
        for local in ["ada", "unknown", "unwanted", "deferred-1", "cut-1", "bob"] {
            let body = json!({"email": format!("{local}@canary.example"), "name": "Canary"});
            assert_eq!(service.post("/signup", &body).0, 202);
        }
        let logged = service.logged();
        let of_mails = || {
            let logged = logged.lock().unwrap().clone();
            let of_mail =
                |line: &&str| line.contains("an email ") || line.contains("no email is sent");
            logged.lines().filter(of_mail).count()
        };
        crate::support::wait_until("mails are in the log", || of_mails() >= lines);
        let (_, _, metrics) = service.request("GET /metrics HTTP/1.1", "").unwrap();
        service.signal("-TERM");
        let (status, printed) = service.ended();
        assert!(status.success(), "{printed}");
        let mut secrets = vec![PASSWORD.to_owned(), plain.clone(), password];
        secrets.extend(
            it.received()
                .iter()
                .map(crate::support::smtp::ReceivedMail::token),
        );
        let logged = logged.lock().unwrap().clone();
        for text in [&printed, &logged, &metrics] {
            assert_logs_without(text, &secrets);
        }
    }
    // The server received the canaries.
    assert!(server.received_text().contains(&plain) && echo.received_text().contains(&plain));
    assert_eq!(server.received().len(), 4);
}

#[test]
fn no_secret_is_logged_with_a_misconfigured_mail_server() {
    let folder = tempfile::tempdir().unwrap();
    let password = ("SIGNET_MAIL__PASSWORD", "canary");
    for (url, more) in [
        ("smtp://canary:canary@mail.example.com", vec![password]),
        ("smtp://canary@mail.example.com", vec![]),
        ("smtp://mail.example.com", vec![password]),
        ("smtp://canary:canary@mail.example.com/canary", vec![]),
        ("canary://canary:canary@canary", vec![]),
        ("smtp://canary:canary%0acanary@mail.example.com", vec![]),
        ("canary", vec![("SIGNET_MAIL__PASSWORD", "canary\ncanary")]),
    ] {
        let mut command = signet(folder.path());
        command
            .args(["serve", "--listen", &free_address().to_string()])
            .env("SIGNET_MAIL__URL", url)
            .envs(more);
        let output = run(command, "");
        assert_eq!(output.status.code(), Some(2), "{url}");
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8(said).unwrap();
        assert!(said.contains("mail.url"), "{said}");
        assert_logs_without(&said, &[]);
    }
}
