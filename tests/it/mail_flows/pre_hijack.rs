//! Whoever is there before the owner of an address gains nothing by it (Sudhodanan and Paverd, 2022:
//! account pre-hijacking). Mallory knows the address, and cannot read the mailbox.

use chrono::TimeDelta;
use serde_json::json;

use super::{NEW, confirm_address, forgot, login_link, move_to, reset};
use crate::support::{House, PASSWORD};

const VICTIM: &str = "victim@example.com";
const MALLORYS: &str = "mallory's own pass phrase";

/// Classic-federated merge, and the pre-registration that plants a password.
#[tokio::test]
async fn mallory_signs_up_first() {
    let house = House::new().await;
    let mallory = house.anon();
    let planted = json!({"email": VICTIM, "name": "Mallory", "password": MALLORYS});
    let refused = mallory.post("/signup", planted).await;
    refused.assert_field(422, "unknown_field", "password");
    let asked = mallory.post("/signup", json!({"email": VICTIM, "name": "Mallory"}));
    asked.await.assert_status(202);
    let nobody = mallory.log_in(VICTIM, MALLORYS).await;
    nobody.assert_problem(401, "invalid_credentials");
    // The owner opens the link of a mail that Mallory has asked for, and chooses the password.
    let token = house.mailed_token(VICTIM).unwrap();
    let body = json!({"token": token, "password": PASSWORD});
    house
        .anon()
        .post("/signup/confirm", body)
        .await
        .assert_status(201);
    let refused = mallory.log_in(VICTIM, MALLORYS).await;
    refused.assert_problem(401, "invalid_credentials");
    house.anon().logged_in(VICTIM).await;
}

/// Unexpired session: Mallory has been given the address by an operator, and stays logged in.
#[tokio::test]
async fn mallory_keeps_a_session() {
    let house = House::new().await;
    let mallory = house.unproven(VICTIM).await;
    mallory.get("/me").await.assert_status(200);
    let token = forgot(&house, VICTIM).await.unwrap();
    reset(&house, &token, NEW).await.assert_status(204);
    mallory.refresh().await.assert_problem(401, "invalid_grant");
    mallory
        .get("/me")
        .await
        .assert_problem(401, "invalid_token");
    let old = house.anon().log_in(VICTIM, PASSWORD).await;
    old.assert_problem(401, "invalid_credentials");
    let owner = house.anon().log_in(VICTIM, NEW).await;
    owner.assert_status(200);
}

/// Unexpired e-mail change: Mallory leaves one pending, to an own mailbox.
#[tokio::test]
async fn mallory_leaves_an_address_change_pending() {
    let house = House::new().await;
    let mallory = house.unproven(VICTIM).await;
    let pending = move_to(&mallory, &house, "mallory@example.com")
        .await
        .unwrap();
    let token = forgot(&house, VICTIM).await.unwrap();
    reset(&house, &token, NEW).await.assert_status(204);
    let dead = confirm_address(&house, &pending).await;
    dead.assert_problem(400, "invalid_link");
    let owner = house.anon().log_in(VICTIM, NEW).await;
    owner.assert_status(200);
    assert_eq!(forgot(&house, "mallory@example.com").await, None);
}

/// The same from the other side: Mallory asks for the victim's address. Only who reads it can say yes,
/// and is told whose address it would become.
#[tokio::test]
async fn mallory_asks_for_an_address_that_is_not_theirs() {
    let house = House::new().await;
    let mallory = house.signed_up("mallory@example.com").await;
    let pending = move_to(&mallory, &house, VICTIM).await.unwrap();
    let owner = house.signed_up(VICTIM).await;
    confirm_address(&house, &pending)
        .await
        .assert_problem(400, "invalid_link");
    assert_ne!(owner.id(), mallory.id());
    house.clock.advance(TimeDelta::minutes(1));
    assert_eq!(owner.get("/me").await.json()["email"], VICTIM);
    assert!(login_link(&house, VICTIM).await.is_some());
}
