//! CORS: exactly the origins that clients name.

use std::sync::Arc;

use axum::http::HeaderName;

use crate::support::{
    Engine, TestService,
    answer::Answer,
    process::{ServiceProcess, free_address},
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

async fn ask(service: &TestService, method: &str, path: &str, origin: &str) -> Answer {
    let headers = [
        ("origin", origin),
        ("access-control-request-method", "POST"),
        (
            "access-control-request-headers",
            "authorization,content-type",
        ),
    ];
    service.anon().send(method, path, &headers, "").await
}

#[tokio::test]
async fn only_exact_origins_are_allowed() {
    let service = TestService::with(CLIENTS).await;
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
            let answer = ask(&service, method, path, origin).await;
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
            let answer = ask(&service, method, path, origin).await;
            for header in ["origin", "credentials"] {
                let name = format!("access-control-allow-{header}");
                assert_eq!(answer.header(&name), "", "{origin} {method} {path}");
            }
        }
    }
}

#[tokio::test]
async fn pages_with_the_session_at_the_issuer_allow_no_origin() {
    let settings = format!("[admin]\nenabled = true\n[sso]\nenabled = true\n{CLIENTS}");
    let service = TestService::configured(Engine::Sqlite, &settings).await;
    for path in [
        "/account",
        "/account/data",
        "/account/totp",
        "/admin",
        "/admin/pages/users",
    ] {
        for method in ["GET", "POST", "OPTIONS"] {
            let answer = ask(&service, method, path, "https://app.example.com").await;
            let allows = |name: &HeaderName| name.as_str().starts_with("access-control-");
            assert!(
                !answer.headers.keys().any(allows),
                "{method} {path}: {:?}",
                answer.headers
            );
        }
    }
}

#[tokio::test]
async fn preflight_and_response_list_allowed_and_exposed_headers() {
    let service = TestService::with(CLIENTS).await;
    let origin = "https://spa.example.org";
    let answer = ask(&service, "OPTIONS", "/login", origin).await;
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
    let answer = ask(&service, "GET", "/session", origin).await;
    answer.assert_problem(401, "missing_token");
    assert_eq!(
        answer.header("access-control-expose-headers"),
        "date,dpop-nonce,retry-after,www-authenticate,etag,ratelimit,ratelimit-policy"
    );
}

#[tokio::test]
async fn public_documents_allow_every_origin() {
    let service = TestService::with(CLIENTS).await;
    for path in [
        "/.well-known/jwks.json",
        "/.well-known/oauth-authorization-server",
        "/.well-known/openid-configuration",
    ] {
        let answer = ask(&service, "GET", path, "https://evil.example").await;
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        assert_eq!(answer.header("access-control-allow-credentials"), "");
        // One response for all origins, so that caches can store it.
        assert_eq!(answer.header("vary"), "");
    }
}

#[test]
fn rejected_origin_is_logged_with_route_and_remedy() {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    std::fs::write(folder.path().join("signet.toml"), CLIENTS).unwrap();
    let mut service = ServiceProcess::start_in(folder, free_address(), &[]);
    let evil = "Origin: https://evil.example";
    let ask = |head: &str| service.request(head, "").unwrap().0;
    for _ in 0..3 {
        let preflight = "Access-Control-Request-Method: POST";
        let head = format!("OPTIONS /login HTTP/1.1\r\n{evil}\r\n{preflight}");
        assert_eq!(ask(&head), 200);
        // Rejected because of the missing cookies.
        assert_eq!(ask(&format!("POST /refresh HTTP/1.1\r\n{evil}")), 403);
        // A form from an own page, and a request without an origin.
        let form = "Content-Type: application/x-www-form-urlencoded";
        let head = format!("POST /signup HTTP/1.1\r\n{form}");
        assert_eq!(ask(&head), 403);
        // A form of another site that a page of this service posts again is no refusal.
        let head = format!("POST /end-session HTTP/1.1\r\nOrigin: https://rp.example\r\n{form}");
        assert_eq!(ask(&head), 200);
        // Accepted requests.
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
