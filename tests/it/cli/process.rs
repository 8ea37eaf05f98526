//! The process of the program: start, output, limits and shutdown.

use std::{
    fs,
    io::{
        ErrorKind::{BrokenPipe, ConnectionReset},
        Read, Write,
    },
    net::TcpStream,
    os::unix::fs::PermissionsExt,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::{Duration, Instant},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::json;

use crate::support::{
    PASSWORD,
    process::{ServiceProcess, signet},
    wait_until,
};

#[test]
fn first_start_prints_its_actions_and_next_steps() {
    let mut service = ServiceProcess::start(&[]);
    service.wait_for("it says what to try", |service| {
        service.printed().contains("\nTry: ")
    });
    let printed = service.printed();
    let address = service.address;
    let folder = service
        .folder
        .path()
        .canonicalize()
        .unwrap()
        .display()
        .to_string();
    for line in [
        format!("issuer     http://{address}"),
        format!("listen     {address}"),
        format!("database   SQLite, {folder}/signet.db, created, 3 migrations applied"),
        format!("keys       {folder}/keys, generated "),
        "tokens     access 5m, refresh 30d idle, 90d absolute, leeway 30s".to_owned(),
        "mail       printed to standard output".to_owned(),
        "RFC 9700".to_owned(),
        format!("Try: curl -i http://{address}/signup"),
    ] {
        assert!(printed.contains(&line), "{line}\n{printed}");
    }
    let mode = |path: &str| {
        fs::metadata(service.folder.path().join(path))
            .unwrap()
            .permissions()
            .mode()
            & 0o777
    };
    assert_eq!((mode("signet.db"), mode("keys")), (0o600, 0o700));

    let session = service.sign_up("ada@example.com", PASSWORD);
    let (folder, address) = (service.folder.clone(), service.address);
    service.signal("-INT");
    let (status, printed) = service.ended();
    assert!(status.success(), "{printed}");
    assert!(printed.contains("Stopped."));

    // A second start finds the keys, and sessions continue.
    let service = ServiceProcess::start_in(folder, address, &[]);
    assert!(!service.printed().contains("created") && !service.printed().contains("generated"));
    let refresh = json!({"refresh_token": session["refresh_token"]});
    assert_eq!(service.post("/refresh", &refresh).0, 200);
}

#[test]
fn ended_sessions_stay_ended_after_a_kill() {
    let mut service = ServiceProcess::start(&[]);
    let session = service.sign_up("ada@example.com", PASSWORD);
    let access = session["access_token"].as_str().unwrap();
    let head = format!("POST /logout/everywhere HTTP/1.1\r\nAuthorization: Bearer {access}");
    assert_eq!(service.request(&head, "").unwrap().0, 204);
    let (folder, address) = (service.folder.clone(), service.address);
    service.signal("-KILL");
    assert!(!service.ended().0.success());

    let service = ServiceProcess::start_in(folder, address, &[]);
    let refresh = json!({"refresh_token": session["refresh_token"]});
    assert_eq!(service.post("/refresh", &refresh).0, 401);
    let login = json!({"email": "ada@example.com", "password": PASSWORD});
    assert_eq!(service.post("/login", &login).0, 200);
}

#[test]
fn slow_shutdown_under_load_completes_every_request() {
    let mut service = ServiceProcess::start(&[("SIGNET_HTTP__DRAIN", "3s")]);
    let session = service.sign_up("ada@example.com", PASSWORD);
    let body = json!({"refresh_token": session["refresh_token"]}).to_string();
    let login = json!({"email": "ada@example.com", "password": PASSWORD}).to_string();
    let (answered, stopping) = (AtomicU64::new(0), AtomicBool::new(false));
    let address = service.address;

    std::thread::scope(|scope| {
        for client in 0..8 {
            let (answered, stopping) = (&answered, &stopping);
            let (path, body) = if client == 0 {
                ("/login", &login)
            } else {
                ("/refresh", &body)
            };
            scope.spawn(move || {
                // A client that opens a new connection when the service closes one.
                let limit = Instant::now() + Duration::from_mins(1);
                while send_requests(TcpStream::connect(address).unwrap(), path, body, answered) {
                    assert!(
                        Instant::now() < limit,
                        "the service never closed a connection"
                    );
                }
                assert!(stopping.load(Ordering::SeqCst), "over before the signal");
            });
        }
        wait_until("200 responses", || answered.load(Ordering::SeqCst) >= 200);
        stopping.store(true, Ordering::SeqCst);
        service.signal("-TERM");
    });
    let (status, printed) = service.ended();
    assert!(status.success(), "{printed}");
    assert!(printed.contains("Stopped."));
}

/// Sends requests over one connection and checks that each response is complete. Returns `false` if
/// the service closes the connection.
fn send_requests(mut stream: TcpStream, path: &str, body: &str, answered: &AtomicU64) -> bool {
    stream
        .set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    let length = body.len();
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    );
    for _ in 0..20 {
        stream.write_all(request.as_bytes()).expect("sent");
        let head = read_response_head(&mut stream);
        assert!(
            head.starts_with("HTTP/1.1 200") || head.starts_with("HTTP/1.1 503"),
            "{head}"
        );
        answered.fetch_add(1, Ordering::SeqCst);
        if head.to_lowercase().contains("connection: close") {
            return false;
        }
    }
    true
}

/// Reads one complete response and returns its head.
fn read_response_head(stream: &mut TcpStream) -> String {
    let mut bytes = vec![];
    let mut buffer = [0; 4096];
    loop {
        let read = stream.read(&mut buffer).expect("an answer, not a reset");
        assert!(
            read > 0,
            "cut off after {:?}",
            String::from_utf8_lossy(&bytes)
        );
        bytes.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(": ")?;
                name.eq_ignore_ascii_case("content-length")
                    .then(|| value.parse::<usize>().unwrap())
            });
            if body.len() >= length.unwrap_or(0) {
                return head.to_owned();
            }
        }
    }
}

#[test]
fn oversized_header_section_is_rejected() {
    let service = ServiceProcess::start(&[]);
    let long = "x".repeat(20_000);
    match service.request(&format!("GET /livez HTTP/1.1\r\nX: {long}"), "") {
        Ok((status, ..)) => assert_eq!(status, 431),
        // The connection ends before everything is sent.
        Err(error) => assert!(
            matches!(error.kind(), BrokenPipe | ConnectionReset),
            "{error}"
        ),
    }
    let many = "\r\nX: x".repeat(200);
    let (status, ..) = service
        .request(&format!("GET /livez HTTP/1.1{many}"), "")
        .unwrap();
    assert_eq!(status, 431);
    assert_eq!(service.request("GET /livez HTTP/1.1", "").unwrap().0, 200);
}

#[test]
fn malformed_request_is_rejected_and_the_next_one_served() {
    let service = ServiceProcess::start(&[]);
    for head in [
        "GET /livez HTTP/1.1\r\nContent-Length: 5",
        "POST /login HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity",
        "GET /livez HTTP/1.1\r\nX: a\r\n folded",
        "GET  /livez HTTP/1.1",
        "\u{0}\u{1}\u{2}",
    ] {
        let (status, ..) = service.request(head, "").unwrap();
        assert_eq!(status, 400, "{head:?}");
    }
    assert_eq!(service.request("GET /livez HTTP/1.1", "").unwrap().0, 200);
}

#[test]
fn unfinished_request_head_times_out() {
    let service = ServiceProcess::start(&[("SIGNET_HTTP__HEADER_TIMEOUT", "1s")]);
    let mut slow = TcpStream::connect(service.address).unwrap();
    slow.write_all(b"GET /livez HTTP/1.1\r\nX: ").unwrap();
    slow.set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    assert_eq!(service.request("GET /livez HTTP/1.1", "").unwrap().0, 200);
    let mut rest = vec![];
    slow.read_to_end(&mut rest)
        .expect("an end, before we lose patience ourselves");
    assert!(
        rest.is_empty() || rest.starts_with(b"HTTP/1.1 408"),
        "{rest:?}"
    );
}

#[test]
fn silent_connection_times_out() {
    let service = ServiceProcess::start(&[("SIGNET_HTTP__HEADER_TIMEOUT", "1s")]);
    let mut silent = TcpStream::connect(service.address).unwrap();
    silent
        .set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    let mut rest = vec![];
    silent
        .read_to_end(&mut rest)
        .expect("an end, before we lose patience ourselves");
    assert_eq!(rest, b"");
}

#[test]
fn slow_unfinished_request_head_times_out_during_shutdown() {
    let environment = [
        ("SIGNET_HTTP__HEADER_TIMEOUT", "3s"),
        ("SIGNET_HTTP__DRAIN", "0s"),
        ("SIGNET_HTTP__SHUTDOWN_GRACE", "20s"),
    ];
    let service = ServiceProcess::start(&environment);
    let mut slow = TcpStream::connect(service.address).unwrap();
    slow.write_all(b"GET /livez HTTP/1.1\r\nX: ").unwrap();
    assert_eq!(service.request("GET /livez HTTP/1.1", "").unwrap().0, 200);
    service.signal("-TERM");
    let (status, printed) = service.ended();
    assert!(status.success(), "{printed}");
    assert!(!printed.contains("cut off"), "{printed}");
}

#[test]
fn unfinished_request_does_not_delay_shutdown() {
    let environment = [
        ("SIGNET_HTTP__DRAIN", "0s"),
        ("SIGNET_HTTP__SHUTDOWN_GRACE", "1s"),
    ];
    let service = ServiceProcess::start(&environment);
    let mut stalled = TcpStream::connect(service.address).unwrap();
    let head = "POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
    stalled
        .write_all(format!("{head}Content-Length: 100\r\n\r\n{{").as_bytes())
        .unwrap();
    // A connection without a request is simply closed.
    let _silent = TcpStream::connect(service.address).unwrap();
    assert_eq!(service.request("GET /livez HTTP/1.1", "").unwrap().0, 200);
    service.signal("-TERM");
    let (status, printed) = service.ended();
    assert!(status.success(), "{printed}");
    assert!(
        printed.contains("Stopped; 1 connection cut off."),
        "{printed}"
    );
}

#[test]
fn logs_are_readable_on_a_terminal_and_json_otherwise() {
    let mut service = ServiceProcess::start(&[("SIGNET_LOG__FORMAT", "pretty")]);
    assert_eq!(service.request("GET /livez HTTP/1.1", "").unwrap().0, 200);
    service.wait_for("the request is logged", |service| {
        let printed = service.printed();
        let line = printed.lines().find(|line| line.contains("answered"));
        line.is_some_and(|line| {
            line.contains("INFO") && line.contains("route=/livez") && line.contains("status=200")
        })
    });
    assert!(!service.printed().contains("{\"timestamp\""));
}

/// A token with an unknown secret causes a reload of the folder; the findings are not attributed to
/// the caller.
#[test]
fn key_folder_findings_are_audited_without_the_caller() {
    let mut service = ServiceProcess::start(&[("SIGNET_KEYS__READ_EVERY", "1h")]);
    let folder = service.folder.clone();
    // A secret other than the first one.
    service.wait_for("a second has passed", |_| {
        let keys = ["keys", "generate", "--now", "secret"];
        signet(folder.path())
            .args(keys)
            .output()
            .unwrap()
            .status
            .success()
    });
    let names = fs::read_dir(folder.path().join("keys")).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let newest = names
        .filter(|name| name.ends_with(".secret"))
        .max()
        .unwrap();
    let kid = newest.trim_end_matches(".secret");
    let header = json!({"alg": "HS256", "typ": "rt+jwt", "kid": format!("m{kid}")});
    let header = URL_SAFE_NO_PAD.encode(header.to_string());
    let body = json!({"refresh_token": format!("{header}.e30.e30")});
    // A held secret, with a token that it has not signed.
    assert_eq!(service.post("/refresh", &body).0, 401);
    service.wait_for("it is on record", |service| {
        let printed = service.printed();
        let line = printed.lines().find(|line| line.contains("keys_change"));
        line.is_some_and(|line| line.contains(&newest) && !line.contains("network"))
    });
}

#[test]
fn suggested_command_works_with_several_clients() {
    let folder = std::sync::Arc::new(tempfile::tempdir().unwrap());
    let clients = "[[clients]]\nclient_id = 'a.web'\ntransport = 'cookie'\n\
                   [[clients]]\nclient_id = 'b.app'\n";
    fs::write(folder.path().join("signet.toml"), clients).unwrap();
    let address = crate::support::process::free_address();
    let mut service = ServiceProcess::start_in(folder, address, &[]);
    service.wait_for("it says what to try", |service| {
        service.printed().contains("\nTry: ")
    });
    let printed = service.printed();
    let (_, line) = printed.split_once("\nTry: ").unwrap();
    let line = line.lines().next().unwrap();
    let mut shell = std::process::Command::new("sh");
    let tried = shell.args(["-c", line]).output().unwrap();
    let answer = String::from_utf8_lossy(&tried.stdout).into_owned();
    assert!(answer.starts_with("HTTP/1.1 202"), "{line}\n{answer}");
    let token = service.printed_token();
    assert!(!token.is_empty());
}
