//! A password of the mail server that is replaced in its file while the service runs.

use std::fs;

use super::{MailServer, sending};

#[test]
fn a_refused_password_is_read_again_from_its_file() {
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
    assert_eq!(service.asks_to_sign_up("ada@example.com").0, 202);
    assert_eq!(server.one().user.as_deref(), Some("signet"));
    service.wait_for_mails(1, 0, 0);
    service.wait_for_log("mail.password_file");
    let logged = service.logged().lock().unwrap().clone();
    assert!(
        !logged.contains("second") && !logged.contains("first"),
        "{logged}"
    );
}

#[test]
fn a_hangup_reads_secrets_again_and_keeps_what_cannot_be_replaced() {
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
    service.wait_for_log("a secret file cannot be read again");
    assert_eq!(service.asks_to_sign_up("ada@example.com").0, 202);
    assert_eq!(server.one().user.as_deref(), Some("signet"));
    service.wait_for_mails(1, 0, 0);
}
