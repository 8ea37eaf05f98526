//! Mail delivery from the program to an SMTP server.

mod encryption;
mod end;
mod rotated_password;
mod trouble;

use std::{path::Path, sync::Arc};

use serde_json::{Value, json};

use crate::support::{
    PASSWORD,
    exposition::Exposition,
    process::{ServiceProcess, free_address, run, signet},
    smtp::{FROM, MailServer},
};

/// The environment of a program that sends mail by `url`.
fn smtp_environment<'a>(url: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let told = [
        ("SIGNET_MAIL__URL", url),
        ("SIGNET_MAIL__FROM", FROM),
        ("SIGNET_LIMITS__ENABLED", "false"),
        ("SIGNET_HTTP__DRAIN", "0s"),
    ];
    [&told, more].concat()
}

/// A service that sends mail by `url`.
fn sending(url: &str, more: &[(&str, &str)]) -> ServiceProcess {
    ServiceProcess::start(&smtp_environment(url, more))
}

impl ServiceProcess {
    fn request_sign_up(&self, email: &str) -> (u16, Value) {
        self.post("/signup", &json!({"email": email}))
    }

    /// The mail metrics: sent, lost, waiting.
    fn mails(&self) -> (u64, u64, u64) {
        let (status, text) = self.get("/metrics", "none");
        assert_eq!(status, 200);
        let exposition = Exposition::parse(&text);
        let value = |family: &str, outcome: &str| {
            let samples = &exposition.0[family].samples;
            let one = samples
                .iter()
                .find(|(_, labels, _)| labels.get("outcome").is_none_or(|it| it == outcome));
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "few"
            )]
            let count = one.unwrap().2 as u64;
            count
        };
        (
            value("signet_mails", "sent"),
            value("signet_mails", "lost"),
            value("signet_mail_queue_waiting", ""),
        )
    }

    fn wait_for_mails(&mut self, sent: u64, lost: u64, waiting: u64) {
        let what = format!("{sent} mails are sent, {lost} lost, and {waiting} wait");
        self.wait_for(&what, |it| it.mails() == (sent, lost, waiting));
    }
}

/// Runs `signet mail send ADDRESS` and returns the exit code and the output.
fn mail_send(folder: &Path, url: &str, more: &[(&str, &str)], address: &str) -> (i32, String) {
    let mut command = signet(folder);
    command.args(["mail", "send", address]);
    command.envs(smtp_environment(url, more));
    let output = run(command, "");
    let said = [output.stdout, output.stderr].concat();
    (
        output.status.code().unwrap(),
        String::from_utf8(said).unwrap(),
    )
}

#[test]
fn delivered_mail_contains_a_working_link() {
    let Some(server) = MailServer::start(&[]) else {
        return;
    };
    let url = format!("smtp://localhost:{}", server.port);
    let mut service = sending(&url, &[]);
    let greeting = format!("  mail       {url} as {FROM}\n");
    assert!(
        service.printed().contains(&greeting),
        "{}",
        service.printed()
    );
    assert_eq!(
        server.received_text(),
        "",
        "nothing is connected at the start"
    );

    assert_eq!(service.request_sign_up("Ada@Example.com").0, 202);
    let mail = server.received_mail();
    assert_eq!(mail.sender, "no-reply@example.com");
    assert_eq!(mail.recipients, ["ada@example.com"]);
    let names: Vec<_> = mail.headers.iter().map(|(name, _)| name.as_str()).collect();
    let all = [
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "Content-Language",
        "Auto-Submitted",
        "MIME-Version",
        "Content-Type",
    ];
    assert_eq!(names, all);
    assert_eq!(mail.header("From"), [FROM]);
    assert_eq!(mail.header("To"), ["ada@example.com"]);
    assert_eq!(mail.header("Auto-Submitted"), ["auto-generated"]);
    assert_eq!(mail.header("Content-Language"), ["en"]);
    assert!(mail.header("Content-Type")[0].starts_with("multipart/alternative; "));
    assert!(mail.header("Message-ID")[0].ends_with("@example.com>"));
    assert!(
        mail.body
            .contains("Content-Type: text/plain; charset=utf-8")
    );
    assert!(mail.body.contains("Content-Type: text/html; charset=utf-8"));
    service.wait_for_mails(1, 0, 0);

    let body = json!({"token": mail.token(), "password": PASSWORD});
    assert_eq!(service.post("/signup/confirm", &body).0, 201);
    // Another message, with another id.
    assert_eq!(service.request_sign_up("ada@example.com").0, 202);
    let second = server.received_mails(2).remove(1);
    assert_ne!(second.header("Message-ID"), mail.header("Message-ID"));
    assert_ne!(second.header("Subject"), mail.header("Subject"));
}

#[test]
fn one_connection_carries_several_mails() {
    let Some(server) = MailServer::start(&[]) else {
        return;
    };
    let service = sending(&format!("smtp://127.0.0.1:{}", server.port), &[]);
    for number in 0..20 {
        service.request_sign_up(&format!("ada{number}@example.com"));
    }
    server.received_mails(20);
    let heard = server.received_text();
    assert_eq!(heard.matches("RCPT TO:").count(), 20, "{heard}");
    assert!(heard.matches("EHLO ").count() < 20, "{heard}");
}

/// Beyond loopback mails are not printed, and the start says so.
#[test]
fn sign_up_by_mail_works_beyond_loopback() {
    let Some(server) = MailServer::start(&[]) else {
        return;
    };
    let url = format!("smtp://127.0.0.1:{}", server.port);
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let issuer = ("SIGNET_ISSUER", "https://auth.example.com");
    let mut generate = signet(folder.path());
    generate.args(["keys", "generate"]).envs([issuer]);
    assert!(run(generate, "").status.success());
    let service =
        ServiceProcess::start_in(folder, free_address(), &smtp_environment(&url, &[issuer]));
    assert_eq!(service.request_sign_up("ada@example.com").0, 202);
    let mail = server.received_mail();
    let page = "https://auth.example.com/signup/confirm?ui_locales=en&client_id=default#token=";
    assert!(mail.text().contains(page), "{}", mail.body);
    assert!(
        server
            .received_text()
            .starts_with("EHLO auth.example.com\r\n")
    );
    let body = json!({"token": mail.token(), "password": PASSWORD});
    assert_eq!(service.post("/signup/confirm", &body).0, 201);
}

#[test]
fn caller_input_adds_no_recipient_and_no_header() {
    let Some(server) = MailServer::start(&[]) else {
        return;
    };
    let service = sending(&format!("smtp://127.0.0.1:{}", server.port), &[]);
    let name = |name: &str| json!({"email": "ada@example.com", "name": name});
    let email = |email: &str| json!({"email": email});
    for (body, status) in [
        (name("Ada"), 202),
        (name("Ada\r\nBcc: eve@evil.example"), 422),
        (name("Ada <eve@evil.example>"), 202),
        (name("Ada, eve@evil.example; \"Bcc\": eve"), 202),
        (name("=?utf-8?q?Ada=0D=0ABcc:_eve@evil.example?="), 202),
        (name("Visit http://evil.example"), 202),
        (email("ada@example.com\r\nBcc: eve@evil.example"), 422),
        (email("ada@example.com>\r\nRCPT TO:<eve@evil.example"), 422),
        (email("ada@example.com, eve@evil.example"), 422),
        (email("ada@example.com;eve@evil.example"), 422),
        (email("<eve@evil.example>ada@example.com"), 422),
        (email("eve%evil.example@example.com"), 202),
        (email("=?utf-8?q?eve=40evil.example=3e?=@example.com"), 422),
        (email("eve!evil.example#'`{|}~$&*+/^_-@example.com"), 202),
        (email("ada@m\u{fc}nchen.example"), 202),
    ] {
        assert_eq!(service.post("/signup", &body).0, status, "{body}");
    }
    let all = server.received_mails(8);
    for mail in &all {
        assert_eq!(mail.recipients.len(), 1, "{mail:?}");
        assert_eq!(mail.headers.len(), 9, "{mail:?}");
        assert_eq!(mail.header("To"), [mail.recipients[0].as_str()]);
        for part in ["http://evil", "eve@", "Bcc:"] {
            assert!(!mail.body.contains(part), "{mail:?}");
        }
    }
    let to: Vec<_> = all.iter().map(|mail| mail.recipients[0].as_str()).collect();
    assert!(to.contains(&"ada@xn--mnchen-3ya.example"), "{to:?}");
    let heard = server.received_text();
    assert_eq!(heard.matches("RCPT TO:").count(), 8, "{heard}");
}

#[test]
fn mail_send_command_tests_the_delivery() {
    let Some(server) = MailServer::start(&[]) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let send = |url: &str, address: &str| mail_send(folder.path(), url, &[], address);
    let url = format!("smtp://127.0.0.1:{}", server.port);
    let said = send(&url, "ada@example.com");
    assert_eq!(
        said,
        (
            0,
            format!("{url} accepted the email: 250 2.0.0 taken as 42\n")
        )
    );
    assert_eq!(server.received_mail().recipients, ["ada@example.com"]);

    let (code, said) = send(&url, "unknown@example.com");
    assert_eq!(code, 1);
    let answer = "550 5.1.1 unknown@example.com is unknown";
    assert_eq!(
        said,
        format!("signet: {url}: the server refused (recipient): {answer}\n")
    );
    let nowhere = format!("smtp://{}", free_address());
    let (code, said) = send(&nowhere, "ada@example.com");
    assert_eq!(code, 1);
    assert!(
        said.starts_with(&format!("signet: {nowhere}: Connection refused")),
        "{said}"
    );
    let (code, said) = send(&url, "ada");
    assert_eq!(code, 2);
    assert!(said.contains("must have the form name@domain"), "{said}");

    let mut command = signet(folder.path());
    command.args(["mail", "send", "ada@example.com"]);
    let output = run(command, "");
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(said, "signet: mail.url: no mail server is configured\n");
    // The command needs and creates neither keys nor a database.
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
