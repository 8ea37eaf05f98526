//! Logins by providers, as they are counted.

use std::collections::BTreeSet;

use serde_json::json;

use super::{Operator, assert_value};
use crate::{
    readme::section,
    support::{
        Browser, Engine, House,
        oauth_client::{Login, OAUTH_CLIENT},
        openid::{Defect, OpenIdStub, Person},
        upstream::Beside,
    },
};

#[tokio::test]
async fn logins_by_providers_are_counted_by_kind_and_reason() {
    let stub = OpenIdStub::start();
    let trusted: Beside<'_> = ("stub", &stub, "trusts_addresses = true");
    let house = House::beside(Engine::Sqlite, &[trusted], OAUTH_CLIENT).await;
    let house = house.unwrap();
    let operator = Operator::of(&house);

    let ada = house.enters_by("stub", &stub).await;
    // Two that come back: to another browser, and with a token of another login.
    let login = Login::new(&house);
    let callback = login.browser.as_far_as(&stub, &login.url("stub")).await;
    let elsewhere = Browser::new(&house);
    elsewhere.comes_back(&callback).await.assert_status(400);
    stub.with(Defect::NonceOther);
    let login = Login::new(&house);
    login.at("stub", &stub).await.assert_status(303);
    stub.repaired();
    // A code that is redeemed twice, and one that stands for no account.
    let login = Login::new(&house);
    let code = login.code(&login.at("stub", &stub).await);
    login.redeem(&code).await.assert_status(200);
    login.redeem(&code).await.assert_status(400);
    let login = Login::new(&house);
    let code = login.code(&login.at("stub", &stub).await);
    login.link(&code, &ada).await.assert_status(400);
    // An app without a good ID token.
    let challenge = house.anon().post("/login/stub/challenge", json!({})).await;
    let body = json!({"challenge": challenge.json()["challenge"], "id_token": "x.y.z"});
    let refused = house.anon().post("/login/stub/id-token", body).await;
    refused.assert_problem(401, "invalid_id_token");
    // Somebody who is asked for an address.
    stub.person(Person::without_address("nobody-knows"));
    let login = Login::new(&house);
    let (action, mut form) = login.at("stub", &stub).await.form();
    form.retain(|(name, _)| name != "email");
    form.push(("email".to_owned(), "new@example.com".to_owned()));
    let sent = login.browser.posts(&action, &form).await;
    sent.assert_status(202);

    let seen = operator.look().await;
    let minted = "signet_tokens_minted_total";
    for (kind, expected) in [
        ("access", 2),
        ("refresh", 2),
        ("login-state", 6),
        ("code", 3),
        ("native-login", 1),
        ("pending-address", 1),
        ("account-link", 1),
    ] {
        assert_value(&seen, minted, &[("kind", kind)], expected);
    }
    let rejected = "signet_tokens_rejected_total";
    for reason in ["nonce", "malformed"] {
        let labels = [("kind", "id"), ("reason", reason)];
        assert_value(&seen, rejected, &labels, 1);
    }
    let refused = "signet_refused_total";
    for (act, reason) in [
        ("login", "other browser"),
        ("login", "nonce"),
        ("login", "spent"),
        ("login", "malformed"),
        ("account_link", "other intent"),
    ] {
        assert_value(&seen, refused, &[("act", act), ("reason", reason)], 1);
    }
}

#[tokio::test]
async fn who_says_no_at_the_provider_is_counted() {
    let stub = OpenIdStub::start();
    let trusted: Beside<'_> = ("stub", &stub, "trusts_addresses = true");
    let house = House::beside(Engine::Sqlite, &[trusted], OAUTH_CLIENT).await;
    let house = house.unwrap();
    let operator = Operator::of(&house);
    stub.with(Defect::CallbackDenied);
    let login = Login::new(&house);
    let answer = login.at("stub", &stub).await;
    assert_eq!(login.error(&answer).as_deref(), Some("access_denied"));
    let labels = [("act", "login"), ("reason", "access_denied")];
    assert_value(&operator.look().await, "signet_refused_total", &labels, 1);
}

/// What is minted is what the description has, each by its own name.
#[tokio::test]
async fn the_readme_names_every_kind_of_token() {
    let rows = section("Seeing it").lines();
    let mut rows = rows.filter(|line| line.starts_with("| `signet_tokens_minted_total` |"));
    let said = rows.next().unwrap().split('|').nth(3).unwrap();
    let said: BTreeSet<_> = said.split('`').skip(1).step_by(2).collect();
    let house = House::new().await;
    let document = house.anon().get("/openapi.json").await.json();
    let kinds = document["x-token-kinds"].as_array().unwrap();
    let kinds: BTreeSet<_> = kinds.iter().filter_map(|it| it["kind"].as_str()).collect();
    assert_eq!(said, kinds);
}
