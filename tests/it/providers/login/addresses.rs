//! Automatic linking by email (O7): only if the provider is trusted, reports the email as verified,
//! and the user has verified the same email.

use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};
use signet::identity::UserId;

use super::{
    Engine, Login, OAUTH_CLIENT, OpenIdStub, Person, ProviderSetup, TestService, service_with_stub,
};
use crate::support::{PASSWORD, both_engines};

/// The number of accounts of a user.
async fn accounts(service: &TestService, id: UserId) -> usize {
    service.app.store.accounts_of(id).await.unwrap().len()
}

async fn users(service: &TestService) -> usize {
    service.app.store.users(None, 100).await.unwrap().len()
}

#[apply(both_engines)]
#[tokio::test]
async fn trusted_provider_links_to_the_user_with_the_verified_email(
    engine: Engine,
    #[values(false, true)] only_in_userinfo: bool,
) {
    let stub = OpenIdStub::start();
    let service = super::with_provider(engine, &stub).await;
    if only_in_userinfo {
        stub.only_in_userinfo();
    }
    let ada = service.signed_up("ada@example.com").await;
    stub.person(Person::new("sub", "ADA@example.COM").with_name("Somebody"));
    let joined = service.log_in_by("stub", &stub).await;
    assert_eq!(joined.id(), ada.id());
    // Password, name and other sessions are kept.
    assert_eq!(joined.get("/me").await.json()["name"], Value::Null);
    service.anon().logged_in("ada@example.com").await;
    ada.refresh().await.assert_status(200);
    assert_eq!(accounts(&service, ada.id()).await, 3);
    assert_eq!(service.log_in_by("stub", &stub).await.id(), ada.id());
    assert_eq!(accounts(&service, ada.id()).await, 3);
    assert_eq!(users(&service).await, 1);
}

/// Emails that do not count as verified, with and without an existing user.
#[rstest]
#[case::untrusted("", Person::new("sub", "ada@example.com"))]
#[case::untrusted_by_word("trusts_addresses = false", Person::new("sub", "ada@example.com"))]
#[case::not_verified("trusts_addresses = true", says(json!(false)))]
#[case::nothing_said("trusts_addresses = true", says(Value::Null))]
#[case::another_word("trusts_addresses = true", says(json!("TRUE")))]
#[case::a_word("trusts_addresses = true", says(json!("false")))]
#[case::a_number("trusts_addresses = true", says(json!(1)))]
#[case::a_list("trusts_addresses = true", says(json!([true])))]
#[case::an_object("trusts_addresses = true", says(json!({"ada@example.com": true})))]
#[tokio::test]
async fn unverified_provider_email_neither_links_nor_creates_a_user(
    #[case] trust: &str,
    #[case] person: Person,
    #[values(false, true)] is_known: bool,
    #[values(false, true)] only_in_userinfo: bool,
) {
    let stub = OpenIdStub::start();
    let upstreams: [ProviderSetup<'_>; 1] = [("stub", &stub, trust)];
    let service = TestService::with_providers(Engine::Sqlite, &upstreams, OAUTH_CLIENT);
    let service = service.await;
    if only_in_userinfo {
        stub.only_in_userinfo();
    }
    if is_known {
        service.signed_up("ada@example.com").await;
    }
    let before = service.app.store.users(None, 10).await.unwrap();
    stub.person(person);
    let login = Login::new(&service);
    let answer = login.log_in_at("stub", &stub).await;
    login.assert_not_logged_in(&answer);
    assert_eq!(login.parameters(&answer), None);
    assert_eq!(service.app.store.users(None, 10).await.unwrap(), before);
    for user in before {
        assert_eq!(accounts(&service, user.id).await, 2);
    }
}

fn says(email_verified: Value) -> Person {
    Person::new("sub", "ada@example.com").with_email_verified(email_verified)
}

/// A user created on the command line has an unverified email: the creator of the password would
/// keep access.
#[tokio::test]
async fn email_unverified_here_links_to_no_user() {
    let stub = OpenIdStub::start();
    let service = service_with_stub(&stub).await;
    let ada = service.signed_up("ada@example.com").await;
    let forgotten = "UPDATE users SET email_verified = NULL";
    service.database.execute(forgotten).await;

    let login = Login::new(&service);
    let answer = login.log_in_at("stub", &stub).await;
    // No email page either, because the email belongs to a user with a login method.
    login.assert_log_in_and_link(&answer);
    assert_eq!(accounts(&service, ada.id()).await, 2);
    assert_eq!(users(&service).await, 1);
}

/// Texts that resemble an email, or another email.
#[rstest]
#[case("\u{430}da@example.com")]
#[case("ada@example.com\u{0}")]
#[case("ada@example.com,eve@example.com")]
#[case("ada@example.com\r\nBcc: eve@example.com")]
#[case("ada+eve@example.com")]
#[case("a.d.a@example.com")]
#[case("\"ada\"@example.com")]
#[case("ada@EXAMPLE.com.")]
#[case("ada")]
#[case("")]
#[tokio::test]
async fn differently_spelled_email_is_another_email(#[case] email: &str) {
    let stub = OpenIdStub::start();
    let service = service_with_stub(&stub).await;
    let ada = service.signed_up("ada@example.com").await;
    stub.person(Person::new("sub", email));
    let login = Login::new(&service);
    login.log_in_at("stub", &stub).await;
    assert_eq!(accounts(&service, ada.id()).await, 2, "{email}");
}

/// Two accounts at one provider cannot be one user, and one email belongs to one user.
#[tokio::test]
async fn email_of_a_second_provider_account_links_to_no_user() {
    let stub = OpenIdStub::start();
    let service = service_with_stub(&stub).await;
    stub.person(Person::new("one", "ada@example.com"));
    let ada = service.log_in_by("stub", &stub).await;
    // The new owner of the mailbox is another user.
    stub.person(Person::new("two", "ada@example.com"));
    let login = Login::new(&service);
    let answer = login.log_in_at("stub", &stub).await;
    answer.assert_status(409);
    assert!(answer.text().contains("already"), "{}", answer.text());
    login.assert_not_logged_in(&answer);
    assert_eq!(accounts(&service, ada.id()).await, 2);
    assert_eq!(users(&service).await, 1);
}

/// The owner of the mailbox is notified, because the link may not be theirs.
#[tokio::test]
async fn automatic_link_notifies_the_owner() {
    let stub = OpenIdStub::start();
    let service = service_with_stub(&stub).await;
    let ada = service.signed_up("ada@example.com").await;
    stub.person(Person::new("one", "ada@example.com"));
    assert_eq!(service.log_in_by("stub", &stub).await.id(), ada.id());
    let notices = |service: &TestService| {
        let outbox = service.outbox.lock().unwrap();
        let news = outbox
            .iter()
            .filter(|mail| mail.subject.starts_with("New way to log in"));
        news.count()
    };
    assert_eq!(notices(&service), 1);
    // Once, not at every login.
    service.log_in_by("stub", &stub).await;
    assert_eq!(notices(&service), 1);
}

/// A user of a provider can set a password by mail.
#[tokio::test]
async fn sign_up_with_the_email_of_a_provider_user_mails_a_notice() {
    let stub = OpenIdStub::start();
    let service = service_with_stub(&stub).await;
    service.log_in_by("stub", &stub).await;
    service
        .anon()
        .post("/signup", json!({"email": "ada@example.com"}))
        .await
        .assert_status(202);
    assert_eq!(service.mailed_token("ada@example.com"), None);
    let answer = service.anon().log_in("ada@example.com", PASSWORD).await;
    answer.assert_problem(401, "invalid_credentials");
}

/// A name is kept, except for characters that no output can show.
#[rstest]
#[case::comma("Davis, Sammy (Jr.)", "Davis, Sammy (Jr.)")]
#[case::markup("<b>Ada</b>; Lovelace", "<b>Ada</b>; Lovelace")]
#[case::control("Ada\r\nBcc: \u{202e}eve\u{1b}[2J", "Ada Bcc: eve [2J")]
#[tokio::test]
async fn provider_name_is_sanitized_and_kept(
    #[case] said: &str,
    #[case] kept: &str,
    #[values(false, true)] only_in_userinfo: bool,
) {
    let stub = OpenIdStub::start();
    if only_in_userinfo {
        stub.only_in_userinfo();
    }
    let service = service_with_stub(&stub).await;
    stub.person(Person::new("sub", "ada@example.com").with_name(said));
    let ada = service.log_in_by("stub", &stub).await;
    assert_eq!(ada.get("/me").await.json()["name"], kept);
}

/// Cognito sends the boolean as a string.
#[rstest]
#[tokio::test]
async fn email_verified_as_text_links_to_the_user(#[values(false, true)] only_in_userinfo: bool) {
    let stub = OpenIdStub::start();
    if only_in_userinfo {
        stub.only_in_userinfo();
    }
    let service = service_with_stub(&stub).await;
    let ada = service.signed_up("ada@example.com").await;
    stub.person(says(json!("true")));
    assert_eq!(service.log_in_by("stub", &stub).await.id(), ada.id());
}
