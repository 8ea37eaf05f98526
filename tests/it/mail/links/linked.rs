//! Accounts at providers, added and removed: the owner of the mailbox is told, and a reset or a new email
//! removes those that a thief of the session may have linked.

use chrono::TimeDelta;
use rstest::rstest;
use serde_json::json;

use super::{NEW, confirm_address, forgot, mails_to, move_to, reset, subject};
use crate::support::{
    Actor, Engine, House,
    oauth_client::{Login, OAUTH_CLIENT},
    openid::{OpenIdStub, Person},
    upstream::Beside,
};

const EMAIL: &str = "ada@example.com";
const NAMED: &str = "trusts_addresses = true\nname = 'Analytical & Co'";

async fn beside(engine: Engine, stub: &OpenIdStub) -> Option<House> {
    let beside: [Beside<'_>; 1] = [("stub", stub, NAMED)];
    House::beside(engine, &beside, OAUTH_CLIENT).await
}

/// Links whoever sits before the provider.
async fn links(house: &House, actor: &Actor<'_>, stub: &OpenIdStub) -> String {
    let login = Login::new(house);
    let start = format!("{}&intent=link", login.url("stub"));
    let code = login.code(&login.browser.through(stub, &start).await);
    let linked = login.link(&code, actor).await;
    let account = linked.assert_status(201).json();
    account["id"].as_str().unwrap().to_owned()
}

async fn unlinks(actor: &mut Actor<'_>, id: &str) {
    let path = format!("/me/accounts/{id}");
    let unlinked = actor.ask("DELETE", &path, json!({})).await;
    actor.keep(unlinked.assert_status(200));
}

/// The text of the last mail to that address.
fn text(house: &House, email: &str) -> String {
    let outbox = house.outbox.lock().unwrap();
    let mut to = outbox.iter().rev().filter(|it| it.to.as_str() == email);
    to.next().map(|it| it.text.clone()).unwrap_or_default()
}

async fn providers(actor: &Actor<'_>) -> Vec<String> {
    let accounts = actor.get("/me/accounts").await.json();
    let accounts = accounts["accounts"].as_array().unwrap().clone();
    let types = accounts.iter().map(|it| it["type"].as_str().unwrap());
    types.map(str::to_owned).collect()
}

#[tokio::test]
async fn the_owner_is_told_of_every_account_that_is_linked_or_unlinked() {
    let stub = OpenIdStub::start();
    let house = beside(Engine::Sqlite, &stub).await.unwrap();
    let mut ada = house.signed_up(EMAIL).await;
    stub.person(Person::new("thief", "thief@elsewhere.example"));
    let before = mails_to(&house, EMAIL);
    let id = links(&house, &ada, &stub).await;
    assert_eq!(mails_to(&house, EMAIL), before + 1);
    assert_eq!(subject(&house, EMAIL), "New way to log in to 127.0.0.1");
    let says = text(&house, EMAIL);
    assert!(
        says.starts_with("Analytical & Co was just connected"),
        "{says}"
    );
    // The same account once more changes nothing and tells nothing.
    links(&house, &ada, &stub).await;
    assert_eq!(mails_to(&house, EMAIL), before + 1);

    unlinks(&mut ada, &id).await;
    assert_eq!(mails_to(&house, EMAIL), before + 2);
    assert_eq!(
        subject(&house, EMAIL),
        "A way to log in was removed at 127.0.0.1"
    );
    let says = text(&house, EMAIL);
    assert!(
        says.starts_with("Analytical & Co was just disconnected"),
        "{says}"
    );
}

#[tokio::test]
async fn a_mailbox_gets_a_few_notices_of_each_kind() {
    let stub = OpenIdStub::start();
    let beside: [Beside<'_>; 1] = [("stub", &stub, NAMED)];
    let settings = format!("limits.mail_address = '3/1h'\n{OAUTH_CLIENT}");
    let house = House::beside(Engine::Sqlite, &beside, &settings).await;
    let house = house.unwrap();
    let mut ada = house.signed_up(EMAIL).await;
    let told = |says: &str| {
        let outbox = house.outbox.lock().unwrap();
        let of_kind = outbox.iter().filter(|it| it.text.contains(says));
        of_kind.count()
    };
    stub.person(Person::new("linked", "countess@elsewhere.example"));
    for _ in 0..5 {
        let id = links(&house, &ada, &stub).await;
        unlinks(&mut ada, &id).await;
    }
    assert_eq!(told(" was just connected "), 3);
    assert_eq!(told(" was just disconnected "), 3);
    // By email it is a kind of its own, and bounded as well.
    stub.person(Person::new("joins", EMAIL));
    for _ in 0..5 {
        let mut ada = house.enters_by("stub", &stub).await;
        let accounts = ada.get("/me/accounts").await.json();
        let accounts = accounts["accounts"].as_array().unwrap();
        let joined = accounts.iter().find(|it| it["type"] == "oidc").unwrap();
        unlinks(&mut ada, joined["id"].as_str().unwrap()).await;
    }
    assert_eq!(told(" has this email address just did"), 3);
}

#[rstest]
#[tokio::test]
async fn an_account_that_a_thief_links_does_not_outlast_a_reset(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let stub = OpenIdStub::start();
    let Some(house) = beside(engine, &stub).await else {
        return;
    };
    let ada = house.signed_up(EMAIL).await;
    house.clock.advance(TimeDelta::minutes(5));
    // Whoever holds the session links an account of their own.
    stub.person(Person::new("thief", "thief@elsewhere.example"));
    links(&house, &ada, &stub).await;
    assert_eq!(house.enters_by("stub", &stub).await.id(), ada.id());

    house.clock.advance(TimeDelta::days(7));
    let token = forgot(&house, EMAIL).await.unwrap();
    reset(&house, &token, NEW).await.assert_status(204);
    let says = text(&house, EMAIL);
    assert!(
        says.contains("these ways to log in were removed: Analytical & Co. You can"),
        "{says}"
    );
    let mut by_password = house.anon();
    let session = by_password.log_in(EMAIL, NEW).await;
    by_password.keep(session.assert_status(200));
    assert_eq!(providers(&by_password).await, ["credentials", "email"]);
    let login = Login::new(&house);
    let answer = login.at("stub", &stub).await;
    if login.told(&answer).is_some() {
        assert_ne!(login.enters(&answer).await.id(), ada.id());
    }
}

/// What was linked longer ago stays, and the notice names nothing.
#[tokio::test]
async fn an_account_of_more_than_a_week_outlasts_a_reset() {
    let stub = OpenIdStub::start();
    let house = beside(Engine::Sqlite, &stub).await.unwrap();
    let ada = house.signed_up(EMAIL).await;
    house.clock.advance(TimeDelta::minutes(5));
    stub.person(Person::new("hers", "countess@elsewhere.example"));
    links(&house, &ada, &stub).await;
    house
        .clock
        .advance(TimeDelta::days(7) + TimeDelta::seconds(1));
    let token = forgot(&house, EMAIL).await.unwrap();
    reset(&house, &token, NEW).await.assert_status(204);
    assert_eq!(house.enters_by("stub", &stub).await.id(), ada.id());
    let says = text(&house, EMAIL);
    assert!(!says.contains("removed"), "{says}");
}

/// An account that the provider's word joins is removed as well, and joins again at its next login.
#[tokio::test]
async fn an_account_that_joins_by_email_comes_back_after_a_reset() {
    let stub = OpenIdStub::start();
    let house = beside(Engine::Sqlite, &stub).await.unwrap();
    let ada = house.signed_up(EMAIL).await;
    house.clock.advance(TimeDelta::minutes(5));
    stub.person(Person::new("ada", EMAIL));
    assert_eq!(house.enters_by("stub", &stub).await.id(), ada.id());
    let token = forgot(&house, EMAIL).await.unwrap();
    reset(&house, &token, NEW).await.assert_status(204);
    let mut by_password = house.anon();
    let session = by_password.log_in(EMAIL, NEW).await;
    by_password.keep(session.assert_status(200));
    assert_eq!(providers(&by_password).await, ["credentials", "email"]);
    assert_eq!(house.enters_by("stub", &stub).await.id(), ada.id());
    let all = providers(&by_password).await;
    assert_eq!(all, ["credentials", "email", "oidc"]);
}

#[rstest]
#[tokio::test]
async fn a_new_email_removes_what_was_linked_lately_and_tells_both_mailboxes(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let stub = OpenIdStub::start();
    let Some(house) = beside(engine, &stub).await else {
        return;
    };
    let ada = house.signed_up(EMAIL).await;
    house.clock.advance(TimeDelta::minutes(5));
    stub.person(Person::new("thief", "thief@elsewhere.example"));
    links(&house, &ada, &stub).await;
    let token = move_to(&ada, &house, "new@example.com").await.unwrap();
    confirm_address(&house, &token).await.assert_status(204);

    let says = text(&house, EMAIL);
    assert!(
        says.contains("these ways to log in were removed: Analytical & Co. You can"),
        "{says}"
    );
    let subject = subject(&house, "new@example.com");
    assert_eq!(subject, "A way to log in was removed at 127.0.0.1");
    let ada = house.anon().logged_in("new@example.com").await;
    assert_eq!(providers(&ada).await, ["credentials", "email"]);
}
