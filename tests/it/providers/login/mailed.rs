//! Users without a verified email at the provider enter one and confirm it by a mailed link.

use chrono::TimeDelta;
use rstest::rstest;
use serde_json::json;

use super::{Login, OpenIdStub, Person, TestService, service_with_stub};
use crate::support::{Browser, answer::Answer, openid::encode};

/// A login whose provider returns no email, at the page that asks for one.
async fn login_without_email<'a>(
    service: &'a TestService,
    stub: &OpenIdStub,
) -> (Login<'a>, Answer) {
    stub.person(Person::without_email("nobody-knows").with_name("Ada Lovelace"));
    let login = Login::new(service);
    let answer = login.log_in_at("stub", stub).await;
    answer.assert_status(200);
    login.assert_not_logged_in(&answer);
    (login, answer)
}

/// Enters an email on the page.
pub(super) async fn enter_email(browser: &Browser<'_>, page: &Answer, email: &str) -> Answer {
    let (action, mut form) = page.form();
    form.retain(|(name, _)| name != "email");
    form.push(("email".to_owned(), email.to_owned()));
    browser.post_form(&action, &form).await
}

/// Opens the last mailed link.
pub(super) async fn open_mailed_link(
    service: &TestService,
    browser: &Browser<'_>,
    email: &str,
) -> Answer {
    let token = service.mailed_token(email).expect("a link in the mail");
    let page = browser.visit("/login/stub/confirm").await;
    let (action, _) = page.assert_status(200).form();
    browser
        .post_form(&action, &[("token".to_owned(), token)])
        .await
}

#[tokio::test]
async fn mailed_link_completes_the_provider_login() {
    let stub = OpenIdStub::start();
    let service = service_with_stub(&stub).await;
    let (login, page) = login_without_email(&service, &stub).await;
    let sent = enter_email(&login.browser, &page, "ada@example.com").await;
    sent.assert_status(202);
    assert_eq!(service.app.store.users(None, 10).await.unwrap(), []);
    let answer = open_mailed_link(&service, &login.browser, "ada@example.com").await;
    let ada = login.finish(&answer).await;
    let me = ada.get("/me").await.json();
    assert_eq!(
        (&me["email"], &me["name"]),
        (&json!("ada@example.com"), &json!("Ada Lovelace"))
    );
    assert!(me["email_verified"].is_string());
    // The service does not ask again.
    assert_eq!(service.log_in_by("stub", &stub).await.id(), ada.id());

    // The link is used up; the completed login stays valid.
    let again = open_mailed_link(&service, &login.browser, "ada@example.com").await;
    login.assert_not_logged_in(&again);
    assert_eq!(service.app.store.users(None, 10).await.unwrap().len(), 1);
}

/// Entering a foreign email gets the usual response, and its owner gets a notice.
#[tokio::test]
async fn email_page_hides_whether_an_email_is_known() {
    let stub = OpenIdStub::start();
    let service = service_with_stub(&stub).await;
    let ada = service.signed_up("ada@example.com").await;
    service.outbox.lock().unwrap().clear();
    let (login, page) = login_without_email(&service, &stub).await;
    let known = enter_email(&login.browser, &page, "ada@example.com").await;
    let unknown = enter_email(&login.browser, &page, "new@example.com").await;
    // The page repeats the entered email and reveals nothing else about it.
    let (status, headers, text) = known.comparable();
    let text = text.replace("ada@example.com", "new@example.com");
    assert_eq!((status, headers, text), unknown.comparable());
    assert_eq!(service.mailed_token("ada@example.com"), None);
    let mails = service.outbox.lock().unwrap().len();
    assert_eq!(mails, 2);
    let accounts = service.app.store.accounts_of(ada.id()).await.unwrap();
    assert_eq!(accounts.len(), 2);
}

/// Otherwise an attacker could make another person create a user with the attacker's account.
#[tokio::test]
async fn mailed_link_works_only_in_the_starting_browser() {
    let stub = OpenIdStub::start();
    let service = service_with_stub(&stub).await;
    let (login, page) = login_without_email(&service, &stub).await;
    let victim = Browser::new(&service);
    enter_email(&victim, &page, "victim@example.com")
        .await
        .assert_page(400, "invalid_login");
    enter_email(&login.browser, &page, "victim@example.com")
        .await
        .assert_status(202);
    let answer = open_mailed_link(&service, &victim, "victim@example.com").await;
    login.assert_not_logged_in(&answer);
    answer.assert_page(400, "invalid_login");
    assert_eq!(service.app.store.users(None, 10).await.unwrap(), []);
}

#[tokio::test]
async fn email_taken_meanwhile_is_not_linked() {
    let stub = OpenIdStub::start();
    let service = service_with_stub(&stub).await;
    let (login, page) = login_without_email(&service, &stub).await;
    enter_email(&login.browser, &page, "ada@example.com").await;
    let link = service.mailed_token("ada@example.com").unwrap();
    let ada = service.signed_up("ada@example.com").await;
    let form = [("token".to_owned(), link)];
    let answer = login.browser.post_form("/login/stub/confirm", &form).await;
    login.assert_log_in_and_link(&answer);
    let accounts = service.app.store.accounts_of(ada.id()).await.unwrap();
    assert_eq!(accounts.len(), 2);
}

/// An hour for entering an email, then a day for opening the link.
#[rstest]
#[case::both_in_time(TimeDelta::minutes(59), TimeDelta::hours(23), true)]
#[case::an_old_page(TimeDelta::minutes(61), TimeDelta::zero(), false)]
#[case::an_old_link(TimeDelta::zero(), TimeDelta::hours(25), false)]
#[tokio::test]
async fn email_page_and_link_expire(
    #[case] until_named: TimeDelta,
    #[case] until_opened: TimeDelta,
    #[case] is_good: bool,
) {
    let stub = OpenIdStub::start();
    let service = service_with_stub(&stub).await;
    let (login, page) = login_without_email(&service, &stub).await;
    service.clock.advance(until_named);
    let named = enter_email(&login.browser, &page, "ada@example.com").await;
    if service.mailed_token("ada@example.com").is_none() {
        assert!(!is_good);
        named.assert_page(400, "invalid_login");
        return;
    }
    named.assert_status(202);
    service.clock.advance(until_opened);
    let answer = open_mailed_link(&service, &login.browser, "ada@example.com").await;
    if is_good {
        login.finish(&answer).await;
    } else {
        answer.assert_page(400, "invalid_login");
        assert_eq!(service.app.store.users(None, 10).await.unwrap(), []);
    }
}

/// The claimed email is prefilled and verified like any other.
#[tokio::test]
async fn email_page_is_prefilled_with_the_claimed_email() {
    let stub = OpenIdStub::start();
    let service = service_with_stub(&stub).await;
    let person = Person::new("sub", "Countess@Example.com").with_email_verified(json!(false));
    stub.person(person);
    let login = Login::new(&service);
    let page = login.log_in_at("stub", &stub).await;
    assert_eq!(
        page.assert_status(200).field("email"),
        "countess@example.com"
    );
    let (action, form) = page.form();
    let sent = login.browser.post_form(&action, &form).await;
    sent.assert_status(202);
    let answer = open_mailed_link(&service, &login.browser, "countess@example.com").await;
    let me = login.finish(&answer).await.get("/me").await.json();
    assert_eq!(me["email"], "countess@example.com");

    let (_, page) = login_without_email(&service, &stub).await;
    assert_eq!(page.field("email"), "");
}

#[tokio::test]
async fn invalid_email_shows_the_email_page_again() {
    let stub = OpenIdStub::start();
    let service = service_with_stub(&stub).await;
    let (login, page) = login_without_email(&service, &stub).await;
    for email in [
        "",
        "ada",
        "a@b@c",
        "\"><script>alert(1)</script>@example.com",
    ] {
        let answer = enter_email(&login.browser, &page, email).await;
        assert!(
            !answer.text().contains("<script>alert"),
            "{}",
            answer.text()
        );
        assert_eq!(service.outbox.lock().unwrap().len(), 0, "{email}");
        let sent = enter_email(&login.browser, &answer, "ada@example.com").await;
        sent.assert_status(202);
        service.outbox.lock().unwrap().clear();
    }
}

/// The token of the link and the token of the page are not interchangeable.
#[tokio::test]
async fn page_token_and_link_token_are_not_interchangeable() {
    let stub = OpenIdStub::start();
    let service = service_with_stub(&stub).await;
    let (login, page) = login_without_email(&service, &stub).await;
    let (_, form) = page.form();
    let (_, token) = form.iter().find(|(name, _)| name == "token").unwrap();
    for token in [token.clone(), encode("x"), stub.requested("state").unwrap()] {
        let form = [("token".to_owned(), token)];
        let answer = login.browser.post_form("/login/stub/confirm", &form).await;
        answer.assert_page(400, "invalid_login");
    }
    assert_eq!(service.app.store.users(None, 10).await.unwrap(), []);
}
