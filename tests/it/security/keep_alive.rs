//! Persistent connections: a response keeps the connection usable or announces its end.

use std::{
    thread::{scope, sleep},
    time::Duration,
};

use crate::support::{
    process::ServiceProcess,
    raw_connection::{self, PREFACE, RawConnection, Reply},
    routes::{self, Takes},
};

const LIVEZ: &str = "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n";

/// The delay of a body after its header section.
const LATER: Duration = Duration::from_millis(50);

fn announces_close(reply: &Reply) -> bool {
    reply.head.contains("\r\nconnection: close\r\n")
}

/// Sends a request with a delayed body, and then another request on the same connection. Returns
/// the first response.
fn late_body(service: &ServiceProcess, head: &str, body: &str) -> Result<Reply, String> {
    let mut wire = RawConnection::to(service);
    wire.write(head);
    sleep(LATER);
    wire.write(body);
    let first = wire.answer().ok_or("no answer")?;
    if announces_close(&first) {
        return Ok(first);
    }
    if !wire.write(LIVEZ) {
        return Err(format!("{}: closed without a word", first.status));
    }
    match wire.answer() {
        Some(reply) if reply.status == 200 => Ok(first),
        next => Err(format!("{}, then {next:?}", first.status)),
    }
}

/// A media type and a body that the route reads.
fn body_of(takes: &Takes) -> (&'static str, String) {
    match takes {
        Takes::Nothing => ("application/json", "{}".to_owned()),
        Takes::Json(value) => ("application/json", value.to_string()),
        Takes::Form(fields) => {
            let mut form = url::form_urlencoded::Serializer::new(String::new());
            let form = form.extend_pairs(*fields).finish();
            ("application/x-www-form-urlencoded", form)
        }
    }
}

#[test]
fn early_response_keeps_the_connection_usable() {
    let service = ServiceProcess::start(&[("SIGNET_ADMIN__ENABLED", "true")]);
    let faults = std::sync::Mutex::new(vec![]);
    let mut requests = vec![];
    for route in routes::all() {
        let path = route.url();
        let (media_type, body) = body_of(&route.takes);
        for method in [route.method, "POST", "PATCH"] {
            requests.push((method, path.clone(), media_type, body.clone()));
        }
        requests.push((route.method, path, "text/plain", body));
    }
    requests.push((
        "POST",
        "/no/such/route".to_owned(),
        "application/json",
        "{}".to_owned(),
    ));
    requests.sort();
    requests.dedup();
    let ask = |(method, path, media_type, body): &(&str, String, &str, String)| {
        let head = |framing: &str| {
            format!(
                "{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {media_type}\r\n\
                 Origin: https://evil.example\r\n{framing}\r\n\r\n"
            )
        };
        let length = format!("Content-Length: {}", body.len());
        let chunks = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
        for (framing, body) in [
            (length.as_str(), body.as_str()),
            ("Transfer-Encoding: chunked", &chunks),
        ] {
            let fault = match late_body(&service, &head(framing), body) {
                Ok(reply) if announces_close(&reply) => format!("{}: it is closed", reply.status),
                Ok(_) => continue,
                Err(fault) => fault,
            };
            let fault = format!("{method} {path} ({media_type}, {framing}): {fault}");
            faults.lock().unwrap().push(fault);
        }
    };
    scope(|scope| {
        for part in requests.chunks(requests.len().div_ceil(16)) {
            scope.spawn(move || part.iter().for_each(ask));
        }
    });
    let faults = faults.into_inner().unwrap();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Sends a request and returns the response and the next data on the connection.
fn before(service: &ServiceProcess, said: &str) -> (Reply, Option<Reply>) {
    let mut wire = RawConnection::to(service);
    wire.write(said);
    let first = wire.answer().expect("an answer");
    (first, wire.answer())
}

#[test]
fn response_that_leaves_the_body_unread_closes_the_connection() {
    let service = ServiceProcess::start(&[]);
    let head = "POST /logout HTTP/1.1\r\nHost: x\r\n";
    for framing in [
        // More than the service discards.
        "Content-Length: 1000000\r\n\r\n",
        // The body is sent after 100 Continue only.
        "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n",
        // No body arrives.
        "Content-Length: 2\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n",
        // An invalid body.
        "Transfer-Encoding: chunked\r\n\r\nx\r\n",
    ] {
        let (answer, then) = before(&service, &format!("{head}{framing}"));
        assert_eq!(answer.status, 204, "{framing}");
        assert!(announces_close(&answer), "{framing}: {}", answer.head);
        assert!(then.is_none(), "{framing}: {then:?}");
    }
    let login = "POST /login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
    let large = format!("Content-Length: 1000000\r\n\r\n{}", " ".repeat(20_000));
    for (framing, status) in [
        (large.as_str(), 413),
        ("Transfer-Encoding: chunked\r\n\r\nx\r\n", 400),
    ] {
        let (answer, then) = before(&service, &format!("{login}{framing}"));
        assert_eq!(answer.status, status, "{framing}");
        assert!(announces_close(&answer), "{framing}: {}", answer.head);
        assert!(then.is_none(), "{framing}: {then:?}");
    }
}

#[test]
fn early_http2_response_ends_its_stream_only() {
    let service = ServiceProcess::start(&[]);
    let mut wire = RawConnection::to(&service);
    wire.write(PREFACE);
    let post = raw_connection::fields("POST", "/no/such/route", &[]);
    wire.write(raw_connection::frame(
        raw_connection::HEADERS,
        raw_connection::END_HEADERS,
        1,
        post,
    ));
    let headers = wire
        .wait_for(raw_connection::HEADERS, 1)
        .expect("an answer");
    assert_eq!(raw_connection::status(&headers), 404);
    // HTTP/2 has no `Connection` header (RFC 9113 §8.2.2), as a literal or by the static table.
    let text = String::from_utf8_lossy(&headers.payload).into_owned();
    assert!(!text.contains("close"), "{text}");
    wire.write(raw_connection::get("/livez", 3));
    let headers = wire
        .wait_for(raw_connection::HEADERS, 3)
        .expect("another answer");
    assert_eq!(raw_connection::status(&headers), 200);
}

#[test]
fn slow_idle_timeout_exceeds_the_head_timeout() {
    let service = ServiceProcess::start(&[
        ("SIGNET_HTTP__HEADER_TIMEOUT", "1s"),
        ("SIGNET_HTTP__IDLE_TIMEOUT", "5m"),
    ]);
    let pause = || sleep(Duration::from_millis(2500));
    scope(|scope| {
        scope.spawn(|| {
            let mut idle = RawConnection::to(&service);
            for _ in 0..2 {
                idle.write(LIVEZ);
                assert_eq!(idle.answer().expect("an answer").status, 200);
                pause();
            }
        });
        scope.spawn(|| {
            let mut idle = RawConnection::to(&service);
            idle.write(PREFACE);
            for stream in [1, 3] {
                idle.write(raw_connection::get("/livez", stream));
                assert!(idle.wait_for(raw_connection::HEADERS, stream).is_some());
                // Longer than a header section may take.
                for _ in 0..2 {
                    let ping = idle.wait_for(raw_connection::PING, 0).expect("a ping");
                    idle.write(raw_connection::frame(
                        raw_connection::PING,
                        raw_connection::ACK,
                        0,
                        ping.payload,
                    ));
                }
            }
        });
        // An incomplete head times out, the first or a later one, and so does a missing first
        // request.
        for said in ["", "GET /livez", LIVEZ] {
            let mut wire = RawConnection::to(&service);
            scope.spawn(move || {
                wire.write(said);
                if said == LIVEZ {
                    assert_eq!(wire.answer().expect("an answer").status, 200);
                    wire.write("GET /livez HTTP/1.1\r\nX: ");
                }
                assert_eq!(wire.rest(), b"");
            });
        }
    });
}
