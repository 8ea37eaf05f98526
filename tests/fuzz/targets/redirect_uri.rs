//! Compares redirect URIs: a registered one in the first line, and a presented one. URIs that match lead to
//! the same place, whichever parser reads them.

#![no_main]

use libfuzzer_sys::fuzz_target;
use signet::client::RedirectUri;
use url::Url;

fuzz_target!(|text: &str| {
    let (registered, presented) = text.split_once('\n').unwrap_or((text, text));
    let Ok(uri) = RedirectUri::parse(registered) else {
        return;
    };
    assert_eq!(uri.as_str(), registered);
    assert!(uri.matches(registered));
    let place = Url::parse(registered).expect("a URL");
    assert!(place.fragment().is_none() && place.username().is_empty());
    if !uri.matches(presented) {
        return;
    }
    let mut there = Url::parse(presented).expect("a URL");
    if presented != registered {
        // On a loopback address the port may differ (RFC 8252 §7.3).
        assert_eq!(place.scheme(), "http");
        let host = place.host_str();
        assert!(
            host == Some("127.0.0.1") || host == Some("[::1]"),
            "{presented}"
        );
        there.set_port(place.port()).expect("a port");
    }
    assert_eq!(there, place);
    assert!(!uri.with_exact_port().matches(presented) || presented == registered);
});
