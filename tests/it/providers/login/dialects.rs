//! Differences of Google, GitHub, Apple and Microsoft from the standard.

use rstest::rstest;
use serde_json::{Value, json};

use super::{Engine, Login, OAUTH_CLIENT, OpenIdStub, Person, ProviderSetup, TestService};
use crate::support::{
    apple,
    github::{Developer, GitHubDefect, GitHubStub},
    openid::Dialect,
    upstream::StubProvider,
};

const TRUSTED: &str = "trusts_addresses = true";

async fn with_provider(stub: &dyn StubProvider, more: &str) -> TestService {
    let upstreams: [ProviderSetup<'_>; 1] = [("stub", stub, more)];
    let service = TestService::with_providers(Engine::Sqlite, &upstreams, OAUTH_CLIENT);
    service.await
}

/// Logs in and returns the email of the user, or `None` if the service asks for one.
async fn email_after_login(service: &TestService, stub: &dyn StubProvider) -> Option<String> {
    let login = Login::new(service);
    let answer = login.log_in_at("stub", stub).await;
    if login.parameters(&answer).is_none() {
        login.assert_not_logged_in(&answer);
        answer.assert_status(200);
        return None;
    }
    let me = login.finish(&answer).await.get("/me").await.json();
    Some(me["email"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn github_login_uses_the_numeric_id_and_the_primary_email() {
    let stub = GitHubStub::start();
    let service = with_provider(&stub, TRUSTED).await;
    let mut developer = Developer::new(583_231, "ada", "ada@example.com");
    developer.name = Some("Ada Lovelace".to_owned());
    developer.public_email = Some("somebody@example.com".to_owned());
    stub.developer(developer.clone());
    let ada = service.log_in_by("stub", &stub).await;
    let me = ada.get("/me").await.json();
    assert_eq!(
        (&me["email"], &me["name"]),
        (&json!("ada@example.com"), &json!("Ada Lovelace"))
    );
    let accounts = ada.get("/me/accounts").await.json().to_string();
    for said in ["\"oauth\"", stub.url(), "583231"] {
        assert!(accounts.contains(said), "{said} is not in {accounts}");
    }

    // A GitHub login name can be released and taken by another user.
    developer.login = "countess".to_owned();
    stub.developer(developer);
    assert_eq!(service.log_in_by("stub", &stub).await.id(), ada.id());
    stub.developer(Developer::new(2, "ada", "eve@example.com"));
    assert_ne!(service.log_in_by("stub", &stub).await.id(), ada.id());
}

#[rstest]
#[case::primary(&[("ada@example.com", true, true)], Some("ada@example.com"))]
#[case::later(&[("x@example.com", false, true), ("ada@example.com", true, true)], Some("ada@example.com"))]
#[case::primary_unverified(&[("ada@example.com", true, false), ("x@example.com", false, true)], None)]
#[case::no_primary(&[("ada@example.com", false, true)], None)]
#[case::none(&[], None)]
#[tokio::test]
async fn github_email_is_the_verified_primary_one(
    #[case] emails: &[(&str, bool, bool)],
    #[case] expected: Option<&str>,
    #[values(false, true)] is_known: bool,
) {
    let stub = GitHubStub::start();
    let service = with_provider(&stub, TRUSTED).await;
    if is_known {
        service.signed_up("ada@example.com").await;
    }
    let mut developer = Developer::new(1, "ada", "");
    let email = |(email, primary, verified): &(&str, bool, bool)| {
        ((*email).to_owned(), *primary, *verified)
    };
    developer.emails = emails.iter().map(email).collect();
    // The public email is arbitrary.
    developer.public_email = Some("ada@example.com".to_owned());
    stub.developer(developer);
    assert_eq!(
        email_after_login(&service, &stub).await.as_deref(),
        expected
    );
}

/// A page has thirty entries unless the request asks for more.
#[tokio::test]
async fn github_primary_email_is_found_at_the_end_of_a_long_list() {
    let stub = GitHubStub::start();
    let service = with_provider(&stub, TRUSTED).await;
    let mut developer = Developer::new(1, "ada", "ada@example.com");
    let more = (0..60).map(|number| (format!("ada-{number}@example.com"), false, true));
    developer.emails.splice(0..0, more);
    stub.developer(developer);
    let address = email_after_login(&service, &stub).await;
    assert_eq!(address.as_deref(), Some("ada@example.com"));
}

#[rstest]
#[case(GitHubDefect::EmailsWithheld, &[200])]
#[case(GitHubDefect::RateLimited, &[503])]
#[case(GitHubDefect::SecondaryLimit, &[503])]
#[case(GitHubDefect::Unicorn, &[503])]
#[case(GitHubDefect::BadCredentials, &[503])]
#[case(GitHubDefect::NoEmails, &[200])]
#[case(GitHubDefect::BadCode, &[303, 400])]
#[case(GitHubDefect::Denied, &[303])]
#[tokio::test]
async fn github_errors_log_nobody_in(#[case] defect: GitHubDefect, #[case] answers: &[u16]) {
    let stub = GitHubStub::start();
    let service = with_provider(&stub, TRUSTED).await;
    stub.with_defect(defect);
    let login = Login::new(&service);
    let answer = login.log_in_at("stub", &stub).await;
    login.assert_not_logged_in(&answer);
    assert!(
        answers.contains(&answer.status),
        "{}: {}",
        answer.status,
        answer.text()
    );
    match answer.status {
        // No verified email: the user is asked for one, without a suggestion.
        200 => assert_eq!(answer.field("email"), ""),
        503 => drop(answer.assert_page(503, "provider_unavailable")),
        _ => {}
    }
    assert_eq!(service.app.store.users(None, 10).await.unwrap(), []);
}

/// An id that is not a number identifies no user.
#[rstest]
#[tokio::test]
async fn github_user_without_a_numeric_id_is_rejected(
    #[values(Value::Null, json!("583231"), json!(-1), json!(1.5), json!({}))] id: Value,
) {
    let stub = GitHubStub::start();
    let service = with_provider(&stub, TRUSTED).await;
    let mut developer = Developer::new(1, "ada", "ada@example.com");
    developer.id = id;
    stub.developer(developer);
    let login = Login::new(&service);
    let answer = login.log_in_at("stub", &stub).await;
    login.assert_not_logged_in(&answer);
    assert_eq!(service.app.store.users(None, 10).await.unwrap(), []);
}

/// The stub accepts only client secrets that follow Apple's documentation.
#[tokio::test]
async fn apple_name_and_textual_email_verified_are_read() {
    let stub = apple::start();
    let service = with_provider(&stub, "").await;
    let person = "001234.0123456789abcdef0123456789abcdef.0101";
    stub.person(Person::new(person, "ada@example.com").with_name("Ada Lovelace"));
    let ada = service.log_in_by("stub", &stub).await;
    assert_eq!(
        stub.requested("response_mode").as_deref(),
        Some("form_post")
    );
    let me = ada.get("/me").await.json();
    assert_eq!(
        (&me["email"], &me["name"]),
        (&json!("ada@example.com"), &json!("Ada Lovelace"))
    );
    // Without a name at the second login.
    let again = service.log_in_by("stub", &stub).await;
    assert_eq!(again.id(), ada.id());
    assert_eq!(again.get("/me").await.json()["name"], "Ada Lovelace");
}

#[rstest]
#[case(json!(true), true)]
#[case(json!(false), false)]
#[case(Value::Null, false)]
#[tokio::test]
async fn apple_email_claims_are_interpreted(
    #[case] email_verified: Value,
    #[case] is_believed: bool,
) {
    let stub = apple::start();
    let service = with_provider(&stub, "").await;
    let ada = service.signed_up("ada@example.com").await;
    stub.person(Person::new("sub", "ada@example.com").with_email_verified(email_verified));
    let address = email_after_login(&service, &stub).await;
    assert_eq!(address.is_some(), is_believed);
    let accounts = service.app.store.accounts_of(ada.id()).await.unwrap();
    assert_eq!(accounts.len(), if is_believed { 3 } else { 2 });
}

/// A relay address is accepted, because the user chose it.
#[tokio::test]
async fn apple_relay_email_is_accepted() {
    let stub = apple::start();
    let service = with_provider(&stub, "").await;
    stub.person(Person::new("sub", "x7k@privaterelay.appleid.com"));
    let address = email_after_login(&service, &stub).await;
    assert_eq!(address.as_deref(), Some("x7k@privaterelay.appleid.com"));
}

/// The data beside the code is unsigned: only the name is used.
#[tokio::test]
async fn unsigned_apple_user_data_is_not_trusted() {
    let stub = apple::start();
    let service = with_provider(&stub, "").await;
    let victim = service.signed_up("victim@example.com").await;
    stub.person(Person::new("sub", "ada@example.com"));
    let login = Login::new(&service);
    let mut callback = login
        .browser
        .until_callback(&stub, &login.url("stub"))
        .await;
    let form = callback.form.as_mut().unwrap();
    form.retain(|(name, _)| name != "user");
    let user = json!({
        "name": {"firstName": "<b>\u{202e}", "lastName": "x".repeat(500)},
        "email": "victim@example.com", "sub": "another",
    });
    form.push(("user".to_owned(), user.to_string()));
    let answer = login.browser.open_callback(&callback).await;
    let ada = login.finish(&answer).await;
    assert_ne!(ada.id(), victim.id());
    let me = ada.get("/me").await.json();
    assert_eq!(me["email"], "ada@example.com");
    // A name is truncated, and direction characters are removed.
    assert_eq!(me["name"], format!("<b> {}", "x".repeat(196)));
}

/// Microsoft does not report whether an email is verified, and a directory can contain any email
/// (nOAuth). A separate optional claim tells whether the tenant owns the domain.
#[rstest]
#[case(Person::new("sub", "ada@example.com"))]
#[case(Person::new("sub", "ada@example.com").with("xms_edov", json!(true)))]
#[case(Person::new("sub", "ada@example.com").with("xms_edov", json!("1")))]
#[tokio::test]
async fn microsoft_email_claims_are_not_trusted_as_verified(#[case] person: Person) {
    let tenant = "72f988bf-86f1-41af-91ab-2d7cd011db47".to_owned();
    let stub = OpenIdStub::with_dialect(Dialect::Microsoft { tenant });
    let service = with_provider(&stub, TRUSTED).await;
    let ada = service.signed_up("ada@example.com").await;
    stub.person(person);
    // With the generic kind, the claim has no meaning.
    assert_eq!(email_after_login(&service, &stub).await, None);
    let accounts = service.app.store.accounts_of(ada.id()).await.unwrap();
    assert_eq!(accounts.len(), 2);
}

/// Keys without `alg`, and tokens with unknown claims.
#[tokio::test]
async fn microsoft_keys_and_tokens_are_accepted() {
    let tenant = "72f988bf-86f1-41af-91ab-2d7cd011db47".to_owned();
    let stub = OpenIdStub::with_dialect(Dialect::Microsoft { tenant });
    let service = with_provider(&stub, TRUSTED).await;
    stub.person(Person::new("sub", "ada@example.com").with("email_verified", json!(true)));
    let address = email_after_login(&service, &stub).await;
    assert_eq!(address.as_deref(), Some("ada@example.com"));
}

/// An email at a foreign domain was verified once, by its owner at that time.
#[rstest]
#[case(Person::new("1", "ada@gmail.com"), true)]
#[case(Person::new("1", "ada@example.com").with("hd", json!("example.com")), true)]
#[case(Person::new("1", "ada@example.com"), false)]
#[case(Person::new("1", "ada@gmail.com").with_email_verified(json!(false)), false)]
#[case(Person::new("1", "ada@gmail.com").with_email_verified(json!("true")), true)]
#[case(Person::new("1", "ada@gmail.com").with_email_verified(json!("TRUE")), false)]
#[case(Person::new("1", "ada@gmail.com.example.com"), false)]
#[tokio::test]
async fn google_email_is_trusted_for_google_domains_only(
    #[case] person: Person,
    #[case] is_believed: bool,
) {
    let stub = OpenIdStub::start();
    let service = with_provider(&stub, "kind = 'google'").await;
    let email = person.email.clone().unwrap();
    let known = service.signed_up(&email).await;
    stub.person(person);
    let address = email_after_login(&service, &stub).await;
    assert_eq!(address, is_believed.then_some(email));
    let accounts = service.app.store.accounts_of(known.id()).await.unwrap();
    assert_eq!(accounts.len(), if is_believed { 3 } else { 2 });
}
