//! A slow clock: tokens from the future return 503, and no client logs out.

use axum::{body::Body, http::Request};
use chrono::TimeDelta;
use rstest_reuse::apply;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::support::{
    ApiClient, Browser, Engine, PASSWORD, TestService, WEB,
    answer::Answer,
    both_engines,
    browser::{ACCESS, REFRESH},
    exposition::Exposition,
    issuer::with,
    token::{claims, header, under},
};

fn seconds(n: i64) -> TimeDelta {
    TimeDelta::seconds(n)
}

async fn clock_behind(service: &TestService) -> f64 {
    let router = signet::router::operators_router(service.app.clone());
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
async fn by_bearer(client: &ApiClient<'_>) -> Vec<Answer> {
    let refresh = client.refresh.clone().unwrap();
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh.as_str()),
    ];
    vec![
        client.refresh().await,
        client.post_form("/token", &form).await,
        client.get("/session").await,
        client.get("/me").await,
    ]
}

#[apply(both_engines)]
#[tokio::test]
async fn tokens_from_the_future_return_503(engine: Engine) {
    let service = TestService::on(engine).await;
    service.clock.advance(TimeDelta::hours(2));
    let ada = service.signed_up("ada@example.com").await;
    assert_behind(clock_behind(&service).await, 0.0);
    for difference in [31, 3_600] {
        service.clock.advance(-seconds(difference));
        for answer in by_bearer(&ada).await {
            let body = answer.assert_status(503).json();
            assert_eq!(body["error"], "temporarily_unavailable", "{body}");
            assert!(!answer.header("retry-after").is_empty());
        }
        let everywhere = ada.post("/logout/everywhere", json!({})).await;
        everywhere.assert_problem(503, "unavailable");
        #[expect(clippy::cast_precision_loss, reason = "a small number")]
        assert_behind(clock_behind(&service).await, difference as f64);
        service.clock.advance(seconds(difference));
    }
    service.clock.advance(-seconds(30));
    for answer in by_bearer(&ada).await {
        answer.assert_status(200);
    }
}

#[apply(both_engines)]
#[tokio::test]
async fn mailed_links_from_the_future_return_503(engine: Engine) {
    let service = TestService::on(engine).await;
    service.clock.advance(TimeDelta::hours(2));
    let ada = service.signed_up("ada@example.com").await;
    let asked = json!({"email": "bob@example.com"});
    service
        .anon()
        .post("/signup", asked)
        .await
        .assert_status(202);
    let sign_up = service.mailed_token("bob@example.com").unwrap();
    let asked = json!({"email": "ada@example.com"});
    let forgot = service.anon().post("/password/forgot", asked).await;
    forgot.assert_status(202);
    let reset = service.mailed_token("ada@example.com").unwrap();
    let asked = json!({"email": "eve@example.com"});
    ada.post("/email", asked).await.assert_status(202);
    let address = service.mailed_token("eve@example.com").unwrap();

    let confirmed = |path: &'static str, token: &str| {
        let with_password = json!({"token": token, "password": "another long enough passphrase"});
        let body = match path {
            "/email/confirm" => json!({"token": token}),
            _ => with_password,
        };
        let anon = service.anon();
        async move { anon.post(path, body).await }
    };
    let links = [
        ("/signup/confirm", &sign_up),
        ("/email/confirm", &address),
        ("/password/reset", &reset),
    ];
    service.clock.advance(-seconds(31));
    for (path, token) in links {
        let refused = confirmed(path, token).await;
        refused.assert_problem(503, "unavailable");
    }
    assert_behind(clock_behind(&service).await, 31.0);
    service.clock.advance(seconds(1));
    let done = confirmed("/signup/confirm", &sign_up).await;
    done.assert_status(201);
    let done = confirmed("/password/reset", &reset).await;
    done.assert_status(204);
}

#[tokio::test]
async fn forged_token_is_rejected_without_changing_a_metric() {
    let service = TestService::new().await;
    let mut ada = service.signed_up("ada@example.com").await;
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
    // A header with a future secret has no valid signature either.
    let kid = Value::from("m20270101T000000Z");
    ada.refresh = Some(under(&with(header(&refresh), "kid", kid), &refresh));
    ada.refresh().await.assert_problem(401, "invalid_grant");
    assert_behind(clock_behind(&service).await, 0.0);
}

fn base64_url(bytes: &[u8]) -> String {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Three nodes: the login at a fast node, and the refresh at a correct one.
#[tokio::test]
async fn login_at_a_fast_node_is_not_ended_at_slower_nodes() {
    // Neighbouring clocks differ by at most the leeway.
    let service = TestService::new().await;
    service.clock.advance(TimeDelta::hours(2));
    let mut ada = service.signed_up("ada@example.com").await;
    service.clock.advance(-seconds(30));
    ada.refreshed().await;
    service.clock.advance(-seconds(30));
    for answer in by_bearer(&ada).await {
        answer.assert_status(503);
    }
    service.clock.advance(seconds(30));
    for answer in by_bearer(&ada).await {
        answer.assert_status(200);
    }
}

/// No key is active yet, but every token names a held key or secret.
#[apply(both_engines)]
#[tokio::test]
async fn refresh_before_any_key_is_active_returns_503(engine: Engine) {
    let service = TestService::on(engine).await;
    let ada = service.signed_up("ada@example.com").await;
    for early in [1, 86_400] {
        service.clock.advance(-seconds(early));
        ada.refresh().await.assert_problem(503, "unavailable");
        service.anon().get("/readyz").await.assert_status(503);
        let login = service.anon().log_in("ada@example.com", PASSWORD).await;
        login.assert_problem(503, "unavailable");
        service.clock.advance(seconds(early));
    }
    ada.refresh().await.assert_status(200);
}

#[tokio::test]
async fn browser_keeps_its_cookies_while_the_clock_is_behind() {
    let service = TestService::configured(Engine::Sqlite, WEB).await;
    service.clock.advance(TimeDelta::hours(1));
    let browser = Browser::signed_up(&service, "ada@example.com").await;
    service.clock.advance(-seconds(31));
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
    // Also with only one of the two cookies.
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
    service.clock.advance(seconds(1));
    browser.get("/session").await.assert_status(200);
    let out = browser.post("/logout", json!({})).await;
    out.assert_status(204);
}
