//! What Google, GitHub, Apple and Microsoft do otherwise than the standard says, or beyond it.

use rstest::rstest;
use serde_json::{Value, json};

use super::{Beside, Engine, House, Login, OAUTH_CLIENT, OpenIdStub, Person};
use crate::support::{
    apple,
    github::{Developer, GitHubDefect, GitHubStub},
    openid::Dialect,
    upstream::Upstream,
};

const TRUSTED: &str = "trusts_addresses = true";

async fn beside(stub: &dyn Upstream, more: &str) -> House {
    let upstreams: [Beside<'_>; 1] = [("stub", stub, more)];
    let house = House::beside(Engine::Sqlite, &upstreams, OAUTH_CLIENT);
    house.await.unwrap()
}

/// The address of whoever comes in; nothing where somebody is asked for one.
async fn address_of_who_comes(house: &House, stub: &dyn Upstream) -> Option<String> {
    let login = Login::new(house);
    let answer = login.at("stub", stub).await;
    if login.told(&answer).is_none() {
        login.assert_stays_out(&answer);
        answer.assert_status(200);
        return None;
    }
    let me = login.enters(&answer).await.get("/me").await.json();
    Some(me["email"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn github_knows_people_by_number_and_says_their_primary_address() {
    let stub = GitHubStub::start();
    let house = beside(&stub, TRUSTED).await;
    let mut developer = Developer::new(583_231, "ada", "ada@example.com");
    developer.name = Some("Ada Lovelace".to_owned());
    developer.public_email = Some("somebody@example.com".to_owned());
    stub.developer(developer.clone());
    let ada = house.enters_by("stub", &stub).await;
    let me = ada.get("/me").await.json();
    assert_eq!(
        (&me["email"], &me["name"]),
        (&json!("ada@example.com"), &json!("Ada Lovelace"))
    );
    let accounts = ada.get("/me/accounts").await.json().to_string();
    for said in ["\"oauth\"", stub.url(), "583231"] {
        assert!(accounts.contains(said), "{said} is not in {accounts}");
    }

    // A login can be given up and taken by somebody else.
    developer.login = "countess".to_owned();
    stub.developer(developer);
    assert_eq!(house.enters_by("stub", &stub).await.id(), ada.id());
    stub.developer(Developer::new(2, "ada", "eve@example.com"));
    assert_ne!(house.enters_by("stub", &stub).await.id(), ada.id());
}

#[rstest]
#[case::primary(&[("ada@example.com", true, true)], Some("ada@example.com"))]
#[case::later(&[("x@example.com", false, true), ("ada@example.com", true, true)], Some("ada@example.com"))]
#[case::primary_unverified(&[("ada@example.com", true, false), ("x@example.com", false, true)], None)]
#[case::no_primary(&[("ada@example.com", false, true)], None)]
#[case::none(&[], None)]
#[tokio::test]
async fn of_github_s_addresses_the_verified_primary_one_counts(
    #[case] emails: &[(&str, bool, bool)],
    #[case] expected: Option<&str>,
    #[values(false, true)] is_known: bool,
) {
    let stub = GitHubStub::start();
    let house = beside(&stub, TRUSTED).await;
    if is_known {
        house.signed_up("ada@example.com").await;
    }
    let mut developer = Developer::new(1, "ada", "");
    let email = |(email, primary, verified): &(&str, bool, bool)| {
        ((*email).to_owned(), *primary, *verified)
    };
    developer.emails = emails.iter().map(email).collect();
    // What everybody sees may be anything.
    developer.public_email = Some("ada@example.com".to_owned());
    stub.developer(developer);
    assert_eq!(
        address_of_who_comes(&house, &stub).await.as_deref(),
        expected
    );
}

/// There are thirty on a page, unless one asks for more.
#[tokio::test]
async fn the_primary_address_may_be_the_last_of_many() {
    let stub = GitHubStub::start();
    let house = beside(&stub, TRUSTED).await;
    let mut developer = Developer::new(1, "ada", "ada@example.com");
    let more = (0..60).map(|number| (format!("ada-{number}@example.com"), false, true));
    developer.emails.splice(0..0, more);
    stub.developer(developer);
    let address = address_of_who_comes(&house, &stub).await;
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
async fn github_s_trouble_lets_nobody_in(#[case] defect: GitHubDefect, #[case] answers: &[u16]) {
    let stub = GitHubStub::start();
    let house = beside(&stub, TRUSTED).await;
    stub.with(defect);
    let login = Login::new(&house);
    let answer = login.at("stub", &stub).await;
    login.assert_stays_out(&answer);
    assert!(
        answers.contains(&answer.status),
        "{}: {}",
        answer.status,
        answer.text()
    );
    match answer.status {
        // Nobody vouches for an address: the person is asked for one, and none is claimed.
        200 => assert_eq!(answer.field("email"), ""),
        503 => drop(answer.assert_page(503, "provider_unavailable")),
        _ => {}
    }
    assert_eq!(house.app.store.users(None, 10).await.unwrap(), []);
}

/// A number is a number: what is none is nobody.
#[rstest]
#[tokio::test]
async fn github_s_people_have_numbers(
    #[values(Value::Null, json!("583231"), json!(-1), json!(1.5), json!({}))] id: Value,
) {
    let stub = GitHubStub::start();
    let house = beside(&stub, TRUSTED).await;
    let mut developer = Developer::new(1, "ada", "ada@example.com");
    developer.id = id;
    stub.developer(developer);
    let login = Login::new(&house);
    let answer = login.at("stub", &stub).await;
    login.assert_stays_out(&answer);
    assert_eq!(house.app.store.users(None, 10).await.unwrap(), []);
}

/// The stand-in believes a client secret only if it is what Apple's documentation says.
#[tokio::test]
async fn apple_says_the_name_once_and_verified_in_words() {
    let stub = apple::start();
    let house = beside(&stub, "").await;
    let person = "001234.0123456789abcdef0123456789abcdef.0101";
    stub.person(Person::new(person, "ada@example.com").called("Ada Lovelace"));
    let ada = house.enters_by("stub", &stub).await;
    assert_eq!(
        stub.requested("response_mode").as_deref(),
        Some("form_post")
    );
    let me = ada.get("/me").await.json();
    assert_eq!(
        (&me["email"], &me["name"]),
        (&json!("ada@example.com"), &json!("Ada Lovelace"))
    );
    // Without a name this time.
    let again = house.enters_by("stub", &stub).await;
    assert_eq!(again.id(), ada.id());
    assert_eq!(again.get("/me").await.json()["name"], "Ada Lovelace");
}

#[rstest]
#[case(json!(true), true)]
#[case(json!(false), false)]
#[case(Value::Null, false)]
#[tokio::test]
async fn apple_s_word_on_addresses_is_read_as_it_is_meant(
    #[case] email_verified: Value,
    #[case] is_believed: bool,
) {
    let stub = apple::start();
    let house = beside(&stub, "").await;
    let ada = house.signed_up("ada@example.com").await;
    stub.person(Person::new("sub", "ada@example.com").verified(email_verified));
    let address = address_of_who_comes(&house, &stub).await;
    assert_eq!(address.is_some(), is_believed);
    let accounts = house.app.store.accounts_of(ada.id()).await.unwrap();
    assert_eq!(accounts.len(), if is_believed { 3 } else { 2 });
}

/// A relay address is as good as any: it is what the person chose to be written to at.
#[tokio::test]
async fn apple_may_hide_an_address() {
    let stub = apple::start();
    let house = beside(&stub, "").await;
    stub.person(Person::new("sub", "x7k@privaterelay.appleid.com"));
    let address = address_of_who_comes(&house, &stub).await;
    assert_eq!(address.as_deref(), Some("x7k@privaterelay.appleid.com"));
}

/// What came beside the code is unsigned: it may give a name, and nothing else.
#[tokio::test]
async fn what_apple_has_not_signed_is_not_believed() {
    let stub = apple::start();
    let house = beside(&stub, "").await;
    let victim = house.signed_up("victim@example.com").await;
    stub.person(Person::new("sub", "ada@example.com"));
    let login = Login::new(&house);
    let mut callback = login.browser.as_far_as(&stub, &login.url("stub")).await;
    let form = callback.form.as_mut().unwrap();
    form.retain(|(name, _)| name != "user");
    let user = json!({
        "name": {"firstName": "<b>\u{202e}", "lastName": "x".repeat(500)},
        "email": "victim@example.com", "sub": "another",
    });
    form.push(("user".to_owned(), user.to_string()));
    let answer = login.browser.comes_back(&callback).await;
    let ada = login.enters(&answer).await;
    assert_ne!(ada.id(), victim.id());
    let me = ada.get("/me").await.json();
    assert_eq!(me["email"], "ada@example.com");
    // A name is text whatever it holds: cut, and without what turns the direction of text.
    assert_eq!(me["name"], format!("<b> {}", "x".repeat(196)));
}

/// Microsoft says nothing of whether an address is verified; anybody can write any into a directory
/// (nOAuth). It has a claim of its own for whether the tenant owns the domain, which an application
/// has to ask for.
#[rstest]
#[case(Person::new("sub", "ada@example.com"))]
#[case(Person::new("sub", "ada@example.com").with("xms_edov", json!(true)))]
#[case(Person::new("sub", "ada@example.com").with("xms_edov", json!("1")))]
#[tokio::test]
async fn microsoft_s_claims_are_no_proof_of_an_address_elsewhere(#[case] person: Person) {
    let tenant = "72f988bf-86f1-41af-91ab-2d7cd011db47".to_owned();
    let stub = OpenIdStub::speaking(Dialect::Microsoft { tenant });
    let house = beside(&stub, TRUSTED).await;
    let ada = house.signed_up("ada@example.com").await;
    stub.person(person);
    // A generic provider: the claim means nothing there.
    assert_eq!(address_of_who_comes(&house, &stub).await, None);
    let accounts = house.app.store.accounts_of(ada.id()).await.unwrap();
    assert_eq!(accounts.len(), 2);
}

/// Keys without `alg`, tokens with more claims than anybody knows.
#[tokio::test]
async fn microsoft_s_keys_and_tokens_are_understood() {
    let tenant = "72f988bf-86f1-41af-91ab-2d7cd011db47".to_owned();
    let stub = OpenIdStub::speaking(Dialect::Microsoft { tenant });
    let house = beside(&stub, TRUSTED).await;
    stub.person(Person::new("sub", "ada@example.com").with("email_verified", json!(true)));
    let address = address_of_who_comes(&house, &stub).await;
    assert_eq!(address.as_deref(), Some("ada@example.com"));
}

/// Whose address is at a domain that is not Google's was verified once, by whoever had it then.
#[rstest]
#[case(Person::new("1", "ada@gmail.com"), true)]
#[case(Person::new("1", "ada@example.com").with("hd", json!("example.com")), true)]
#[case(Person::new("1", "ada@example.com"), false)]
#[case(Person::new("1", "ada@gmail.com").verified(json!(false)), false)]
#[case(Person::new("1", "ada@gmail.com").verified(json!("true")), true)]
#[case(Person::new("1", "ada@gmail.com").verified(json!("TRUE")), false)]
#[case(Person::new("1", "ada@gmail.com.example.com"), false)]
#[tokio::test]
async fn google_speaks_for_its_own_addresses(#[case] person: Person, #[case] is_believed: bool) {
    let stub = OpenIdStub::start();
    let house = beside(&stub, "kind = 'google'").await;
    let email = person.email.clone().unwrap();
    let known = house.signed_up(&email).await;
    stub.person(person);
    let address = address_of_who_comes(&house, &stub).await;
    assert_eq!(address, is_believed.then_some(email));
    let accounts = house.app.store.accounts_of(known.id()).await.unwrap();
    assert_eq!(accounts.len(), if is_believed { 3 } else { 2 });
}
