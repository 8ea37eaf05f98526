//! Malformed requests and wrong methods: a clear response and never two interpretations.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    docs,
    support::{
        TestService,
        process::ServiceProcess,
        raw_connection::RawConnection,
        routes::{self, Takes},
    },
};

const LIVEZ: &str = "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n";

/// The state of a connection after a response.
#[derive(Debug, PartialEq, Eq)]
enum Then {
    /// Following bytes are not read as a request.
    Closed,
    /// The next request is served.
    Open,
}
use Then::{Closed, Open};

/// The head of a login with these fields.
fn login(rest: &str) -> Vec<u8> {
    let head = "POST /login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
    format!("{head}{rest}").into()
}

fn chunked(body: &str) -> Vec<u8> {
    login(&format!("Transfer-Encoding: chunked\r\n\r\n{body}"))
}

/// A request for `/livez` with these fields.
fn with(fields: &str) -> Vec<u8> {
    format!("GET /livez HTTP/1.1\r\nHost: x\r\n{fields}\r\n").into()
}

fn line(line: &str) -> Vec<u8> {
    format!("{line}\r\nHost: x\r\n\r\n").into()
}

/// A request and the expected outcome.
#[rustfmt::skip]
fn cases() -> Vec<(&'static str, Vec<u8>, u16, Then)> {
    let many = "X: a\r\n".repeat(10_000);
    let long = format!("X: {}\r\n", "a".repeat(100 * 1024));
    vec![
        // The message length: RFC 9112 §6.
        ("lengths that differ", login("Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}"), 400, Closed),
        ("one length twice", login("Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}"), 422, Open),
        ("a list of lengths", login("Content-Length: 2, 2\r\n\r\n{}"), 400, Closed),
        ("a signed length", login("Content-Length: +2\r\n\r\n{}"), 400, Closed),
        ("a negative length", login("Content-Length: -2\r\n\r\n{}"), 400, Closed),
        ("a length in hexadecimal", login("Content-Length: 0x2\r\n\r\n{}"), 400, Closed),
        ("a length out of range", login("Content-Length: 99999999999999999999\r\n\r\n"), 400, Closed),
        ("an empty length", login("Content-Length:\r\n\r\n{}"), 400, Closed),
        ("a length before a space", login("Content-Length : 2\r\n\r\n{}"), 400, Closed),
        // Read by its chunks, as §6.3 allows, and then the connection ends.
        ("a length and chunks", login("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"), 422, Closed),
        ("chunks and a length", login("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n2\r\n{}\r\n0\r\n\r\n"), 422, Closed),
        ("chunks before the end of compression", login("Transfer-Encoding: chunked, gzip\r\n\r\n2\r\n{}\r\n0\r\n\r\n"), 400, Closed),
        ("compression below chunks", login("Transfer-Encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"), 400, Closed),
        ("chunks of chunks", login("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"), 400, Closed),
        ("no known coding", login("Transfer-Encoding: xchunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"), 400, Closed),
        ("a coding in disguise", login("Transfer-Encoding: \u{b}chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"), 400, Closed),
        ("chunks in HTTP/1.0", b"POST /login HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n".into(), 400, Closed),
        ("good chunks", chunked("2;a=b\r\n{}\r\n0\r\nX: y\r\n\r\n"), 422, Open),
        ("a negative chunk", chunked("-1\r\n{}\r\n0\r\n\r\n"), 400, Closed),
        ("a chunk with 0x", chunked("0x2\r\n{}\r\n0\r\n\r\n"), 400, Closed),
        ("a chunk without a size", chunked("\r\n{}\r\n0\r\n\r\n"), 400, Closed),
        ("a chunk out of range", chunked("ffffffffffffffff1\r\n{}\r\n0\r\n\r\n"), 400, Closed),
        ("a chunk longer than it says", chunked("2\r\n{}xx\r\n0\r\n\r\n"), 400, Closed),
        ("chunks with bare line feeds", chunked("2\n{}\n0\n\n"), 400, Closed),
        ("a line feed in a chunk's extension", chunked("2;a\nb\r\n{}\r\n0\r\n\r\n"), 400, Closed),
        ("an endless extension", chunked(&format!("2;a={}\r\n", "b".repeat(20_000))), 400, Closed),
        ("endless trailers", chunked(&format!("2\r\n{{}}\r\n0\r\n{many}\r\n")), 400, Closed),
        // Lines and fields: §2, §3 and §5.
        ("a folded field", with("X: a\r\n b\r\n"), 400, Closed),
        ("a carriage return alone", with("X: a\rb\r\n"), 400, Closed),
        ("NUL in a value", with("X: a\0b\r\n"), 400, Closed),
        ("NUL in a name", with("X\0: a\r\n"), 400, Closed),
        ("a space before a colon", with("X : a\r\n"), 400, Closed),
        ("no colon", with("X\r\n"), 400, Closed),
        ("no name", with(": a\r\n"), 400, Closed),
        ("a field of 100 KiB", with(&long), 431, Closed),
        ("ten thousand fields", with(&many), 431, Closed),
        // §2.2 allows this interpretation, and the parser uses it.
        ("lines that end in a line feed alone", LIVEZ.replace('\r', "").into(), 200, Open),
        ("lines before the request", format!("\r\n\r\n{LIVEZ}").into(), 200, Open),
        ("nothing but lines", "\r\n".repeat(50_000).into(), 431, Closed),
        ("no host", b"GET /livez HTTP/1.1\r\n\r\n".into(), 400, Closed),
        ("two hosts", with("Host: x\r\n"), 400, Closed),
        ("a host that is none", b"GET /livez HTTP/1.1\r\nHost: a/b@c d\r\n\r\n".into(), 400, Closed),
        ("a host with a user", b"GET /livez HTTP/1.1\r\nHost: user@x\r\n\r\n".into(), 400, Closed),
        ("an empty host", b"GET /livez HTTP/1.1\r\nHost:\r\n\r\n".into(), 200, Open),
        ("a host with a port", b"GET /livez HTTP/1.1\r\nHost: [::1]:80\r\n\r\n".into(), 200, Open),
        ("no known method", line(&format!("{} /livez HTTP/1.1", "A".repeat(100))), 405, Open),
        ("a method in lower case", line("get /livez HTTP/1.1"), 405, Open),
        ("a method that is no word", line("G@T /livez HTTP/1.1"), 400, Closed),
        ("a method of 20 kB", line(&format!("{} /livez HTTP/1.1", "A".repeat(20_000))), 431, Closed),
        ("HTTP/0.9", b"GET /livez\r\n\r\n".into(), 400, Closed),
        ("HTTP/1.0", b"GET /livez HTTP/1.0\r\n\r\n".into(), 200, Closed),
        ("HTTP/1.2", line("GET /livez HTTP/1.2"), 400, Closed),
        ("HTTP/2.0 without its preface", line("GET /livez HTTP/2.0"), 400, Closed),
        ("a version in lower case", line("GET /livez http/1.1"), 400, Closed),
        ("TLS", b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03 \r\n\r\n".into(), 400, Closed),
        // The request target.
        ("no target", line("GET  HTTP/1.1"), 400, Closed),
        ("two targets", line("GET /livez /livez HTTP/1.1"), 400, Closed),
        ("a target of 70 kB", line(&format!("GET /{} HTTP/1.1", "a".repeat(70_000))), 431, Closed),
        ("a target elsewhere", line("GET http://evil.example/livez HTTP/1.1"), 200, Open),
        ("a relative target", line("GET livez HTTP/1.1"), 404, Open),
        ("a star", line("OPTIONS * HTTP/1.1"), 404, Open),
        ("a tunnel", line("CONNECT evil.example:443 HTTP/1.1"), 404, Open),
        ("an echo", line("TRACE /livez HTTP/1.1"), 405, Open),
        ("nonsense after percent", line("GET /%zz%00%ff HTTP/1.1"), 404, Open),
        ("a route in disguise", line("GET /live%7a HTTP/1.1"), 404, Open),
        ("UTF-8", line("GET /liv\u{e9}z HTTP/1.1"), 404, Open),
        ("no UTF-8", b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n".into(), 400, Closed),
        ("DEL in a query", line("GET /livez?\u{7f} HTTP/1.1"), 400, Closed),
        ("a query of nonsense", line("GET /livez?%%%&&==?;[] HTTP/1.1"), 200, Open),
        // Unsupported optional features.
        ("another protocol", with("Connection: Upgrade\r\nUpgrade: websocket\r\n"), 200, Open),
        ("HTTP/2 by upgrade", with("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"), 200, Open),
        ("another expectation", login("Expect: 200-ok\r\nContent-Length: 2\r\n\r\n{}"), 422, Open),
        ("a body with GET", with("Content-Length: 19\r\n\r\nGET /x HTTP/1.1\r\n"), 200, Open),
        ("a compressed body", login("Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n\u{1f}x"), 415, Open),
        ("two requests at once", format!("{LIVEZ}{LIVEZ}").into(), 200, Open),
    ]
}

#[test]
fn malformed_or_ambiguous_requests_are_rejected() {
    // No timeout ends the connection.
    let service = ServiceProcess::start(&[
        ("SIGNET_HTTP__HEADER_TIMEOUT", "5m"),
        ("SIGNET_HTTP__BODY_TIMEOUT", "5m"),
    ]);
    let mut faults = vec![];
    for (what, said, status, then) in cases() {
        let mut wire = RawConnection::to(&service);
        wire.write(said);
        wire.write(LIVEZ);
        let reply = wire.answer();
        // If unread data is left, the response may be lost with the connection.
        let is_lost = reply.is_none() && status == 431;
        let answered = reply.as_ref().map_or(status, |reply| reply.status);
        let next = wire.answer().map(|reply| reply.status);
        let is = if next.is_none() { Closed } else { Open };
        if answered != status || (reply.is_none() && !is_lost) || is != then {
            faults.push(format!("{what}: {reply:?}, then {next:?}"));
        }
        if is == Open && next != Some(200) {
            faults.push(format!("{what}: the next request is answered {next:?}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn expect_continue_is_answered() {
    let service = ServiceProcess::start(&[]);
    let mut wire = RawConnection::to(&service);
    wire.write(login("Expect: 100-continue\r\nContent-Length: 2\r\n\r\n"));
    assert_eq!(wire.answer().expect("an answer").status, 100);
    wire.write("{}");
    assert_eq!(wire.answer().expect("an answer").status, 422);
    // No 100 Continue for a request that fails anyway.
    wire.write(
        "POST /nothing HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n",
    );
    assert_eq!(wire.answer().expect("an answer").status, 404);
}

#[tokio::test]
async fn routes_list_their_methods_and_reject_others() {
    let service = TestService::with(routes::ALL_SERVED).await;
    let mut methods: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for route in routes::all() {
        let of_path = methods.entry(route.url()).or_default();
        of_path.insert(route.method);
        if route.method == "GET" {
            of_path.insert("HEAD");
        }
    }
    // A proxy may pass on any method.
    methods.retain(|path, _| !path.starts_with("/forward-auth/"));
    for (path, allowed) in methods {
        for method in [
            "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "PROPFIND", "get",
        ] {
            let answer = service.anon().send(method, &path, &[], "").await;
            if allowed.contains(method) {
                assert_ne!(answer.status, 405, "{method} {path}");
                continue;
            }
            assert_eq!(answer.status, 405, "{method} {path}");
            let allow: BTreeSet<_> = answer.header("allow").split(',').collect();
            assert!(allow == allowed, "{method} {path}: {allow:?}");
            if method != "HEAD" {
                answer.assert_problem(405, "method_not_allowed");
            }
        }
    }
}

#[tokio::test]
async fn head_returns_the_headers_of_get_on_every_route() {
    let service = TestService::with(routes::ALL_SERVED).await;
    let ada = service.signed_up("ada@example.com").await;
    let authorization = format!("Bearer {}", ada.access.as_deref().unwrap());
    for route in routes::all().into_iter().filter(routes::Route::is_safe) {
        for headers in [&[][..], &[("authorization", authorization.as_str())]] {
            let get = ada.send("GET", &route.url(), headers, "").await;
            let head = ada.send("HEAD", &route.url(), headers, "").await;
            assert_eq!(head.body, b"", "{}", route.path);
            let comparable = |answer: &crate::support::answer::Answer| {
                let (status, headers, _) = answer.comparable();
                (status, headers)
            };
            assert_eq!(comparable(&head), comparable(&get), "{}", route.path);
        }
    }
}

/// The route tables of the tests and of `docs/api.md` are equal.
#[test]
fn route_table_is_complete() {
    let (_, rest) = docs::page("api")
        .split_once("\n| route |")
        .expect("the table");
    let table = rest.split("\n\n").next().unwrap();
    let mut named = BTreeSet::new();
    for row in table.lines().skip(2) {
        let mut method = "";
        for code in row.split('|').nth(1).unwrap().split('`').skip(1).step_by(2) {
            let path = match code.split_once(' ') {
                Some((first, path)) => {
                    method = first;
                    path
                }
                // `GET /a`, `/b`
                None => code,
            };
            named.insert((method.to_owned(), path.to_owned()));
        }
    }
    // Served at the metrics address only.
    assert!(named.remove(&("GET".to_owned(), "/metrics".to_owned())));
    let known = routes::all().into_iter().map(|route| {
        assert!(!route.is_safe() || matches!(route.takes, Takes::Nothing));
        (route.method.to_owned(), route.path.to_owned())
    });
    assert_eq!(named, known.collect());
}
