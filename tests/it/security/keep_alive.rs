//! Connections that clients keep: an answer leaves them usable, or says that it does not.

use std::{
    thread::{scope, sleep},
    time::Duration,
};

use crate::support::{
    process::Service,
    routes::{self, Takes},
    wire::{self, PREFACE, Reply, Wire},
};

const LIVEZ: &str = "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n";

/// How long after its header section a body arrives.
const LATER: Duration = Duration::from_millis(50);

fn says_close(reply: &Reply) -> bool {
    reply.head.contains("\r\nconnection: close\r\n")
}

/// Sends a request whose body comes later, and then another request on the same connection.
/// Returns the answer to the first one.
fn late_body(service: &Service, head: &str, body: &str) -> Result<Reply, String> {
    let mut wire = Wire::to(service);
    wire.say(head);
    sleep(LATER);
    wire.say(body);
    let first = wire.answer().ok_or("no answer")?;
    if says_close(&first) {
        return Ok(first);
    }
    if !wire.say(LIVEZ) {
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
fn an_answer_before_the_body_leaves_the_connection_usable_on_every_route() {
    let service = Service::start(&[("SIGNET_ADMIN__ENABLED", "true")]);
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
                Ok(reply) if says_close(&reply) => format!("{}: it is closed", reply.status),
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

/// Sends that, and returns the answer and what comes on the connection after it.
fn before(service: &Service, said: &str) -> (Reply, Option<Reply>) {
    let mut wire = Wire::to(service);
    wire.say(said);
    let first = wire.answer().expect("an answer");
    (first, wire.answer())
}

#[test]
fn an_answer_that_does_not_wait_for_the_body_says_that_the_connection_ends() {
    let service = Service::start(&[]);
    let head = "POST /logout HTTP/1.1\r\nHost: x\r\n";
    for framing in [
        // More than is read and dropped.
        "Content-Length: 1000000\r\n\r\n",
        // Nothing comes before it is asked for.
        "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n",
        // Nothing comes at all.
        "Content-Length: 2\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n",
        // No body that can be read to its end.
        "Transfer-Encoding: chunked\r\n\r\nx\r\n",
    ] {
        let (answer, then) = before(&service, &format!("{head}{framing}"));
        assert_eq!(answer.status, 204, "{framing}");
        assert!(says_close(&answer), "{framing}: {}", answer.head);
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
        assert!(says_close(&answer), "{framing}: {}", answer.head);
        assert!(then.is_none(), "{framing}: {then:?}");
    }
}

#[test]
fn an_http2_answer_before_the_body_ends_its_stream_alone() {
    let service = Service::start(&[]);
    let mut wire = Wire::to(&service);
    wire.say(PREFACE);
    let post = wire::fields("POST", "/no/such/route", &[]);
    wire.say(wire::frame(wire::HEADERS, wire::END_HEADERS, 1, post));
    let headers = wire.wait_for(wire::HEADERS, 1).expect("an answer");
    assert_eq!(wire::status(&headers), 404);
    // `Connection` does not exist there (RFC 9113 §8.2.2), in plain or by the static table.
    let text = String::from_utf8_lossy(&headers.payload).into_owned();
    assert!(!text.contains("close"), "{text}");
    wire.say(wire::get("/livez", 3));
    let headers = wire.wait_for(wire::HEADERS, 3).expect("another answer");
    assert_eq!(wire::status(&headers), 200);
}

#[test]
fn slow_a_kept_connection_waits_longer_for_a_request_than_for_the_end_of_its_head() {
    let service = Service::start(&[
        ("SIGNET_HTTP__HEADER_TIMEOUT", "1s"),
        ("SIGNET_HTTP__IDLE_TIMEOUT", "5m"),
    ]);
    let pause = || sleep(Duration::from_millis(2500));
    scope(|scope| {
        scope.spawn(|| {
            let mut idle = Wire::to(&service);
            for _ in 0..2 {
                idle.say(LIVEZ);
                assert_eq!(idle.answer().expect("an answer").status, 200);
                pause();
            }
        });
        scope.spawn(|| {
            let mut idle = Wire::to(&service);
            idle.say(PREFACE);
            for stream in [1, 3] {
                idle.say(wire::get("/livez", stream));
                assert!(idle.wait_for(wire::HEADERS, stream).is_some());
                // Longer than a header section may take.
                for _ in 0..2 {
                    let ping = idle.wait_for(wire::PING, 0).expect("a ping");
                    idle.say(wire::frame(wire::PING, wire::ACK, 0, ping.payload));
                }
            }
        });
        // Half a head is given up on, the first or any later one, and so is a first request that
        // does not come.
        for said in ["", "GET /livez", LIVEZ] {
            let mut wire = Wire::to(&service);
            scope.spawn(move || {
                wire.say(said);
                if said == LIVEZ {
                    assert_eq!(wire.answer().expect("an answer").status, 200);
                    wire.say("GET /livez HTTP/1.1\r\nX: ");
                }
                assert_eq!(wire.rest(), b"");
            });
        }
    });
}
