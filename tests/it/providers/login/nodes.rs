//! Two nodes that share a database and a folder of keys, and nothing else: whatever begins at one
//! ends at the other.

use chrono::TimeDelta;
use serde_json::json;

use super::{Beside, House, Login, OAUTH_CLIENT, OpenIdStub, Person, house_beside};
use crate::support::{Browser, answer::Answer};

/// A second node beside the same provider.
async fn second_of(house: &House, stub: &OpenIdStub) -> House {
    let trusted: Beside<'_> = ("stub", stub, "trusts_addresses = true");
    House::beside_in(house.database.share(), &[trusted], OAUTH_CLIENT).await
}

/// The same browser before another node, as a load balancer may have it.
fn moved<'a>(browser: &Browser<'_>, house: &'a House) -> Browser<'a> {
    let moved = Browser::new(house);
    *moved.jar.lock().unwrap() = browser.jar.lock().unwrap().clone();
    moved
}

async fn names(browser: &Browser<'_>, page: &Answer, email: &str) -> Answer {
    let (action, mut form) = page.form();
    form.retain(|(name, _)| name != "email");
    form.push(("email".to_owned(), email.to_owned()));
    browser.posts(&action, &form).await
}

#[tokio::test]
async fn a_login_begins_at_one_node_and_ends_at_another() {
    let stub = OpenIdStub::start();
    let one = house_beside(&stub).await;
    let two = second_of(&one, &stub).await;
    let login = Login::new(&one);
    let callback = login.browser.as_far_as(&stub, &login.url("stub")).await;
    let answer = moved(&login.browser, &two).comes_back(&callback).await;
    // The code was made at the second, and is redeemed at the first.
    let ada = login.enters(&answer).await;
    ada.get("/me").await.assert_status(200);

    // The first does not know that the state was used. The provider does know that its code was.
    let again = login.browser.comes_back(&callback).await;
    login.assert_stays_out(&again);
    let error = login.error(&again);
    assert_eq!(error.as_deref(), Some("access_denied"));
}

/// What is sealed by a secret that the other node has not read yet makes it read.
#[tokio::test]
async fn a_node_that_lags_behind_reads_the_keys_again() {
    let stub = OpenIdStub::start();
    let one = house_beside(&stub).await;
    let two = second_of(&one, &stub).await;
    one.rotate(one.clock.now() + TimeDelta::seconds(1)).await;
    for node in [&one, &two] {
        node.clock.advance(TimeDelta::seconds(2));
    }
    let login = Login::new(&one);
    let callback = login.browser.as_far_as(&stub, &login.url("stub")).await;
    let answer = moved(&login.browser, &two).comes_back(&callback).await;
    login.enters(&answer).await;
}

/// Where it finds none, that is no fault of the person's, whose login is as good as before.
#[tokio::test]
async fn a_node_that_cannot_catch_up_says_that_it_is_not_the_login() {
    let stub = OpenIdStub::start();
    let one = house_beside(&stub).await;
    let two = second_of(&one, &stub).await;
    one.rotate(one.clock.now() + TimeDelta::seconds(1)).await;
    for node in [&one, &two] {
        node.clock.advance(TimeDelta::seconds(2));
    }
    let keys = &one.app.config.keys.folder;
    let hidden = keys.with_extension("hidden");
    std::fs::rename(keys, &hidden).unwrap();
    let login = Login::new(&one);
    let callback = login.browser.as_far_as(&stub, &login.url("stub")).await;
    let answer = moved(&login.browser, &two).comes_back(&callback).await;
    let text = answer.assert_status(503).text();
    assert!(!text.contains("is over"), "{text}");
    assert_ne!(answer.header("retry-after"), "");
    std::fs::rename(&hidden, keys).unwrap();
    // It does not look twice at once.
    for node in [&one, &two] {
        node.clock.advance(TimeDelta::minutes(1));
    }
    let answer = moved(&login.browser, &two).comes_back(&callback).await;
    login.enters(&answer).await;
}

#[tokio::test]
async fn who_lacks_an_address_may_name_it_anywhere_and_confirm_it_anywhere() {
    let stub = OpenIdStub::start();
    let one = house_beside(&stub).await;
    let two = second_of(&one, &stub).await;
    stub.person(Person::without_address("nobody-knows"));
    let login = Login::new(&one);
    let page = login.at("stub", &stub).await;
    let elsewhere = moved(&login.browser, &two);
    names(&elsewhere, &page, "ada@example.com")
        .await
        .assert_status(202);
    // Mailed by the second, opened at the first.
    let link = two.mailed_token("ada@example.com").unwrap();
    assert_eq!(one.mailed_token("ada@example.com"), None);
    let form = [("token".to_owned(), link)];
    let answer = login.browser.posts("/login/stub/confirm", &form).await;
    let ada = login.enters(&answer).await;
    // That it is used up, both know by the database.
    for browser in [&login.browser, &elsewhere] {
        let again = browser.posts("/login/stub/confirm", &form).await;
        login.assert_stays_out(&again);
    }
    assert_eq!(one.app.store.users(None, 10).await.unwrap().len(), 1);
    assert_eq!(two.enters_by("stub", &stub).await.id(), ada.id());
}

/// README: a challenge is good once at each node, and whoever has it and the token might use both.
#[tokio::test]
async fn a_challenge_of_one_node_is_good_once_at_each() {
    let stub = OpenIdStub::start();
    let one = house_beside(&stub).await;
    let two = second_of(&one, &stub).await;
    let challenge = one
        .anon()
        .post("/login/stub/challenge", json!({}))
        .await
        .json();
    let id_token = stub.native_id_token(challenge["nonce"].as_str().unwrap());
    let body = json!({"challenge": challenge["challenge"], "id_token": id_token});
    for node in [&two, &one] {
        let path = "/login/stub/id-token";
        node.anon()
            .post(path, body.clone())
            .await
            .assert_status(200);
        let again = node.anon().post(path, body.clone()).await;
        again.assert_problem(401, "invalid_id_token");
    }
}

#[tokio::test]
async fn an_account_is_linked_at_another_node() {
    let stub = OpenIdStub::start();
    let one = house_beside(&stub).await;
    let two = second_of(&one, &stub).await;
    let ada = one.signed_up("ada@example.com").await;
    stub.person(Person::new("linked", "ada@elsewhere.example"));
    let login = Login::new(&one);
    let start = format!("{}&intent=link", login.url("stub"));
    let callback = login.browser.as_far_as(&stub, &start).await;
    let answer = moved(&login.browser, &two).comes_back(&callback).await;
    let linked = login.link(&login.code(&answer), &ada).await;
    linked.assert_status(201);
    assert_eq!(two.enters_by("stub", &stub).await.id(), ada.id());
}

/// A session of one is one of all, and what ends it ends it everywhere.
#[tokio::test]
async fn what_is_unlinked_at_one_node_is_unlinked_at_all() {
    let stub = OpenIdStub::start();
    let one = house_beside(&stub).await;
    let two = second_of(&one, &stub).await;
    let ada = one.signed_up("ada@example.com").await;
    let there = two.enters_by("stub", &stub).await;
    assert_eq!(there.id(), ada.id());
    let accounts = ada.get("/me/accounts").await.json();
    let accounts = accounts["accounts"].as_array().unwrap();
    let joined = accounts.iter().find(|it| it["provider"] == stub.issuer());
    let path = format!("/me/accounts/{}", joined.unwrap()["id"].as_str().unwrap());
    ada.ask("DELETE", &path, json!({})).await.assert_status(200);
    there.refresh().await.assert_problem(401, "invalid_grant");
    there.get("/me").await.assert_problem(401, "invalid_token");
}
