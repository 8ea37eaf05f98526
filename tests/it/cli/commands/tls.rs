//! A service that terminates TLS itself.

use std::{fs, path::Path, process::Command, sync::Arc};

use rcgen::generate_simple_self_signed;

use super::run_signet;
use crate::support::process::{ServiceProcess, free_address};

/// Writes a new certificate for `localhost` and its key.
fn write_certificate(folder: &Path) {
    let certificate = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    fs::write(folder.join("tls.crt"), certificate.cert.pem()).unwrap();
    let key = certificate.signing_key.serialize_pem();
    fs::write(folder.join("tls.key"), key).unwrap();
}

/// Requests the readiness by HTTP/2 or HTTP/1.1. Returns the version and the status, or `None` if the certificate
/// is not trusted.
fn ready(folder: &Path, port: u16, version: &str) -> Option<String> {
    let url = format!("https://localhost:{port}/readyz");
    let mut curl = Command::new("curl");
    curl.args([
        "-s",
        "-o",
        "/dev/null",
        "-w",
        "%{http_version} %{http_code}",
    ]);
    curl.args([version, "--cacert", "trusted.crt", &url]);
    let output = curl.current_dir(folder).output().unwrap();
    let answered = output.status.success();
    answered.then(|| String::from_utf8(output.stdout).unwrap())
}

#[test]
fn service_serves_tls_and_reloads_its_certificate() {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let path = folder.path().to_owned();
    write_certificate(&path);
    let address = free_address();
    let port = address.port();
    fs::write(
        path.join("signet.toml"),
        format!(
            "issuer = 'https://localhost:{port}'\n\
             [tls]\ncertificate = 'tls.crt'\nkey = 'tls.key'\n"
        ),
    )
    .unwrap();
    let mut service = ServiceProcess::start_in(folder, address, &[]);
    assert!(service.printed().contains(&format!("{address}, TLS\n")));

    fs::copy(path.join("tls.crt"), path.join("trusted.crt")).unwrap();
    assert_eq!(ready(&path, port, "--http2").unwrap(), "2 200");
    assert_eq!(ready(&path, port, "--http1.1").unwrap(), "1.1 200");
    // Plain HTTP gets no response.
    service.request("GET /readyz HTTP/1.1", "").unwrap_err();

    let listen = address.to_string();
    let checked = run_signet(&path, &["healthcheck", "--listen", &listen], "");
    assert_eq!(
        (checked.code, checked.out.as_str()),
        (0, "ready\n"),
        "{}",
        checked.err
    );

    write_certificate(&path);
    service.signal("-HUP");
    service.wait_for_log("the TLS certificate was replaced");
    assert_eq!(ready(&path, port, "--http2"), None);
    fs::copy(path.join("tls.crt"), path.join("trusted.crt")).unwrap();
    assert_eq!(ready(&path, port, "--http2").unwrap(), "2 200");

    fs::write(path.join("tls.key"), "broken").unwrap();
    service.signal("-HUP");
    service.wait_for_log("the earlier one stays in use");
    assert_eq!(ready(&path, port, "--http2").unwrap(), "2 200");
}

#[test]
fn faults_of_tls_settings_name_the_line_and_the_remedy() {
    let folder = tempfile::tempdir().unwrap();
    write_certificate(folder.path());
    let https = "issuer = 'https://localhost:8443'\n";
    let (certificate, key) = ("tls.certificate = 'tls.crt'\n", "tls.key = 'tls.key'\n");
    for (settings, fault) in [
        (
            format!("{certificate}{key}"),
            "tls.certificate (signet.toml line 1): needs an issuer with https",
        ),
        (
            format!("{https}{certificate}"),
            "tls.key: is required with tls.certificate",
        ),
        (
            format!("{https}{key}"),
            "tls.certificate: is required with tls.key",
        ),
        (
            format!("{https}{certificate}tls.key = 'tls.crt'\n"),
            "tls.key (signet.toml line 3): \"tls.crt\" must contain a PEM private key",
        ),
        (
            format!("{https}{certificate}tls.key = 7\n"),
            "tls.key (signet.toml line 3): must be a path in quotes",
        ),
    ] {
        fs::write(folder.path().join("signet.toml"), &settings).unwrap();
        let refused = run_signet(folder.path(), &[], "");
        assert_ne!(refused.code, 0);
        assert!(refused.err.contains(fault), "{settings}{}", refused.err);
        assert!(!folder.path().join("keys").exists());
    }
}
