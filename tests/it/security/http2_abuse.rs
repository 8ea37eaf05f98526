//! HTTP/2 by the frame: floods cost little, are ended, and others are served meanwhile.

use std::thread::scope;

use crate::support::{
    process::Service,
    wire::{
        ACK, CONTINUATION, DATA, END_HEADERS, END_STREAM, HEADERS, PING, PREFACE, PRIORITY,
        RST_STREAM, SETTINGS, WINDOW_UPDATE, Wire, fields, frame, get, status,
    },
};

/// RFC 9113 §7.
const REFUSED_STREAM: [u8; 4] = [0, 0, 0, 7];
const ENHANCE_YOUR_CALM: u32 = 11;

/// What a flood may cost at most, in MiB.
const MEMORY: u64 = 48;

/// How much of a flood ends it at the latest, where it is not only silence that does.
const ENOUGH: usize = 100_000;

fn connect(service: &Service) -> Wire {
    let mut wire = Wire::to(service);
    wire.say(PREFACE);
    wire
}

#[track_caller]
fn is_alive(service: &Service) {
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

/// The numbers of streams that a client may open.
fn streams() -> impl Iterator<Item = u32> {
    (1..).step_by(2)
}

#[test]
fn requests_over_one_connection_are_answered_each_by_itself() {
    let service = Service::start(&[("SIGNET_HTTP__BODY_TIMEOUT", "1s")]);
    let mut wire = connect(&service);
    // A body that does not come costs its own stream alone.
    wire.say(post("/login", 1));
    let timed_out = wire.wait_for(HEADERS, 1).expect("an answer");
    assert_eq!(status(&timed_out), 408);
    let body = wire.wait_for(DATA, 1).expect("a body");
    let body = String::from_utf8(body.payload).unwrap();
    assert!(body.contains("\"request_timeout\""), "{body}");
    wire.say(get("/livez", 3));
    assert_eq!(status(&wire.wait_for(HEADERS, 3).expect("an answer")), 200);
    wire.say(get("/nothing", 5));
    assert_eq!(status(&wire.wait_for(HEADERS, 5).expect("an answer")), 404);
}

#[test]
fn a_header_list_too_large_is_refused() {
    let service = Service::start(&[]);
    let mut wire = connect(&service);
    let value = "x".repeat(100);
    let more = vec![("x", value.as_str()); 160];
    let block = fields("GET", "/livez", &more);
    let (first, rest) = block.split_at(16_000);
    wire.say(frame(HEADERS, END_STREAM, 1, first));
    wire.say(frame(CONTINUATION, END_HEADERS, 1, rest));
    assert_eq!(status(&wire.wait_for(HEADERS, 1).expect("an answer")), 431);
    is_alive(&service);
}

#[test]
fn no_more_than_a_hundred_streams_are_open_at_once() {
    let service = Service::start(&[("SIGNET_HTTP__BODY_TIMEOUT", "5m")]);
    let mut wire = connect(&service);
    let settings = wire.wait_for(SETTINGS, 0).expect("settings").payload;
    let most = settings.chunks(6).find(|setting| setting[..2] == [0, 3]);
    assert_eq!(most.expect("a limit")[2..], [0, 0, 0, 100]);
    wire.say(frame(SETTINGS, ACK, 0, b""));
    let last = streams().nth(100).unwrap();
    for stream in streams().take(101) {
        wire.say(post("/login", stream));
    }
    let reset = wire.wait_for(RST_STREAM, last).expect("a reset");
    assert_eq!(reset.payload, REFUSED_STREAM);
    is_alive(&service);
}

/// However few the connections, no more requests are in hand than connections may be.
#[test]
fn requests_beyond_the_bound_are_told_to_come_back() {
    let mut service = Service::start(&[
        ("SIGNET_HTTP__MAX_CONNECTIONS", "16"),
        ("SIGNET_HTTP__BODY_TIMEOUT", "5m"),
    ]);
    let mut wire = connect(&service);
    for stream in streams().take(17) {
        wire.say(post("/login", stream));
    }
    let last = streams().nth(16).unwrap();
    assert_eq!(
        status(&wire.wait_for(HEADERS, last).expect("an answer")),
        503
    );
    let body = wire.wait_for(DATA, last).expect("a body");
    let body = String::from_utf8(body.payload).unwrap();
    assert!(body.contains("\"overloaded\""), "{body}");
    // And when those are gone there is room again.
    drop(wire);
    service.wait_for("there is room", |service| {
        let answer = service.request("GET /livez HTTP/1.1", "");
        answer.is_ok_and(|(status, ..)| status == 200)
    });
}

/// A flood: its name, what is said again and again, and how it ends at once, if it does: other
/// floods go on until the connection is closed because nothing is asked.
type Flood = (&'static str, fn(u32) -> Vec<u8>, Option<u32>);

#[test]
fn slow_floods_are_ended_and_cost_little() {
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
    let service = Service::start(&[("SIGNET_HTTP__HEADER_TIMEOUT", "1s")]);
    is_alive(&service);
    let before = service.memory();
    scope(|scope| {
        for (name, piece, code) in floods {
            let mut wire = connect(&service);
            scope.spawn(move || {
                let mut said = streams().map(piece);
                if code.is_none() {
                    while wire.say(said.next().unwrap()) {}
                    return;
                }
                let is_over = said.take(ENOUGH).any(|piece| !wire.say(piece));
                assert!(is_over, "{name}: {ENOUGH} did not suffice");
                // The last word may be lost with the connection.
                let farewell = wire.farewell();
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
