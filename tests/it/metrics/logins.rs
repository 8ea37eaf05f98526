//! Metrics of provider logins.

use std::collections::BTreeSet;

use serde_json::json;

use super::{Operator, assert_value};
use crate::{
    docs::section,
    support::{
        Browser, Engine, TestService,
        oauth_client::{Login, OAUTH_CLIENT},
        openid::{Defect, OpenIdStub, Person},
        upstream::ProviderSetup,
    },
};

#[tokio::test]
async fn provider_logins_are_counted_by_kind_and_reason() {
    let stub = OpenIdStub::start();
    let trusted: ProviderSetup<'_> = ("stub", &stub, "trusts_addresses = true");
    let service = TestService::with_providers(Engine::Sqlite, &[trusted], OAUTH_CLIENT).await;
    let operator = Operator::of(&service);

    let ada = service.log_in_by("stub", &stub).await;
    // Two callbacks: in another browser, and with a token of another login.
    let login = Login::new(&service);
    let callback = login
        .browser
        .until_callback(&stub, &login.url("stub"))
        .await;
    let elsewhere = Browser::new(&service);
    elsewhere.open_callback(&callback).await.assert_status(400);
    stub.with_defect(Defect::NonceOther);
    let login = Login::new(&service);
    login.log_in_at("stub", &stub).await.assert_status(303);
    stub.without_defects();
    // A code that is redeemed twice, and a linking code.
    let login = Login::new(&service);
    let code = login.code(&login.log_in_at("stub", &stub).await);
    login.redeem(&code).await.assert_status(200);
    login.redeem(&code).await.assert_status(400);
    let login = Login::new(&service);
    let code = login.code(&login.log_in_at("stub", &stub).await);
    login.link(&code, &ada).await.assert_status(400);
    // An app with an invalid ID token.
    let challenge = service
        .anon()
        .post("/login/stub/challenge", json!({}))
        .await;
    let body = json!({"challenge": challenge.json()["challenge"], "id_token": "x.y.z"});
    let refused = service.anon().post("/login/stub/id-token", body).await;
    refused.assert_problem(401, "invalid_id_token");
    // A user without an email at the provider.
    stub.person(Person::without_email("nobody-knows"));
    let login = Login::new(&service);
    let (action, mut form) = login.log_in_at("stub", &stub).await.form();
    form.retain(|(name, _)| name != "email");
    form.push(("email".to_owned(), "new@example.com".to_owned()));
    let sent = login.browser.post_form(&action, &form).await;
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
async fn login_denied_at_the_provider_is_counted() {
    let stub = OpenIdStub::start();
    let trusted: ProviderSetup<'_> = ("stub", &stub, "trusts_addresses = true");
    let service = TestService::with_providers(Engine::Sqlite, &[trusted], OAUTH_CLIENT).await;
    let operator = Operator::of(&service);
    stub.with_defect(Defect::CallbackDenied);
    let login = Login::new(&service);
    let answer = login.log_in_at("stub", &stub).await;
    assert_eq!(login.error(&answer).as_deref(), Some("access_denied"));
    let labels = [("act", "login"), ("reason", "access_denied")];
    assert_value(&operator.look().await, "signet_refused_total", &labels, 1);
}

/// The token kinds in the metrics are those of the `OpenAPI` document of a service with an OpenID client.
#[tokio::test]
async fn docs_name_every_token_kind() {
    let rows = section("operations", "Metrics").lines();
    let mut rows = rows.filter(|line| line.starts_with("| `signet_tokens_minted_total` |"));
    let said = rows.next().unwrap().split('|').nth(3).unwrap();
    let said: BTreeSet<_> = said.split('`').skip(1).step_by(2).collect();
    let notified = "[[clients]]\nclient_id = 'app'\nscopes = ['openid']\nid_token_algorithm = 'ES256'\n\
                    backchannel_logout_uri = 'https://app.example.com/logout'";
    let service = TestService::configured(Engine::Sqlite, notified).await;
    let document = service.anon().get("/openapi.json").await.json();
    let kinds = document["x-token-kinds"].as_array().unwrap();
    let kinds: BTreeSet<_> = kinds.iter().filter_map(|it| it["kind"].as_str()).collect();
    assert_eq!(said, kinds);
}
