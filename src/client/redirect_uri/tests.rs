use proptest::prelude::*;

use super::*;

fn uri(text: &str) -> RedirectUri {
    RedirectUri::parse(text).unwrap_or_else(|wrong| panic!("{text}: {wrong}"))
}

#[test]
fn web_pages_loopback_ports_and_app_schemes_are_redirect_uris() {
    for good in [
        "https://app.example.com",
        "https://app.example.com/callback?from=signet",
        "https://app.example.com:8443/a%20b",
        "https://localhost/callback",
        "http://localhost:3000/callback",
        "http://127.0.0.1/callback",
        "http://127.0.0.1:3000",
        "http://[::1]:3000/callback",
        "com.example.app:/callback",
        "com.example.app://callback",
        "com.example.app:callback",
    ] {
        assert_eq!(uri(good).to_string(), good);
        assert!(uri(good).matches(good));
    }
    let long = format!("https://app.example.com/{}", "a".repeat(MAX_BYTES));
    for (bad, why) in [
        ("", InvalidRedirectUri::Uri),
        ("/callback", InvalidRedirectUri::Uri),
        ("app.example.com/callback", InvalidRedirectUri::Uri),
        ("https://", InvalidRedirectUri::Uri),
        ("http://127.0.0.1:0/", InvalidRedirectUri::Uri),
        (&long, InvalidRedirectUri::Uri),
        ("https://app.example.com/ä", InvalidRedirectUri::Uri),
        ("https://app.example.com/a b", InvalidRedirectUri::Uri),
        (" https://app.example.com", InvalidRedirectUri::Uri),
        ("https://app.example.com/\n", InvalidRedirectUri::Uri),
        ("https://app.example.com/#", InvalidRedirectUri::Parts),
        ("https://app.example.com/#a", InvalidRedirectUri::Parts),
        ("com.example.app:/a#b", InvalidRedirectUri::Parts),
        ("https://u@app.example.com/", InvalidRedirectUri::Parts),
        ("https://u:p@app.example.com/", InvalidRedirectUri::Parts),
        ("com.example.app://u@a/", InvalidRedirectUri::Parts),
        ("https://*.example.com/", InvalidRedirectUri::Parts),
        ("https://app.example.com/*", InvalidRedirectUri::Parts),
        ("http://app.example.com/", InvalidRedirectUri::Scheme),
        ("http://127.0.0.2/", InvalidRedirectUri::Scheme),
        ("http://a.localhost/", InvalidRedirectUri::Scheme),
        ("http://localhost.example.com/", InvalidRedirectUri::Scheme),
        ("myapp:/callback", InvalidRedirectUri::Scheme),
        ("javascript:alert(1)", InvalidRedirectUri::Scheme),
        ("data:text/html,a", InvalidRedirectUri::Scheme),
        ("file:///a", InvalidRedirectUri::Scheme),
        ("urn:ietf:wg:oauth:2.0:oob", InvalidRedirectUri::Scheme),
        ("HTTPS://app.example.com/", InvalidRedirectUri::Spelling),
        ("https://APP.example.com/", InvalidRedirectUri::Spelling),
        ("https:app.example.com/", InvalidRedirectUri::Spelling),
        ("https://@app.example.com/", InvalidRedirectUri::Spelling),
        ("https://app.example.com:443/", InvalidRedirectUri::Spelling),
        (
            "https://app.example.com/a/../b",
            InvalidRedirectUri::Spelling,
        ),
        ("https://app.example.com\\a", InvalidRedirectUri::Spelling),
        ("https://app.example.com/<a>", InvalidRedirectUri::Spelling),
        ("https://app.example.com/a%2", InvalidRedirectUri::Spelling),
        ("https://app.example.com/a%zz", InvalidRedirectUri::Spelling),
        ("http://127.1/", InvalidRedirectUri::Spelling),
        ("http://0x7f000001/", InvalidRedirectUri::Spelling),
        ("http://127.0.0.1:/", InvalidRedirectUri::Spelling),
        ("http://[0:0:0:0:0:0:0:1]/", InvalidRedirectUri::Spelling),
        ("com.example.app:/a\\b", InvalidRedirectUri::Spelling),
        ("Com.Example.App:/callback", InvalidRedirectUri::Spelling),
    ] {
        assert_eq!(RedirectUri::parse(bad), Err(why), "{bad:?}");
    }
}

#[test]
fn only_the_port_of_a_loopback_literal_may_vary() {
    for (registered, presented) in [
        ("http://127.0.0.1/cb", "http://127.0.0.1:51004/cb"),
        ("http://127.0.0.1:3000/cb?a=1", "http://127.0.0.1:1/cb?a=1"),
        ("http://127.0.0.1:3000/cb", "http://127.0.0.1/cb"),
        ("http://[::1]/cb", "http://[::1]:65535/cb"),
        ("http://127.0.0.1", "http://127.0.0.1:8080"),
    ] {
        assert!(uri(registered).matches(presented), "{presented}");
        assert!(!uri(registered).with_exact_port().matches(presented));
        assert!(uri(registered).with_exact_port().matches(registered));
    }
    for (registered, presented) in [
        // Names, and schemes other than http.
        ("http://localhost/cb", "http://localhost:3000/cb"),
        ("https://127.0.0.1/cb", "https://127.0.0.1:3000/cb"),
        ("https://app.example.com/", "https://app.example.com:8443/"),
        ("com.example.app://a/cb", "com.example.app://a:80/cb"),
        // Everything of a literal except the port.
        ("http://127.0.0.1/cb", "https://127.0.0.1/cb"),
        ("http://127.0.0.1/cb", "HTTP://127.0.0.1/cb"),
        ("http://127.0.0.1/cb", "http:127.0.0.1/cb"),
        ("http://127.0.0.1/cb", "http:\\\\127.0.0.1/cb"),
        ("http://127.0.0.1/cb", "http://localhost:80/cb"),
        ("http://127.0.0.1/cb", "http://127.1:80/cb"),
        ("http://127.0.0.1/cb", "http://127.0.0.01:80/cb"),
        ("http://127.0.0.1/cb", "http://127.0.0.11:80/cb"),
        ("http://127.0.0.1/cb", "http://127.0.0.1.:80/cb"),
        ("http://127.0.0.1/cb", "http://127.0.0.1.example.com/cb"),
        ("http://127.0.0.1/cb", "http://[::1]:80/cb"),
        ("http://[::1]/cb", "http://[0:0:0:0:0:0:0:1]:80/cb"),
        ("http://[::1]/cb", "http://127.0.0.1:80/cb"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:80/"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:80/cb/"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:80//cb"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:80/CB"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:80/c%62"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:80\\cb"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:80/a/../cb"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:80/cb?"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:80/cb?a=1"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:80/cb#"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:80/cb\n"),
        ("http://127.0.0.1/cb", "http://u@127.0.0.1:80/cb"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:80@example.com/cb"),
        ("http://127.0.0.1/cb", "http://127.0.0.1@example.com/cb"),
        ("http://127.0.0.1", "http://127.0.0.1:80@example.com"),
        ("http://127.0.0.1", "http://127.0.0.1:80.example.com"),
        ("http://127.0.0.1", "http://127.0.0.1:80/"),
        // Invalid ports, and ports that are not canonical.
        ("http://127.0.0.1/cb", "http://127.0.0.1:/cb"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:0/cb"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:080/cb"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:+80/cb"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:-80/cb"),
        ("http://127.0.0.1/cb", "http://127.0.0.1: 80/cb"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:65536/cb"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:80:80/cb"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:8a/cb"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:\u{661}/cb"),
        (
            "http://127.0.0.1/cb",
            "http://127.0.0.1:99999999999999999999/cb",
        ),
    ] {
        assert!(!uri(registered).matches(presented), "{presented}");
    }
}

#[test]
fn the_origin_of_a_web_page_is_returned() {
    let origin = |text| uri(text).origin();
    assert_eq!(
        origin("https://app.example.com/cb?a").as_deref(),
        Some("https://app.example.com")
    );
    assert_eq!(
        origin("http://[::1]:3000").as_deref(),
        Some("http://[::1]:3000")
    );
    assert_eq!(origin("com.example.app://app.example.com/"), None);
}

/// Generates texts, many of which are redirect URIs.
fn texts() -> impl Strategy<Value = String> {
    let start = prop::sample::select(vec![
        "http://127.0.0.1",
        "http://[::1]",
        "http://localhost",
        "https://127.0.0.1",
        "https://app.example.com",
        "com.example.app:",
        "com.example.app://cb",
    ]);
    let rest = "(:[1-9][0-9]{0,4})?((/[a-z.%0-9]{0,4}){0,3}(\\?[a-z=&/:@]{0,6})?)?";
    (start, rest).prop_map(|(start, rest)| format!("{start}{rest}"))
}

/// Generates a text and a variant with some characters added, removed or replaced.
fn changed() -> impl Strategy<Value = (String, String)> {
    let sign = "[a-zA-Z0-9:/@?#%.\\\\\\[\\] \t\n+&=-]|\\PC";
    let change = (any::<prop::sample::Index>(), 0..2_usize, sign);
    let changes = prop::collection::vec(change, 0..4);
    (texts(), changes).prop_map(|(text, changes)| {
        let mut signs: Vec<String> = text.chars().map(String::from).collect();
        for (at, taken, sign) in changes {
            let at = at.index(signs.len() + 1);
            signs.splice(at..(at + taken).min(signs.len()), [sign]);
        }
        (text, signs.concat())
    })
}

proptest! {
    /// A URI that matches is the registered one, or differs only in the port of a loopback literal.
    #[test]
    fn matching_uris_are_equal_or_differ_only_in_a_loopback_port(
        (registered, presented) in changed(),
    ) {
        let Ok(uri) = RedirectUri::parse(&registered) else { return Ok(()) };
        let mut allowed = vec![registered.clone()];
        let literals = ["http://127.0.0.1", "http://[::1]"];
        for literal in literals.iter().filter(|literal| registered.starts_with(**literal)) {
            let url = Url::parse(&registered).unwrap();
            let after = registered.replacen(literal, "", 1);
            let after = after.trim_start_matches(&url.port().map_or(String::new(), |it| format!(":{it}")));
            allowed.push(format!("{literal}{after}"));
            let port = Url::parse(&presented).ok().and_then(|url| url.port_or_known_default());
            allowed.extend(port.filter(|it| *it != 0).map(|it| format!("{literal}:{it}{after}")));
        }
        prop_assert_eq!(uri.matches(&presented), allowed.contains(&presented), "{}", presented);
    }

    #[test]
    fn every_port_of_a_loopback_literal_matches(
        text in texts(), port in 1..=u16::MAX, is_six in any::<bool>(),
    ) {
        let Some(url) = Url::parse(&text).ok().filter(Url::has_host) else { return Ok(()) };
        let literal = if is_six { "http://[::1]" } else { "http://127.0.0.1" };
        let rest = &url[url::Position::BeforePath..];
        if let Ok(uri) = RedirectUri::parse(&format!("{literal}{rest}")) {
            let presented = format!("{literal}:{port}{rest}");
            prop_assert!(uri.matches(&presented));
            // A URI that was registered with a port also matches without one.
            if let Ok(uri) = RedirectUri::parse(&presented) {
                let without = format!("{literal}{rest}");
                prop_assert!(uri.matches(&presented) && uri.matches(&without));
            }
        }
    }

    #[test]
    fn malformed_ports_do_not_match(port in "[0-9]{1,7}|[0-9+ :@.-]{0,8}|\\PC{1,3}") {
        let is_port = port.parse::<u16>().is_ok_and(|it| it != 0 && it.to_string() == port);
        let presented = format!("http://127.0.0.1:{port}/cb");
        prop_assert_eq!(uri("http://127.0.0.1/cb").matches(&presented), is_port);
    }

    #[test]
    fn registered_uris_parse_to_the_same_url(
        text in prop_oneof![texts(), changed().prop_map(|(_, text)| text), "\\PC{0,60}"],
    ) {
        if let Ok(uri) = RedirectUri::parse(&text) {
            let url = Url::parse(&text).unwrap();
            prop_assert!(text.is_ascii() && text.len() <= 512 && !text.contains([' ', '#', '\\', '*', '"', '<']));
            prop_assert!(url.fragment().is_none() && url.username().is_empty() && url.password().is_none());
            prop_assert!(url.as_str() == text || url.as_str().strip_suffix('/') == Some(&text));
            prop_assert!(url.scheme() == "https" || url.scheme().contains('.')
                || ["127.0.0.1", "[::1]", "localhost"].contains(&url.host_str().unwrap()));
            prop_assert!(uri.matches(&text));
            prop_assert_eq!(uri.origin(), ["http", "https"].contains(&url.scheme())
                .then(|| url.origin().ascii_serialization()));
        }
    }
}
