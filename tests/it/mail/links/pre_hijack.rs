//! Whoever is there before the owner of an address gains nothing by it (Sudhodanan and Paverd, 2022:
//! account pre-hijacking). Mallory knows the address, and cannot read the mailbox.

use chrono::TimeDelta;
use rstest::rstest;
use serde_json::json;

use super::{NEW, confirm_address, forgot, login_link, move_to, reset};
use crate::support::{
    Actor, Engine, House, PASSWORD,
    oauth_client::{Login, OAUTH_CLIENT},
    openid::{OpenIdStub, Person},
    upstream::Beside,
};

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

/// Somebody links whoever sits before the provider.
async fn links(house: &House, actor: &Actor<'_>, stub: &OpenIdStub) {
    let login = Login::new(house);
    let start = format!("{}&intent=link", login.url("stub"));
    let code = login.code(&login.browser.through(stub, &start).await);
    login.link(&code, actor).await.assert_status(201);
}

/// Who the account at the provider is by now, if it is anybody but the victim.
async fn comes_in_as_somebody_else(house: &House, stub: &OpenIdStub, victim: &Actor<'_>) {
    let login = Login::new(house);
    let answer = login.at("stub", stub).await;
    if answer.status == 303 && answer.header("location").contains("code=") {
        assert_ne!(login.enters(&answer).await.id(), victim.id());
    }
}

/// Trojan identifier: Mallory links an own account at a provider, and waits for the owner.
#[rstest]
#[tokio::test]
async fn mallory_links_an_account(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
    #[values("address that nobody proved", "address that the victim confirms")] way: &str,
) {
    let stub = OpenIdStub::start();
    stub.person(Person::new("mallory", "mallory@elsewhere.example"));
    let beside: [Beside<'_>; 1] = [("stub", &stub, "trusts_addresses = true")];
    let Some(house) = House::beside(engine, &beside, OAUTH_CLIENT).await else {
        return;
    };
    if way == "address that nobody proved" {
        let mallory = house.unproven(VICTIM).await;
        links(&house, &mallory, &stub).await;
    } else {
        let mallory = house.signed_up("mallory@example.com").await;
        links(&house, &mallory, &stub).await;
        house.clock.advance(TimeDelta::minutes(1));
        let pending = move_to(&mallory, &house, VICTIM).await.unwrap();
        // Against what the mail says.
        confirm_address(&house, &pending).await.assert_status(204);
    }
    house.clock.advance(TimeDelta::minutes(1));
    let token = forgot(&house, VICTIM).await.unwrap();
    reset(&house, &token, NEW).await.assert_status(204);
    let old = house.anon().log_in(VICTIM, PASSWORD).await;
    old.assert_problem(401, "invalid_credentials");
    let mut victim = house.anon();
    victim.keep(victim.log_in(VICTIM, NEW).await.assert_status(200));
    let accounts = victim.get("/me/accounts").await.json();
    assert_eq!(
        accounts["accounts"].as_array().unwrap().len(),
        2,
        "{accounts}"
    );
    comes_in_as_somebody_else(&house, &stub, &victim).await;
}

/// What the owner links after proving the address stays, whatever is reset.
#[tokio::test]
async fn the_owner_keeps_what_was_linked_since() {
    let stub = OpenIdStub::start();
    stub.person(Person::new("ada", "ada@elsewhere.example"));
    let beside: [Beside<'_>; 1] = [("stub", &stub, "trusts_addresses = true")];
    let house = House::beside(Engine::Sqlite, &beside, OAUTH_CLIENT);
    let house = house.await.unwrap();
    let ada = house.signed_up(VICTIM).await;
    links(&house, &ada, &stub).await;
    house.clock.advance(TimeDelta::minutes(1));
    let token = forgot(&house, VICTIM).await.unwrap();
    reset(&house, &token, NEW).await.assert_status(204);
    assert_eq!(house.enters_by("stub", &stub).await.id(), ada.id());
}

/// Non-verifying provider: Mallory has an account there that says it has the victim's address.
#[tokio::test]
async fn mallory_claims_the_address_at_a_provider_that_proves_none() {
    let stub = OpenIdStub::start();
    stub.person(Person::new("mallory", VICTIM));
    let beside: [Beside<'_>; 1] = [("stub", &stub, "")];
    let house = House::beside(Engine::Sqlite, &beside, OAUTH_CLIENT);
    let house = house.await.unwrap();
    let victim = house.signed_up(VICTIM).await;
    let login = Login::new(&house);
    let page = login.at("stub", &stub).await;
    // Mallory is asked for an address, and names the victim's once more.
    let (action, form) = page.assert_status(200).form();
    login.browser.posts(&action, &form).await.assert_status(202);
    assert_eq!(house.mailed_token(VICTIM), None);
    let accounts = victim.get("/me/accounts").await.json();
    assert_eq!(
        accounts["accounts"].as_array().unwrap().len(),
        2,
        "{accounts}"
    );
    comes_in_as_somebody_else(&house, &stub, &victim).await;
}
