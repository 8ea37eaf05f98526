//! Sends bodies to the route that the first byte selects. A body that is not a JSON object has no effect.

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
    let body = service.fill_placeholders(body);
    let bearer = format!("Bearer {}", service.bearer[0]);
    let mut headers = vec![("origin", APP.as_bytes())];
    if path == "/token" {
        headers.push(("content-type", b"application/x-www-form-urlencoded"));
    } else {
        headers.push(("content-type", b"application/json"));
    }
    // Requests with the shared session must not end it.
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
    // The login is not recent and the password is unknown, so sensitive actions are refused.
    let is_sensitive = method == "DELETE"
        || ["/password", "/login", "/me/accounts"].contains(&path)
        // The input has no valid code, challenge or ID token.
        || path.starts_with("/login/");
    assert!(!is_sensitive || answer.status >= 400, "{}", answer.status);
    // The response names the faulty field by a name of the API, never by a text of the request.
    if let Some(field) = answer.body["field"].as_str() {
        assert!((1..=64).contains(&field.len()) && field.is_ascii());
    }
});
