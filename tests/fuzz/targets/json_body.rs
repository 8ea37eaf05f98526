//! Bodies: a route by the first byte, then what it is sent. What is no JSON object does nothing.

#![no_main]

use fuzzed::{APP, Service};
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value};

const ROUTES: [(&str, &str); 12] = [
    ("POST", "/signup"),
    ("POST", "/signup/confirm"),
    ("POST", "/login"),
    ("POST", "/refresh"),
    ("POST", "/logout/everywhere"),
    ("PATCH", "/me"),
    ("DELETE", "/me"),
    ("PUT", "/password"),
    ("POST", "/token"),
    ("POST", "/me/accounts"),
    ("POST", "/login/octo/challenge"),
    ("POST", "/login/octo/id-token"),
];

fuzz_target!(|input: &[u8]| {
    let Some((first, body)) = input.split_first() else {
        return;
    };
    let (method, path) = ROUTES[usize::from(*first) % ROUTES.len()];
    let service = Service::get();
    let body = service.filled(body);
    let bearer = format!("Bearer {}", service.bearer[0]);
    let mut headers = vec![("origin", APP.as_bytes())];
    if path == "/token" {
        headers.push(("content-type", b"application/x-www-form-urlencoded"));
    } else {
        headers.push(("content-type", b"application/json"));
    }
    // The session that would be ended stays out of it.
    if matches!(path, "/me" | "/me/accounts" | "/password") {
        headers.push(("authorization", bearer.as_bytes()));
    }
    let answer = service.send(method, path, &headers, &body);
    let is_object = serde_json::from_slice::<Map<String, Value>>(&body).is_ok();
    assert!(
        is_object || path == "/token" || answer.status >= 400,
        "{}",
        answer.status
    );
    // Neither the login is recent nor the password known: nothing sensitive is done.
    let is_sensitive = method == "DELETE"
        || ["/password", "/login", "/me/accounts"].contains(&path)
        // Without a code, a challenge or an ID token of anybody's.
        || path.starts_with("/login/");
    assert!(!is_sensitive || answer.status >= 400, "{}", answer.status);
    // The answer names what is to blame by its own words, never by a text of the sender's.
    if let Some(field) = answer.body["field"].as_str() {
        assert!((1..=64).contains(&field.len()) && field.is_ascii());
    }
});
