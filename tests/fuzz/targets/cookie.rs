//! Sends lines of `Cookie` headers. Only a request with exactly one session cookie is accepted.

#![no_main]

use fuzzed::{APP, Service};
use libfuzzer_sys::fuzz_target;

fn has(text: &[u8], part: &str) -> bool {
    text.windows(part.len())
        .any(|window| window == part.as_bytes())
}

fuzz_target!(|input: &[u8]| {
    let service = Service::get();
    let text = service.fill_placeholders(input);
    let mut headers: Vec<_> = text
        .split(|b| *b == b'\n')
        .map(|line| ("cookie", line))
        .collect();
    headers.push(("origin", APP.as_bytes()));
    for (method, path) in [("GET", "/me"), ("POST", "/logout")] {
        let answer = service.send(method, path, &headers, b"");
        let code = answer.body["code"].as_str().unwrap_or_default();
        match answer.status {
            0 | 204 => {}
            200 => assert!(service.cookies.iter().any(|token| has(&text, token))),
            400 => assert_eq!(code, "duplicate_cookie"),
            401 => assert!(["invalid_grant", "missing_token"].contains(&code), "{code}"),
            other => panic!("{other}"),
        }
        // The cookies that the service sets are well-formed: no byte of the input gets into a `Set-Cookie`
        // line.
        for line in answer.headers.get_all("set-cookie") {
            let line = line.to_str().expect("plain text");
            assert!(
                line.starts_with("__Host-signet-") && line.contains("; HttpOnly"),
                "{line}"
            );
        }
    }
});
