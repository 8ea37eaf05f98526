//! The second factor of logins by a provider.

use chrono::TimeDelta;
use rstest_reuse::apply;
use serde_json::json;

use super::{
    Engine, Login, OAUTH_CLIENT, OpenIdStub, Person, ProviderSetup, TestService, both_engines,
};
use crate::support::totp::AuthenticatorApp;

const EMAIL: &str = "ada@example.com";

async fn service_with(engine: Engine, stub: &OpenIdStub, more: &str) -> TestService {
    let settings = format!("trusts_addresses = true\n{more}");
    let trusted: ProviderSetup<'_> = ("stub", stub, &settings);
    TestService::with_providers(engine, &[trusted], OAUTH_CLIENT).await
}

#[apply(both_engines)]
#[tokio::test]
async fn login_by_provider_asks_for_the_second_factor(engine: Engine) {
    let stub = OpenIdStub::start();
    let service = service_with(engine, &stub, "").await;
    let mut ada = service.signed_up(EMAIL).await;
    stub.person(Person::new("sub-1", EMAIL));
    service.log_in_by("stub", &stub).await;
    let app = AuthenticatorApp::enrolled(&service, &mut ada).await;
    for _ in 0..2 {
        service.clock.advance(TimeDelta::seconds(30));
        let login = Login::new(&service);
        let asked = login
            .browser
            .log_in_through(&stub, &login.url("stub"))
            .await;
        asked.assert_status(200);
        login.assert_not_logged_in(&asked);
        let (action, mut fields) = asked.form();
        fields.retain(|(name, _)| name != "code");
        fields.push(("code".to_owned(), app.code(service.clock.now())));
        let done = login.browser.post_form(&action, &fields).await;
        let ada = login.finish(&done).await;
        assert_eq!(ada.claims()["amr"], json!(["fed", "otp", "mfa"]));
        assert_eq!(ada.claims()["acr"], "mfa");
    }
}

#[tokio::test]
async fn provider_that_counts_as_mfa_completes_the_login() {
    let stub = OpenIdStub::start();
    let service = service_with(Engine::Sqlite, &stub, "counts_as_mfa = true").await;
    let mut ada = service.signed_up(EMAIL).await;
    stub.person(Person::new("sub-1", EMAIL));
    service.log_in_by("stub", &stub).await;
    AuthenticatorApp::enrolled(&service, &mut ada).await;
    let ada = service.log_in_by("stub", &stub).await;
    assert_eq!(ada.claims()["amr"], json!(["fed", "mfa"]));
    assert_eq!(ada.claims()["acr"], "mfa");
}

/// A thief of the mailbox could open the account at the provider, and skip the second factor by it.
#[tokio::test]
async fn account_does_not_join_a_user_with_a_second_factor_by_email() {
    let stub = OpenIdStub::start();
    let service = service_with(Engine::Sqlite, &stub, "counts_as_mfa = true").await;
    let mut ada = service.signed_up(EMAIL).await;
    AuthenticatorApp::enrolled(&service, &mut ada).await;
    stub.person(Person::new("sub-thief", EMAIL));
    let login = Login::new(&service);
    let refused = login
        .browser
        .log_in_through(&stub, &login.url("stub"))
        .await;
    login.assert_not_logged_in(&refused);
    let accounts = ada.get("/me/accounts").await.json();
    let linked = accounts["accounts"].as_array().unwrap().iter();
    assert_eq!(linked.filter(|it| it["type"] == "oidc").count(), 0);
}
