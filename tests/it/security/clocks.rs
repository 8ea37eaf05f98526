//! A clock that is behind: tokens that the service signed are its own trouble, and nobody signs out.

use axum::{body::Body, http::Request};
use chrono::TimeDelta;
use rstest::rstest;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::support::{
    Actor, Browser, Engine, House, PASSWORD, WEB,
    answer::Answer,
    browser::{ACCESS, REFRESH},
    exposition::Exposition,
    issuer::with,
    token::{claims, header, under},
};

fn seconds(n: i64) -> TimeDelta {
    TimeDelta::seconds(n)
}

async fn clock_behind(house: &House) -> f64 {
    let router = signet::router::operators_router(house.app.clone());
    let request = Request::get("/metrics").body(Body::empty()).unwrap();
    let answer = Answer::read(router.oneshot(request).await.unwrap(), true).await;
    let seen = Exposition::parse(&answer.assert_status(200).text());
    seen.value("signet_clock_behind_seconds", &[])
}

#[track_caller]
fn assert_behind(behind: f64, expected: f64) {
    assert!((behind - expected).abs() < 0.5, "{behind}, not {expected}");
}

/// Every route that takes an access or refresh token from a bearer client.
async fn by_bearer(actor: &Actor<'_>) -> Vec<Answer> {
    let refresh = actor.refresh.clone().unwrap();
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh.as_str()),
    ];
    vec![
        actor.refresh().await,
        actor.post_form("/token", &form).await,
        actor.get("/session").await,
        actor.get("/me").await,
    ]
}

#[rstest]
#[tokio::test]
async fn tokens_of_a_clock_that_is_ahead_are_our_trouble(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let Some(house) = House::on(engine).await else {
        return;
    };
    house.clock.advance(TimeDelta::hours(2));
    let ada = house.signed_up("ada@example.com").await;
    assert_behind(clock_behind(&house).await, 0.0);
    for difference in [31, 3_600] {
        house.clock.advance(-seconds(difference));
        for answer in by_bearer(&ada).await {
            let body = answer.assert_status(503).json();
            assert_eq!(body["error"], "temporarily_unavailable", "{body}");
            assert!(!answer.header("retry-after").is_empty());
        }
        let everywhere = ada.post("/logout/everywhere", json!({})).await;
        everywhere.assert_problem(503, "unavailable");
        #[expect(clippy::cast_precision_loss, reason = "a small number")]
        assert_behind(clock_behind(&house).await, difference as f64);
        house.clock.advance(seconds(difference));
    }
    house.clock.advance(-seconds(30));
    for answer in by_bearer(&ada).await {
        answer.assert_status(200);
    }
}

#[rstest]
#[tokio::test]
async fn mailed_links_of_a_clock_that_is_ahead_are_our_trouble(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let Some(house) = House::on(engine).await else {
        return;
    };
    house.clock.advance(TimeDelta::hours(2));
    let ada = house.signed_up("ada@example.com").await;
    let asked = json!({"email": "bob@example.com"});
    house.anon().post("/signup", asked).await.assert_status(202);
    let sign_up = house.mailed_token("bob@example.com").unwrap();
    let asked = json!({"email": "ada@example.com"});
    let forgot = house.anon().post("/password/forgot", asked).await;
    forgot.assert_status(202);
    let reset = house.mailed_token("ada@example.com").unwrap();
    let asked = json!({"email": "eve@example.com"});
    ada.post("/email", asked).await.assert_status(202);
    let address = house.mailed_token("eve@example.com").unwrap();

    let confirmed = |path: &'static str, token: &str| {
        let with_password = json!({"token": token, "password": "another long enough passphrase"});
        let body = match path {
            "/email/confirm" => json!({"token": token}),
            _ => with_password,
        };
        let anon = house.anon();
        async move { anon.post(path, body).await }
    };
    let links = [
        ("/signup/confirm", &sign_up),
        ("/email/confirm", &address),
        ("/password/reset", &reset),
    ];
    house.clock.advance(-seconds(31));
    for (path, token) in links {
        let refused = confirmed(path, token).await;
        refused.assert_problem(503, "unavailable");
    }
    assert_behind(clock_behind(&house).await, 31.0);
    house.clock.advance(seconds(1));
    let done = confirmed("/signup/confirm", &sign_up).await;
    done.assert_status(201);
    let done = confirmed("/password/reset", &reset).await;
    done.assert_status(204);
}

#[tokio::test]
async fn a_forged_token_moves_no_gauge_and_is_refused() {
    let house = House::new().await;
    let mut ada = house.signed_up("ada@example.com").await;
    let refresh = ada.refresh.clone().unwrap();
    let access = ada.access.clone().unwrap();
    let forged = |token: &str| {
        let later = claims(token)["iat"].as_i64().unwrap() + 3_600;
        let payload = with(claims(token), "iat", later.into()).to_string();
        let parts: Vec<_> = token.split('.').collect();
        let encoded = base64_url(payload.as_bytes());
        format!("{}.{encoded}.{}", parts[0], parts[2])
    };
    ada.refresh = Some(forged(&refresh));
    ada.access = Some(forged(&access));
    ada.refresh().await.assert_problem(401, "invalid_grant");
    ada.get("/me").await.assert_problem(401, "invalid_token");
    // A header that names a later secret is signed by nobody either.
    let kid = Value::from("m20270101T000000Z");
    ada.refresh = Some(under(&with(header(&refresh), "kid", kid), &refresh));
    ada.refresh().await.assert_problem(401, "invalid_grant");
    assert_behind(clock_behind(&house).await, 0.0);
}

fn base64_url(bytes: &[u8]) -> String {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Three nodes: the login was at one that is ahead, and the refresh at one that is right.
#[tokio::test]
async fn a_login_at_a_node_that_is_ahead_ends_at_no_node_that_is_behind() {
    // Each differs from the next by no more than the leeway.
    let house = House::new().await;
    house.clock.advance(TimeDelta::hours(2));
    let mut ada = house.signed_up("ada@example.com").await;
    house.clock.advance(-seconds(30));
    ada.refreshed().await;
    house.clock.advance(-seconds(30));
    for answer in by_bearer(&ada).await {
        answer.assert_status(503);
    }
    house.clock.advance(seconds(30));
    for answer in by_bearer(&ada).await {
        answer.assert_status(200);
    }
}

/// Nothing signs yet, but every token names a key or a secret that the node holds.
#[rstest]
#[tokio::test]
async fn before_all_keys_a_refresh_is_our_trouble(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let Some(house) = House::on(engine).await else {
        return;
    };
    let ada = house.signed_up("ada@example.com").await;
    for early in [1, 86_400] {
        house.clock.advance(-seconds(early));
        ada.refresh().await.assert_problem(503, "unavailable");
        house.anon().get("/readyz").await.assert_status(503);
        let login = house.anon().log_in("ada@example.com", PASSWORD).await;
        login.assert_problem(503, "unavailable");
        house.clock.advance(seconds(early));
    }
    ada.refresh().await.assert_status(200);
}

#[tokio::test]
async fn a_browser_keeps_its_cookies_while_the_clock_is_behind() {
    let house = House::configured(Engine::Sqlite, WEB).await.unwrap();
    house.clock.advance(TimeDelta::hours(1));
    let browser = Browser::signed_up(&house, "ada@example.com").await;
    house.clock.advance(-seconds(31));
    let asked = || async {
        vec![
            browser.get("/session").await,
            browser.get("/me").await,
            browser.post("/refresh", json!({})).await,
            browser.post("/logout", json!({})).await,
        ]
    };
    for answer in asked().await {
        answer.assert_problem(503, "unavailable");
        assert_eq!(answer.set_cookies(), Vec::<&str>::new());
    }
    // With one of the two cookies alone, too.
    for dropped in [ACCESS, REFRESH] {
        let kept = browser.drop_cookie(dropped).unwrap();
        for answer in [
            browser.get("/session").await,
            browser.post("/logout", json!({})).await,
        ] {
            answer.assert_problem(503, "unavailable");
            assert_eq!(answer.set_cookies(), Vec::<&str>::new());
        }
        let mut jar = browser.jar.lock().unwrap();
        jar.insert(dropped.to_owned(), kept);
    }
    house.clock.advance(seconds(1));
    browser.get("/session").await.assert_status(200);
    let out = browser.post("/logout", json!({})).await;
    out.assert_status(204);
}
