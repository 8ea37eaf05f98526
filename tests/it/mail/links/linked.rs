//! Linked provider accounts: notices to the owner, and removal of recently linked accounts by a
//! password reset or an email change.

use chrono::TimeDelta;
use rstest_reuse::apply;
use serde_json::json;

use super::{NEW, confirm_email, forgot, mails_to, request_email_change, reset, subject};
use crate::support::{
    ApiClient, Engine, TestService, both_engines,
    oauth_client::{Login, OAUTH_CLIENT},
    openid::{OpenIdStub, Person},
    upstream::ProviderSetup,
};

const EMAIL: &str = "ada@example.com";
const NAMED: &str = "trusts_addresses = true\nname = 'Analytical & Co'";

async fn with_provider(engine: Engine, stub: &OpenIdStub) -> TestService {
    let providers: [ProviderSetup<'_>; 1] = [("stub", stub, NAMED)];
    TestService::with_providers(engine, &providers, OAUTH_CLIENT).await
}

/// Links the account of the provider's current user.
async fn link_account(service: &TestService, client: &ApiClient<'_>, stub: &OpenIdStub) -> String {
    let login = Login::new(service);
    let start = format!("{}&intent=link", login.url("stub"));
    let code = login.code(&login.browser.log_in_through(stub, &start).await);
    let linked = login.link(&code, client).await;
    let account = linked.assert_status(201).json();
    account["id"].as_str().unwrap().to_owned()
}

async fn unlink_account(client: &mut ApiClient<'_>, id: &str) {
    let path = format!("/me/accounts/{id}");
    let unlinked = client.send_json("DELETE", &path, json!({})).await;
    client.keep(unlinked.assert_status(200));
}

/// The text of the last mail to this email.
fn text(service: &TestService, email: &str) -> String {
    let outbox = service.outbox.lock().unwrap();
    let mut to = outbox.iter().rev().filter(|it| it.to.as_str() == email);
    to.next().map(|it| it.text.clone()).unwrap_or_default()
}

async fn providers(client: &ApiClient<'_>) -> Vec<String> {
    let accounts = client.get("/me/accounts").await.json();
    let accounts = accounts["accounts"].as_array().unwrap().clone();
    let types = accounts.iter().map(|it| it["type"].as_str().unwrap());
    types.map(str::to_owned).collect()
}

#[tokio::test]
async fn linking_and_unlinking_notify_the_owner() {
    let stub = OpenIdStub::start();
    let service = with_provider(Engine::Sqlite, &stub).await;
    let mut ada = service.signed_up(EMAIL).await;
    stub.person(Person::new("thief", "thief@elsewhere.example"));
    let before = mails_to(&service, EMAIL);
    let id = link_account(&service, &ada, &stub).await;
    assert_eq!(mails_to(&service, EMAIL), before + 1);
    assert_eq!(subject(&service, EMAIL), "New way to log in to 127.0.0.1");
    let says = text(&service, EMAIL);
    assert!(
        says.starts_with("Analytical & Co was just connected"),
        "{says}"
    );
    // Linking the same account again changes nothing and sends no notice.
    link_account(&service, &ada, &stub).await;
    assert_eq!(mails_to(&service, EMAIL), before + 1);

    unlink_account(&mut ada, &id).await;
    assert_eq!(mails_to(&service, EMAIL), before + 2);
    assert_eq!(
        subject(&service, EMAIL),
        "A way to log in was removed at 127.0.0.1"
    );
    let says = text(&service, EMAIL);
    assert!(
        says.starts_with("Analytical & Co was just disconnected"),
        "{says}"
    );
}

#[tokio::test]
async fn link_notices_are_limited_for_each_kind() {
    let stub = OpenIdStub::start();
    let providers: [ProviderSetup<'_>; 1] = [("stub", &stub, NAMED)];
    let settings = format!("limits.mail_address = '3/1h'\n{OAUTH_CLIENT}");
    let service = TestService::with_providers(Engine::Sqlite, &providers, &settings).await;
    let mut ada = service.signed_up(EMAIL).await;
    let notices = |says: &str| {
        let outbox = service.outbox.lock().unwrap();
        let of_kind = outbox.iter().filter(|it| it.text.contains(says));
        of_kind.count()
    };
    stub.person(Person::new("linked", "countess@elsewhere.example"));
    for _ in 0..5 {
        let id = link_account(&service, &ada, &stub).await;
        unlink_account(&mut ada, &id).await;
    }
    assert_eq!(notices(" was just connected "), 3);
    assert_eq!(notices(" was just disconnected "), 3);
    // A link by email has its own kind of notice, with its own limit.
    stub.person(Person::new("joins", EMAIL));
    for _ in 0..5 {
        let mut ada = service.log_in_by("stub", &stub).await;
        let accounts = ada.get("/me/accounts").await.json();
        let accounts = accounts["accounts"].as_array().unwrap();
        let joined = accounts.iter().find(|it| it["type"] == "oidc").unwrap();
        unlink_account(&mut ada, joined["id"].as_str().unwrap()).await;
    }
    assert_eq!(notices(" has this email address just did"), 3);
}

#[apply(both_engines)]
#[tokio::test]
async fn password_reset_removes_recently_linked_accounts(engine: Engine) {
    let stub = OpenIdStub::start();
    let service = with_provider(engine, &stub).await;
    let ada = service.signed_up(EMAIL).await;
    service.clock.advance(TimeDelta::minutes(5));
    // A thief of the session links an own account.
    stub.person(Person::new("thief", "thief@elsewhere.example"));
    link_account(&service, &ada, &stub).await;
    assert_eq!(service.log_in_by("stub", &stub).await.id(), ada.id());

    service.clock.advance(TimeDelta::days(7));
    let token = forgot(&service, EMAIL).await.unwrap();
    reset(&service, &token, NEW).await.assert_status(204);
    let says = text(&service, EMAIL);
    assert!(
        says.contains("these ways to log in were removed: Analytical & Co. You can"),
        "{says}"
    );
    let mut by_password = service.anon();
    let session = by_password.log_in(EMAIL, NEW).await;
    by_password.keep(session.assert_status(200));
    assert_eq!(providers(&by_password).await, ["credentials", "email"]);
    let login = Login::new(&service);
    let answer = login.log_in_at("stub", &stub).await;
    if login.parameters(&answer).is_some() {
        assert_ne!(login.finish(&answer).await.id(), ada.id());
    }
}

/// Accounts linked earlier stay, and the notice names none.
#[tokio::test]
async fn password_reset_keeps_accounts_older_than_a_week() {
    let stub = OpenIdStub::start();
    let service = with_provider(Engine::Sqlite, &stub).await;
    let ada = service.signed_up(EMAIL).await;
    service.clock.advance(TimeDelta::minutes(5));
    stub.person(Person::new("hers", "countess@elsewhere.example"));
    link_account(&service, &ada, &stub).await;
    service
        .clock
        .advance(TimeDelta::days(7) + TimeDelta::seconds(1));
    let token = forgot(&service, EMAIL).await.unwrap();
    reset(&service, &token, NEW).await.assert_status(204);
    assert_eq!(service.log_in_by("stub", &stub).await.id(), ada.id());
    let says = text(&service, EMAIL);
    assert!(!says.contains("removed"), "{says}");
}

/// An account that was linked by its verified email is removed too, and is linked again at its next
/// login.
#[tokio::test]
async fn account_joined_by_email_returns_after_a_reset() {
    let stub = OpenIdStub::start();
    let service = with_provider(Engine::Sqlite, &stub).await;
    let ada = service.signed_up(EMAIL).await;
    service.clock.advance(TimeDelta::minutes(5));
    stub.person(Person::new("ada", EMAIL));
    assert_eq!(service.log_in_by("stub", &stub).await.id(), ada.id());
    let token = forgot(&service, EMAIL).await.unwrap();
    reset(&service, &token, NEW).await.assert_status(204);
    let mut by_password = service.anon();
    let session = by_password.log_in(EMAIL, NEW).await;
    by_password.keep(session.assert_status(200));
    assert_eq!(providers(&by_password).await, ["credentials", "email"]);
    assert_eq!(service.log_in_by("stub", &stub).await.id(), ada.id());
    let all = providers(&by_password).await;
    assert_eq!(all, ["credentials", "email", "oidc"]);
}

#[apply(both_engines)]
#[tokio::test]
async fn email_change_removes_recently_linked_accounts_and_notifies_both_mailboxes(engine: Engine) {
    let stub = OpenIdStub::start();
    let service = with_provider(engine, &stub).await;
    let ada = service.signed_up(EMAIL).await;
    service.clock.advance(TimeDelta::minutes(5));
    stub.person(Person::new("thief", "thief@elsewhere.example"));
    link_account(&service, &ada, &stub).await;
    let token = request_email_change(&ada, &service, "new@example.com")
        .await
        .unwrap();
    confirm_email(&service, &token).await.assert_status(204);

    let says = text(&service, EMAIL);
    assert!(
        says.contains("these ways to log in were removed: Analytical & Co. You can"),
        "{says}"
    );
    let subject = subject(&service, "new@example.com");
    assert_eq!(subject, "A way to log in was removed at 127.0.0.1");
    let ada = service.anon().logged_in("new@example.com").await;
    assert_eq!(providers(&ada).await, ["credentials", "email"]);
}
