//! Many accounts, one user: linking while logged in, and unlinking again.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{Engine, House, Login, OpenIdStub, Person, beside, house_beside};
use crate::support::{
    Actor, PASSWORD,
    answer::Answer,
    oauth_client::{CHALLENGE, VERIFIER},
};
use rstest::rstest;

/// Has the browser fetch a code for whoever sits before the provider, to be linked.
async fn linkable<'a>(house: &'a House, stub: &OpenIdStub) -> (Login<'a>, String) {
    let login = Login::new(house);
    let start = format!("{}&intent=link", login.url("stub"));
    let answer = login.browser.through(stub, &start).await;
    let code = login.code(&answer);
    (login, code)
}

async fn links(house: &House, stub: &OpenIdStub, whose: &Actor<'_>) -> Answer {
    let (login, code) = linkable(house, stub).await;
    login.link(&code, whose).await
}

/// Somebody with a password, logged in at the app.
async fn with_password<'a>(house: &'a House, email: &str) -> Actor<'a> {
    house.signed_up(email).await
}

#[rstest]
#[tokio::test]
async fn an_account_is_linked_by_the_session_that_asked(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let stub = OpenIdStub::start();
    let Some(house) = beside(engine, &stub).await else {
        return;
    };
    let ada = with_password(&house, "ada@example.com").await;
    // Another address, and nobody vouches for it: what links is that both are here.
    let person = Person::new("sub", "countess@elsewhere.example").verified(json!(false));
    stub.person(person);
    let linked = links(&house, &stub, &ada).await;
    let account = linked.assert_status(201).json();
    assert_eq!(house.enters_by("stub", &stub).await.id(), ada.id());
    // The same once more is the same.
    let again = links(&house, &stub, &ada).await;
    assert_eq!(again.assert_status(201).json()["id"], account["id"]);

    // Unlinked, it is nobody's, and every other session is over.
    let other = house.anon().logged_in("ada@example.com").await;
    let path = format!("/me/accounts/{}", account["id"].as_str().unwrap());
    let unlinked = ada.ask("DELETE", &path, json!({})).await;
    let mut ada = ada.clone();
    ada.keep(unlinked.assert_status(200));
    ada.get("/me").await.assert_status(200);
    other.refresh().await.assert_problem(401, "invalid_grant");
    let login = Login::new(&house);
    let answer = login.at("stub", &stub).await;
    assert_eq!(login.told(&answer), None);
}

#[tokio::test]
async fn an_account_is_one_user_s() {
    let stub = OpenIdStub::start();
    let house = house_beside(&stub).await;
    let ada = house.enters_by("stub", &stub).await;
    let grace = with_password(&house, "grace@example.com").await;
    let refused = links(&house, &stub, &grace).await;
    refused.assert_problem(409, "account_taken");
    assert_eq!(house.enters_by("stub", &stub).await.id(), ada.id());
}

/// To link is not to log in: the code is worth nothing but to a session that is there already.
#[tokio::test]
async fn a_code_for_linking_is_no_login_and_a_login_links_nothing() {
    let stub = OpenIdStub::start();
    let house = house_beside(&stub).await;
    let ada = house.enters_by("stub", &stub).await;
    let (login, code) = linkable(&house, &stub).await;
    let refused = login.redeem(&code).await;
    refused.assert_oauth_error(400, "invalid_grant");
    let anon = login.link(&code, &house.anon()).await;
    anon.assert_status(401);

    let login = Login::new(&house);
    let answer = login.at("stub", &stub).await;
    let code = login.code(&answer);
    let refused = login.link(&code, &ada).await;
    refused.assert_problem(400, "invalid_code");
    // Without the verifier, which the app that asked has alone.
    let (_, code) = linkable(&house, &stub).await;
    let refused = Login::new(&house).link(&code, &ada).await;
    refused.assert_problem(400, "invalid_code");
}

#[tokio::test]
async fn linking_needs_a_recent_login_or_the_password() {
    let stub = OpenIdStub::start();
    let house = house_beside(&stub).await;
    let mut ada = with_password(&house, "ada@example.com").await;
    house.clock.advance(TimeDelta::hours(1));
    ada.refreshed().await;
    let refused = links(&house, &stub, &ada).await;
    refused.assert_problem(401, "insufficient_user_authentication");
    let (login, code) = linkable(&house, &stub).await;
    let body = login.linking(&code);
    let with = |password: &str| {
        let mut body = body.clone();
        body["password"] = Value::from(password);
        body
    };
    let refused = ada.post("/me/accounts", with("a wrong pass phrase")).await;
    refused.assert_field(403, "wrong_password", "password");
    let linked = ada.post("/me/accounts", with(PASSWORD)).await;
    linked.assert_status(201);
}

#[tokio::test]
async fn the_last_way_in_stays() {
    let stub = OpenIdStub::start();
    let mut house = house_beside(&stub).await;
    house.without_mail();
    let ada = house.enters_by("stub", &stub).await;
    let accounts = ada.get("/me/accounts").await.json();
    let accounts = accounts["accounts"].as_array().unwrap();
    assert_eq!(accounts.len(), 2, "{accounts:?}");
    for account in accounts {
        let path = format!("/me/accounts/{}", account["id"].as_str().unwrap());
        let refused = ada.ask("DELETE", &path, json!({})).await;
        let code = match account["type"].as_str() {
            Some("oidc") => "last_way_in",
            _ => "not_unlinkable",
        };
        refused.assert_problem(409, code);
    }
    assert_eq!(house.enters_by("stub", &stub).await.id(), ada.id());
}

/// Where there is mail, the mailbox that was proved is a way in.
#[tokio::test]
async fn a_mailbox_is_a_way_in_and_no_account_of_a_provider_the_last() {
    let stub = OpenIdStub::start();
    let house = house_beside(&stub).await;
    let mut ada = house.enters_by("stub", &stub).await;
    let id = ada.id();
    let accounts = ada.get("/me/accounts").await.json();
    let accounts = accounts["accounts"].as_array().unwrap();
    let of_stub = accounts.iter().find(|account| account["type"] == "oidc");
    let path = format!("/me/accounts/{}", of_stub.unwrap()["id"].as_str().unwrap());
    let unlinked = ada.ask("DELETE", &path, json!({})).await;
    ada.keep(unlinked.assert_status(200));
    let email = ada.get("/me").await.json()["email"].clone();
    let body = json!({"email": email, "code_challenge": CHALLENGE});
    house
        .anon()
        .post("/login/link", body)
        .await
        .assert_status(202);
    let token = house.mailed_token(email.as_str().unwrap()).unwrap();
    let body = json!({"token": token, "code_verifier": VERIFIER});
    let mut by_mail = house.anon();
    by_mail.keep(
        by_mail
            .post("/login/link/confirm", body)
            .await
            .assert_status(200),
    );
    assert_eq!(by_mail.id(), id);
}

/// A provider remembers its people for as long as it likes; the tokens that the session goes on with
/// are good all the same.
#[tokio::test]
async fn who_was_long_logged_in_at_the_provider_goes_on_after_unlinking() {
    let stub = OpenIdStub::start();
    let house = house_beside(&stub).await;
    house.signed_up("ada@example.com").await;
    let long_ago = (house.clock.now() - TimeDelta::days(200)).timestamp();
    let person = Person::new("sub", "ada@example.com").with("auth_time", json!(long_ago));
    stub.person(person);
    let mut ada = house.enters_by("stub", &stub).await;
    let accounts = ada.get("/me/accounts").await.json();
    let accounts = accounts["accounts"].as_array().unwrap();
    let linked = accounts.iter().find(|it| it["provider"] == stub.issuer());
    let path = format!("/me/accounts/{}", linked.unwrap()["id"].as_str().unwrap());
    let unlinked = ada
        .ask("DELETE", &path, json!({"password": PASSWORD}))
        .await;
    ada.keep(unlinked.assert_status(200));
    ada.get("/me").await.assert_status(200);
    ada.refreshed().await;
}
