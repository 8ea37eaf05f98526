use std::fs;

use super::*;

fn smtp(settings: &str) -> SmtpConfig {
    let file = format!("[mail]\nfrom = 'Signet <no-reply@example.com>'\n{settings}");
    let config = load(&file, &[], FlagSettings::default());
    let config = config.unwrap_or_else(|faults| panic!("{settings}: {faults}"));
    config.mail.smtp.unwrap()
}

fn refused(settings: &str) -> String {
    let file = format!("[mail]\nfrom = 'no-reply@example.com'\n{settings}");
    let refused = faults(&file);
    assert!(!refused.contains("hunter2"), "{refused}");
    refused
}

#[test]
fn smtp_is_not_configured_by_default() {
    let config = load(
        "mail.from = 'no-reply@example.com'",
        &[],
        FlagSettings::default(),
    )
    .unwrap();
    assert!(config.mail.smtp.is_none());
}

#[test]
fn a_url_sets_host_port_user_and_password() {
    let smtp_of = |url: &str| smtp(&format!("url = '{url}'\npassword = 'hunter2'"));
    let server = smtp_of("smtp://signet%40example.com@Mail.Example.com");
    assert_eq!(
        (server.host.as_str(), server.port),
        ("mail.example.com", 587)
    );
    assert_eq!(server.security, SmtpSecurity::StartTls);
    let (user, password) = server.login.as_ref().unwrap();
    assert_eq!(user, "signet@example.com");
    assert_eq!(password.expose().as_str(), "hunter2");
    assert_eq!(server.from.to_string(), "Signet <no-reply@example.com>");
    assert_eq!(server.timeout.as_secs(), 10);
    assert_eq!(server.to_string(), "smtp://mail.example.com:587");
    assert!(!format!("{server:?}").contains("hunter2"));

    let server = smtp_of("smtps://signet@mail.example.com:2465/");
    assert_eq!((server.port, server.security), (2465, SmtpSecurity::Tls));
    assert_eq!(server.to_string(), "smtps://mail.example.com:2465");
    let server = smtp_of("smtps://signet@[2001:db8::1]");
    assert_eq!((server.host.as_str(), server.port), ("2001:db8::1", 465));
    assert_eq!(server.to_string(), "smtps://[2001:db8::1]:465");

    let server = smtp("url = 'smtps://signet:hunter2%2F%C3%A4@mail.example.com'");
    assert_eq!(server.login.unwrap().1.expose().as_str(), "hunter2/ä");
    assert_eq!(
        smtp("url = 'smtps://mail.example.com'")
            .login
            .map(|it| it.0),
        None
    );
}

#[test]
fn clear_text_is_only_allowed_on_loopback_or_by_the_dangerous_setting() {
    for (url, security) in [
        ("smtp://mail.example.com", SmtpSecurity::StartTls),
        ("smtp://192.0.2.1:25", SmtpSecurity::StartTls),
        ("smtp://0.0.0.0", SmtpSecurity::StartTls),
        ("smtp://localhost.example.com", SmtpSecurity::StartTls),
        ("smtp://localhost:25", SmtpSecurity::Opportunistic),
        ("smtp://mail.localhost", SmtpSecurity::StartTls),
        ("smtp://127.0.0.2:1025", SmtpSecurity::Opportunistic),
        ("smtp://[::1]:1025", SmtpSecurity::Opportunistic),
        ("smtps://localhost", SmtpSecurity::Tls),
    ] {
        let server = smtp(&format!("url = '{url}'"));
        assert_eq!(server.security, security, "{url}");
        assert!(!server.may_be_clear_text(), "{url}");
    }
    let asked_for = "dangerously_clear_text = true";
    let server = smtp(&format!("{asked_for}\nurl = 'smtp://mail.example.com'"));
    assert_eq!(server.security, SmtpSecurity::Opportunistic);
    assert!(server.may_be_clear_text());
    let all = refused(&format!(
        "{asked_for}\nurl = 'smtp://a:hunter2@mail.example.com'"
    ));
    assert!(all.contains("must not be sent unencrypted"), "{all}");
    let all = refused(&format!("{asked_for}\nurl = 'smtps://mail.example.com'"));
    assert!(
        all.contains("is smtps: remove mail.dangerously_clear_text"),
        "{all}"
    );
}

#[test]
fn a_ca_file_requires_tls_even_on_loopback() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    let path = file.display();
    let settings = format!("url = 'smtp://localhost'\nca_file = '{path}'");
    assert!(refused(&settings).contains("mail.ca_file (signet.toml): "));
    for (pem, is_good) in [
        (pem::Pem::new("CERTIFICATE", "any"), true),
        (pem::Pem::new("PRIVATE KEY", "any"), false),
    ] {
        fs::write(&file, pem::encode(&pem)).unwrap();
        if is_good {
            assert_eq!(smtp(&settings).security, SmtpSecurity::StartTls);
        } else {
            let all = refused(&settings);
            assert!(
                all.contains("must hold certificates, and nothing else"),
                "{all}"
            );
        }
    }
    fs::write(&file, "nothing").unwrap();
    assert!(refused(&settings).contains("must hold certificates"));
}

#[test]
fn invalid_urls_are_refused_without_quoting_them() {
    for (url, problem) in [
        ("mail.example.com", "must be smtp://host"),
        ("https://mail.example.com", "must be smtp://host"),
        ("smtp:mail.example.com", "must be smtp://host"),
        ("smtp://", "must be smtp://host"),
        ("smtp://m\u{e4}il.example.com", "must be smtp://host"),
        ("smtp://mail..example.com", "must be smtp://host"),
        ("smtp://mail.example.com:0", "must be smtp://host"),
        ("smtp://mail.example.com:70000", "must be smtp://host"),
        (
            "smtp://a:hunter2@mail.example.com/path",
            "must be smtp://host",
        ),
        (
            "smtp://a:hunter2@mail.example.com?tls=off",
            "must be smtp://host",
        ),
        ("smtp://a:hunter2@mail.example.com#x", "must be smtp://host"),
        (
            "smtp://a%0d%0aRSET:hunter2@mail.example.com",
            "has a user of more than 1024 bytes, or with control characters",
        ),
        (
            "smtp://a:hunter2%0d%0a@mail.example.com",
            "with control characters",
        ),
        ("smtp://a%ff:hunter2@mail.example.com", "is not UTF-8"),
        (
            "smtp://:hunter2@mail.example.com",
            "has a password without a user",
        ),
        (
            "smtp://a@mail.example.com",
            "has a user but no password: set mail.password",
        ),
    ] {
        let all = refused(&format!("url = '{url}'"));
        assert!(all.contains("mail.url (signet.toml): "), "{url}: {all}");
        assert!(all.contains(problem), "{url}: {all}");
    }
}

#[test]
fn the_password_must_have_a_single_source() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("password");
    fs::write(&file, "hunter2\n").unwrap();
    let from_file = format!("password_file = '{}'", file.display());
    let url = "url = 'smtps://signet@mail.example.com'";
    let server = smtp(&format!("{url}\n{from_file}"));
    assert_eq!(server.login.unwrap().1.expose().as_str(), "hunter2");

    let all = refused(&format!("{url}\n{from_file}\npassword = 'hunter2'"));
    assert!(all.contains("and mail.password_file are both set"), "{all}");
    let twice = "url = 'smtps://signet:hunter2@mail.example.com'";
    let all = refused(&format!("{twice}\n{from_file}"));
    assert!(all.contains("both have a password"), "{all}");
    let nobody = "url = 'smtps://mail.example.com'";
    let all = refused(&format!("{nobody}\n{from_file}"));
    assert!(all.contains("has no user"), "{all}");
    let all = refused(&format!("{url}\npassword = \"hunter2\\n\""));
    assert!(
        all.contains("mail.password (signet.toml): must be 1 to 1024 bytes"),
        "{all}"
    );
}

#[test]
fn from_is_an_email_with_an_optional_name() {
    let from = |from: &str| {
        let file = format!("[mail]\nurl = 'smtp://localhost'\nfrom = '{from}'");
        let config =
            load(&file, &[], FlagSettings::default()).map_err(|faults| faults.to_string())?;
        let sender = config.mail.smtp.unwrap().from;
        Ok::<_, String>((sender.name, sender.address.to_string()))
    };
    let address = || "no-reply@example.com".to_owned();
    let named = |name: &str| Ok((Some(name.to_owned()), address()));
    assert_eq!(from("no-reply@Example.com"), Ok((None, address())));
    assert_eq!(from("<no-reply@example.com>"), Ok((None, address())));
    assert_eq!(from("Signet <no-reply@example.com>"), named("Signet"));
    assert_eq!(
        from("\"Signet, Inc.\" <no-reply@example.com>"),
        named("Signet, Inc.")
    );
    assert_eq!(
        from("Müller & Söhne <no-reply@example.com>"),
        named("Müller & Söhne")
    );
    for wrong in [
        "Signet",
        "Signet <no-reply>",
        "Signet no-reply@example.com",
        "Signet <a@example.com> <b@example.com>",
        "a@example.com, b@example.com",
    ] {
        let all = super::without_lines(&from(wrong).unwrap_err());
        assert!(all.contains("mail.from (signet.toml): "), "{wrong}: {all}");
    }
    let all = faults("mail.url = 'smtp://localhost'");
    assert!(
        all.contains("mail.from: is required with mail.url"),
        "{all}"
    );
    let all = refused("url = 'smtp://localhost'\ntimeout = '6m'\ndangerously_clear_text = 'yes'");
    assert!(
        all.contains("mail.timeout (signet.toml): must be between 1s and 5m"),
        "{all}"
    );
    assert!(
        all.contains("mail.dangerously_clear_text (signet.toml): must be true"),
        "{all}"
    );
}
