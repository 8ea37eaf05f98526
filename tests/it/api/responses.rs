//! What is true of answers whatever the route.

use chrono::TimeDelta;

use crate::support::{Engine, House};

#[tokio::test]
async fn a_request_keeps_its_name_if_it_is_one() {
    let house = House::new().await;
    let get = async |id: &str| {
        let answer = house
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
async fn head_is_get_without_a_body() {
    let house = House::new().await;
    for path in ["/livez", "/.well-known/jwks.json"] {
        let get = house.anon().get(path).await;
        let head = house.anon().send("HEAD", path, &[], "").await;
        assert_eq!(head.status, get.status);
        assert_eq!(head.body, b"");
        assert_eq!(head.header("cache-control"), get.header("cache-control"));
    }
}

#[tokio::test]
async fn probes_say_whether_the_process_lives_and_can_work() {
    let house = House::new().await;
    house.anon().get("/livez").await.assert_status(200);
    house.anon().get("/readyz").await.assert_status(200);
    house.app.readiness.stop();
    house.anon().get("/livez").await.assert_status(200);
    let stopping = house.anon().get("/readyz").await;
    stopping.assert_problem(503, "stopping");
    assert_eq!(stopping.header("connection"), "close");
}

#[tokio::test]
async fn a_clock_that_jumps_makes_no_immortal_token_and_no_panic() {
    let house = House::new().await;
    let ada = house.signed_up("ada@example.com").await;
    house.clock.advance(-TimeDelta::minutes(5));
    // From five minutes in the future, as far as this clock knows.
    ada.get("/session").await.assert_status(503);
    ada.refresh().await.assert_status(503);
    house.clock.advance(TimeDelta::minutes(5));
    ada.get("/session").await.assert_status(200);
    for year in [2038, 2106, 9999] {
        let then = chrono::TimeZone::with_ymd_and_hms(&chrono::Utc, year, 12, 31, 23, 59, 59);
        house.clock.advance(then.unwrap() - house.clock.now());
        ada.get("/session").await.assert_status(401);
        ada.refresh().await.assert_status(401);
        house
            .anon()
            .log_in("ada@example.com", crate::support::PASSWORD)
            .await
            .assert_status(200);
    }
}

#[tokio::test]
async fn routes_live_under_the_issuers_path() {
    let issuer = "issuer = 'https://example.com/auth/v1'";
    let house = House::configured(Engine::Sqlite, issuer).await.unwrap();
    let anon = house.anon();
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
