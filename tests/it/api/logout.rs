//! Logout: forgotten by the client, or ended everywhere.

use chrono::TimeDelta;
use rstest::rstest;
use serde_json::json;

use crate::support::{Engine, House};

#[tokio::test]
async fn logout_asks_nothing_and_changes_nothing() {
    let house = House::new().await;
    let ada = house.signed_up("ada@example.com").await;
    house
        .anon()
        .post("/logout", json!({}))
        .await
        .assert_status(204);
    ada.post("/logout", json!({})).await.assert_status(204);
    ada.send("POST", "/logout", &[], "")
        .await
        .assert_status(204);
    // Nothing is stored, so nothing is revoked: the client forgets.
    ada.refresh().await.assert_status(200);
}

#[rstest]
#[tokio::test]
async fn logout_everywhere_ends_every_session_of_one_person(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let Some(house) = House::on(engine).await else {
        return;
    };
    let laptop = house.signed_up("ada@example.com").await;
    let phone = house.anon().logged_in("ada@example.com").await;
    let bob = house.signed_up("bob@example.com").await;

    phone
        .post("/logout/everywhere", json!({}))
        .await
        .assert_status(204);
    for device in [&laptop, &phone] {
        device.refresh().await.assert_problem(401, "invalid_grant");
        device.get("/me").await.assert_problem(401, "invalid_token");
        // An ended session can end nothing, not even the sessions that came after it.
        let again = device.post("/logout/everywhere", json!({})).await;
        again.assert_problem(401, "invalid_token");
    }
    let ada = house.anon().logged_in("ada@example.com").await;
    laptop
        .post("/logout/everywhere", json!({}))
        .await
        .assert_status(401);
    ada.refresh().await.assert_status(200);
    bob.refresh().await.assert_status(200);

    // The token alone is trusted for what reads no row, until it expires.
    laptop.get("/session").await.assert_status(200);
    house.clock.advance(TimeDelta::seconds(300 + 30));
    laptop.get("/session").await.assert_status(401);
}

#[tokio::test]
async fn logout_everywhere_needs_a_session() {
    let house = House::new().await;
    let anon = house.anon().post("/logout/everywhere", json!({})).await;
    anon.assert_problem(401, "missing_token");
}
