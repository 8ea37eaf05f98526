//! Logged causes of provider failures: provider id and innermost cause.

use std::{fs, sync::Arc};

use serde_json::Value;

use crate::support::{
    oauth_client::{CHALLENGE, OAUTH_CLIENT},
    process::{ServiceProcess, free_address},
    smtp::MailServer,
};

const NO_CERTIFICATES: &str = "this machine has no CA certificates";

/// A service with providers at these URLs that trusts only the authorities in this file.
fn with_provider(providers: &[(&str, String)], authorities: &str) -> ServiceProcess {
    let tables = providers.iter().map(|(id, issuer)| {
        format!(
            "[[providers]]\nid = '{id}'\nkind = 'oidc'\nname = 'It'\nissuer = '{issuer}'\n\
             client_id = 'us'\nclient_secret = 'a secret between the two'\n"
        )
    });
    let tables: String = tables.collect();
    let folder = tempfile::tempdir().unwrap();
    let settings = format!("{OAUTH_CLIENT}\n{tables}");
    fs::write(folder.path().join("signet.toml"), settings).unwrap();
    fs::write(folder.path().join("none.pem"), "").unwrap();
    fs::create_dir(folder.path().join("none")).unwrap();
    let environment = [("SSL_CERT_FILE", authorities), ("SSL_CERT_DIR", "none")];
    ServiceProcess::start_in(Arc::new(folder), free_address(), &environment)
}

/// Starts a login and returns the log lines that name the provider.
fn logged(service: &mut ServiceProcess, provider: &str) -> Vec<Value> {
    let query = format!(
        "client_id=app&redirect_uri=https://app.example.com/back&state=x&\
         code_challenge={CHALLENGE}&code_challenge_method=S256"
    );
    let head = format!("GET /login/{provider}?{query} HTTP/1.1");
    let (status, _, body) = service.request(&head, "").unwrap();
    assert_eq!(status, 503, "{body}");
    let name = format!("\"provider\":\"{provider}\"");
    service.wait_for_log(&name);
    let logged = service.logged().lock().unwrap().clone();
    let lines = logged.lines().filter(|line| line.contains(&name));
    lines
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}

#[test]
fn log_names_the_provider_and_the_cause() {
    let tls = |names| MailServer::start(&[("TLS", "implicit"), ("NAMES", names)]);
    let Some(other) = tls("other.example.com") else {
        return;
    };
    let stranger = tls("localhost").unwrap();
    let at = |port: u16| format!("https://localhost:{port}");
    let providers = [
        ("gone", at(free_address().port())),
        ("other", at(other.port)),
        ("stranger", at(stranger.port)),
    ];
    let mut service = with_provider(&providers, &other.authority());
    assert!(!service.printed().contains(NO_CERTIFICATES));
    for (provider, cause) in [
        ("gone", "Connection refused"),
        ("other", "certificate not valid for name \\\"localhost\\\""),
        ("stranger", "invalid peer certificate"),
    ] {
        let lines = logged(&mut service, provider);
        for line in lines {
            assert!(line.to_string().contains(cause), "{line}");
        }
    }
}

#[test]
fn start_without_ca_certificates_is_logged() {
    let providers = [("it", "https://id.example.com".to_owned())];
    let mut service = with_provider(&providers, "none.pem");
    service.wait_for_log(NO_CERTIFICATES);
    let logged = service.logged().lock().unwrap().clone();
    let line = logged.lines().find(|it| it.contains(NO_CERTIFICATES));
    let line = line.unwrap_or_else(|| panic!("{logged}"));
    for remedy in ["\"WARN\"", "ca-certificates", "SSL_CERT_FILE"] {
        assert!(line.contains(remedy), "{line}");
    }
}
