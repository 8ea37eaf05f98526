//! Secrets in logs: canary values in every input of the program must not appear in verbose logs, in
//! metrics, or in the responses to failed requests.

mod logins;
mod mails;

use std::{
    fmt::Write as _,
    fs,
    process::{Command, Stdio},
    sync::{Arc, Mutex},
};

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{
    Engine, TestDatabase,
    databases::in_url,
    exposition::Exposition,
    process::{ServiceProcess, free_address, run, signet},
};

const ADDRESS: &str = "canary.address@example.com";
const NAME: &str = "Canary Name";
const PASSWORD: &str = "the canary password sings at dawn";
/// The most verbose log level.
const TALK: (&str, &str) = ("SIGNET_LOG__FILTER", "trace");
const WRONG: &str = "another canary password sings";

/// A service, the canaries that were sent, and the responses to failed requests.
struct Mine {
    service: ServiceProcess,
    secrets: Vec<String>,
    errors: String,
}

impl Mine {
    /// Sends a request, and records the response if the request failed.
    fn send(&mut self, head: &str, body: &str) -> (u16, String) {
        let (status, answer_head, answer) = self.service.request(head, body).unwrap();
        if status >= 400 {
            let _ = write!(self.errors, "{answer_head}\n{answer}\n");
        } else {
            // Response headers are not secret.
            let _ = writeln!(self.errors, "{answer_head}");
        }
        (status, answer)
    }

    fn post(&mut self, path: &str, body: &Value, status: u16) -> Value {
        let head = format!("POST {path} HTTP/1.1\r\nContent-Type: application/json");
        let (answered, body) = self.send(&head, &body.to_string());
        assert_eq!(answered, status, "{path}: {body}");
        serde_json::from_str(&body).unwrap_or_default()
    }

    fn keep(&mut self, secret: &str) {
        assert!(secret.len() > 5, "{secret}");
        self.secrets.push(secret.to_owned());
    }

    fn keep_tokens(&mut self, answer: &Value) -> (String, String) {
        let token = |name: &str| answer[name].as_str().unwrap().to_owned();
        let (access, refresh) = (token("access_token"), token("refresh_token"));
        for token in [&access, &refresh] {
            self.keep(token);
            // A part of the value counts too.
            self.keep(token.rsplit_once('.').unwrap().1);
        }
        (access, refresh)
    }

    /// Valid requests of every kind.
    fn valid_requests(&mut self) -> (String, String) {
        let sign_up = json!({"email": ADDRESS, "name": NAME});
        self.post("/signup", &sign_up, 202);
        let link = self.service.printed_token();
        self.keep(&link);
        self.keep(link.split_once('.').unwrap().1);
        let confirm = json!({"token": link, "password": PASSWORD});
        let session = self.post("/signup/confirm", &confirm, 201);
        self.keep_tokens(&session);
        let session = self.post("/signup/confirm", &confirm, 201);
        self.keep_tokens(&session);
        let login = json!({"email": ADDRESS, "password": PASSWORD});
        let session = self.post("/login", &login, 200);
        let (access, refresh) = self.keep_tokens(&session);
        let session = self.post("/refresh", &json!({"refresh_token": refresh}), 200);
        self.keep_tokens(&session);
        for route in ["/session", "/me"] {
            let head = format!("GET {route} HTTP/1.1\r\nAuthorization: Bearer {access}");
            assert_eq!(self.send(&head, "").0, 200);
        }
        self.post("/signup", &sign_up, 202);
        (access, refresh)
    }

    /// Invalid requests of every kind, with canaries in every place.
    fn invalid_requests(&mut self, access: &str, refresh: &str) {
        let login = |password: &str| json!({"email": ADDRESS, "password": password});
        self.post("/login", &login(WRONG), 401);
        let unknown = json!({"email": "canary.nobody@example.com", "password": PASSWORD});
        self.post("/login", &unknown, 401);
        self.post(
            "/login",
            &json!({"email": "canary address", "password": PASSWORD}),
            422,
        );
        self.post(
            "/login",
            &json!({"email": ADDRESS, "password": {"canary": PASSWORD}}),
            422,
        );
        let scope = json!({"email": ADDRESS, "password": PASSWORD, "scope": "canary\u{7f}"});
        self.post("/login", &scope, 422);
        let client = json!({"email": ADDRESS, "password": PASSWORD, "client_id": "canary-client"});
        self.post("/login", &client, 400);
        let extra =
            json!({"email": ADDRESS, "password": PASSWORD, "canary member": "canary-value"});
        self.post("/login", &extra, 422);
        self.post(
            "/signup",
            &json!({"email": ADDRESS, "name": "Canary\r\nName"}),
            422,
        );
        self.post("/refresh", &json!({"refresh_token": access}), 401);
        self.post(
            "/refresh",
            &json!({"refresh_token": format!("{refresh}canary")}),
            401,
        );
        self.post(
            "/refresh",
            &json!({"refresh_token": "canary.canary.canary"}),
            401,
        );
        let weak = json!({"token": self.service.printed_token(), "password": "canary"});
        self.post("/signup/confirm", &weak, 422);
        let forged = json!({"token": "m1.canary", "password": PASSWORD});
        self.post("/signup/confirm", &forged, 400);

        let json = "Content-Type: application/json";
        let form = "Content-Type: application/x-www-form-urlencoded";
        let long = "canary".repeat(4000);
        for (head, body, status) in [
            ("POST /login", "{\"email\": \"canary-in-half-a-body", 400),
            ("POST /login", "canary-that-is-no-json", 400),
            ("POST /login", "{\"email\": \"canary\u{1b}[31m\r\n\"}", 400),
            ("POST /login", &format!("\"{long}\""), 413),
            ("POST /canary-in-the-path?canary-in-the-query", "{}", 404),
            ("POST /canary%0d%0aINFO%1b[31m", "{}", 404),
            ("CANARY-METHOD /login?canary=canary", "{}", 405),
        ] {
            assert_eq!(
                self.send(&format!("{head} HTTP/1.1\r\n{json}"), body).0,
                status,
                "{head}"
            );
        }
        let grant = |token: &str| format!("grant_type=refresh_token&refresh_token={token}");
        for (extra, body, status) in [
            ("", grant(refresh), 200),
            ("", grant("canary-token"), 400),
            ("", grant("canary&refresh_token=canary"), 400),
            ("", "grant_type=canary-grant&canary=canary".to_owned(), 400),
            (
                "",
                format!("{}&client_id=canary-client&scope=canary%1b", grant(refresh)),
                400,
            ),
            (
                "Authorization: Basic Y2FuYXJ5OmNhbmFyeQ==\r\n",
                grant(refresh),
                401,
            ),
        ] {
            let (answered, answer) =
                self.send(&format!("POST /token HTTP/1.1\r\n{extra}{form}"), &body);
            assert_eq!(answered, status, "{body}");
            if status == 200 {
                self.keep_tokens(&serde_json::from_str(&answer).unwrap());
            }
        }
        self.keep("Y2FuYXJ5OmNhbmFyeQ");
    }

    /// The same for headers and for malformed requests.
    fn invalid_headers(&mut self, access: &str) {
        let route = format!("GET /me?access_token={access}&canary=canary HTTP/1.1");
        let headers = [
            "Authorization: Bearer canary-token".to_owned(),
            "Authorization: Basic canary-basic".to_owned(),
            format!("Authorization: Bearer {access}canary"),
            format!("Authorization: Bearer {access}\r\nAuthorization: Bearer canary"),
            format!("Cookie: __Host-signet-access={access}; canary=canary"),
            "DPoP: canary.canary.canary".to_owned(),
            "User-Agent: canary-agent\r\nReferer: https://canary.example/#canary".to_owned(),
            "Origin: https://evil.example/canary\r\nX-Forwarded-For: canary-for, 192.0.2.1"
                .to_owned(),
            "Forwarded: for=canary;host=canary\r\nX-Forwarded-Host: canary".to_owned(),
            "X-Request-Id: canary\"} INFO forged\r\nTraceparent: 00-canary".to_owned(),
            "X-Request-Id: canary\u{e4}\u{9b}31m".to_owned(),
        ];
        for header in headers {
            let (status, _) = self.send(&format!("{route}\r\n{header}"), "");
            assert!(status == 401 || status == 400, "{status} {header}");
        }
        // Bytes that are no request, and more than one request.
        for head in [
            "canary canary canary",
            "GET /canary HTTP/1.1\r\nCanary\u{0}: canary",
        ] {
            assert_eq!(self.send(head, "").0, 400);
        }
        // HTTP/2 with prior knowledge, because `h2` could log every frame.
        let _ = Command::new("curl")
            .args([
                "-s",
                "--http2-prior-knowledge",
                "-H",
                "Authorization: Bearer canary-in-http2",
            ])
            .args(["-H", "Cookie: canary=canary", "-d", "canary=canary"])
            .arg(format!("http://{}/login?canary", self.service.address))
            .stdout(Stdio::null())
            .status();
    }

    /// Stops the service and searches the logs, metrics and responses for canaries.
    fn assert_nothing_leaked(mut self, format: &str) {
        let (status, _, metrics) = self.service.request("GET /metrics HTTP/1.1", "").unwrap();
        assert_eq!(status, 200);
        Exposition::parse(&metrics);
        let folder = self.service.folder.clone();
        for entry in fs::read_dir(folder.path().join("keys")).unwrap() {
            let text = fs::read_to_string(entry.unwrap().path()).unwrap();
            let lines = text.lines().filter(|line| !line.starts_with("-----"));
            lines.for_each(|line| self.keep(line));
        }
        let logged: Arc<Mutex<String>> = self.service.logged();
        self.service.signal("-TERM");
        let (status, printed) = self.service.ended();
        assert!(status.success(), "{printed}");
        let logged = logged.lock().unwrap().clone();
        assert!(logged.lines().count() > 60, "{logged}");
        assert!(logged.contains("answered"), "{logged}");
        for line in logged.lines().filter(|_| format == "json") {
            let entry: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"));
            assert!(entry["timestamp"].is_string() && entry["level"].is_string());
        }
        let is_order = |c: char| c.is_control() && c != '\n';
        assert!(!logged.contains(is_order), "{logged}");

        // Mails are printed to standard output in place of a mailbox; the rest is searched.
        let rule = "-".repeat(72);
        let mails = printed.split(&rule).skip(1).step_by(2).collect::<String>();
        assert!(mails.contains(ADDRESS) && mails.contains("#token="));
        let printed = printed.split(&rule).step_by(2).collect::<String>();
        for (place, text) in [
            ("the log", &logged),
            ("what is printed", &printed),
            ("the metrics", &metrics),
            ("an answer", &self.errors),
        ] {
            let lower = text.to_lowercase();
            for secret in &self.secrets {
                assert!(
                    !text.contains(secret.as_str()),
                    "{secret} is in {place}:\n{text}"
                );
            }
            assert!(!lower.contains("$argon2id$"), "a verifier is in {place}");
            // Every request contains a canary.
            let line = lower.lines().find(|line| line.contains("canary"));
            assert_eq!(line, None, "a canary is in {place}");
        }
    }
}

/// A service with verbose logs.
fn verbose_service(format: &str, more: &[(&str, &str)]) -> Mine {
    let talk = [TALK, ("SIGNET_LOG__FORMAT", format)];
    let environment: Vec<_> = talk.iter().chain(more).copied().collect();
    Mine {
        service: ServiceProcess::start(&environment),
        secrets: vec![],
        errors: String::new(),
    }
}

#[rstest]
fn no_secret_is_logged(#[values("json", "pretty")] format: &str) {
    let mut mine = verbose_service(format, &[]);
    let (access, refresh) = mine.valid_requests();
    mine.invalid_requests(&access, &refresh);
    mine.invalid_headers(&access);
    let head = format!("POST /logout/everywhere HTTP/1.1\r\nAuthorization: Bearer {access}");
    assert_eq!(mine.send(&head, "").0, 204);
    assert_eq!(mine.send(&head, "").0, 401);
    mine.assert_nothing_leaked(format);
}

#[tokio::test]
async fn no_secret_is_logged_with_postgres() {
    let database = TestDatabase::on(Engine::Postgres).await;
    // A server without authentication ignores the password.
    let url = in_url(&database.url, "canary-database-password");
    tokio::task::spawn_blocking(move || {
        let folder = tempfile::tempdir().unwrap();
        let mut migrate = signet(folder.path());
        migrate
            .arg("migrate")
            .env("DATABASE_URL", &url)
            .env("SIGNET_LOG__FILTER", "trace");
        let output = run(migrate, "");
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8(said).unwrap();
        assert!(
            output.status.success() && !said.contains("canary"),
            "{said}"
        );

        let mut mine = verbose_service("json", &[("DATABASE_URL", &url)]);
        mine.keep("canary-database-password");
        let (access, refresh) = mine.valid_requests();
        mine.invalid_requests(&access, &refresh);
        mine.invalid_headers(&access);
        mine.assert_nothing_leaked("json");
    })
    .await
    .unwrap();
}

/// A failed start reports the reason without the configured secrets.
#[test]
fn no_secret_is_logged_by_a_failed_start() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere = free_address();
    fs::write(folder.path().join("url"), "canary://canary:canary@canary").unwrap();
    fs::create_dir(folder.path().join("keys")).unwrap();
    let key = "-----BEGIN PRIVATE KEY-----\nY2FuYXJ5\n-----END PRIVATE KEY-----\n";
    for (file, content) in [
        ("20260101T000000Z.es256.pem", key),
        ("20260101T000000Z.secret", "canary-secret"),
    ] {
        let path = folder.path().join("keys").join(file);
        fs::write(&path, content).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        fs::set_permissions(&path, mode).unwrap();
    }
    for (setting, value) in [
        (
            "DATABASE_URL",
            format!("postgres://canary:canary@{nowhere}/canary?application_name=canary"),
        ),
        (
            "DATABASE_URL",
            format!("postgres://canary:canary@{nowhere}/canary?colour=canary&sslmode=canary"),
        ),
        (
            "DATABASE_URL",
            "mysql://canary:canary@canary/canary".to_owned(),
        ),
        (
            "DATABASE_URL",
            "postgres://canary:canary@[canary/canary".to_owned(),
        ),
        ("SIGNET_DATABASE__URL_FILE", "url".to_owned()),
        // Valid up to the keys.
        ("DATABASE_URL", "sqlite://signet.db".to_owned()),
    ] {
        for name in ["serve", "migrate"] {
            let mut command = signet(folder.path());
            command
                .args([name, "--listen", &free_address().to_string()])
                .env("SIGNET_LOG__FILTER", "trace")
                .env(setting, &value);
            if value.starts_with("postgres://canary:canary@1") {
                command.env("SIGNET_KEYS__FOLDER", "other");
            }
            let output = run(command, "");
            // The migrate command needs no keys.
            let starts = value.starts_with("sqlite") && name == "migrate";
            assert_eq!(output.status.success(), starts, "{setting}={value}");
            let said = [output.stdout, output.stderr].concat();
            let said = String::from_utf8(said).unwrap().to_lowercase();
            for canary in ["canary", "y2fuyxj5"] {
                assert!(!said.contains(canary), "{setting}={value}: {said}");
            }
        }
    }
}
