//! Tests of invalid documents: the provider is unavailable with a reason that names the fault, and is available
//! again when the document is valid.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Publisher, Relying, discovery_of};
use crate::{
    clock::Clock,
    connect::Resolver,
    fetch::{Fetcher, NetworkAccess},
    key_set::tests::published,
    token::tests::fixture::now,
};

#[tokio::test]
async fn invalid_metadata_are_reported_with_their_fault() {
    let relying = Relying::new().await;
    let issuer = relying.publisher.issuer();
    let good: Value = serde_json::from_str(&relying.publisher.script().document).unwrap();
    let with_member = |member: &str, value: Value| {
        let mut document = good.clone();
        document[member] = value;
        document.to_string()
    };
    let text = good.to_string();
    let no_metadata = "its document is not the metadata of an OpenID provider";
    let no_issuer =
        "its document is not the metadata of an OpenID provider: it has no usable issuer";
    let mut cases = vec![
        (
            with_member("issuer", json!("https://evil.example")),
            "its document belongs to another issuer",
        ),
        (
            with_member("issuer", json!(format!("{issuer}/"))),
            "its document belongs to another issuer",
        ),
        (
            with_member("issuer", json!(issuer.to_uppercase())),
            "its document belongs to another issuer",
        ),
        (with_member("issuer", json!(null)), no_issuer),
        (with_member("issuer", json!([issuer])), no_issuer),
        ("<html>Sign in</html>".to_owned(), no_metadata),
        (String::new(), no_metadata),
        ("[]".to_owned(), no_metadata),
        ("{}".to_owned(), no_issuer),
        (format!("{text} x"), no_metadata),
        (format!("[{text}]"), no_metadata),
        (
            text.replacen('{', &format!("{{\"issuer\":\"{issuer}\","), 1),
            no_issuer,
        ),
        (
            format!("{text}{}", " ".repeat(256 * 1024)),
            "it responds with more than 262144 bytes",
        ),
    ];
    for member in [
        "authorization_endpoint",
        "token_endpoint",
        "jwks_uri",
        "userinfo_endpoint",
    ] {
        for (url, wrong) in [
            ("http://id.example/", "has a URL that is not https"),
            ("ftp://id.example/", "has a URL that is not https"),
            ("javascript:alert(1)", "has a URL that is not https"),
            ("file:///etc/passwd", "has a URL that is not https"),
            (
                "https://10.0.0.1/",
                "has an address that is not public and not in outbound.allow",
            ),
            (
                "https://167772161/",
                "has an address that is not public and not in outbound.allow",
            ),
            (
                "https://[::ffff:10.0.0.1]/",
                "has an address that is not public and not in outbound.allow",
            ),
            (
                "https://169.254.169.254/",
                "has an address that is not public and not in outbound.allow",
            ),
            (
                "https://ada:secret@id.example/",
                "has a URL with a user or a password",
            ),
            ("https://id.example/#x", "has a URL with a fragment"),
        ] {
            let wrong = format!("its document says that its {member} {wrong}");
            cases.push((with_member(member, json!(url)), wrong.leak()));
        }
        if member == "userinfo_endpoint" {
            continue;
        }
        for url in ["", "/token", "//id.example", "https://", "https://a b/"] {
            let wrong = format!("its document has no URL as its {member}");
            cases.push((with_member(member, json!(url)), wrong.leak()));
        }
        let wrong: &str = format!("{no_metadata}: it has no usable {member}").leak();
        for value in [json!(7), json!(null), json!(["https://id.example/"])] {
            cases.push((with_member(member, value), wrong));
        }
    }
    for (document, wrong) in cases {
        relying.publisher.script().document.clone_from(&document);
        assert_eq!(relying.reason().await, wrong, "{document:.200}");
        assert_eq!(relying.publisher.fetches("/keys"), 0);
        relying.clock.advance(5);
    }
    relying.publisher.script().document = text;
    assert!(relying.verify(&relying.token()).await.is_ok());
}

#[tokio::test]
async fn response_with_another_status_makes_the_provider_unavailable() {
    let relying = Relying::new().await;
    for (status, wrong) in [
        (201, "it responds with 201"),
        (204, "it responds with 204"),
        (206, "it responds with 206"),
        (301, "it redirects"),
        (302, "it redirects"),
        (307, "it redirects"),
        (401, "it responds with 401"),
        (404, "it responds with 404"),
        (500, "it responds with 500"),
        (503, "it responds with 503"),
    ] {
        {
            let mut script = relying.publisher.script();
            script.status = status;
            script.headers = vec![("location", "/elsewhere".to_owned())];
        }
        assert_eq!(relying.reason().await, wrong);
        relying.clock.advance(5);
    }
    assert_eq!(relying.publisher.fetches("/elsewhere"), 0);
    relying.publisher.script().status = 200;
    assert!(relying.verify(&relying.token()).await.is_ok());
}

#[tokio::test]
async fn invalid_key_set_makes_the_provider_unavailable() {
    let relying = Relying::new().await;
    let key = published(&relying.provider.mint).remove(0);
    let no_key_set = "its key set is not a JSON Web Key Set";
    for (keys, wrong) in [
        (String::new(), no_key_set),
        ("<html>".to_owned(), no_key_set),
        ("{}".to_owned(), no_key_set),
        (json!([key]).to_string(), no_key_set),
        (json!({"keys": {}}).to_string(), no_key_set),
        (format!("{{\"keys\":[{key}],\"keys\":[]}}"), no_key_set),
        (
            json!({"keys": vec![key; 33]}).to_string(),
            "its key set has more than 32 keys",
        ),
        (
            " ".repeat(256 * 1024 + 1),
            "it responds with more than 262144 bytes",
        ),
    ] {
        relying.publisher.script().keys.clone_from(&keys);
        assert_eq!(relying.reason().await, wrong, "{keys:.80}");
        relying.clock.advance(5);
    }
    assert!(
        relying.discovery.metadata().await.is_ok(),
        "the authorization endpoint is still known"
    );
    relying
        .publisher
        .publish_keys(&published(&relying.provider.mint));
    assert!(relying.verify(&relying.token()).await.is_ok());
}

#[tokio::test]
async fn slow_or_unreachable_provider_is_unavailable() {
    let short = Duration::from_millis(100);
    let relying = Relying::within(NetworkAccess::Loopback, short).await;
    relying.publisher.stop_responding();
    let late = "it does not respond in time: the response timed out";
    assert_eq!(relying.reason().await, late);
    let unavailable = relying.discovery.metadata().await.unwrap_err();
    let message = format!("the provider is unavailable: {late}");
    assert_eq!(unavailable.to_string(), message);
    assert_eq!(unavailable.retry_after, Duration::from_secs(5));

    for (issuer, wrong) in [
        (
            "https://10.0.0.1",
            "it has an address that is not public and not in outbound.allow",
        ),
        (
            "https://provider.localhost",
            "it has an address that is not public and not in outbound.allow",
        ),
        ("http://id.example", "it has a URL that is not https"),
    ] {
        let fetcher = Fetcher::new(NetworkAccess::Public, short, Resolver::system()).unwrap();
        let discovery = discovery_of(issuer, fetcher, Clock::from_fn(now));
        let unavailable = discovery.metadata().await.unwrap_err();
        assert_eq!(unavailable.reason, wrong, "{issuer}");
    }
}

/// A provider on the same machine is a test server or an attack.
#[tokio::test]
async fn public_service_sends_no_requests_to_its_own_machine() {
    let relying = Relying::within(NetworkAccess::Public, Duration::from_secs(5)).await;
    assert_eq!(relying.reason().await, "it has a URL that is not https");
    assert_eq!(relying.publisher.fetches(Publisher::DOCUMENT), 0);
}
