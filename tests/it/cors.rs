//! Cross-origin requests: every origin that a client names, whole, and no other.

use crate::support::{House, answer::Answer};

const CLIENTS: &str = "
    [[clients]]
    client_id = 'web'
    transport = 'cookie'
    origins = ['https://app.example.com']
    [[clients]]
    client_id = 'spa'
    origins = ['https://spa.example.org', 'http://localhost:3000']
";

async fn ask(house: &House, method: &str, path: &str, origin: &str) -> Answer {
    let headers = [
        ("origin", origin),
        ("access-control-request-method", "POST"),
        (
            "access-control-request-headers",
            "authorization,content-type",
        ),
    ];
    house.anon().send(method, path, &headers, "").await
}

#[tokio::test]
async fn an_origin_is_admitted_whole_or_not_at_all() {
    let house = House::with(CLIENTS).await;
    for (origin, may_send_cookies) in [
        ("https://app.example.com", true),
        ("https://spa.example.org", false),
        ("http://localhost:3000", false),
    ] {
        for (method, path) in [
            ("OPTIONS", "/login"),
            ("GET", "/session"),
            ("POST", "/refresh"),
        ] {
            let answer = ask(&house, method, path, origin).await;
            assert_eq!(answer.header("access-control-allow-origin"), origin);
            let credentials = if may_send_cookies { "true" } else { "" };
            assert_eq!(
                answer.header("access-control-allow-credentials"),
                credentials
            );
            assert!(
                answer.header("vary").contains("origin"),
                "{:?}",
                answer.headers
            );
        }
    }
    for origin in [
        "https://evil.example",
        "https://app.example.com.evil.example",
        "https://evilapp.example.com",
        "http://app.example.com",
        "https://app.example.com:444",
        "https://APP.example.com",
        "http://localhost:3001",
        "null",
        "*",
    ] {
        for (method, path) in [
            ("OPTIONS", "/login"),
            ("GET", "/session"),
            ("GET", "/nowhere"),
        ] {
            let answer = ask(&house, method, path, origin).await;
            for header in ["origin", "credentials"] {
                let name = format!("access-control-allow-{header}");
                assert_eq!(answer.header(&name), "", "{origin} {method} {path}");
            }
        }
    }
}

#[tokio::test]
async fn a_preflight_says_what_may_be_sent_and_an_answer_what_may_be_read() {
    let house = House::with(CLIENTS).await;
    let origin = "https://spa.example.org";
    let answer = ask(&house, "OPTIONS", "/login", origin).await;
    answer.assert_status(200);
    for (header, value) in [
        ("access-control-allow-methods", "GET,POST,PUT,PATCH,DELETE"),
        (
            "access-control-allow-headers",
            "authorization,content-type,dpop",
        ),
        ("access-control-max-age", "3600"),
    ] {
        assert_eq!(answer.header(header), value);
    }
    let answer = ask(&house, "GET", "/session", origin).await;
    answer.assert_problem(401, "missing_token");
    assert_eq!(
        answer.header("access-control-expose-headers"),
        "date,dpop-nonce,retry-after,www-authenticate,etag,ratelimit,ratelimit-policy"
    );
}

#[tokio::test]
async fn what_is_public_is_everybodys() {
    let house = House::with(CLIENTS).await;
    for path in [
        "/.well-known/jwks.json",
        "/.well-known/oauth-authorization-server",
        "/.well-known/openid-configuration",
    ] {
        let answer = ask(&house, "GET", path, "https://evil.example").await;
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        assert_eq!(answer.header("access-control-allow-credentials"), "");
        // One answer for all, so that a cache may keep it.
        assert_eq!(answer.header("vary"), "");
    }
}
