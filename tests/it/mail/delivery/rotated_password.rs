//! A mail server password whose file is replaced while the service runs.

use std::fs;

use super::{MailServer, sending};

#[test]
fn rejected_password_is_reread_from_its_file() {
    let Some(server) = MailServer::start(&[("LOGIN", "signet:second")]) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("password");
    fs::write(&file, "first\n").unwrap();
    let url = format!("smtp://signet@localhost:{}", server.port);
    let mut service = sending(
        &url,
        &[("SIGNET_MAIL__PASSWORD_FILE", file.to_str().unwrap())],
    );
    fs::write(&file, "second\n").unwrap();
    assert_eq!(service.request_sign_up("ada@example.com").0, 202);
    assert_eq!(server.received_mail().user.as_deref(), Some("signet"));
    service.wait_for_mails(1, 0, 0);
    service.wait_for_log("mail.password_file");
    let logged = service.logged().lock().unwrap().clone();
    assert!(
        !logged.contains("second") && !logged.contains("first"),
        "{logged}"
    );
}

#[test]
fn hangup_rereads_secrets_and_keeps_those_without_a_file() {
    let Some(server) = MailServer::start(&[("LOGIN", "signet:second")]) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("password");
    fs::write(&file, "first").unwrap();
    let url = format!("smtp://signet@localhost:{}", server.port);
    let mut service = sending(
        &url,
        &[("SIGNET_MAIL__PASSWORD_FILE", file.to_str().unwrap())],
    );
    fs::write(&file, "second").unwrap();
    service.signal("-HUP");
    service.wait_for_log("a secret file was read again and has changed");
    fs::remove_file(&file).unwrap();
    service.signal("-HUP");
    // The file is a fault of the configuration, and the password in use stays.
    service.wait_for_log("the configuration was not reloaded");
    service.wait_for_log("\"setting\":\"mail.password_file\"");
    assert_eq!(service.request_sign_up("ada@example.com").0, 202);
    assert_eq!(server.received_mail().user.as_deref(), Some("signet"));
    service.wait_for_mails(1, 0, 0);
}
