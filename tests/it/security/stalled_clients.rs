//! Clients that mean no good, over real connections: whoever takes their time, or takes up room.

use std::{
    thread::{scope, sleep},
    time::Duration,
};

use serde_json::json;

use crate::support::{
    PASSWORD,
    process::Service,
    wire::{self, PREFACE, Wire},
};

const LIVEZ: &str = "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n";
const POST: &str = "POST /login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";

/// Without this, nothing happens in the time that a test waits for something to happen.
const NEVER: &str = "5m";

#[track_caller]
fn is_alive(service: &Service) {
    assert_eq!(service.request("GET /livez HTTP/1.1", "").unwrap().0, 200);
}

#[test]
fn a_body_that_never_ends_is_given_up_on_and_holds_nothing_meanwhile() {
    let service = Service::start(&[
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
                let mut stalled = Wire::to(&service);
                stalled.say(text);
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
        // Slowly is not a way round: the whole body has that time.
        let mut slow = Wire::to(&service);
        slow.say(&chunked);
        scope.spawn(move || go_on(slow, "1\r\nx\r\n"));
        // One hash at a time, and one waits: the place is not theirs.
        assert_eq!(service.post("/login", &credentials).0, 401);
    });
    is_alive(&service);
}

#[test]
fn a_body_without_end_is_cut_short() {
    let service = Service::start(&[
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
        let mut wire = Wire::to(&service);
        let head = POST.replace("/login", path);
        wire.say(format!("{head}Transfer-Encoding: chunked\r\n\r\n"));
        while wire.say(&chunk) {}
        // What it was told may be lost with the connection.
        if let Some(reply) = wire.answer() {
            assert_eq!(reply.status, status, "{path}");
        }
        is_alive(&service);
    }
}

/// Says it again and again, until nobody listens any more.
#[track_caller]
fn go_on(mut wire: Wire, piece: impl AsRef<[u8]>) {
    let pause = || sleep(Duration::from_millis(50));
    let is_over = (0..400).any(|_| {
        pause();
        !wire.say(&piece)
    });
    assert!(is_over, "it may go on for ever");
}

/// What clients do instead of asking.
fn silences() -> Vec<(&'static str, Vec<u8>)> {
    let h2 = |frames: &[Vec<u8>]| [&[PREFACE.to_vec()], frames].concat().concat();
    let no_window = wire::frame(wire::SETTINGS, 0, 0, [0, 4, 0, 0, 0, 0]);
    let half = wire::frame(wire::HEADERS, 0, 1, wire::fields("GET", "/livez", &[]));
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
            h2(&[wire::get("/livez", 1)]),
        ),
        (
            "an answer that it leaves no room for",
            h2(&[no_window, wire::get("/livez", 1)]),
        ),
    ]
}

/// Waits for the end, acknowledging whatever an HTTP/2 client is asked to.
fn wait_for_the_end(mut wire: Wire, said: &[u8]) {
    if said.starts_with(PREFACE) {
        wire.farewell();
    } else {
        wire.rest();
    }
}

#[test]
fn slow_whoever_stops_asking_is_given_up_on() {
    let service = Service::start(&[
        ("SIGNET_HTTP__HEADER_TIMEOUT", "1s"),
        ("SIGNET_HTTP__IDLE_TIMEOUT", "1s"),
    ]);
    scope(|scope| {
        for (what, said) in silences() {
            let mut wire = Wire::to(&service);
            wire.say(&said);
            let waiting = move || wait_for_the_end(wire, &said);
            std::thread::Builder::new()
                .name(what.to_owned())
                .spawn_scoped(scope, waiting)
                .unwrap();
        }
        for kind in [wire::PING, wire::SETTINGS] {
            let mut talker = Wire::to(&service);
            talker.say(PREFACE);
            scope.spawn(move || {
                let payload: &[u8] = if kind == wire::PING { &[0; 8] } else { b"" };
                go_on(talker, wire::frame(kind, 0, 0, payload));
            });
        }
        // Asks and asks, and reads no answer.
        let mut deaf = Wire::to(&service);
        scope.spawn(move || while deaf.say(LIVEZ.repeat(1000)) {});
        is_alive(&service);
    });
    is_alive(&service);
}

#[test]
fn slow_whoever_asks_now_and_then_is_not_given_up_on() {
    let service = Service::start(&[("SIGNET_HTTP__IDLE_TIMEOUT", "2s")]);
    let mut first = Wire::to(&service);
    let mut second = Wire::to(&service);
    second.say(PREFACE);
    for stream in [1, 3, 5, 7] {
        first.say(LIVEZ);
        assert_eq!(first.answer().expect("an answer").status, 200);
        second.say(wire::get("/livez", stream));
        assert!(second.wait_for(wire::HEADERS, stream).is_some());
        sleep(Duration::from_millis(800));
    }
}

#[test]
fn slow_a_crowd_of_the_silent_keeps_nobody_out() {
    let service = Service::start(&[
        ("SIGNET_HTTP__MAX_CONNECTIONS", "16"),
        ("SIGNET_HTTP__HEADER_TIMEOUT", NEVER),
        ("SIGNET_HTTP__BODY_TIMEOUT", NEVER),
    ]);
    // Is being served, however slow it is: keeps its place.
    let mut slow = Wire::to(&service);
    slow.say(format!("{POST}Content-Length: 2\r\n\r\n{{"));
    let silences = silences();
    let mut limiter = vec![];
    for (_, said) in silences.iter().cycle().take(40) {
        let mut wire = Wire::to(&service);
        wire.say(said);
        limiter.push((wire, said));
    }
    is_alive(&service);
    // All of those that came first had to go.
    for (wire, said) in limiter.drain(..20) {
        wait_for_the_end(wire, said);
    }
    is_alive(&service);
    drop(limiter);
    slow.say("}");
    assert_eq!(slow.answer().expect("an answer").status, 422);
    is_alive(&service);
}

#[test]
fn slow_a_low_limit_of_open_files_is_raised_or_said() {
    let folder = std::sync::Arc::new(tempfile::tempdir().unwrap());
    let mut few = std::process::Command::new("sh");
    let serve = format!("ulimit -n 150 && exec {}", env!("CARGO_BIN_EXE_signet"));
    few.args(["-c", &serve]);
    let service = Service::start_as(few, folder, &[]);
    let warning = "the limit of open files is 150, so at most 62 connections are served at once instead \
                   of 4096: raise the limit (ulimit -n) to 4184, or lower http.max_connections";
    assert!(service.printed().contains(warning), "{}", service.printed());
    // More than there is room for: they wait, and everybody is served in the end.
    let limiter: Vec<_> = (0..200).map(|_| Wire::to(&service)).collect();
    is_alive(&service);
    drop(limiter);
    assert!(!service.printed().contains("could not accept"));

    let folder = std::sync::Arc::new(tempfile::tempdir().unwrap());
    let mut raised = std::process::Command::new("sh");
    let serve = format!("ulimit -Sn 150 && exec {}", env!("CARGO_BIN_EXE_signet"));
    raised.args(["-c", &serve]);
    let service = Service::start_as(raised, folder, &[]);
    assert!(
        !service.printed().contains("files may be open"),
        "{}",
        service.printed()
    );
}
