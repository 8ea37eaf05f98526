//! Cross-origin requests: every origin that a client names, whole, and no other.

use std::sync::Arc;

use crate::support::{
    House,
    answer::Answer,
    process::{Service, free_address},
};

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
            "authorization,content-type,dpop,sentry-trace,baggage,traceparent,tracestate,\
             x-requested-with",
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

#[test]
fn a_refused_origin_is_logged_with_its_route_and_the_remedy() {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    std::fs::write(folder.path().join("signet.toml"), CLIENTS).unwrap();
    let mut service = Service::start_in(folder, free_address(), &[]);
    let evil = "Origin: https://evil.example";
    let ask = |head: &str| service.request(head, "").unwrap().0;
    for _ in 0..3 {
        let preflight = "Access-Control-Request-Method: POST";
        let head = format!("OPTIONS /login HTTP/1.1\r\n{evil}\r\n{preflight}");
        assert_eq!(ask(&head), 200);
        // For want of cookies.
        assert_eq!(ask(&format!("POST /refresh HTTP/1.1\r\n{evil}")), 403);
        // A form of our own page, and a request that names no origin.
        let form = "Content-Type: application/x-www-form-urlencoded";
        let head = format!("POST /signup HTTP/1.1\r\n{form}");
        assert_eq!(ask(&head), 403);
        // What is admitted.
        assert_eq!(
            ask("GET /session HTTP/1.1\r\nOrigin: https://app.example.com"),
            401
        );
        let own = format!("Origin: http://{}", service.address);
        assert_eq!(ask(&format!("GET /session HTTP/1.1\r\n{own}")), 401);
    }
    assert_eq!(ask("POST /me HTTP/1.1\r\nOrigin: \u{e9}\"x"), 405);
    service.wait_for("the last refusal is logged", |service| {
        service.logged().lock().unwrap().contains("unreadable")
    });
    let logged = service.logged().lock().unwrap().clone();
    let lines: Vec<_> = logged
        .lines()
        .filter(|line| line.contains("refused an origin"))
        .collect();
    assert_eq!(lines.len(), 4, "{logged}");
    for (origin, route) in [
        ("https://evil.example", "/login"),
        ("https://evil.example", "/refresh"),
        ("none", "/signup"),
    ] {
        let is = |line: &&&str| {
            line.contains("WARN")
                && line.contains(origin)
                && line.contains(route)
                && line.contains("`origins`")
                && line.contains("`issuer`")
        };
        assert_eq!(lines.iter().filter(is).count(), 1, "{lines:#?}");
    }
    assert!(lines.iter().all(|line| line.is_ascii()), "{lines:#?}");
}
