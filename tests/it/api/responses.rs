//! Rules that hold for the responses of every route.

use chrono::TimeDelta;

use crate::support::{Engine, TestService};

#[tokio::test]
async fn valid_request_id_is_kept() {
    let service = TestService::new().await;
    let get = async |id: &str| {
        let answer = service
            .anon()
            .send("GET", "/livez", &[("x-request-id", id)], "")
            .await;
        answer.header("x-request-id").to_owned()
    };
    assert_eq!(get("proxy-4711_a").await, "proxy-4711_a");
    for bad in ["", "a b", "a\"b", "<x>", &"x".repeat(65)] {
        let id = get(bad).await;
        assert!(id != bad && id.len() == 22, "{id}");
    }
    assert_ne!(get("").await, get("").await);
}

#[tokio::test]
async fn head_returns_the_headers_of_get() {
    let service = TestService::new().await;
    for path in ["/livez", "/.well-known/jwks.json"] {
        let get = service.anon().get(path).await;
        let head = service.anon().send("HEAD", path, &[], "").await;
        assert_eq!(head.status, get.status);
        assert_eq!(head.body, b"");
        assert_eq!(head.header("cache-control"), get.header("cache-control"));
    }
}

#[tokio::test]
async fn probes_report_liveness_and_readiness() {
    let service = TestService::new().await;
    service.anon().get("/livez").await.assert_status(200);
    service.anon().get("/readyz").await.assert_status(200);
    service.app.readiness.stop();
    service.anon().get("/livez").await.assert_status(200);
    let stopping = service.anon().get("/readyz").await;
    stopping.assert_problem(503, "stopping");
    assert_eq!(stopping.header("connection"), "close");
}

#[tokio::test]
async fn clock_jump_causes_no_immortal_token_and_no_panic() {
    let service = TestService::new().await;
    let ada = service.signed_up("ada@example.com").await;
    service.clock.advance(-TimeDelta::minutes(5));
    // Five minutes in the future by this clock.
    ada.get("/session").await.assert_status(503);
    ada.refresh().await.assert_status(503);
    service.clock.advance(TimeDelta::minutes(5));
    ada.get("/session").await.assert_status(200);
    for year in [2038, 2106, 9999] {
        let then = chrono::TimeZone::with_ymd_and_hms(&chrono::Utc, year, 12, 31, 23, 59, 59);
        service.clock.advance(then.unwrap() - service.clock.now());
        ada.get("/session").await.assert_status(401);
        ada.refresh().await.assert_status(401);
        service
            .anon()
            .log_in("ada@example.com", crate::support::PASSWORD)
            .await
            .assert_status(200);
    }
}

#[tokio::test]
async fn routes_are_served_under_the_path_of_the_issuer() {
    let issuer = "issuer = 'https://example.com/auth/v1'";
    let service = TestService::configured(Engine::Sqlite, issuer).await;
    let anon = service.anon();
    for path in [
        "/auth/v1/.well-known/jwks.json",
        "/auth/v1/.well-known/openid-configuration",
        "/auth/v1/.well-known/oauth-authorization-server",
        "/.well-known/openid-configuration/auth/v1",
        "/.well-known/oauth-authorization-server/auth/v1",
        "/livez",
        "/readyz",
    ] {
        anon.get(path).await.assert_status(200);
    }
    anon.get("/.well-known/jwks.json").await.assert_status(404);
    let login = anon.post("/auth/v1/login", serde_json::json!({})).await;
    login.assert_field(422, "missing_field", "email");
    let metadata = anon
        .get("/.well-known/oauth-authorization-server/auth/v1")
        .await
        .json();
    assert_eq!(
        metadata["token_endpoint"],
        "https://example.com/auth/v1/token"
    );
}
