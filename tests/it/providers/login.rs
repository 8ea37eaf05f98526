//! Logging in by other people's providers, as transcripts between a browser, an app and them.

use chrono::TimeDelta;
use rstest::rstest;
use serde_json::json;

use crate::support::{
    Browser, Engine, House, PASSWORD,
    oauth_client::{Login, OAUTH_CLIENT},
    openid::{OpenIdStub, Person},
    upstream::Beside,
};

mod addresses;
mod browsers;
mod causes;
mod charged;
mod codes;
mod dialects;
mod documented;
mod documents;
mod forgotten;
mod front_door;
mod kinds;
mod linking;
mod mailed;
mod native;
mod nodes;
mod rotated_secret;
mod strangers;
mod trouble;
mod unasked;

/// A house beside one provider, whose word on addresses counts.
async fn beside(engine: Engine, stub: &OpenIdStub) -> Option<House> {
    let trusted: Beside<'_> = ("stub", stub, "trusts_addresses = true");
    House::beside(engine, &[trusted], OAUTH_CLIENT).await
}

/// The same on SQLite.
async fn house_beside(stub: &OpenIdStub) -> House {
    beside(Engine::Sqlite, stub).await.unwrap()
}

#[rstest]
#[tokio::test]
async fn who_is_new_gets_a_user_and_who_returns_is_the_same(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let stub = OpenIdStub::start();
    let Some(house) = beside(engine, &stub).await else {
        return;
    };
    stub.person(Person::new("sub-1", "Ada@Example.com").called("Ada Lovelace"));
    let ada = house.enters_by("stub", &stub).await;
    let me = ada.get("/me").await.json();
    assert_eq!(me["email"], "ada@example.com", "{me}");
    assert_eq!(me["name"], "Ada Lovelace");
    assert!(me["email_verified"].is_string(), "{me}");
    assert_eq!(ada.claims()["amr"], json!(["fed"]));
    let accounts = ada.get("/me/accounts").await.json();
    let said = accounts.to_string();
    assert!(
        said.contains(stub.issuer()) && said.contains("oidc"),
        "{said}"
    );

    // By now another name and another address: neither is who somebody is.
    house.clock.advance(TimeDelta::days(3));
    stub.person(Person::new("sub-1", "ada@elsewhere.example").called("A. L."));
    let again = house.enters_by("stub", &stub).await;
    assert_eq!(again.id(), ada.id());
    assert_ne!(again.claims()["sid"], ada.claims()["sid"]);
    let now = house.clock.now().timestamp();
    assert_eq!(again.claims()["auth_time"], now);
    let mut me_again = again.get("/me").await.json();
    assert_eq!(me_again["email"], "ada@example.com");
    me_again["name"] = me["name"].clone();
    assert_eq!(me_again, me);

    // Somebody else, with an address of their own.
    stub.person(Person::new("sub-2", "grace@example.com"));
    assert_ne!(house.enters_by("stub", &stub).await.id(), ada.id());
}

#[tokio::test]
async fn the_session_of_a_provider_is_a_session_like_any_other() {
    let stub = OpenIdStub::start();
    let house = house_beside(&stub).await;
    let mut ada = house.enters_by("stub", &stub).await;
    house.clock.advance(TimeDelta::minutes(4));
    let auth_time = ada.claims()["auth_time"].clone();
    ada.refreshed().await;
    assert_eq!(ada.claims()["auth_time"], auth_time);
    assert_eq!(ada.claims()["amr"], json!(["fed"]));
    // There is no password to log in by, whatever one tries.
    let answer = house.anon().log_in("ada@example.com", PASSWORD).await;
    answer.assert_problem(401, "invalid_credentials");
    ada.post("/logout/everywhere", json!({}))
        .await
        .assert_status(204);
    ada.refresh().await.assert_problem(401, "invalid_grant");
    house.enters_by("stub", &stub).await;
}

/// A provider may remember a person for as long as it likes. That says nothing of our sessions.
#[tokio::test]
async fn a_long_remembered_person_is_not_logged_out_at_once() {
    let stub = OpenIdStub::start();
    let house = house_beside(&stub).await;
    let long_ago = (house.clock.now() - TimeDelta::days(200)).timestamp();
    let ada = Person::new("sub", "ada@example.com").with("auth_time", json!(long_ago));
    stub.person(ada);
    let mut ada = house.enters_by("stub", &stub).await;
    house.clock.advance(TimeDelta::days(20));
    ada.refreshed().await;
    ada.get("/me").await.assert_status(200);
    // But it is no recent login.
    let claims = ada.claims();
    assert!(claims["auth_time"].as_i64() <= Some(long_ago), "{claims}");
    ada.ask("DELETE", "/me", json!({}))
        .await
        .assert_problem(401, "insufficient_user_authentication");
}

#[tokio::test]
async fn who_is_shut_out_stays_out_whichever_way() {
    let stub = OpenIdStub::start();
    let house = house_beside(&stub).await;
    let ada = house.enters_by("stub", &stub).await;
    let before = Login::new(&house);
    let under_way = before.browser.as_far_as(&stub, &before.url("stub")).await;
    let redeemable = Login::new(&house);
    let answer = redeemable.at("stub", &stub).await;
    ada.set_active(false).await;

    // With a login that was under way, with a code that was handed out, and with a new login.
    let answered = before.browser.comes_back(&under_way).await;
    before.assert_stays_out(&answered);
    let code = redeemable.code(&answer);
    let refused = redeemable.redeem(&code).await;
    refused.assert_oauth_error(400, "invalid_grant");
    let again = Login::new(&house);
    let answered = again.at("stub", &stub).await;
    again.assert_stays_out(&answered);
    // Nor with another account of the same address.
    stub.person(Person::new("another", "ada@example.com"));
    let another = Login::new(&house);
    let answered = another.at("stub", &stub).await;
    another.assert_stays_out(&answered);
    ada.set_active(true).await;
    stub.person(Person::new("ada-at-the-provider", "ada@example.com"));
    assert_eq!(house.enters_by("stub", &stub).await.id(), ada.id());
}

/// O6: the address is not who somebody is, and neither is the `sub` alone.
#[tokio::test]
async fn the_same_name_at_another_provider_is_another_person() {
    let (one, two) = (OpenIdStub::start(), OpenIdStub::start());
    let trusts = "trusts_addresses = true";
    let upstreams: [Beside<'_>; 2] = [("one", &one, trusts), ("two", &two, trusts)];
    let house = House::beside(Engine::Sqlite, &upstreams, OAUTH_CLIENT)
        .await
        .unwrap();
    one.person(Person::new("4711", "ada@example.com"));
    two.person(Person::new("4711", "grace@example.com"));
    let ada = house.enters_by("one", &one).await;
    let grace = house.enters_by("two", &two).await;
    assert_ne!(ada.id(), grace.id());

    // Another server by the same name inherits nobody.
    let moved: [Beside<'_>; 1] = [("one", &two, trusts)];
    let database = house.database.share();
    let again = House::beside_in(database, &moved, OAUTH_CLIENT).await;
    assert_eq!(again.enters_by("one", &two).await.id(), grace.id());
}

#[tokio::test]
async fn many_first_logins_at_once_make_one_user() {
    let stub = OpenIdStub::start();
    let house = house_beside(&stub).await;
    let logins: Vec<_> = (0..8).map(|_| Login::new(&house)).collect();
    let mut callbacks = Vec::new();
    for login in &logins {
        callbacks.push(login.browser.as_far_as(&stub, &login.url("stub")).await);
    }
    let arrivals = logins.iter().zip(&callbacks);
    let arrivals = arrivals.map(async |(login, callback)| {
        let answer = login.browser.comes_back(callback).await;
        login.enters(&answer).await.id()
    });
    let ids = futures_util::future::join_all(arrivals).await;
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert_eq!(house.app.store.users(None, 10).await.unwrap().len(), 1);
}

const WEB: &str = "
    [[clients]]
    client_id = 'web'
    transport = 'cookie'
    origins = ['http://localhost:5173']
    redirect_uris = ['http://localhost:5173/back', 'http://127.0.0.1:8080/login']
";

#[tokio::test]
async fn a_browser_whose_client_has_cookies_gets_them_at_the_landing() {
    let stub = OpenIdStub::start();
    let trusted: Beside<'_> = ("stub", &stub, "trusts_addresses = true");
    let house = House::beside(Engine::Sqlite, &[trusted], WEB)
        .await
        .unwrap();
    let mut browser = Browser::new(&house);
    browser.origin = Some("http://localhost:5173");
    let start = "/login/stub?client_id=web&state=x&redirect_uri=http://localhost:5173/back";
    let landed = browser.through(&stub, start).await;
    landed.assert_status(303);
    let location = landed.header("location");
    assert!(
        location.starts_with("http://localhost:5173/back?"),
        "{location}"
    );
    assert!(!location.contains("code="), "{location}");
    let me = browser.get("/me").await;
    assert_eq!(me.assert_status(200).json()["email"], "ada@example.com");
    // Somebody else's redirect URI is an error page, and nobody is sent anywhere.
    for uri in [
        "https://evil.example.com/",
        "http://localhost:5174/back",
        "//e",
        "javascript:x",
    ] {
        let start = format!("/login/stub?client_id=web&redirect_uri={uri}");
        let answer = browser.visits(&start).await;
        answer.assert_page(400, "invalid_redirect_uri");
    }
}
