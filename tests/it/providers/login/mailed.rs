//! Nobody vouches for an address: the person names one, and a mailed link shows that they read it.

use chrono::TimeDelta;
use rstest::rstest;
use serde_json::json;

use super::{House, Login, OpenIdStub, Person, house_beside};
use crate::support::{Browser, answer::Answer, openid::encode};

/// Somebody whose provider says nothing of an address, before the page that asks for one.
async fn asked_for_an_address<'a>(house: &'a House, stub: &OpenIdStub) -> (Login<'a>, Answer) {
    stub.person(Person::without_address("nobody-knows").called("Ada Lovelace"));
    let login = Login::new(house);
    let answer = login.at("stub", stub).await;
    answer.assert_status(200);
    login.assert_stays_out(&answer);
    (login, answer)
}

/// Names that address on the page.
pub(super) async fn names(browser: &Browser<'_>, page: &Answer, email: &str) -> Answer {
    let (action, mut form) = page.form();
    form.retain(|(name, _)| name != "email");
    form.push(("email".to_owned(), email.to_owned()));
    browser.posts(&action, &form).await
}

/// Opens the last link that was mailed there.
pub(super) async fn opens_the_link(house: &House, browser: &Browser<'_>, email: &str) -> Answer {
    let token = house.mailed_token(email).expect("a link in the mail");
    let page = browser.visits("/login/stub/confirm").await;
    let (action, _) = page.assert_status(200).form();
    browser.posts(&action, &[("token".to_owned(), token)]).await
}

#[tokio::test]
async fn a_mailed_link_completes_the_login_that_began() {
    let stub = OpenIdStub::start();
    let house = house_beside(&stub).await;
    let (login, page) = asked_for_an_address(&house, &stub).await;
    let sent = names(&login.browser, &page, "ada@example.com").await;
    sent.assert_status(202);
    assert_eq!(house.app.store.users(None, 10).await.unwrap(), []);
    let answer = opens_the_link(&house, &login.browser, "ada@example.com").await;
    let ada = login.enters(&answer).await;
    let me = ada.get("/me").await.json();
    assert_eq!(
        (&me["email"], &me["name"]),
        (&json!("ada@example.com"), &json!("Ada Lovelace"))
    );
    assert!(me["email_verified"].is_string());
    // Nobody asks again.
    assert_eq!(house.enters_by("stub", &stub).await.id(), ada.id());

    // The link is used up; the login that it completed stands.
    let again = opens_the_link(&house, &login.browser, "ada@example.com").await;
    login.assert_stays_out(&again);
    assert_eq!(house.app.store.users(None, 10).await.unwrap().len(), 1);
}

/// Who names somebody's address is answered as ever, and that somebody is told.
#[tokio::test]
async fn the_page_does_not_tell_whose_address_is_known() {
    let stub = OpenIdStub::start();
    let house = house_beside(&stub).await;
    let ada = house.signed_up("ada@example.com").await;
    house.outbox.lock().unwrap().clear();
    let (login, page) = asked_for_an_address(&house, &stub).await;
    let known = names(&login.browser, &page, "ada@example.com").await;
    let unknown = names(&login.browser, &page, "new@example.com").await;
    // The page repeats the email that was entered, and says nothing else about it.
    let (status, headers, text) = known.comparable();
    let text = text.replace("ada@example.com", "new@example.com");
    assert_eq!((status, headers, text), unknown.comparable());
    assert_eq!(house.mailed_token("ada@example.com"), None);
    let mails = house.outbox.lock().unwrap().len();
    assert_eq!(mails, 2);
    let accounts = house.app.store.accounts_of(ada.id()).await.unwrap();
    assert_eq!(accounts.len(), 2);
}

/// Else somebody could have a stranger make a user whose account is the sender's.
#[tokio::test]
async fn the_link_is_good_in_the_browser_that_began() {
    let stub = OpenIdStub::start();
    let house = house_beside(&stub).await;
    let (login, page) = asked_for_an_address(&house, &stub).await;
    let victim = Browser::new(&house);
    names(&victim, &page, "victim@example.com")
        .await
        .assert_page(400, "invalid_login");
    names(&login.browser, &page, "victim@example.com")
        .await
        .assert_status(202);
    let answer = opens_the_link(&house, &victim, "victim@example.com").await;
    login.assert_stays_out(&answer);
    answer.assert_page(400, "invalid_login");
    assert_eq!(house.app.store.users(None, 10).await.unwrap(), []);
}

#[tokio::test]
async fn an_address_that_has_got_a_user_meanwhile_is_not_joined() {
    let stub = OpenIdStub::start();
    let house = house_beside(&stub).await;
    let (login, page) = asked_for_an_address(&house, &stub).await;
    names(&login.browser, &page, "ada@example.com").await;
    let link = house.mailed_token("ada@example.com").unwrap();
    let ada = house.signed_up("ada@example.com").await;
    let form = [("token".to_owned(), link)];
    let answer = login.browser.posts("/login/stub/confirm", &form).await;
    login.assert_log_in_and_link(&answer);
    let accounts = house.app.store.accounts_of(ada.id()).await.unwrap();
    assert_eq!(accounts.len(), 2);
}

/// An hour to name an address, and from then on a day to open the link.
#[rstest]
#[case::both_in_time(TimeDelta::minutes(59), TimeDelta::hours(23), true)]
#[case::an_old_page(TimeDelta::minutes(61), TimeDelta::zero(), false)]
#[case::an_old_link(TimeDelta::zero(), TimeDelta::hours(25), false)]
#[tokio::test]
async fn neither_page_nor_link_is_good_for_ever(
    #[case] until_named: TimeDelta,
    #[case] until_opened: TimeDelta,
    #[case] is_good: bool,
) {
    let stub = OpenIdStub::start();
    let house = house_beside(&stub).await;
    let (login, page) = asked_for_an_address(&house, &stub).await;
    house.clock.advance(until_named);
    let named = names(&login.browser, &page, "ada@example.com").await;
    if house.mailed_token("ada@example.com").is_none() {
        assert!(!is_good);
        named.assert_page(400, "invalid_login");
        return;
    }
    named.assert_status(202);
    house.clock.advance(until_opened);
    let answer = opens_the_link(&house, &login.browser, "ada@example.com").await;
    if is_good {
        login.enters(&answer).await;
    } else {
        answer.assert_page(400, "invalid_login");
        assert_eq!(house.app.store.users(None, 10).await.unwrap(), []);
    }
}

/// What the provider claims need not be typed: it is proved like any other.
#[tokio::test]
async fn the_address_that_the_provider_claims_is_there_already() {
    let stub = OpenIdStub::start();
    let house = house_beside(&stub).await;
    let person = Person::new("sub", "Countess@Example.com").verified(json!(false));
    stub.person(person);
    let login = Login::new(&house);
    let page = login.at("stub", &stub).await;
    assert_eq!(
        page.assert_status(200).field("email"),
        "countess@example.com"
    );
    let (action, form) = page.form();
    let sent = login.browser.posts(&action, &form).await;
    sent.assert_status(202);
    let answer = opens_the_link(&house, &login.browser, "countess@example.com").await;
    let me = login.enters(&answer).await.get("/me").await.json();
    assert_eq!(me["email"], "countess@example.com");

    let (_, page) = asked_for_an_address(&house, &stub).await;
    assert_eq!(page.field("email"), "");
}

#[tokio::test]
async fn what_is_no_address_is_said_to_be_none() {
    let stub = OpenIdStub::start();
    let house = house_beside(&stub).await;
    let (login, page) = asked_for_an_address(&house, &stub).await;
    for email in [
        "",
        "ada",
        "a@b@c",
        "\"><script>alert(1)</script>@example.com",
    ] {
        let answer = names(&login.browser, &page, email).await;
        assert!(
            !answer.text().contains("<script>alert"),
            "{}",
            answer.text()
        );
        assert_eq!(house.outbox.lock().unwrap().len(), 0, "{email}");
        let sent = names(&login.browser, &answer, "ada@example.com").await;
        sent.assert_status(202);
        house.outbox.lock().unwrap().clear();
    }
}

/// The link is not the page's token, nor the other way round.
#[tokio::test]
async fn tokens_are_good_for_their_own_step() {
    let stub = OpenIdStub::start();
    let house = house_beside(&stub).await;
    let (login, page) = asked_for_an_address(&house, &stub).await;
    let (_, form) = page.form();
    let (_, token) = form.iter().find(|(name, _)| name == "token").unwrap();
    for token in [token.clone(), encode("x"), stub.requested("state").unwrap()] {
        let form = [("token".to_owned(), token)];
        let answer = login.browser.posts("/login/stub/confirm", &form).await;
        answer.assert_page(400, "invalid_login");
    }
    assert_eq!(house.app.store.users(None, 10).await.unwrap(), []);
}
