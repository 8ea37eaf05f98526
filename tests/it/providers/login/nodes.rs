//! Two nodes with a shared database and key folder: a login can start at one and end at the other.

use chrono::TimeDelta;
use serde_json::json;

use super::{
    Login, OAUTH_CLIENT, OpenIdStub, Person, ProviderSetup, TestService, service_with_stub,
};
use crate::support::{Browser, Engine, answer::Answer, redis::RedisServer, upstream::StubProvider};

/// A second node with the same provider.
async fn second_node_of(service: &TestService, stub: &OpenIdStub) -> TestService {
    let trusted: ProviderSetup<'_> = ("stub", stub, "trusts_addresses = true");
    TestService::with_providers_in(service.database.share(), &[trusted], OAUTH_CLIENT).await
}

/// Two nodes that coordinate, with the same provider. `None` without a Redis server.
async fn coordinated(stub: &OpenIdStub) -> Option<[TestService; 2]> {
    let settings = format!("{}\n{OAUTH_CLIENT}", RedisServer::shared()?.settings());
    let trusted: ProviderSetup<'_> = ("stub", stub, "trusts_addresses = true");
    let one = TestService::with_providers(Engine::Sqlite, &[trusted], &settings).await;
    let database = one.database.share();
    let two = TestService::with_providers_in(database, &[trusted], &settings).await;
    Some([one, two])
}

async fn enter_email(browser: &Browser<'_>, page: &Answer, email: &str) -> Answer {
    let (action, mut form) = page.form();
    form.retain(|(name, _)| name != "email");
    form.push(("email".to_owned(), email.to_owned()));
    browser.post_form(&action, &form).await
}

#[tokio::test]
async fn login_starts_at_one_node_and_completes_at_another() {
    let stub = OpenIdStub::start();
    let one = service_with_stub(&stub).await;
    let two = second_node_of(&one, &stub).await;
    let login = Login::new(&one);
    let callback = login
        .browser
        .until_callback(&stub, &login.url("stub"))
        .await;
    let answer = login.browser.moved_to(&two).open_callback(&callback).await;
    // The code is issued by the second node and redeemed at the first.
    let ada = login.finish(&answer).await;
    ada.get("/me").await.assert_status(200);

    // The first node has no record of the used state; the provider rejects the used code.
    let again = login.browser.open_callback(&callback).await;
    login.assert_not_logged_in(&again);
    let error = login.error(&again);
    assert_eq!(error.as_deref(), Some("access_denied"));
}

/// A token sealed with an unknown secret makes the node reload the keys.
#[tokio::test]
async fn lagging_node_reloads_the_keys() {
    let stub = OpenIdStub::start();
    let one = service_with_stub(&stub).await;
    let two = second_node_of(&one, &stub).await;
    one.rotate(one.clock.now() + TimeDelta::seconds(1)).await;
    for node in [&one, &two] {
        node.clock.advance(TimeDelta::seconds(2));
    }
    let login = Login::new(&one);
    let callback = login
        .browser
        .until_callback(&stub, &login.url("stub"))
        .await;
    let answer = login.browser.moved_to(&two).open_callback(&callback).await;
    login.finish(&answer).await;
}

/// If the secret is missing, the login stays valid.
#[tokio::test]
async fn node_without_the_key_returns_503_and_keeps_the_login() {
    let stub = OpenIdStub::start();
    let one = service_with_stub(&stub).await;
    let two = second_node_of(&one, &stub).await;
    one.rotate(one.clock.now() + TimeDelta::seconds(1)).await;
    for node in [&one, &two] {
        node.clock.advance(TimeDelta::seconds(2));
    }
    let keys = &one.app.config.keys.folder;
    let hidden = keys.with_extension("hidden");
    std::fs::rename(keys, &hidden).unwrap();
    let login = Login::new(&one);
    let callback = login
        .browser
        .until_callback(&stub, &login.url("stub"))
        .await;
    let answer = login.browser.moved_to(&two).open_callback(&callback).await;
    let text = answer.assert_status(503).text();
    assert!(!text.contains("is over"), "{text}");
    assert_ne!(answer.header("retry-after"), "");
    std::fs::rename(&hidden, keys).unwrap();
    // The node does not reload twice in a row.
    for node in [&one, &two] {
        node.clock.advance(TimeDelta::minutes(1));
    }
    let answer = login.browser.moved_to(&two).open_callback(&callback).await;
    login.finish(&answer).await;
}

#[tokio::test]
async fn missing_email_is_entered_and_confirmed_at_any_node() {
    let stub = OpenIdStub::start();
    let one = service_with_stub(&stub).await;
    let two = second_node_of(&one, &stub).await;
    stub.person(Person::without_email("nobody-knows"));
    let login = Login::new(&one);
    let page = login.log_in_at("stub", &stub).await;
    let elsewhere = login.browser.moved_to(&two);
    enter_email(&elsewhere, &page, "ada@example.com")
        .await
        .assert_status(202);
    // Mailed by the second, opened at the first.
    let link = two.mailed_token("ada@example.com").unwrap();
    assert_eq!(one.mailed_token("ada@example.com"), None);
    let form = [("token".to_owned(), link)];
    let answer = login.browser.post_form("/login/stub/confirm", &form).await;
    let ada = login.finish(&answer).await;
    // The database records the use for both nodes.
    for browser in [&login.browser, &elsewhere] {
        let again = browser.post_form("/login/stub/confirm", &form).await;
        login.assert_not_logged_in(&again);
    }
    assert_eq!(one.app.store.users(None, 10).await.unwrap().len(), 1);
    assert_eq!(two.log_in_by("stub", &stub).await.id(), ada.id());
}

/// The documentation states that a challenge works once at each node; the holder of challenge and token
/// might use both.
#[tokio::test]
async fn challenge_works_once_at_each_node() {
    let stub = OpenIdStub::start();
    let one = service_with_stub(&stub).await;
    let two = second_node_of(&one, &stub).await;
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
async fn nodes_that_coordinate_accept_a_challenge_once() {
    let stub = OpenIdStub::start();
    let Some([one, two]) = coordinated(&stub).await else {
        return;
    };
    let path = "/login/stub/challenge";
    let challenge = one.anon().post(path, json!({})).await.json();
    let id_token = stub.native_id_token(challenge["nonce"].as_str().unwrap());
    let body = json!({"challenge": challenge["challenge"], "id_token": id_token});
    for (node, status) in [(&two, 200), (&one, 401), (&two, 401)] {
        let path = "/login/stub/id-token";
        let answer = node.anon().post(path, body.clone()).await;
        answer.assert_status(status);
    }
}

/// The provider issues two codes for one `state`, of which the second comes too late.
#[tokio::test]
async fn nodes_that_coordinate_accept_a_state_once() {
    let stub = OpenIdStub::start();
    let Some(coordinated) = coordinated(&stub).await else {
        return;
    };
    let one = service_with_stub(&stub).await;
    let two = second_node_of(&one, &stub).await;
    for (is_refused, [one, two]) in [(true, coordinated), (false, [one, two])] {
        let login = Login::new(&one);
        let started = login.browser.visit(&login.url("stub")).await;
        let [first, second] = [(); 2].map(|()| stub.authorize(started.header("location")));
        let there = login.browser.moved_to(&two);
        login.finish(&there.open_callback(&first).await).await;
        let late = login.browser.open_callback(&second).await;
        if is_refused {
            login.assert_not_logged_in(&late);
        } else {
            login.finish(&late).await;
        }
    }
}

/// The link would create the deleted user again.
#[tokio::test]
async fn nodes_that_coordinate_accept_a_mailed_link_once() {
    let stub = OpenIdStub::start();
    let Some([one, two]) = coordinated(&stub).await else {
        return;
    };
    stub.person(Person::without_email("nobody-knows"));
    let login = Login::new(&one);
    let page = login.log_in_at("stub", &stub).await;
    enter_email(&login.browser, &page, "ada@example.com")
        .await
        .assert_status(202);
    let token = one.mailed_token("ada@example.com").unwrap();
    let form = [("token".to_owned(), token)];
    let there = login.browser.moved_to(&two);
    let path = "/login/stub/confirm";
    let answer = there.post_form(path, &form).await;
    let ada = login.finish(&answer).await;
    ada.send_json("DELETE", "/me", json!({}))
        .await
        .assert_status(204);
    let again = login.browser.post_form(path, &form).await;
    login.assert_not_logged_in(&again);
    assert_eq!(one.app.store.users(None, 10).await.unwrap().len(), 0);
}

#[tokio::test]
async fn account_is_linked_at_another_node() {
    let stub = OpenIdStub::start();
    let one = service_with_stub(&stub).await;
    let two = second_node_of(&one, &stub).await;
    let ada = one.signed_up("ada@example.com").await;
    stub.person(Person::new("linked", "ada@elsewhere.example"));
    let login = Login::new(&one);
    let start = format!("{}&intent=link", login.url("stub"));
    let callback = login.browser.until_callback(&stub, &start).await;
    let answer = login.browser.moved_to(&two).open_callback(&callback).await;
    let linked = login.link(&login.code(&answer), &ada).await;
    linked.assert_status(201);
    assert_eq!(two.log_in_by("stub", &stub).await.id(), ada.id());
}

/// A session is valid at every node and ends at every node.
#[tokio::test]
async fn unlinking_at_one_node_applies_to_all_nodes() {
    let stub = OpenIdStub::start();
    let one = service_with_stub(&stub).await;
    let two = second_node_of(&one, &stub).await;
    let ada = one.signed_up("ada@example.com").await;
    let there = two.log_in_by("stub", &stub).await;
    assert_eq!(there.id(), ada.id());
    let accounts = ada.get("/me/accounts").await.json();
    let accounts = accounts["accounts"].as_array().unwrap();
    let joined = accounts.iter().find(|it| it["provider"] == stub.issuer());
    let path = format!("/me/accounts/{}", joined.unwrap()["id"].as_str().unwrap());
    ada.send_json("DELETE", &path, json!({}))
        .await
        .assert_status(200);
    there.refresh().await.assert_problem(401, "invalid_grant");
    there.get("/me").await.assert_problem(401, "invalid_token");
}
