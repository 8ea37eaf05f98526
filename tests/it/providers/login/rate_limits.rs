//! Failed provider logins are charged to the network; others are free.

use chrono::TimeDelta;
use serde_json::json;

use super::{Engine, Login, OAUTH_CLIENT, OpenIdStub, ProviderSetup, TestService};

/// A limit of ten tries in five minutes, and a trusted provider.
async fn limited(stub: &OpenIdStub) -> TestService {
    let settings = format!("limits.confirm_network = '10/5m'\n{OAUTH_CLIENT}");
    let trusted: ProviderSetup<'_> = ("stub", stub, "trusts_addresses = true");
    TestService::with_providers(Engine::Sqlite, &[trusted], &settings).await
}

/// A foreign page can cause these requests from a browser behind a shared IP address.
#[tokio::test]
async fn callbacks_without_a_login_cost_no_budget() {
    let stub = OpenIdStub::start();
    let service = limited(&stub).await;
    let query = ["code=x&state=none", "code=x", ""];
    for n in 0..30 {
        let path = format!("/callback/stub?{}", query[n % 3]);
        let answer = service.anon().get(&path).await;
        answer.assert_page(400, "invalid_login");
        let form = [("code", "x"), ("state", "none"), ("again", "1")];
        let answer = service.anon().post_form("/callback/stub", &form).await;
        answer.assert_page(400, "invalid_login");
    }
    service.log_in_by("stub", &stub).await;
}

#[tokio::test]
async fn callbacks_failed_by_the_provider_are_rate_limited() {
    let stub = OpenIdStub::start();
    let service = limited(&stub).await;
    let login = Login::new(&service);
    let callback = login
        .browser
        .until_callback(&stub, &login.url("stub"))
        .await;
    let jar = login.browser.jar.lock().unwrap().clone();
    stub.stop();
    for status in [503; 10].into_iter().chain([429; 2]) {
        *login.browser.jar.lock().unwrap() = jar.clone();
        login
            .browser
            .open_callback(&callback)
            .await
            .assert_status(status);
    }

    // The login in progress still completes.
    stub.restart();
    service.clock.advance(TimeDelta::minutes(5));
    *login.browser.jar.lock().unwrap() = jar;
    let answer = login.browser.open_callback(&callback).await;
    login.finish(&answer).await;
}

#[tokio::test]
async fn rejected_id_tokens_are_rate_limited() {
    let stub = OpenIdStub::start();
    let service = limited(&stub).await;
    let app = service.anon();
    for status in [401; 10].into_iter().chain([429; 2]) {
        let answer = app.post("/login/stub/challenge", json!({})).await;
        let answer = answer.assert_status(200).json();
        let body = json!({
            "challenge": answer["challenge"],
            "id_token": stub.native_id_token("another nonce"),
        });
        let answer = app.post("/login/stub/id-token", body).await;
        answer.assert_status(status);
    }
}

#[tokio::test]
async fn successful_callbacks_and_database_errors_cost_no_budget() {
    let stub = OpenIdStub::start();
    let service = limited(&stub).await;
    for _ in 0..12 {
        service.log_in_by("stub", &stub).await;
    }
    service
        .database
        .execute("ALTER TABLE accounts RENAME TO gone")
        .await;
    for _ in 0..12 {
        let login = Login::new(&service);
        let answer = login.log_in_at("stub", &stub).await;
        answer.assert_page(503, "unavailable");
    }
    // A login denied by the user is free too.
    for _ in 0..12 {
        let login = Login::new(&service);
        let callback = login
            .browser
            .until_callback(&stub, &login.url("stub"))
            .await;
        let denied = format!("{}&error=access_denied", callback.url);
        let answer = login.browser.visit(&denied).await;
        assert_eq!(login.error(&answer).as_deref(), Some("access_denied"));
    }
}
