//! Logins by a provider that fail are charged to the network; others cost nothing.

use chrono::TimeDelta;
use serde_json::json;

use super::{Beside, Engine, House, Login, OAUTH_CLIENT, OpenIdStub};

/// Ten tries in five minutes, and a provider whose word counts.
async fn limited(stub: &OpenIdStub) -> House {
    let settings = format!("limits.confirm_network = '10/5m'\n{OAUTH_CLIENT}");
    let trusted: Beside<'_> = ("stub", stub, "trusts_addresses = true");
    House::beside(Engine::Sqlite, &[trusted], &settings)
        .await
        .unwrap()
}

/// A page of another site can send these from a browser behind a shared address.
#[tokio::test]
async fn callbacks_of_no_login_in_this_browser_cost_nothing() {
    let stub = OpenIdStub::start();
    let house = limited(&stub).await;
    let query = ["code=x&state=none", "code=x", ""];
    for n in 0..30 {
        let path = format!("/callback/stub?{}", query[n % 3]);
        let answer = house.anon().get(&path).await;
        answer.assert_page(400, "invalid_login");
        let form = [("code", "x"), ("state", "none"), ("again", "1")];
        let answer = house.anon().post_form("/callback/stub", &form).await;
        answer.assert_page(400, "invalid_login");
    }
    house.enters_by("stub", &stub).await;
}

#[tokio::test]
async fn callbacks_that_a_provider_fails_are_answered_429_in_the_end() {
    let stub = OpenIdStub::start();
    let house = limited(&stub).await;
    let login = Login::new(&house);
    let callback = login.browser.as_far_as(&stub, &login.url("stub")).await;
    let jar = login.browser.jar.lock().unwrap().clone();
    stub.goes_down();
    for status in [503; 10].into_iter().chain([429; 2]) {
        *login.browser.jar.lock().unwrap() = jar.clone();
        login
            .browser
            .comes_back(&callback)
            .await
            .assert_status(status);
    }

    // The login itself is not lost by that.
    stub.comes_back();
    house.clock.advance(TimeDelta::minutes(5));
    *login.browser.jar.lock().unwrap() = jar;
    let answer = login.browser.comes_back(&callback).await;
    login.enters(&answer).await;
}

#[tokio::test]
async fn id_tokens_that_are_refused_are_answered_429_in_the_end() {
    let stub = OpenIdStub::start();
    let house = limited(&stub).await;
    let app = house.anon();
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
async fn callbacks_that_succeed_or_that_our_database_fails_cost_nothing() {
    let stub = OpenIdStub::start();
    let house = limited(&stub).await;
    for _ in 0..12 {
        house.enters_by("stub", &stub).await;
    }
    house
        .database
        .execute("ALTER TABLE accounts RENAME TO gone")
        .await;
    for _ in 0..12 {
        let login = Login::new(&house);
        let answer = login.at("stub", &stub).await;
        answer.assert_page(503, "unavailable");
    }
    // A person who says no at the provider has not failed either.
    for _ in 0..12 {
        let login = Login::new(&house);
        let callback = login.browser.as_far_as(&stub, &login.url("stub")).await;
        let denied = format!("{}&error=access_denied", callback.url);
        let answer = login.browser.visits(&denied).await;
        assert_eq!(login.error(&answer).as_deref(), Some("access_denied"));
    }
}
