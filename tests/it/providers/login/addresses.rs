//! Who is joined to whom by an address (O7): only where the provider is believed, says that it has
//! verified the address, and the user of it has verified it as well.

use rstest::rstest;
use serde_json::{Value, json};
use signet::identity::UserId;

use super::{Beside, Engine, House, Login, OAUTH_CLIENT, OpenIdStub, Person, house_beside};
use crate::support::PASSWORD;

/// How many accounts that user has.
async fn accounts(house: &House, id: UserId) -> usize {
    house.app.store.accounts_of(id).await.unwrap().len()
}

async fn users(house: &House) -> usize {
    house.app.store.users(None, 100).await.unwrap().len()
}

#[rstest]
#[tokio::test]
async fn a_trusted_provider_joins_the_user_of_a_verified_address(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
    #[values(false, true)] only_in_userinfo: bool,
) {
    let stub = OpenIdStub::start();
    let Some(house) = super::beside(engine, &stub).await else {
        return;
    };
    if only_in_userinfo {
        stub.only_in_userinfo();
    }
    let ada = house.signed_up("ada@example.com").await;
    stub.person(Person::new("sub", "ADA@example.COM").called("Somebody"));
    let joined = house.enters_by("stub", &stub).await;
    assert_eq!(joined.id(), ada.id());
    // What was hers stays: her password, her name, her other sessions.
    assert_eq!(joined.get("/me").await.json()["name"], Value::Null);
    house.anon().logged_in("ada@example.com").await;
    ada.refresh().await.assert_status(200);
    assert_eq!(accounts(&house, ada.id()).await, 3);
    assert_eq!(house.enters_by("stub", &stub).await.id(), ada.id());
    assert_eq!(accounts(&house, ada.id()).await, 3);
    assert_eq!(users(&house).await, 1);
}

/// The table of who does not count, against both branches: an email with a user and one without.
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
async fn whom_nobody_vouches_for_is_not_joined_and_not_made(
    #[case] trust: &str,
    #[case] person: Person,
    #[values(false, true)] is_known: bool,
    #[values(false, true)] only_in_userinfo: bool,
) {
    let stub = OpenIdStub::start();
    let upstreams: [Beside<'_>; 1] = [("stub", &stub, trust)];
    let house = House::beside(Engine::Sqlite, &upstreams, OAUTH_CLIENT);
    let house = house.await.unwrap();
    if only_in_userinfo {
        stub.only_in_userinfo();
    }
    if is_known {
        house.signed_up("ada@example.com").await;
    }
    let before = house.app.store.users(None, 10).await.unwrap();
    stub.person(person);
    let login = Login::new(&house);
    let answer = login.at("stub", &stub).await;
    login.assert_stays_out(&answer);
    assert_eq!(login.told(&answer), None);
    assert_eq!(house.app.store.users(None, 10).await.unwrap(), before);
    for user in before {
        assert_eq!(accounts(&house, user.id).await, 2);
    }
}

fn says(email_verified: Value) -> Person {
    Person::new("sub", "ada@example.com").verified(email_verified)
}

/// A user made on the command line, whose address nobody has proved: whoever has chosen the password
/// would stay in.
#[tokio::test]
async fn an_address_that_was_never_verified_here_joins_nobody() {
    let stub = OpenIdStub::start();
    let house = house_beside(&stub).await;
    let ada = house.signed_up("ada@example.com").await;
    let forgotten = "UPDATE users SET email_verified = NULL";
    house.database.execute(forgotten).await;

    let login = Login::new(&house);
    let answer = login.at("stub", &stub).await;
    // Not asked for an address either: that one has a user, who has a way in.
    login.assert_log_in_and_link(&answer);
    assert_eq!(accounts(&house, ada.id()).await, 2);
    assert_eq!(users(&house).await, 1);
}

/// What looks like an address, or like another.
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
async fn an_address_that_is_spelt_otherwise_is_another(#[case] email: &str) {
    let stub = OpenIdStub::start();
    let house = house_beside(&stub).await;
    let ada = house.signed_up("ada@example.com").await;
    stub.person(Person::new("sub", email));
    let login = Login::new(&house);
    login.at("stub", &stub).await;
    assert_eq!(accounts(&house, ada.id()).await, 2, "{email}");
}

/// Two people at one provider cannot both be one account, and one address leads to one user.
#[tokio::test]
async fn an_address_that_its_provider_gives_to_another_account_joins_nobody() {
    let stub = OpenIdStub::start();
    let house = house_beside(&stub).await;
    stub.person(Person::new("one", "ada@example.com"));
    let ada = house.enters_by("stub", &stub).await;
    // Whoever got the mailbox since is somebody else.
    stub.person(Person::new("two", "ada@example.com"));
    let login = Login::new(&house);
    let answer = login.at("stub", &stub).await;
    answer.assert_status(409);
    assert!(answer.text().contains("already"), "{}", answer.text());
    login.assert_stays_out(&answer);
    assert_eq!(accounts(&house, ada.id()).await, 2);
    assert_eq!(users(&house).await, 1);
}

/// Whoever reads the mailbox hears of it: it may not have been them.
#[tokio::test]
async fn the_owner_of_an_address_is_told_what_has_joined_it() {
    let stub = OpenIdStub::start();
    let house = house_beside(&stub).await;
    let ada = house.signed_up("ada@example.com").await;
    stub.person(Person::new("one", "ada@example.com"));
    assert_eq!(house.enters_by("stub", &stub).await.id(), ada.id());
    let told = |house: &House| {
        let outbox = house.outbox.lock().unwrap();
        let news = outbox
            .iter()
            .filter(|mail| mail.subject.starts_with("New way to log in"));
        news.count()
    };
    assert_eq!(told(&house), 1);
    // Once, and not at every login.
    house.enters_by("stub", &stub).await;
    assert_eq!(told(&house), 1);
}

/// Who signed up by a provider sets a password by mail, if they want one.
#[tokio::test]
async fn who_signs_up_by_mail_with_the_address_of_a_provider_is_told_so() {
    let stub = OpenIdStub::start();
    let house = house_beside(&stub).await;
    house.enters_by("stub", &stub).await;
    house
        .anon()
        .post("/signup", json!({"email": "ada@example.com"}))
        .await
        .assert_status(202);
    assert_eq!(house.mailed_token("ada@example.com"), None);
    let answer = house.anon().log_in("ada@example.com", PASSWORD).await;
    answer.assert_problem(401, "invalid_credentials");
}

/// A name is kept as the provider says it, except for what no output can show.
#[rstest]
#[case::comma("Davis, Sammy (Jr.)", "Davis, Sammy (Jr.)")]
#[case::markup("<b>Ada</b>; Lovelace", "<b>Ada</b>; Lovelace")]
#[case::control("Ada\r\nBcc: \u{202e}eve\u{1b}[2J", "Ada Bcc: eve [2J")]
#[tokio::test]
async fn a_name_from_a_provider_is_cleaned_and_never_dropped(
    #[case] said: &str,
    #[case] kept: &str,
    #[values(false, true)] only_in_userinfo: bool,
) {
    let stub = OpenIdStub::start();
    if only_in_userinfo {
        stub.only_in_userinfo();
    }
    let house = house_beside(&stub).await;
    stub.person(Person::new("sub", "ada@example.com").called(said));
    let ada = house.enters_by("stub", &stub).await;
    assert_eq!(ada.get("/me").await.json()["name"], kept);
}

/// Cognito writes the boolean as a text.
#[rstest]
#[tokio::test]
async fn an_address_that_is_verified_by_a_text_joins_its_user(
    #[values(false, true)] only_in_userinfo: bool,
) {
    let stub = OpenIdStub::start();
    if only_in_userinfo {
        stub.only_in_userinfo();
    }
    let house = house_beside(&stub).await;
    let ada = house.signed_up("ada@example.com").await;
    stub.person(says(json!("true")));
    assert_eq!(house.enters_by("stub", &stub).await.id(), ada.id());
}
