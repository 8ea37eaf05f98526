//! Linking and unlinking of several accounts of one user.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{Engine, Login, OpenIdStub, Person, TestService, service_with_stub, with_provider};
use crate::support::{
    ApiClient, PASSWORD,
    answer::Answer,
    both_engines,
    oauth_client::{CHALLENGE, VERIFIER},
};
use rstest_reuse::apply;

/// Obtains a linking code for the provider's current user.
async fn linkable<'a>(service: &'a TestService, stub: &OpenIdStub) -> (Login<'a>, String) {
    let login = Login::new(service);
    let start = format!("{}&intent=link", login.url("stub"));
    let answer = login.browser.log_in_through(stub, &start).await;
    let code = login.code(&answer);
    (login, code)
}

async fn link_account(service: &TestService, stub: &OpenIdStub, whose: &ApiClient<'_>) -> Answer {
    let (login, code) = linkable(service, stub).await;
    login.link(&code, whose).await
}

/// A client whose user has a password.
async fn with_password<'a>(service: &'a TestService, email: &str) -> ApiClient<'a> {
    service.signed_up(email).await
}

#[apply(both_engines)]
#[tokio::test]
async fn account_is_linked_by_the_requesting_session(engine: Engine) {
    let stub = OpenIdStub::start();
    let service = with_provider(engine, &stub).await;
    let ada = with_password(&service, "ada@example.com").await;
    // The email differs and is unverified: the session and the provider login together allow the
    // link.
    let person = Person::new("sub", "countess@elsewhere.example").with_email_verified(json!(false));
    stub.person(person);
    let linked = link_account(&service, &stub, &ada).await;
    let account = linked.assert_status(201).json();
    assert_eq!(service.log_in_by("stub", &stub).await.id(), ada.id());
    // Linking again changes nothing.
    let again = link_account(&service, &stub, &ada).await;
    assert_eq!(again.assert_status(201).json()["id"], account["id"]);

    // An unlinked account belongs to no user, and every other session has ended.
    let other = service.anon().logged_in("ada@example.com").await;
    let path = format!("/me/accounts/{}", account["id"].as_str().unwrap());
    let unlinked = ada.send_json("DELETE", &path, json!({})).await;
    let mut ada = ada.clone();
    ada.keep(unlinked.assert_status(200));
    ada.get("/me").await.assert_status(200);
    other.refresh().await.assert_problem(401, "invalid_grant");
    let login = Login::new(&service);
    let answer = login.log_in_at("stub", &stub).await;
    assert_eq!(login.parameters(&answer), None);
}

#[tokio::test]
async fn account_belongs_to_one_user() {
    let stub = OpenIdStub::start();
    let service = service_with_stub(&stub).await;
    let ada = service.log_in_by("stub", &stub).await;
    let grace = with_password(&service, "grace@example.com").await;
    let refused = link_account(&service, &stub, &grace).await;
    refused.assert_problem(409, "account_taken");
    assert_eq!(service.log_in_by("stub", &stub).await.id(), ada.id());
}

/// A linking code works only with an existing session.
#[tokio::test]
async fn linking_code_cannot_log_in_and_login_code_cannot_link() {
    let stub = OpenIdStub::start();
    let service = service_with_stub(&stub).await;
    let ada = service.log_in_by("stub", &stub).await;
    let (login, code) = linkable(&service, &stub).await;
    let refused = login.redeem(&code).await;
    refused.assert_oauth_error(400, "invalid_grant");
    let anon = login.link(&code, &service.anon()).await;
    anon.assert_status(401);

    let login = Login::new(&service);
    let answer = login.log_in_at("stub", &stub).await;
    let code = login.code(&answer);
    let refused = login.link(&code, &ada).await;
    refused.assert_problem(400, "invalid_code");
    // Without the verifier, which only the requesting app has.
    let (_, code) = linkable(&service, &stub).await;
    let refused = Login::new(&service).link(&code, &ada).await;
    refused.assert_problem(400, "invalid_code");
}

#[tokio::test]
async fn linking_needs_a_recent_login_or_the_password() {
    let stub = OpenIdStub::start();
    let service = service_with_stub(&stub).await;
    let mut ada = with_password(&service, "ada@example.com").await;
    service.clock.advance(TimeDelta::hours(1));
    ada.refreshed().await;
    let refused = link_account(&service, &stub, &ada).await;
    refused.assert_problem(401, "insufficient_user_authentication");
    let (login, code) = linkable(&service, &stub).await;
    let body = login.link_request(&code);
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
async fn last_login_method_cannot_be_removed() {
    let stub = OpenIdStub::start();
    let mut service = service_with_stub(&stub).await;
    service.disable_mail();
    let ada = service.log_in_by("stub", &stub).await;
    let accounts = ada.get("/me/accounts").await.json();
    let accounts = accounts["accounts"].as_array().unwrap();
    assert_eq!(accounts.len(), 2, "{accounts:?}");
    for account in accounts {
        let path = format!("/me/accounts/{}", account["id"].as_str().unwrap());
        let refused = ada.send_json("DELETE", &path, json!({})).await;
        let code = match account["type"].as_str() {
            Some("oidc") => "last_way_in",
            _ => "not_unlinkable",
        };
        refused.assert_problem(409, code);
    }
    assert_eq!(service.log_in_by("stub", &stub).await.id(), ada.id());
}

/// With mail, a verified mailbox is a login method.
#[tokio::test]
async fn verified_mailbox_counts_as_a_login_method() {
    let stub = OpenIdStub::start();
    let service = service_with_stub(&stub).await;
    let mut ada = service.log_in_by("stub", &stub).await;
    let id = ada.id();
    let accounts = ada.get("/me/accounts").await.json();
    let accounts = accounts["accounts"].as_array().unwrap();
    let of_stub = accounts.iter().find(|account| account["type"] == "oidc");
    let path = format!("/me/accounts/{}", of_stub.unwrap()["id"].as_str().unwrap());
    let unlinked = ada.send_json("DELETE", &path, json!({})).await;
    ada.keep(unlinked.assert_status(200));
    let email = ada.get("/me").await.json()["email"].clone();
    let body = json!({"email": email, "code_challenge": CHALLENGE});
    service
        .anon()
        .post("/login/link", body)
        .await
        .assert_status(202);
    let token = service.mailed_token(email.as_str().unwrap()).unwrap();
    let body = json!({"token": token, "code_verifier": VERIFIER});
    let mut by_mail = service.anon();
    by_mail.keep(
        by_mail
            .post("/login/link/confirm", body)
            .await
            .assert_status(200),
    );
    assert_eq!(by_mail.id(), id);
}

/// A provider keeps its session for any time; the tokens after unlinking are valid nevertheless.
#[tokio::test]
async fn session_with_an_old_auth_time_survives_unlinking() {
    let stub = OpenIdStub::start();
    let service = service_with_stub(&stub).await;
    service.signed_up("ada@example.com").await;
    let long_ago = (service.clock.now() - TimeDelta::days(200)).timestamp();
    let person = Person::new("sub", "ada@example.com").with("auth_time", json!(long_ago));
    stub.person(person);
    let mut ada = service.log_in_by("stub", &stub).await;
    let accounts = ada.get("/me/accounts").await.json();
    let accounts = accounts["accounts"].as_array().unwrap();
    let linked = accounts.iter().find(|it| it["provider"] == stub.issuer());
    let path = format!("/me/accounts/{}", linked.unwrap()["id"].as_str().unwrap());
    let unlinked = ada
        .send_json("DELETE", &path, json!({"password": PASSWORD}))
        .await;
    ada.keep(unlinked.assert_status(200));
    ada.get("/me").await.assert_status(200);
    ada.refreshed().await;
}
