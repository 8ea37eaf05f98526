//! `signet healthcheck`.

use super::run_signet;
use crate::support::process::{ServiceProcess, free_address};

#[test]
fn a_running_service_is_ready() {
    let service = ServiceProcess::start(&[]);
    let (folder, listen) = (service.folder.clone(), service.address.to_string());
    let checked = run_signet(folder.path(), &["healthcheck", "--listen", &listen], "");
    assert_eq!(
        (checked.code, checked.out.as_str()),
        (0, "ready\n"),
        "{}",
        checked.err
    );
    let url = format!("http://{listen}/any/path?query");
    let checked = run_signet(folder.path(), &["healthcheck", "--url", &url], "");
    assert_eq!(
        (checked.code, checked.out.as_str()),
        (0, "ready\n"),
        "{}",
        checked.err
    );
}

#[test]
fn a_service_that_listens_everywhere_is_asked_on_this_machine() {
    let service = ServiceProcess::start(&[]);
    let listen = format!("0.0.0.0:{}", service.address.port());
    let arguments = [
        "healthcheck",
        "--dangerously-http",
        "--listen",
        &listen,
        "--issuer",
        "http://a.example",
    ];
    let checked = run_signet(service.folder.path(), &arguments, "");
    assert_eq!(
        (checked.code, checked.out.as_str()),
        (0, "ready\n"),
        "{}",
        checked.err
    );
}

#[test]
fn a_service_that_is_not_ready_fails_the_check() {
    let folder = tempfile::tempdir().unwrap();
    let listen = free_address().to_string();
    let stopped = run_signet(folder.path(), &["healthcheck", "--listen", &listen], "");
    assert_eq!(stopped.code, 1);
    let error = format!("signet: http://{listen}/readyz: cannot be reached: ");
    assert!(stopped.err.starts_with(&error), "{}", stopped.err);
    assert_eq!(stopped.err.lines().count(), 1);

    for url in ["127.0.0.1:8080", "ftp://127.0.0.1/", "readyz"] {
        let wrong = run_signet(folder.path(), &["healthcheck", "--url", url], "");
        assert_eq!(wrong.code, 2, "{url}");
        assert!(
            wrong.err.contains("must be an http or https URL"),
            "{}",
            wrong.err
        );
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
