//! TLS of mail delivery: certificates, STARTTLS and plain text.

use std::fs;

use super::{mail_send, sending};
use crate::support::{process::ServiceProcess, smtp::MailServer};

const USER: &str = "signet@example.com";
const PASSWORD: &str = "hunter2 and a half";

/// A server that requires authentication.
fn server(tls: &str, names: &str) -> Option<MailServer> {
    let login = format!("{USER}:{PASSWORD}");
    MailServer::start(&[("TLS", tls), ("NAMES", names), ("LOGIN", &login)])
}

/// Sends one mail with the password from a file, and returns the exit code and the output.
fn sent(url: &str, authority: Option<&str>) -> (i32, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("password");
    fs::write(&file, format!("{PASSWORD}\n")).unwrap();
    let mut more = vec![("SIGNET_MAIL__PASSWORD_FILE", file.to_str().unwrap())];
    more.extend(authority.map(|file| ("SIGNET_MAIL__CA_FILE", file)));
    let (code, said) = mail_send(folder.path(), url, &more, "ada@example.com");
    assert!(!said.contains(PASSWORD), "{said}");
    (code, said)
}

#[test]
fn slow_mail_is_sent_to_the_verified_tls_server() {
    for (tls, scheme) in [("starttls", "smtp"), ("implicit", "smtps")] {
        for (host, names) in [("localhost", "localhost"), ("127.0.0.1", "127.0.0.1")] {
            let Some(server) = server(tls, names) else {
                return;
            };
            let url = format!("{scheme}://signet%40example.com@{host}:{}", server.port);
            let (code, said) = sent(&url, Some(&server.authority()));
            assert_eq!(code, 0, "{said}");
            assert!(!said.contains(USER), "{said}");
            let mail = server.received_mail();
            assert!(mail.is_encrypted);
            assert_eq!(mail.user.as_deref(), Some(USER));
            let in_clear = match tls {
                "starttls" => "EHLO [127.0.0.1]\r\nSTARTTLS\r\n",
                _ => "",
            };
            assert_eq!(server.received_in_clear_text(), in_clear);
        }
    }
}

#[test]
fn slow_mail_is_not_sent_to_an_unverified_server() {
    for (tls, scheme) in [("starttls", "smtp"), ("implicit", "smtps")] {
        let Some(other) = server(tls, "other.example.com,127.0.0.1") else {
            return;
        };
        let Some(server) = server(tls, "localhost") else {
            return;
        };
        for (port, authority, why) in [
            (
                other.port,
                other.authority(),
                "not valid for name \"localhost\"",
            ),
            (server.port, other.authority(), "invalid peer certificate"),
        ] {
            let url = format!("{scheme}://signet%40example.com@localhost:{port}");
            let (code, said) = sent(&url, Some(&authority));
            assert_eq!(code, 1, "{said}");
            assert!(said.contains(why), "{said}");
        }
        // The certificate is untrusted: the system's authorities have not signed it.
        let url = format!("smtps://signet%40example.com@localhost:{}", server.port);
        let url = if tls == "implicit" {
            url
        } else {
            url.replace("smtps://", "smtp://")
                .replace("localhost", "0.0.0.0")
        };
        let (code, said) = sent(&url, None);
        assert_eq!(code, 1, "{said}");
        assert!(said.contains("invalid peer certificate"), "{said}");
        for server in [&other, &server] {
            let heard = server.received_text();
            let heard = heard
                .replace("EHLO [127.0.0.1]\r\n", "")
                .replace("STARTTLS\r\n", "");
            assert!(
                !heard.contains("EHLO") && !heard.contains("AUTH"),
                "{heard}"
            );
            assert_eq!(server.received().len(), 0);
        }
    }
}

/// An attacker on the network can remove STARTTLS from the server's offer.
#[test]
fn mail_is_not_sent_without_starttls() {
    let Some(server) = server("none", "") else {
        return;
    };
    let port = server.port;
    // A foreign name of this machine, and the right name with a configured authority.
    let authority = MailServer::start(&[("TLS", "starttls")]).unwrap();
    for (url, authority) in [
        (format!("smtp://signet%40example.com@0.0.0.0:{port}"), None),
        (
            format!("smtp://signet%40example.com@localhost:{port}"),
            Some(authority.authority()),
        ),
    ] {
        let (code, said) = sent(&url, authority.as_deref());
        assert_eq!(code, 1, "{said}");
        assert!(
            said.contains("the server offers no STARTTLS (encryption)"),
            "{said}"
        );
    }
    let heard = server.received_text();
    let heard = heard
        .replace("EHLO [127.0.0.1]\r\n", "")
        .replace("QUIT\r\n", "");
    assert_eq!(heard, "");
}

#[test]
fn slow_loopback_mail_uses_tls_if_offered() {
    for (tls, is_encrypted) in [("none", false), ("starttls", true)] {
        let Some(server) = server(tls, "other.example.com") else {
            return;
        };
        let url = format!("smtp://signet%40example.com@localhost:{}", server.port);
        let (code, said) = sent(&url, None);
        assert_eq!(code, 0, "{said}");
        let mail = server.received_mail();
        assert_eq!(
            (mail.is_encrypted, mail.user.as_deref()),
            (is_encrypted, Some(USER))
        );
    }
}

#[test]
fn plain_text_smtp_needs_an_explicit_setting_and_logs_a_warning() {
    let Some(server) = MailServer::start(&[]) else {
        return;
    };
    let url = format!("smtp://0.0.0.0:{}", server.port);
    let danger = [("SIGNET_MAIL__DANGEROUSLY_CLEAR_TEXT", "true")];
    let service: ServiceProcess = sending(&url, &danger);
    assert!(
        service
            .printed()
            .contains("WARNING    emails may be sent unencrypted")
    );
    assert_eq!(service.request_sign_up("ada@example.com").0, 202);
    assert!(!server.received_mail().is_encrypted);
}

#[test]
fn rejected_smtp_login_is_logged_and_retried() {
    let Some(server) = server("starttls", "localhost") else {
        return;
    };
    let url = format!("smtp://signet%40example.com@localhost:{}", server.port);
    let authority = server.authority();
    let more = [
        ("SIGNET_MAIL__PASSWORD", "hunter3 or less"),
        ("SIGNET_MAIL__CA_FILE", authority.as_str()),
    ];
    let mut service = sending(&url, &more);
    assert_eq!(service.request_sign_up("ada@example.com").0, 202);
    service.wait_for_log("no email is sent until this is corrected");
    assert_eq!(service.mails(), (0, 0, 1));
    let printed = service.printed();
    let line = printed
        .lines()
        .find(|it| it.contains("until this is corrected"))
        .unwrap();
    assert!(
        line.contains("\"ERROR\"") && line.contains("\"code\":535"),
        "{line}"
    );
    assert!(line.contains("\"stage\":\"login\""), "{line}");
    let logged = service.logged().lock().unwrap().clone();
    for part in ["hunter3", USER, "ada@"] {
        assert!(!logged.contains(part), "{logged}");
    }
}
