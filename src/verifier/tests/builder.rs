//! The settings of a verifier.

use std::time::Duration;

use crate::verifier::{Builder, Verifier};

fn faults(builder: Builder) -> String {
    builder.build().unwrap_err().to_string()
}

#[test]
fn key_set_url_must_be_https_or_loopback() {
    let build = |issuer: &str| Verifier::builder(issuer, "api").build();
    for valid in [
        "https://auth.example.com",
        "https://auth.example.com/tenant",
        "http://127.0.0.1:8080",
        "http://[::1]:8080",
        "http://localhost",
        "http://auth.localhost:8080",
    ] {
        assert!(build(valid).is_ok(), "{valid}");
    }
    for invalid in [
        "http://auth.example.com",
        "http://127.0.0.1.example.com",
        "http://10.0.0.1",
        "http://localhost.example.com",
    ] {
        let message = build(invalid).unwrap_err().to_string();
        assert!(message.contains("issuer: must be https"), "{message}");
        let loose = Verifier::builder(invalid, "api").dangerously_http().build();
        assert!(loose.is_ok(), "{invalid}");
    }
    for invalid in [
        "",
        "auth.example.com",
        "ftp://auth.example.com",
        "file:///etc/keys",
        "https://auth.example.com/",
        "https://auth.example.com?x",
        "https://auth.example.com#x",
        "https://user:password@auth.example.com",
    ] {
        let message = build(invalid).unwrap_err().to_string();
        let expected = "one setting of the verifier is wrong:\n  issuer: must be a URL such as";
        assert!(message.starts_with(expected), "{invalid}: {message}");
    }
}

#[test]
fn jwks_url_is_checked_instead_of_the_issuer() {
    let at = |url: &str| Verifier::builder("http://auth.internal", "api").jwks_url(url);
    assert!(at("https://auth.example.com/keys").build().is_ok());
    assert!(at("http://127.0.0.1:1/keys").build().is_ok());
    assert!(faults(at("http://auth.internal/keys")).contains("jwks_url: must be https"));
    assert!(faults(at("keys.json")).contains("jwks_url: must be an http or https URL"));
}

#[test]
fn all_faults_are_reported_together() {
    let builder = Verifier::builder("https://auth.example.com/", "")
        .algorithms([])
        .leeway(Duration::from_secs(61))
        .timeout(Duration::ZERO)
        .cooldown(Duration::from_millis(999))
        .stale_limit(Duration::MAX);
    let message = faults(builder);
    assert!(
        message.starts_with("7 settings of the verifier are wrong:\n"),
        "{message}"
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
            message.contains(&format!("\n  {setting}: must")),
            "{setting}: {message}"
        );
    }
}

#[test]
fn limits_of_the_ranges_are_accepted() {
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
