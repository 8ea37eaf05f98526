//! SIGHUP to the program.

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    sync::Arc,
    time::Duration,
};

use serde_json::json;

use crate::support::{
    PASSWORD,
    exposition::Exposition,
    process::{ServiceProcess, free_address},
};

const ADA: &str = "ada@example.com";
const WEB: &str = "[[clients]]\nclient_id = 'web'\n";
const APP: &str = "[[clients]]\nclient_id = 'app'\n";
const RELOADED: &str = "the configuration was reloaded";
const FAULT: &str = "the configuration was not reloaded";

/// A program with a configuration file.
struct Configured(ServiceProcess);

impl Configured {
    fn start(text: &str, environment: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("signet.toml"), text).unwrap();
        let service = ServiceProcess::start_in(Arc::new(folder), free_address(), environment);
        Self(service)
    }

    fn write(&self, file: &str, text: &str) {
        fs::write(self.0.folder.path().join(file), text).unwrap();
    }

    /// Sends SIGHUP, and returns what is logged until this outcome.
    fn reload(&mut self, outcome: &str) -> String {
        self.0.reload(outcome)
    }

    fn reload_to(&mut self, text: &str, outcome: &str) -> String {
        self.write("signet.toml", text);
        self.reload(outcome)
    }

    fn log_in(&self, client_id: &str) -> u16 {
        let body = json!({"email": ADA, "password": PASSWORD, "client_id": client_id});
        self.0.post("/login", &body).0
    }

    #[track_caller]
    fn assert_faults(&self, expected: i32) {
        let (status, metrics) = self.0.get("/metrics", "");
        assert_eq!(status, 200);
        let faults = Exposition::parse(&metrics).value("signet_config_reload_faults", &[]);
        assert!((faults - f64::from(expected)).abs() < 0.5, "{faults}");
    }
}

#[test]
fn sighup_applies_a_sound_file_and_reports_a_faulty_one() {
    let mut service = Configured::start(WEB, &[]);
    service.0.sign_up(ADA, PASSWORD);
    service.assert_faults(0);
    assert_eq!(service.log_in("app"), 400);
    let log = service.reload_to(&format!("{WEB}{APP}"), RELOADED);
    assert!(log.contains("\"added_clients\":\"app\""), "{log}");
    assert_eq!(service.log_in("app"), 200);

    // Each fault is logged with the file, the line and the setting.
    let bad = format!("{WEB}# a comment\n[limits]\nenabled = 'perhaps'\ncapacity = 0\n");
    let log = service.reload_to(&bad, "limits.enabled");
    assert!(
        log.contains(FAULT) && log.contains("signet.toml line 5"),
        "{log}"
    );
    service.0.wait_for_log("limits.capacity");
    service.assert_faults(2);
    assert_eq!(service.log_in("app"), 200);
    let log = service.reload_to("clients = [", "is not TOML: line 1");
    assert!(log.contains(FAULT), "{log}");
    service.assert_faults(1);

    // An editor or a deployment replaces the file.
    let log = service.reload_to("", "is missing or empty now");
    assert!(log.contains(FAULT), "{log}");
    let file = service.0.folder.path().join("signet.toml");
    fs::remove_file(file).unwrap();
    service.reload("is missing or empty now");
    service.assert_faults(1);
    assert_eq!(service.log_in("app"), 200);

    service.reload_to(WEB, "clients were removed");
    service.assert_faults(0);
    assert_eq!((service.log_in("app"), service.log_in("web")), (400, 200));
}

#[test]
fn changed_listener_and_database_are_named_and_not_applied() {
    let mut service = Configured::start(WEB, &[]);
    service.0.sign_up(ADA, PASSWORD);
    let changed = format!(
        "database.url = 'sqlite:other.db'\nmetrics.listen = '{}'\n{WEB}{APP}",
        free_address()
    );
    let log = service.reload_to(&changed, "restart the service to apply them");
    assert!(log.contains("database.url, metrics.listen"), "{log}");
    assert!(!log.contains("sqlite:other.db"), "{log}");
    assert_eq!(service.log_in("app"), 200);
    service.assert_faults(0);
    assert!(!service.0.folder.path().join("other.db").exists());
}

#[test]
fn sources_keep_their_precedence() {
    let environment = [("SIGNET_LIMITS__ENABLED", "true")];
    let mut service = Configured::start(WEB, &environment);
    // The variable of the process overrides the wrong values of both files.
    service.write(".env", "SIGNET_LIMITS__ENABLED=perhaps\n");
    service.reload_to(&format!("limits.enabled = 'maybe'\n{WEB}"), RELOADED);
    // `.env` overrides the configuration file.
    service.write(".env", "SIGNET_LIMITS__CAPACITY=none\n");
    let log = service.reload_to(&format!("limits.capacity = 1000\n{WEB}"), FAULT);
    assert!(
        log.contains("limits.capacity") && log.contains(".env line 1"),
        "{log}"
    );
}

#[test]
fn secret_file_of_a_provider_is_read_with_the_new_configuration() {
    let mut service = Configured::start(WEB, &[]);
    let provider = "[[providers]]\nid = 'google'\nkind = 'google'\nclient_id = 'us'\n\
                    client_secret_file = 'secret'\n";
    let with_provider =
        format!("{WEB}redirect_uris = ['https://app.example.com/back']\n{provider}");
    let log = service.reload_to(&with_provider, FAULT);
    assert!(log.contains("providers[0].client_secret_file"), "{log}");
    let providers = |service: &Configured| service.0.get("/providers", "").1;
    assert!(!providers(&service).contains("google"));
    service.write("secret", "a secret between the two of us");
    service.reload(RELOADED);
    assert!(providers(&service).contains("google"));
}

/// Sends a request on an open connection and returns the response.
fn exchange(stream: &mut TcpStream, path: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut response = String::new();
    let mut buffer = [0; 4096];
    loop {
        let read = stream.read(&mut buffer).unwrap();
        assert!(read > 0, "closed after {response:?}");
        response += std::str::from_utf8(&buffer[..read]).unwrap();
        let Some((head, body)) = response.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head.to_lowercase();
        let (_, length) = length.split_once("content-length: ").unwrap();
        let length: usize = length.split_whitespace().next().unwrap().parse().unwrap();
        if body.len() >= length {
            return response;
        }
    }
}

#[test]
fn open_connections_and_started_requests_survive() {
    let mut service = Configured::start(WEB, &[]);
    service.0.sign_up(ADA, PASSWORD);
    let connect = || {
        let stream = TcpStream::connect(service.0.address).unwrap();
        let limit = Some(Duration::from_secs(30));
        stream.set_read_timeout(limit).unwrap();
        stream
    };
    let (mut open, mut started) = (connect(), connect());
    let path = "/.well-known/openid-configuration";
    assert!(!exchange(&mut open, path).contains("reloaded"));
    // The head of a request has arrived, and half of its body.
    let body = json!({"email": ADA, "password": PASSWORD, "client_id": "web"}).to_string();
    let (first, rest) = body.split_at(10);
    let length = body.len();
    let head = format!(
        "POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
         Connection: close\r\nContent-Length: {length}\r\n\r\n{first}"
    );
    started.write_all(head.as_bytes()).unwrap();
    exchange(&mut open, path);

    service.reload_to(
        &format!("{APP}scopes = ['openid', 'reloaded']\nid_token_algorithm = 'ES256'\n"),
        RELOADED,
    );
    // The open connection sees the new client, and the started request still knows the old one.
    assert!(exchange(&mut open, path).contains("reloaded"));
    started.write_all(rest.as_bytes()).unwrap();
    let mut response = String::new();
    started.read_to_string(&mut response).unwrap();
    assert!(response.starts_with("HTTP/1.1 200"), "{response}");
    assert_eq!(service.log_in("web"), 400);
}
