//! Outages return 503, never a client error, and end.

use std::sync::atomic::{AtomicBool, Ordering};

use chrono::TimeDelta;
use futures_util::future::join_all;
use serde_json::json;
use signet::{coordination::SpentMarks, dpop::ProofVerifier};
use sqlx::{Connection, Executor, SqliteConnection};

use crate::support::{Engine, PASSWORD, TestDatabase, TestService, log::Log, proxy::Proxy};

#[tokio::test]
async fn postgres_outage_fails_only_database_requests() {
    let service = TestService::on(Engine::Postgres).await;
    let ada = service.signed_up("ada@example.com").await;
    let name = service.database.name().to_owned();
    let away = format!("{name}_away");
    TestDatabase::execute_in(
        "postgres",
        format!("ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false"),
    )
    .await;
    let kill =
        format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
    TestDatabase::execute_in("postgres", kill).await;
    TestDatabase::execute_in(
        "postgres",
        format!("ALTER DATABASE {name} RENAME TO {away}"),
    )
    .await;

    for answer in [
        ada.refresh().await,
        ada.get("/me").await,
        ada.log_in("ada@example.com", PASSWORD).await,
        ada.post("/logout/everywhere", json!({})).await,
        ada.post("/signup", json!({"email": "bob@example.com"}))
            .await,
        ada.get("/readyz").await,
    ] {
        answer.assert_problem(503, "unavailable");
        for word in ["sql", "database", "signet_test", "postgres"] {
            assert!(
                !answer.text().to_lowercase().contains(word),
                "{}",
                answer.text()
            );
        }
    }
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", ada.refresh.as_deref().unwrap()),
    ];
    let token = ada.post_form("/token", &form).await;
    token.assert_oauth_error(503, "temporarily_unavailable");
    assert!(
        service
            .outbox
            .lock()
            .unwrap()
            .iter()
            .all(|mail| mail.to.as_str() != "bob@example.com")
    );

    ada.get("/session").await.assert_status(200);
    ada.get("/livez").await.assert_status(200);
    ada.get("/.well-known/jwks.json").await.assert_status(200);
    ada.get("/.well-known/openid-configuration")
        .await
        .assert_status(200);

    TestDatabase::execute_in(
        "postgres",
        format!("ALTER DATABASE {away} RENAME TO {name}"),
    )
    .await;
    TestDatabase::execute_in(
        "postgres",
        format!("ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true"),
    )
    .await;
    ada.refresh().await.assert_status(200);
    ada.get("/readyz").await.assert_status(200);
}

/// A network that drops everything: no response, no reset.
#[tokio::test]
async fn frozen_postgres_connections_are_replaced() {
    let mut database = TestDatabase::on(Engine::Postgres).await;
    let Some(proxy) = Proxy::before(&mut database) else {
        return;
    };
    let settings = "database.timeout = '1s'\ndatabase.connections = 4";
    let service = TestService::in_database(database, settings, None).await;
    let ada = service.signed_up("ada@example.com").await;
    // The maximum number of connections.
    join_all((0..8).map(|_| ada.refresh())).await;

    proxy.freeze();
    let answers = join_all((0..4).map(|_| ada.refresh())).await;
    for answer in &answers {
        assert!([200, 503].contains(&answer.status), "{}", answer.text());
    }
    assert!(answers.iter().any(|answer| answer.status == 503));
    // A client that disconnects first leaves no dead connection behind either.
    proxy.freeze();
    let impatient = ada.refresh();
    let _ = tokio::time::timeout(std::time::Duration::from_millis(200), impatient).await;
    let mut failed = 0;
    while ada.refresh().await.status != 200 {
        failed += 1;
        assert!(failed <= 40);
    }
    for answer in join_all((0..8).map(|_| ada.refresh())).await {
        answer.assert_status(200);
    }
}

#[tokio::test]
async fn outage_is_logged_once_a_minute_and_counted_each_time() {
    let service = TestService::new().await;
    let ada = service.signed_up("ada@example.com").await;
    service.app.store.close().await;
    let log = Log::default();
    let _guard = log.keep();
    let logged = || log.lines_with("a request failed");
    for _ in 0..3 {
        ada.get("/me").await.assert_problem(503, "unavailable");
        ada.refresh().await.assert_problem(503, "unavailable");
    }
    let [line] = &logged()[..] else {
        panic!("{}", log.text());
    };
    for part in ["ERROR", "request_id", "the database failed", "repeated=0"] {
        assert!(line.contains(part), "{line}");
    }
    service.clock.advance(TimeDelta::seconds(61));
    ada.get("/me").await.assert_problem(503, "unavailable");
    let repeated = logged().last().cloned().unwrap_or_default();
    assert!(repeated.contains("repeated=5"), "{}", log.text());
    let counted = "signet_http_requests_total{route=\"/me\",method=\"GET\",status=\"503\"} 4";
    let seen = service.app.exposition.text().unwrap();
    assert!(seen.contains(counted), "{seen}");
}

#[tokio::test]
async fn locked_database_returns_503_until_unlocked() {
    let service = TestService::with("database.timeout = '1s'").await;
    let ada = service.signed_up("ada@example.com").await;
    let mut other = SqliteConnection::connect(&service.database.url)
        .await
        .unwrap();
    other.execute("BEGIN EXCLUSIVE").await.unwrap();

    // Writes wait until the timeout; reads do not wait.
    ada.post("/logout/everywhere", json!({}))
        .await
        .assert_problem(503, "unavailable");
    ada.refresh().await.assert_status(200);
    ada.log_in("ada@example.com", PASSWORD)
        .await
        .assert_status(200);

    other.execute("COMMIT").await.unwrap();
    ada.refresh().await.assert_status(200);
    ada.post("/logout/everywhere", json!({}))
        .await
        .assert_status(204);
}

#[tokio::test]
async fn panic_fails_one_request_only() {
    let service = TestService::new().await;
    let ada = service.signed_up("ada@example.com").await;
    let mut app = service.app.clone();
    let panics = AtomicBool::new(true);
    let clock = service.clock.clone();
    app.clock = signet::clock::Clock::from_fn(move || {
        assert!(!panics.swap(false, Ordering::Relaxed), "the secret reason");
        clock.now()
    });
    let router = signet::router::router(app);
    let refresh = async || {
        let body = json!({"refresh_token": ada.refresh}).to_string();
        let request = axum::http::Request::post("/refresh")
            .header("content-type", "application/json")
            .body(axum::body::Body::from(body))
            .unwrap();
        let response = tower::ServiceExt::oneshot(router.clone(), request)
            .await
            .unwrap();
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        (
            parts,
            serde_json::from_slice::<serde_json::Value>(&body).unwrap(),
        )
    };
    let (parts, body) = refresh().await;
    assert_eq!(parts.status, 500);
    assert_eq!(parts.headers["content-type"], "application/problem+json");
    assert_eq!(parts.headers["cache-control"], "no-store");
    assert_eq!(body["code"], "internal_error");
    assert!(!body.to_string().contains("secret reason"));
    assert_eq!(refresh().await.0.status, 200);
}

#[tokio::test]
async fn panic_in_a_public_document_returns_500() {
    let service = TestService::new().await;
    let mut app = service.app.clone();
    app.clock = signet::clock::Clock::from_fn(|| panic!("the secret reason"));
    let request = axum::http::Request::get("/.well-known/jwks.json");
    let request = request.body(axum::body::Body::empty()).unwrap();
    let router = signet::router::router(app);
    let answer = tower::ServiceExt::oneshot(router, request).await.unwrap();
    assert_eq!(answer.status(), 500);
    // Counted, with a request id and security headers, and not cacheable.
    assert_eq!(answer.headers()["x-request-id"].len(), 22);
    assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let seen = service.app.exposition.text().unwrap();
    let counted = "signet_http_requests_total{route=\"/.well-known/jwks.json\",method=\"GET\",status=\"500\"} 1";
    assert!(seen.contains(counted), "{seen}");
}

#[tokio::test]
async fn panic_outside_the_routes_fails_one_request_only() {
    let service = TestService::new().await;
    let mut app = service.app.clone();
    let panics = AtomicBool::new(true);
    // Every request is given a random name, before any route sees it.
    app.entropy = signet::entropy::Entropy::from_fn(move |_| {
        assert!(!panics.swap(false, Ordering::Relaxed), "the secret reason");
        Ok(())
    });
    let router = signet::router::router(app);
    let livez = async || {
        let request = axum::http::Request::get("/livez");
        let request = request.body(axum::body::Body::empty()).unwrap();
        let answer = tower::ServiceExt::oneshot(router.clone(), request).await;
        let (parts, body) = answer.unwrap().into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        (parts, String::from_utf8(body.to_vec()).unwrap())
    };
    let (parts, body) = livez().await;
    assert_eq!(parts.status, 500);
    assert_eq!(parts.headers["content-type"], "application/problem+json");
    assert!(body.contains("\"internal_error\""), "{body}");
    assert!(!body.contains("secret reason"));
    assert_eq!(livez().await.0.status, 200);
}

#[tokio::test]
async fn entropy_failure_returns_503() {
    let service = TestService::new().await;
    let ada = service.signed_up("ada@example.com").await;
    let entropy = signet::entropy::Entropy::from_fn(|_| Err(signet::entropy::EntropyError));
    let mut app = service.app.clone();
    app.sessions = signet::session::Sessions::new(
        app.tokens.clone(),
        app.store.clone(),
        entropy.clone(),
        app.config.roles.clone(),
        ProofVerifier::new(
            app.tokens.keyring().clone(),
            app.config.dpop.nonce,
            SpentMarks::default(),
            app.metrics.clone(),
        ),
        app.backchannel_logout.clone(),
    );
    app.entropy = entropy;
    let router = signet::router::router(app);
    let body = json!({"refresh_token": ada.refresh}).to_string();
    let request = axum::http::Request::post("/refresh")
        .header("content-type", "application/json")
        .body(axum::body::Body::from(body))
        .unwrap();
    let response = tower::ServiceExt::oneshot(router, request).await.unwrap();
    assert_eq!(response.status(), 503);
    assert!(response.headers().contains_key("retry-after"));
}
