//! Requests to clients: https, no private network unless the operator names it, and no redirect.

use std::{
    fs,
    io::{Read, Write},
    net::{SocketAddr, TcpListener},
    sync::{Arc, Mutex},
    thread,
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use signet::config::{Config, FlagSettings, SettingSources};

use crate::{
    cli::commands::run_signet,
    support::{
        PASSWORD,
        process::{ServiceProcess, free_address},
        wait_until,
    },
};

const ADA: &str = "ada@example.com";
const PUBLIC: &str = "issuer = 'https://auth.example.com'\n";

/// The server of a client, which redirects every request to `/secret`.
struct Redirector {
    address: SocketAddr,
    /// The first line of every connection.
    lines: Arc<Mutex<Vec<String>>>,
}

impl Redirector {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let lines = Arc::<Mutex<Vec<String>>>::default();
        let kept = lines.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (mut stream, mut head) = (stream.unwrap(), [0; 4096]);
                let length = stream.read(&mut head).unwrap_or_default();
                let head = String::from_utf8_lossy(&head[..length]);
                let line = head.lines().next().unwrap_or_default();
                kept.lock().unwrap().push(line.to_owned());
                let answer = format!(
                    "HTTP/1.1 307 X\r\nlocation: http://{address}/secret\r\ncontent-length: 0\r\n\r\n"
                );
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        Self { address, lines }
    }

    fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }
}

/// A service whose clients have their key set and their logout endpoint under that URL.
struct Provider {
    service: ServiceProcess,
    metrics: SocketAddr,
}

impl Provider {
    fn start(settings: &str, clients: &str) -> Self {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let metrics = free_address();
        let settings = format!(
            "{settings}metrics.listen = '{metrics}'\n\
             [[clients]]\nclient_id = 'app'\nscopes = ['openid']\nid_token_algorithm = 'ES256'\n\
             backchannel_logout_uri = '{clients}/logout'\n\
             [[clients]]\nclient_id = 'api'\ngrants = ['client_credentials']\njwks_uri = '{clients}/keys'\n"
        );
        fs::write(folder.path().join("signet.toml"), settings).unwrap();
        assert_eq!(run_signet(folder.path(), &["keys", "generate"], "").code, 0);
        assert_eq!(run_signet(folder.path(), &["migrate"], "").code, 0);
        let create = ["users", "create", "--verified", ADA];
        let created = run_signet(folder.path(), &create, &format!("{PASSWORD}\n"));
        assert_eq!(created.code, 0, "{}", created.err);
        let service = ServiceProcess::start_in(folder, free_address(), &[]);
        Self { service, metrics }
    }

    /// Presents an assertion of the client `api`, whose keys are fetched for it.
    fn authenticate(&self) -> (u16, Value) {
        let encode = |json: Value| URL_SAFE_NO_PAD.encode(json.to_string());
        let header = encode(json!({"alg": "ES256", "typ": "JWT", "kid": "x"}));
        let claims = encode(json!({"iss": "api", "sub": "api"}));
        let body = format!(
            "grant_type=client_credentials&client_assertion={header}.{claims}.{}\
             &client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "A".repeat(86)
        );
        let head = "POST /token HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded";
        let (status, _, body) = self.service.request(head, &body).unwrap();
        (status, serde_json::from_str(&body).unwrap())
    }

    /// Logs the user out everywhere, of which the client `app` is notified.
    fn log_out(&self) {
        let login = json!({"email": ADA, "password": PASSWORD, "client_id": "app"});
        let (status, session) = self.service.post("/login", &login);
        assert_eq!(status, 200, "{session}");
        let token = session["access_token"].as_str().unwrap();
        let head = format!("POST /logout/everywhere HTTP/1.1\r\nAuthorization: Bearer {token}");
        assert_eq!(self.service.request(&head, "").unwrap().0, 204);
    }

    fn metric(&self, name: &str) -> String {
        let head = "GET /metrics HTTP/1.1";
        let (_, _, text) = ServiceProcess::request_at(self.metrics, head, "").unwrap();
        let value = text.lines().find_map(|line| line.strip_prefix(name));
        value
            .unwrap_or_else(|| panic!("{name}: {text}"))
            .trim()
            .to_owned()
    }

    /// Sends both requests, and asserts that each fails for that reason.
    fn assert_both_fail(&mut self, cause: &str) {
        let (status, answer) = self.authenticate();
        assert_eq!(status, 503, "{answer}");
        assert_eq!(answer["error"], "temporarily_unavailable");
        self.log_out();
        for message in [
            "the keys of a client could not be fetched",
            "a client was not notified of a logout",
        ] {
            self.service.wait_for(message, |service| {
                let logged = service.logged();
                let logged = logged.lock().unwrap();
                let mut lines = logged.lines().filter(|line| line.contains(message));
                lines.any(|line| line.contains(cause))
            });
        }
        let failed = "signet_logout_notifications_total{outcome=\"failed\"}";
        // The end of a notification counts, shortly after its log line.
        wait_until("the failure is counted", || self.metric(failed) == "1");
    }
}

#[test]
fn private_address_is_refused_unless_the_operator_names_it() {
    let client = Redirector::start();
    let url = format!("https://{}", client.address);
    let mut provider = Provider::start(PUBLIC, &url);
    provider.assert_both_fail("has an address that is not public and not in outbound.allow");
    assert_eq!(
        provider.metric("signet_outbound_requests_refused_total"),
        "2"
    );
    assert!(client.lines().is_empty());

    for named in ["127.0.0.0/8", "127.0.0.1"] {
        let client = Redirector::start();
        let url = format!("https://{}", client.address);
        let allow = format!("{PUBLIC}outbound.allow = ['{named}']\n");
        let provider = Provider::start(&allow, &url);
        // The server has no TLS, so the client is reached but not understood.
        assert_eq!(provider.authenticate().0, 503);
        provider.log_out();
        wait_until("both requests arrive", || client.lines().len() >= 2);
        assert_eq!(
            provider.metric("signet_outbound_requests_refused_total"),
            "0"
        );
    }
}

#[test]
fn redirect_is_not_followed() {
    let client = Redirector::start();
    let url = format!("http://{}", client.address);
    let mut provider = Provider::start("", &url);
    provider.assert_both_fail("redirects");
    assert_eq!(
        client.lines(),
        ["GET /keys HTTP/1.1", "POST /logout HTTP/1.1"]
    );
}

#[test]
fn http_is_a_fault_of_the_configuration_that_names_the_setting() {
    let faults = |issuer: &str, url: &str| {
        let text = format!(
            "{issuer}[[clients]]\nclient_id = 'app'\nscopes = ['openid']\n\
             backchannel_logout_uri = '{url}/logout'\n\
             [[clients]]\nclient_id = 'api'\ngrants = ['client_credentials']\njwks_uri = '{url}/keys'\n\
             [[providers]]\nid = 'a'\nkind = 'oidc'\nissuer = '{url}'\nclient_id = 'a'\nclient_secret = 'b'\n"
        );
        let sources = SettingSources::new(("signet.toml", &text), [], FlagSettings::default());
        let read = sources.and_then(Config::load);
        read.err()
            .map_or_else(String::new, |faults| faults.to_string())
    };
    let loopback = "";
    for (issuer, url) in [
        (PUBLIC, "http://id.example.com"),
        (PUBLIC, "http://127.0.0.1:1"),
        (loopback, "http://id.example.com"),
        (loopback, "http://10.0.0.1"),
    ] {
        let faults = faults(issuer, url);
        let http = "must be https: http is only for a loopback issuer and a loopback host";
        for (setting, line) in [
            ("clients[0].backchannel_logout_uri", 4),
            ("clients[1].jwks_uri", 8),
        ] {
            let line = line + issuer.lines().count();
            let fault = format!("{setting} (signet.toml line {line}): {http}");
            assert!(faults.contains(&fault), "{url}: {faults}");
        }
        assert!(
            faults.contains("providers[0].issuer (signet.toml line "),
            "{faults}"
        );
    }
    for url in [
        "http://127.0.0.1:1",
        "http://localhost:1",
        "http://app.localhost",
    ] {
        assert_eq!(faults(loopback, url), "", "{url}");
    }
}
