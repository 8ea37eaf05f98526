//! Sends queries and forms of a login by a provider to the route that the first byte selects. Redirects
//! lead only to the app or to the provider.

#![no_main]

use fuzzed::{APP, PROVIDER_URL, REDIRECT_URIS, Service};
use libfuzzer_sys::fuzz_target;
use url::{Url, form_urlencoded};

const FORM: &[u8] = b"application/x-www-form-urlencoded";

fn is_known_target(location: &str) -> bool {
    let Ok(mut url) = Url::parse(location) else {
        return false;
    };
    if url.host_str() == Some("127.0.0.1") && url.set_port(None).is_err() {
        return false;
    }
    let page = format!("{APP}/welcome");
    let provider = format!("{PROVIDER_URL}/login/oauth/authorize");
    let known = REDIRECT_URIS.iter().copied().chain([&*page, &*provider]);
    known.into_iter().any(|uri| {
        let rest = url.as_str().strip_prefix(uri);
        rest.is_some_and(|rest| rest.starts_with(['?', '&']))
    })
}

fuzz_target!(|input: &[u8]| {
    let Some((first, rest)) = input.split_first() else {
        return;
    };
    let service = Service::get();
    // With a valid state and a code the service would send a request to the provider.
    let mut pairs = form_urlencoded::parse(rest);
    let has_error = pairs.any(|(name, value)| name == "error" && !value.is_empty());
    let text = if has_error {
        service.fill_placeholders(rest)
    } else {
        rest.to_vec()
    };
    let cookie = ("cookie", service.login_cookie.as_bytes());
    let query = |path: &str| {
        let path = format!("{path}?{}", String::from_utf8_lossy(&text));
        service.send("GET", &path, &[cookie], b"")
    };
    let form = |path: &str| {
        let headers = [cookie, ("content-type", FORM)];
        service.send("POST", path, &headers, &text)
    };
    let answer = match first % 6 {
        0 => query("/authorize"),
        1 => query("/login/octo"),
        2 => query("/callback/octo"),
        3 => form("/callback/octo"),
        4 => form("/login/octo/address"),
        _ => form("/login/octo/confirm"),
    };
    let location = answer.location();
    match answer.status {
        0 | 200 | 400 | 404 | 413 | 422 | 429 => assert_eq!(location, ""),
        303 => assert!(is_known_target(location), "{location}"),
        other => panic!("{other}"),
    }
    // No user has been verified, so no code is issued.
    assert!(!location.contains("code=m2"), "{location}");
    for line in answer.headers.get_all("set-cookie") {
        let line = line.to_str().expect("plain text");
        assert!(line.starts_with("__Host-signet-login="), "{line}");
    }
});
