//! Hostile clients over real connections: slow and idle connections.

use std::{
    thread::{scope, sleep},
    time::Duration,
};

use serde_json::json;

use crate::support::{
    PASSWORD,
    process::ServiceProcess,
    raw_connection::{self, PREFACE, RawConnection},
};

const LIVEZ: &str = "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n";
const POST: &str = "POST /login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";

/// Long enough that no timeout happens during a test.
const NEVER: &str = "5m";

#[track_caller]
fn is_alive(service: &ServiceProcess) {
    assert_eq!(service.request("GET /livez HTTP/1.1", "").unwrap().0, 200);
}

#[test]
fn unfinished_body_times_out_without_holding_a_database_connection() {
    let service = ServiceProcess::start(&[
        ("SIGNET_HTTP__BODY_TIMEOUT", "1s"),
        ("SIGNET_HTTP__HEADER_TIMEOUT", NEVER),
        ("SIGNET_PASSWORD__WORKERS", "1"),
        ("SIGNET_PASSWORD__QUEUE", "1"),
        ("SIGNET_DATABASE__CONNECTIONS", "1"),
    ]);
    let credentials = json!({"email": "ada@example.com", "password": PASSWORD});
    let begun = &credentials.to_string()[..20];
    let declared = format!("{POST}Content-Length: 200\r\n\r\n{begun}");
    let chunked = format!("{POST}Transfer-Encoding: chunked\r\n\r\n14\r\n{begun}\r\n");
    let form = POST
        .replace("/login", "/token")
        .replace("json", "x-www-form-urlencoded");
    let form = format!("{form}Content-Length: 200\r\n\r\ngrant_type=");

    scope(|scope| {
        for (text, is_form) in [(&declared, false), (&chunked, false), (&form, true)] {
            for _ in 0..4 {
                let mut stalled = RawConnection::to(&service);
                stalled.write(text);
                scope.spawn(move || {
                    let reply = stalled.answer().expect("an answer");
                    assert_eq!(reply.status, 408, "{text}\n{}", reply.head);
                    assert!(reply.head.contains("\r\nconnection: close\r\n"));
                    let body: serde_json::Value = serde_json::from_str(&reply.body).unwrap();
                    assert_eq!(body["error"], "invalid_request");
                    assert_eq!(body["code"] == "request_timeout", !is_form);
                    assert_eq!(stalled.rest(), b"");
                });
            }
        }
        // The time limit covers the whole body, also for a slow client.
        let mut slow = RawConnection::to(&service);
        slow.write(&chunked);
        scope.spawn(move || write_until_closed(slow, "1\r\nx\r\n"));
        // One hash runs and one waits: stalled clients hold no place.
        assert_eq!(service.post("/login", &credentials).0, 401);
    });
    is_alive(&service);
}

#[test]
fn endless_body_is_cut_off() {
    let service = ServiceProcess::start(&[
        ("SIGNET_HTTP__BODY_TIMEOUT", NEVER),
        ("SIGNET_HTTP__HEADER_TIMEOUT", NEVER),
    ]);
    let chunk = format!("1000\r\n{}\r\n", " ".repeat(0x1000));
    for (path, status) in [
        ("/login", 413),
        ("/token", 400),
        ("/logout", 204),
        ("/me", 405),
    ] {
        let mut wire = RawConnection::to(&service);
        let head = POST.replace("/login", path);
        wire.write(format!("{head}Transfer-Encoding: chunked\r\n\r\n"));
        let is_cut_off = (0..100_000).any(|_| !wire.write(&chunk));
        assert!(is_cut_off, "{path}");
        // The response may be lost with the connection.
        if let Some(reply) = wire.answer() {
            assert_eq!(reply.status, status, "{path}");
        }
        is_alive(&service);
    }
}

/// Repeats the bytes until the connection is closed.
#[track_caller]
fn write_until_closed(mut wire: RawConnection, piece: impl AsRef<[u8]>) {
    let pause = || sleep(Duration::from_millis(50));
    let is_over = (0..400).any(|_| {
        pause();
        !wire.write(&piece)
    });
    assert!(is_over, "it may go on for ever");
}

/// Ways to keep a connection without a request.
fn idle_behaviours() -> Vec<(&'static str, Vec<u8>)> {
    let h2 = |frames: &[Vec<u8>]| [&[PREFACE.to_vec()], frames].concat().concat();
    let no_window = raw_connection::frame(raw_connection::SETTINGS, 0, 0, [0, 4, 0, 0, 0, 0]);
    let half = raw_connection::frame(
        raw_connection::HEADERS,
        0,
        1,
        raw_connection::fields("GET", "/livez", &[]),
    );
    vec![
        ("nothing", vec![]),
        ("half a head", b"GET /livez HTTP/1.1\r\nX: ".to_vec()),
        ("no more after an answer", LIVEZ.into()),
        ("half a preface", PREFACE[..10].to_vec()),
        ("a preface without settings", PREFACE[..24].to_vec()),
        ("settings alone", h2(&[])),
        ("half a frame", [PREFACE, b"\0\0\x20\x01"].concat()),
        ("half a header section", h2(&[half])),
        (
            "no more after an HTTP/2 answer",
            h2(&[raw_connection::get("/livez", 1)]),
        ),
        (
            "an answer that it leaves no room for",
            h2(&[no_window, raw_connection::get("/livez", 1)]),
        ),
    ]
}

/// Waits for the end of the connection, and acknowledges HTTP/2 frames.
fn wait_for_close(mut wire: RawConnection, said: &[u8]) {
    if said.starts_with(PREFACE) {
        wire.goaway_code();
    } else {
        wire.rest();
    }
}

#[test]
fn slow_idle_connection_is_closed() {
    let service = ServiceProcess::start(&[
        ("SIGNET_HTTP__HEADER_TIMEOUT", "1s"),
        ("SIGNET_HTTP__IDLE_TIMEOUT", "1s"),
    ]);
    scope(|scope| {
        for (what, said) in idle_behaviours() {
            let mut wire = RawConnection::to(&service);
            wire.write(&said);
            let waiting = move || wait_for_close(wire, &said);
            std::thread::Builder::new()
                .name(what.to_owned())
                .spawn_scoped(scope, waiting)
                .unwrap();
        }
        for kind in [raw_connection::PING, raw_connection::SETTINGS] {
            let mut talker = RawConnection::to(&service);
            talker.write(PREFACE);
            scope.spawn(move || {
                let payload: &[u8] = if kind == raw_connection::PING {
                    &[0; 8]
                } else {
                    b""
                };
                write_until_closed(talker, raw_connection::frame(kind, 0, 0, payload));
            });
        }
        // A client that sends requests and reads no response.
        let mut deaf = RawConnection::to(&service);
        scope.spawn(move || {
            let is_closed = (0..100_000).any(|_| !deaf.write(LIVEZ.repeat(1000)));
            assert!(is_closed, "a client that reads no response stays connected");
        });
        is_alive(&service);
    });
    is_alive(&service);
}

#[test]
fn slow_occasionally_used_connection_is_kept() {
    let service = ServiceProcess::start(&[("SIGNET_HTTP__IDLE_TIMEOUT", "2s")]);
    let mut first = RawConnection::to(&service);
    let mut second = RawConnection::to(&service);
    second.write(PREFACE);
    for stream in [1, 3, 5, 7] {
        first.write(LIVEZ);
        assert_eq!(first.answer().expect("an answer").status, 200);
        second.write(raw_connection::get("/livez", stream));
        assert!(second.wait_for(raw_connection::HEADERS, stream).is_some());
        sleep(Duration::from_millis(800));
    }
}

#[test]
fn slow_many_idle_connections_block_nobody() {
    let service = ServiceProcess::start(&[
        ("SIGNET_HTTP__MAX_CONNECTIONS", "16"),
        ("SIGNET_HTTP__HEADER_TIMEOUT", NEVER),
        ("SIGNET_HTTP__BODY_TIMEOUT", NEVER),
    ]);
    // A slow request in progress keeps its connection.
    let mut slow = RawConnection::to(&service);
    slow.write(format!("{POST}Content-Length: 2\r\n\r\n{{"));
    let idle_behaviours = idle_behaviours();
    let mut limiter = vec![];
    for (_, said) in idle_behaviours.iter().cycle().take(40) {
        let mut wire = RawConnection::to(&service);
        wire.write(said);
        limiter.push((wire, said));
    }
    is_alive(&service);
    // The oldest idle connections were closed.
    for (wire, said) in limiter.drain(..20) {
        wait_for_close(wire, said);
    }
    is_alive(&service);
    drop(limiter);
    slow.write("}");
    assert_eq!(slow.answer().expect("an answer").status, 422);
    is_alive(&service);
}

#[test]
fn slow_low_open_file_limit_is_raised_or_reported() {
    let folder = std::sync::Arc::new(tempfile::tempdir().unwrap());
    let mut few = std::process::Command::new("sh");
    let serve = format!("ulimit -n 150 && exec {}", env!("CARGO_BIN_EXE_signet"));
    few.args(["-c", &serve]);
    let service = ServiceProcess::start_as(few, folder, &[]);
    let warning = "the limit of open files is 150, so at most 62 connections are served at once instead \
                   of 4096: raise the limit (ulimit -n) to 4184, or lower http.max_connections";
    assert!(service.printed().contains(warning), "{}", service.printed());
    // More connections than the limit wait and are all served.
    let limiter: Vec<_> = (0..200).map(|_| RawConnection::to(&service)).collect();
    is_alive(&service);
    drop(limiter);
    assert!(!service.printed().contains("could not accept"));

    let folder = std::sync::Arc::new(tempfile::tempdir().unwrap());
    let mut raised = std::process::Command::new("sh");
    let serve = format!("ulimit -Sn 150 && exec {}", env!("CARGO_BIN_EXE_signet"));
    raised.args(["-c", &serve]);
    let service = ServiceProcess::start_as(raised, folder, &[]);
    assert!(
        !service.printed().contains("files may be open"),
        "{}",
        service.printed()
    );
}
