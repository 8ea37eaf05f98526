//! Login by the code beside a mailed link, on the page that reports the mail.

use rstest_reuse::apply;

use super::{ADA, login_page, service, service_on, submit_form};
use crate::support::{
    Browser, Engine, TestService, another_code, answer::Answer, both_engines, oauth_client::Login,
};

const WRONG: &str = "This code isn’t right. Check it and try again.";
const OVER: &str =
    "This code no longer works. Use the link in the email, or go back and request a new one.";

const TOO_MANY: &str =
    "Too many codes were tried. Use the link in the email, or go back and request a new one.";

/// Requests a login link on this page, and returns the page that asks for the code.
async fn asks(browser: &Browser<'_>, page: &Answer) -> Answer {
    let filled = [("email", ADA), ("by", "link")];
    let sent = submit_form(browser, page, &filled).await;
    super::assert_mailed(&sent);
    sent
}

async fn enters(browser: &Browser<'_>, page: &Answer, code: &str) -> Answer {
    submit_form(browser, page, &[("code", code)]).await
}

/// A page that asks for the code again.
#[track_caller]
fn assert_asks_again(page: &Answer, text: &str) {
    page.assert_status(400);
    assert!(page.text().contains(text), "{}", page.text());
    let email = format!("<bdi>{ADA}</bdi>");
    assert!(page.text().contains(&email), "{}", page.text());
}

#[apply(both_engines)]
#[tokio::test]
async fn code_returns_the_user_to_the_app(engine: Engine) {
    let service = service_on(engine, "").await;
    let id = service.signed_up(ADA).await.id();
    let login = Login::new(&service);
    let sent = asks(&login.browser, &login_page(&login).await).await;
    let code = service.mailed_code(ADA).unwrap();
    let wrong = another_code(&code);
    for text in [wrong.as_str(), "12345", ""] {
        let again = enters(&login.browser, &sent, text).await;
        assert_asks_again(&again, WRONG);
    }
    let again = enters(&login.browser, &sent, &wrong).await;
    let answer = enters(&login.browser, &again, &code.to_lowercase()).await;
    assert_eq!(login.finish(&answer).await.id(), id);
    let used = enters(&login.browser, &again, &code).await;
    assert_asks_again(&used, OVER);
    // The page leads back to the login with the same request.
    let back = super::link_of(&used, "Go back");
    assert!(back.contains("/authorize?"), "{back}");
}

#[tokio::test]
async fn code_logs_in_at_the_issuer() {
    let service = service().await;
    service.signed_up(ADA).await;
    let browser = Browser::new(&service);
    let login = browser.visit("/login?return_to=%2Faccount").await;
    let sent = asks(&browser, &login).await;
    let answer = enters(&browser, &sent, &service.mailed_code(ADA).unwrap()).await;
    answer.assert_status(303);
    let location = answer.header("location");
    assert!(location.ends_with("/account"), "{location}");
    let account = browser.visit(location).await;
    account.assert_status(200);
}

#[tokio::test]
async fn code_of_another_browser_is_refused_and_stays_unused() {
    let service = service().await;
    service.signed_up(ADA).await;
    let login = Login::new(&service);
    let sent = asks(&login.browser, &login_page(&login).await).await;
    let code = service.mailed_code(ADA).unwrap();
    for _ in 0..6 {
        let other = enters(&Browser::new(&service), &sent, &code).await;
        other.assert_page(400, "opened_elsewhere");
    }
    login.code(&enters(&login.browser, &sent, &code).await);
}

#[tokio::test]
async fn page_says_when_the_code_is_over() {
    let service = TestService::with("limits.enabled = false").await;
    service.signed_up(ADA).await;
    let browser = Browser::new(&service);
    let sent = asks(&browser, &browser.visit("/login").await).await;
    let code = service.mailed_code(ADA).unwrap();
    let wrong = another_code(&code);
    for _ in 0..5 {
        assert_asks_again(&enters(&browser, &sent, &wrong).await, WRONG);
    }
    assert_asks_again(&enters(&browser, &sent, &code).await, TOO_MANY);
}

#[tokio::test]
async fn page_asks_for_no_code_that_is_not_mailed() {
    let service = TestService::with("mail.login_codes = false").await;
    service.signed_up(ADA).await;
    let browser = Browser::new(&service);
    let sent = asks(&browser, &browser.visit("/login").await).await;
    assert!(!sent.text().contains("id=\"code\""), "{}", sent.text());
}

#[tokio::test]
async fn forms_of_other_origins_are_refused() {
    let service = service().await;
    service.signed_up(ADA).await;
    let browser = Browser::new(&service);
    let sent = asks(&browser, &browser.visit("/login").await).await;
    let (action, mut fields) = sent.form();
    fields.retain(|(name, _)| name != "code");
    fields.push(("code".to_owned(), service.mailed_code(ADA).unwrap()));
    let foreign = browser.post_cross_site(&action, &fields).await;
    foreign.assert_page(403, "foreign_origin");
    browser.post_form(&action, &fields).await.assert_status(200);
}
