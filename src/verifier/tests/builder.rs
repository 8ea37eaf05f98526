//! What a verifier must know.

use std::time::Duration;

use crate::verifier::{Builder, Verifier};

fn faults(builder: Builder) -> String {
    builder.build().unwrap_err().to_string()
}

#[test]
fn keys_are_fetched_by_https_or_on_loopback() {
    let build = |issuer: &str| Verifier::builder(issuer, "api").build();
    for good in [
        "https://auth.example.com",
        "https://auth.example.com/tenant",
        "http://127.0.0.1:8080",
        "http://[::1]:8080",
        "http://localhost",
        "http://auth.localhost:8080",
    ] {
        assert!(build(good).is_ok(), "{good}");
    }
    for bad in [
        "http://auth.example.com",
        "http://127.0.0.1.example.com",
        "http://10.0.0.1",
        "http://localhost.example.com",
    ] {
        let said = build(bad).unwrap_err().to_string();
        assert!(said.contains("issuer: must be https"), "{said}");
        let loose = Verifier::builder(bad, "api").dangerously_http().build();
        assert!(loose.is_ok(), "{bad}");
    }
    for bad in [
        "",
        "auth.example.com",
        "ftp://auth.example.com",
        "file:///etc/keys",
        "https://auth.example.com/",
        "https://auth.example.com?x",
        "https://auth.example.com#x",
        "https://user:password@auth.example.com",
    ] {
        let said = build(bad).unwrap_err().to_string();
        let expected = "one setting of the verifier is wrong:\n  issuer: must be a URL such as";
        assert!(said.starts_with(expected), "{bad}: {said}");
    }
}

#[test]
fn the_address_of_the_keys_is_judged_in_place_of_the_issuers() {
    let at = |url: &str| Verifier::builder("http://auth.internal", "api").jwks_url(url);
    assert!(at("https://auth.example.com/keys").build().is_ok());
    assert!(at("http://127.0.0.1:1/keys").build().is_ok());
    assert!(faults(at("http://auth.internal/keys")).contains("jwks_url: must be https"));
    assert!(faults(at("keys.json")).contains("jwks_url: must be an http or https URL"));
}

#[test]
fn every_fault_is_named_at_once() {
    let builder = Verifier::builder("https://auth.example.com/", "")
        .algorithms([])
        .leeway(Duration::from_secs(61))
        .timeout(Duration::ZERO)
        .cooldown(Duration::from_millis(999))
        .stale_limit(Duration::MAX);
    let said = faults(builder);
    assert!(
        said.starts_with("7 settings of the verifier are wrong:\n"),
        "{said}"
    );
    for setting in [
        "issuer",
        "audience",
        "algorithms",
        "leeway",
        "timeout",
        "cooldown",
        "stale_limit",
    ] {
        assert!(
            said.contains(&format!("\n  {setting}: must")),
            "{setting}: {said}"
        );
    }
}

#[test]
fn the_limits_of_the_ranges_are_in_them() {
    let seconds = Duration::from_secs;
    for (leeway, timeout, cooldown, stale_limit) in [
        (
            seconds(0),
            Duration::from_millis(100),
            seconds(1),
            seconds(60),
        ),
        (seconds(60), seconds(60), seconds(3600), seconds(7 * 86_400)),
    ] {
        let built = Verifier::builder("https://auth.example.com", "api")
            .leeway(leeway)
            .timeout(timeout)
            .cooldown(cooldown)
            .stale_limit(stale_limit)
            .build();
        assert!(built.is_ok());
    }
}
