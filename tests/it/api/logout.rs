//! Logout of one client, and logout everywhere.

use chrono::TimeDelta;
use rstest_reuse::apply;
use serde_json::json;

use crate::support::{Engine, TestService, both_engines};

#[tokio::test]
async fn logout_needs_no_token_and_changes_nothing() {
    let service = TestService::new().await;
    let ada = service.signed_up("ada@example.com").await;
    service
        .anon()
        .post("/logout", json!({}))
        .await
        .assert_status(204);
    ada.post("/logout", json!({})).await.assert_status(204);
    ada.send("POST", "/logout", &[], "")
        .await
        .assert_status(204);
    // Nothing is stored, so nothing is revoked: the client discards its tokens.
    ada.refresh().await.assert_status(200);
}

#[apply(both_engines)]
#[tokio::test]
async fn logout_everywhere_ends_every_session_of_one_user(engine: Engine) {
    let service = TestService::on(engine).await;
    let laptop = service.signed_up("ada@example.com").await;
    let phone = service.anon().logged_in("ada@example.com").await;
    let bob = service.signed_up("bob@example.com").await;

    phone
        .post("/logout/everywhere", json!({}))
        .await
        .assert_status(204);
    for device in [&laptop, &phone] {
        device.refresh().await.assert_problem(401, "invalid_grant");
        device.get("/me").await.assert_problem(401, "invalid_token");
        // An ended session cannot end any session.
        let again = device.post("/logout/everywhere", json!({})).await;
        again.assert_problem(401, "invalid_token");
    }
    let ada = service.anon().logged_in("ada@example.com").await;
    laptop
        .post("/logout/everywhere", json!({}))
        .await
        .assert_status(401);
    ada.refresh().await.assert_status(200);
    bob.refresh().await.assert_status(200);

    // Routes without a database read trust the token until it expires.
    laptop.get("/session").await.assert_status(200);
    service.clock.advance(TimeDelta::seconds(300 + 30));
    laptop.get("/session").await.assert_status(401);
}

#[tokio::test]
async fn logout_everywhere_needs_a_session() {
    let service = TestService::new().await;
    let anon = service.anon().post("/logout/everywhere", json!({})).await;
    anon.assert_problem(401, "missing_token");
}
