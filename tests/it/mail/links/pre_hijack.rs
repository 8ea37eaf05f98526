//! Account pre-hijacking (Sudhodanan and Paverd, 2022): an attacker who acts before the owner of an
//! email gains no access. Mallory knows the email and cannot read the mailbox.

use chrono::TimeDelta;
use rstest_reuse::apply;
use serde_json::json;

use super::{NEW, confirm_email, forgot, login_link, request_email_change, reset};
use crate::support::{
    ApiClient, Engine, PASSWORD, TestService, both_engines,
    oauth_client::{Login, OAUTH_CLIENT},
    openid::{OpenIdStub, Person},
    upstream::ProviderSetup,
};

const VICTIM: &str = "victim@example.com";
const MALLORYS: &str = "mallory's own pass phrase";

/// Classic-federated merge, and the pre-registration that plants a password.
#[tokio::test]
async fn earlier_sign_up_by_an_attacker_gives_no_access() {
    let service = TestService::new().await;
    let mallory = service.anon();
    let planted = json!({"email": VICTIM, "name": "Mallory", "password": MALLORYS});
    let refused = mallory.post("/signup", planted).await;
    refused.assert_field(422, "unknown_field", "password");
    let asked = mallory.post("/signup", json!({"email": VICTIM, "name": "Mallory"}));
    asked.await.assert_status(202);
    let nobody = mallory.log_in(VICTIM, MALLORYS).await;
    nobody.assert_problem(401, "invalid_credentials");
    // The owner opens a link that Mallory requested, and chooses the password.
    let token = service.mailed_token(VICTIM).unwrap();
    let body = json!({"token": token, "password": PASSWORD});
    service
        .anon()
        .post("/signup/confirm", body)
        .await
        .assert_status(201);
    let refused = mallory.log_in(VICTIM, MALLORYS).await;
    refused.assert_problem(401, "invalid_credentials");
    service.anon().logged_in(VICTIM).await;
}

/// Unexpired session: an operator has given Mallory the email, and Mallory stays logged in.
#[tokio::test]
async fn session_of_an_attacker_ends_when_the_owner_verifies() {
    let service = TestService::new().await;
    let mallory = service.unverified_user(VICTIM).await;
    mallory.get("/me").await.assert_status(200);
    let token = forgot(&service, VICTIM).await.unwrap();
    reset(&service, &token, NEW).await.assert_status(204);
    mallory.refresh().await.assert_problem(401, "invalid_grant");
    mallory
        .get("/me")
        .await
        .assert_problem(401, "invalid_token");
    let old = service.anon().log_in(VICTIM, PASSWORD).await;
    old.assert_problem(401, "invalid_credentials");
    let owner = service.anon().log_in(VICTIM, NEW).await;
    owner.assert_status(200);
}

/// Unexpired email change: Mallory leaves a change to an own mailbox pending.
#[tokio::test]
async fn pending_email_change_of_an_attacker_is_cancelled() {
    let service = TestService::new().await;
    let mallory = service.unverified_user(VICTIM).await;
    let pending = request_email_change(&mallory, &service, "mallory@example.com")
        .await
        .unwrap();
    let token = forgot(&service, VICTIM).await.unwrap();
    reset(&service, &token, NEW).await.assert_status(204);
    let dead = confirm_email(&service, &pending).await;
    dead.assert_problem(400, "invalid_link");
    let owner = service.anon().log_in(VICTIM, NEW).await;
    owner.assert_status(200);
    assert_eq!(forgot(&service, "mallory@example.com").await, None);
}

/// The reverse: Mallory requests the victim's email. Only the owner of the mailbox can confirm, and
/// the mail names the account.
#[tokio::test]
async fn email_change_to_a_foreign_email_needs_its_owner() {
    let service = TestService::new().await;
    let mallory = service.signed_up("mallory@example.com").await;
    let pending = request_email_change(&mallory, &service, VICTIM)
        .await
        .unwrap();
    let owner = service.signed_up(VICTIM).await;
    confirm_email(&service, &pending)
        .await
        .assert_problem(400, "invalid_link");
    assert_ne!(owner.id(), mallory.id());
    service.clock.advance(TimeDelta::minutes(1));
    assert_eq!(owner.get("/me").await.json()["email"], VICTIM);
    assert!(login_link(&service, VICTIM).await.is_some());
}

/// Links the account of the provider's current user.
async fn link_account(service: &TestService, client: &ApiClient<'_>, stub: &OpenIdStub) {
    let login = Login::new(service);
    let start = format!("{}&intent=link", login.url("stub"));
    let code = login.code(&login.browser.log_in_through(stub, &start).await);
    login.link(&code, client).await.assert_status(201);
}

/// The user of the account at the provider, unless it is the victim.
async fn user_other_than_the_victim(
    service: &TestService,
    stub: &OpenIdStub,
    victim: &ApiClient<'_>,
) {
    let login = Login::new(service);
    let answer = login.log_in_at("stub", stub).await;
    if answer.status == 303 && answer.header("location").contains("code=") {
        assert_ne!(login.finish(&answer).await.id(), victim.id());
    }
}

/// Trojan identifier: Mallory links an own provider account and waits for the owner.
#[apply(both_engines)]
#[tokio::test]
async fn account_linked_by_an_attacker_is_removed(
    engine: Engine,
    #[values("address that nobody proved", "address that the victim confirms")] way: &str,
) {
    let stub = OpenIdStub::start();
    stub.person(Person::new("mallory", "mallory@elsewhere.example"));
    let providers: [ProviderSetup<'_>; 1] = [("stub", &stub, "trusts_addresses = true")];
    let service = TestService::with_providers(engine, &providers, OAUTH_CLIENT).await;
    if way == "address that nobody proved" {
        let mallory = service.unverified_user(VICTIM).await;
        link_account(&service, &mallory, &stub).await;
    } else {
        let mallory = service.signed_up("mallory@example.com").await;
        link_account(&service, &mallory, &stub).await;
        service.clock.advance(TimeDelta::minutes(1));
        let pending = request_email_change(&mallory, &service, VICTIM)
            .await
            .unwrap();
        // Against the advice in the mail.
        confirm_email(&service, &pending).await.assert_status(204);
    }
    service.clock.advance(TimeDelta::minutes(1));
    let token = forgot(&service, VICTIM).await.unwrap();
    reset(&service, &token, NEW).await.assert_status(204);
    let old = service.anon().log_in(VICTIM, PASSWORD).await;
    old.assert_problem(401, "invalid_credentials");
    let mut victim = service.anon();
    victim.keep(victim.log_in(VICTIM, NEW).await.assert_status(200));
    let accounts = victim.get("/me/accounts").await.json();
    assert_eq!(
        accounts["accounts"].as_array().unwrap().len(),
        2,
        "{accounts}"
    );
    user_other_than_the_victim(&service, &stub, &victim).await;
}

/// Accounts that the owner links after verification survive a reset.
#[tokio::test]
async fn account_linked_by_the_owner_is_kept() {
    let stub = OpenIdStub::start();
    stub.person(Person::new("ada", "ada@elsewhere.example"));
    let providers: [ProviderSetup<'_>; 1] = [("stub", &stub, "trusts_addresses = true")];
    let service = TestService::with_providers(Engine::Sqlite, &providers, OAUTH_CLIENT);
    let service = service.await;
    let ada = service.signed_up(VICTIM).await;
    link_account(&service, &ada, &stub).await;
    service.clock.advance(TimeDelta::minutes(1));
    let token = forgot(&service, VICTIM).await.unwrap();
    reset(&service, &token, NEW).await.assert_status(204);
    assert_eq!(service.log_in_by("stub", &stub).await.id(), ada.id());
}

/// Non-verifying provider: Mallory has an account there that says it has the victim's address.
#[tokio::test]
async fn unverified_email_at_a_provider_gives_no_access() {
    let stub = OpenIdStub::start();
    stub.person(Person::new("mallory", VICTIM));
    let providers: [ProviderSetup<'_>; 1] = [("stub", &stub, "")];
    let service = TestService::with_providers(Engine::Sqlite, &providers, OAUTH_CLIENT);
    let service = service.await;
    let victim = service.signed_up(VICTIM).await;
    let login = Login::new(&service);
    let page = login.log_in_at("stub", &stub).await;
    // The page asks Mallory for an email, and Mallory enters the victim's email again.
    let (action, form) = page.assert_status(200).form();
    login
        .browser
        .post_form(&action, &form)
        .await
        .assert_status(202);
    assert_eq!(service.mailed_token(VICTIM), None);
    let accounts = victim.get("/me/accounts").await.json();
    assert_eq!(
        accounts["accounts"].as_array().unwrap().len(),
        2,
        "{accounts}"
    );
    user_other_than_the_victim(&service, &stub, &victim).await;
}
