use proptest::prelude::*;

use super::*;

#[test]
fn only_canonical_issuers_are_accepted() {
    for good in [
        "https://auth.example.com",
        "https://auth.example.com/tenant/a",
        "http://127.0.0.1:8080",
        "http://[::1]:8080",
    ] {
        assert_eq!(Issuer::parse(good).unwrap().as_str(), good);
    }
    let spelling = |canonical: Option<&str>| InvalidIssuer::Spelling(canonical.map(str::to_owned));
    for (bad, reason) in [
        ("", InvalidIssuer::Url),
        ("auth.example.com", InvalidIssuer::Url),
        ("ftp://auth.example.com", InvalidIssuer::Url),
        (
            "https://auth.example.com/",
            spelling(Some("https://auth.example.com")),
        ),
        (
            "https://auth.example.com/a/",
            spelling(Some("https://auth.example.com/a")),
        ),
        (
            "https://AUTH.example.com",
            spelling(Some("https://auth.example.com")),
        ),
        (
            "https://auth.example.com:443",
            spelling(Some("https://auth.example.com")),
        ),
        ("https://auth.example.com/{a}", spelling(None)),
        ("https://auth.example.com/:a", spelling(None)),
        ("https://auth.example.com//a", spelling(None)),
        ("https://auth.example.com/a%20b", spelling(None)),
        ("https://auth.example.com/a*", spelling(None)),
        ("https://auth.example.com?a", InvalidIssuer::Parts),
        ("https://auth.example.com#a", InvalidIssuer::Parts),
        ("https://u:p@auth.example.com", InvalidIssuer::Parts),
    ] {
        assert_eq!(Issuer::parse(bad).unwrap_err(), reason, "{bad}");
    }
}

proptest! {
    #[test]
    fn an_issuer_is_kept_byte_for_byte_and_its_parts_are_consistent(
        text in "\\PC{0,40}|https?://[a-zA-Z0-9.\u{e4}\\[\\]-]{1,20}(:[0-9]{1,6})?(/[a-zA-Z0-9._~%-]{0,6}){0,3}",
    ) {
        if let Ok(issuer) = Issuer::parse(&text) {
            prop_assert_eq!(issuer.as_str(), text.as_str());
            prop_assert_eq!(format!("{}{}", issuer.origin(), issuer.path()), text.clone());
            let url = Url::parse(&text).unwrap();
            prop_assert_eq!(url.port_or_known_default(), Some(issuer.port()));
            prop_assert_eq!(url.origin().ascii_serialization(), issuer.origin());
            prop_assert!(!text.ends_with('/') && text.is_ascii() && text.len() <= 200);
        }
    }
}
