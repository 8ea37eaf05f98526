//! HTTP/2 frame floods: cheap, ended, and without effect on other clients.

use std::{
    thread::scope,
    time::{Duration, Instant},
};

use crate::support::{
    process::ServiceProcess,
    raw_connection::{
        ACK, CONTINUATION, DATA, END_HEADERS, END_STREAM, HEADERS, PING, PREFACE, PRIORITY,
        RST_STREAM, RawConnection, SETTINGS, WINDOW_UPDATE, fields, frame, get, status,
    },
};

/// RFC 9113 §7.
const REFUSED_STREAM: [u8; 4] = [0, 0, 0, 7];
const ENHANCE_YOUR_CALM: u32 = 11;

/// The maximum memory of a flood, in MiB.
const MEMORY: u64 = 48;

/// The number of frames that ends a flood, unless the idle timeout ends it.
const MAX_FRAMES: usize = 100_000;

fn connect(service: &ServiceProcess) -> RawConnection {
    let mut wire = RawConnection::to(service);
    wire.write(PREFACE);
    wire
}

#[track_caller]
fn is_alive(service: &ServiceProcess) {
    assert_eq!(service.request("GET /livez HTTP/1.1", "").unwrap().0, 200);
}

fn post(path: &str, stream: u32) -> Vec<u8> {
    let content_type = [("content-type", "application/json")];
    frame(
        HEADERS,
        END_HEADERS,
        stream,
        fields("POST", path, &content_type),
    )
}

/// The stream numbers of a client.
fn streams() -> impl Iterator<Item = u32> {
    (1..).step_by(2)
}

#[test]
fn requests_on_one_connection_are_independent() {
    let service = ServiceProcess::start(&[("SIGNET_HTTP__BODY_TIMEOUT", "1s")]);
    let mut wire = connect(&service);
    // A missing body fails its own stream only.
    wire.write(post("/login", 1));
    let timed_out = wire.wait_for(HEADERS, 1).expect("an answer");
    assert_eq!(status(&timed_out), 408);
    let body = wire.wait_for(DATA, 1).expect("a body");
    let body = String::from_utf8(body.payload).unwrap();
    assert!(body.contains("\"request_timeout\""), "{body}");
    wire.write(get("/livez", 3));
    assert_eq!(status(&wire.wait_for(HEADERS, 3).expect("an answer")), 200);
    wire.write(get("/nothing", 5));
    assert_eq!(status(&wire.wait_for(HEADERS, 5).expect("an answer")), 404);
}

#[test]
fn oversized_header_list_is_rejected() {
    let service = ServiceProcess::start(&[]);
    let mut wire = connect(&service);
    let value = "x".repeat(100);
    let more = vec![("x", value.as_str()); 160];
    let block = fields("GET", "/livez", &more);
    let (first, rest) = block.split_at(16_000);
    wire.write(frame(HEADERS, END_STREAM, 1, first));
    wire.write(frame(CONTINUATION, END_HEADERS, 1, rest));
    assert_eq!(status(&wire.wait_for(HEADERS, 1).expect("an answer")), 431);
    is_alive(&service);
}

#[test]
fn at_most_a_hundred_streams_are_open() {
    let service = ServiceProcess::start(&[("SIGNET_HTTP__BODY_TIMEOUT", "5m")]);
    let mut wire = connect(&service);
    let settings = wire.wait_for(SETTINGS, 0).expect("settings").payload;
    let most = settings.chunks(6).find(|setting| setting[..2] == [0, 3]);
    assert_eq!(most.expect("a limit")[2..], [0, 0, 0, 100]);
    wire.write(frame(SETTINGS, ACK, 0, b""));
    let last = streams().nth(100).unwrap();
    for stream in streams().take(101) {
        wire.write(post("/login", stream));
    }
    let reset = wire.wait_for(RST_STREAM, last).expect("a reset");
    assert_eq!(reset.payload, REFUSED_STREAM);
    is_alive(&service);
}

/// The number of concurrent requests is limited to the number of connections.
#[test]
fn requests_beyond_the_connection_limit_return_503() {
    let mut service = ServiceProcess::start(&[
        ("SIGNET_HTTP__MAX_CONNECTIONS", "16"),
        ("SIGNET_HTTP__BODY_TIMEOUT", "5m"),
    ]);
    let mut wire = connect(&service);
    for stream in streams().take(17) {
        wire.write(post("/login", stream));
    }
    let last = streams().nth(16).unwrap();
    assert_eq!(
        status(&wire.wait_for(HEADERS, last).expect("an answer")),
        503
    );
    let body = wire.wait_for(DATA, last).expect("a body");
    let body = String::from_utf8(body.payload).unwrap();
    assert!(body.contains("\"overloaded\""), "{body}");
    // A browser gets a page in its language.
    let browser = streams().nth(17).unwrap();
    let headers = [
        ("accept", "text/html,*/*;q=0.8"),
        ("accept-language", "de"),
        ("sec-fetch-mode", "navigate"),
    ];
    let block = fields("GET", "/login", &headers);
    wire.write(frame(HEADERS, END_HEADERS | END_STREAM, browser, &block));
    let page = wire.wait_for(DATA, browser).expect("a page");
    let page = String::from_utf8(page.payload).unwrap();
    assert!(
        page.contains("<h1>Vorübergehend nicht verfügbar</h1>"),
        "{page}"
    );
    assert!(page.contains("<code>overloaded</code>"), "{page}");
    // After the connection closes, another one is accepted.
    drop(wire);
    service.wait_for("there is room", |service| {
        let answer = service.request("GET /livez HTTP/1.1", "");
        answer.is_ok_and(|(status, ..)| status == 200)
    });
}

/// A flood: its name, its repeated frame, and its error code. A flood without a code ends with the
/// idle timeout.
type Flood = (&'static str, fn(u32) -> Vec<u8>, Option<u32>);

/// Writes frames until the idle timeout of the service closes the connection.
fn write_until_closed(
    wire: &mut RawConnection,
    frames: impl Iterator<Item = Vec<u8>>,
    flood: &str,
) {
    let limit = Instant::now() + Duration::from_mins(1);
    for frame in frames {
        assert!(Instant::now() < limit, "{flood}: the connection stays open");
        if !wire.write(frame) {
            return;
        }
    }
}

#[test]
fn slow_frame_floods_are_ended_cheaply() {
    let floods: [Flood; 11] = [
        (
            "requests that are taken back at once (CVE-2023-44487)",
            |stream| [get("/livez", stream), frame(RST_STREAM, 0, stream, [0; 4])].concat(),
            Some(ENHANCE_YOUR_CALM),
        ),
        (
            "requests with a body that are taken back",
            |stream| [post("/login", stream), frame(RST_STREAM, 0, stream, [0; 4])].concat(),
            Some(ENHANCE_YOUR_CALM),
        ),
        (
            "requests that we must take back (CVE-2025-8671)",
            |stream| {
                [
                    post("/login", stream),
                    frame(WINDOW_UPDATE, 0, stream, [0x7f, 0xff, 0xff, 0xff]),
                ]
                .concat()
            },
            Some(ENHANCE_YOUR_CALM),
        ),
        (
            "header sections without end (CVE-2024-27316)",
            |stream| match stream {
                1 => frame(HEADERS, END_STREAM, 1, fields("GET", "/livez", &[])),
                _ => frame(CONTINUATION, 0, 1, [0, 1, b'x', 1, b'x']),
            },
            Some(ENHANCE_YOUR_CALM),
        ),
        (
            "header sections in empty pieces",
            |stream| match stream {
                1 => frame(HEADERS, END_STREAM, 1, fields("GET", "/livez", &[])),
                _ => frame(CONTINUATION, 0, 1, b""),
            },
            Some(ENHANCE_YOUR_CALM),
        ),
        (
            "a header section that grows when it is unpacked",
            |stream| {
                let mut block = fields("GET", "/livez", &[]);
                block.extend([&[0x40, 1, b'x', 0x7f, 0x80, 0x1e][..], &[b'x'; 3967]].concat());
                block.extend([0xbe; 12_000]);
                frame(HEADERS, END_HEADERS | END_STREAM, stream, block)
            },
            Some(ENHANCE_YOUR_CALM),
        ),
        (
            "empty pieces of a body (CVE-2019-9518)",
            |stream| match stream {
                1 => post("/login", 1),
                _ => frame(DATA, 0, 1, b""),
            },
            Some(ENHANCE_YOUR_CALM),
        ),
        ("pings (CVE-2019-9512)", |_| frame(PING, 0, 0, [0; 8]), None),
        (
            "settings (CVE-2019-9515)",
            |_| frame(SETTINGS, 0, 0, [0, 3, 0, 0, 0, 9]),
            None,
        ),
        (
            "priorities (CVE-2019-9513)",
            |stream| frame(PRIORITY, 0, stream, [0, 0, 0, 0, 7]),
            None,
        ),
        (
            "frames of no known type",
            |_| frame(0x77, 0, 0, [0; 100]),
            None,
        ),
    ];
    let service = ServiceProcess::start(&[("SIGNET_HTTP__HEADER_TIMEOUT", "1s")]);
    is_alive(&service);
    let before = service.memory();
    scope(|scope| {
        for (name, piece, code) in floods {
            let mut wire = connect(&service);
            scope.spawn(move || {
                let said = streams().map(piece);
                if code.is_none() {
                    write_until_closed(&mut wire, said, name);
                    return;
                }
                let is_over = said.take(MAX_FRAMES).any(|piece| !wire.write(piece));
                assert!(is_over, "{name}: {MAX_FRAMES} did not suffice");
                // The GOAWAY frame may be lost with the connection.
                let farewell = wire.goaway_code();
                assert!(
                    farewell.is_none() || farewell == code,
                    "{name}: {farewell:?}"
                );
            });
        }
        is_alive(&service);
    });
    is_alive(&service);
    let after = service.memory();
    assert!(after < before + MEMORY, "{before} MiB have become {after}");
}
