//! Passkeys, the authenticator app and recovery codes.

use serde_json::{Value, json};

use super::{ADA, BOB, assert_leads_to_login, follows, logged_in, logs_in_at, service, shown};
use crate::support::{
    Browser, TestService,
    answer::Answer,
    authenticator::{Authenticator, UP, UV},
    oauth_client::Login,
    totp::AuthenticatorApp,
};

/// The text between two others.
fn between(page: &Answer, start: &str, end: &str) -> String {
    let text = page.text();
    let (_, rest) = text
        .split_once(start)
        .unwrap_or_else(|| panic!("no {start}: {text}"));
    rest.split_once(end).unwrap().0.to_owned()
}

/// Sets up an app on the page of the account.
async fn sets_up_app(service: &TestService, browser: &Browser<'_>) -> AuthenticatorApp {
    let page = shown(browser, "/account/totp").await;
    let app = AuthenticatorApp::with(&between(&page, "<code>", "</code>"));
    let wrong = browser.submit(&page, &[("code", "000000")]).await;
    wrong.assert_status(422);
    // The same secret is shown again.
    assert_eq!(
        between(&wrong, "<code>", "</code>"),
        between(&page, "<code>", "</code>")
    );
    let code = app.code(service.clock.now());
    let overview = follows(browser, &browser.submit(&wrong, &[("code", &code)]).await).await;
    assert!(
        overview
            .text()
            .contains("From now on, you’ll be asked for a code"),
        "{}",
        overview.text()
    );
    service.clock.advance(chrono::TimeDelta::seconds(30));
    app
}

#[tokio::test]
async fn user_enrols_an_app_loses_it_and_logs_in_with_a_recovery_code() {
    let service = service().await;
    let (browser, other) = (
        logged_in(&service, ADA).await,
        logged_in(&service, ADA).await,
    );
    let app = sets_up_app(&service, &browser).await;
    assert_leads_to_login(&other.visit("/account").await, "/account");

    let page = shown(&browser, "/account/recovery-codes").await;
    let codes = browser.submit(&page, &[]).await;
    codes.assert_status(200);
    assert_eq!(codes.header("cache-control"), "no-store");
    let code = between(&codes, "<li><code>", "</code>");
    let overview = shown(&browser, "/account").await;
    assert!(
        overview.text().contains("Codes left: <bdi>10</bdi>")
            || overview.text().contains("Codes left: 10"),
        "{}",
        overview.text()
    );

    // Another browser logs in with two steps, and returns to the page that asked for the login.
    let asked = other.visit("/account/profile").await;
    let login = follows(&other, &asked).await;
    let step = logs_in_at(&other, &login, ADA).await;
    let wrong = [("code", "123456"), ("by", "totp")];
    let step = other.submit(&step, &wrong).await;
    step.assert_status(401);
    let now = app.code(service.clock.now());
    let done = other.submit(&step, &[("code", &now), ("by", "totp")]).await;
    done.assert_status(303);
    assert!(done.header("location").ends_with("/account/profile"));

    // The phone is lost.
    let third = Browser::new(&service);
    let login = follows(&third, &third.visit("/account").await).await;
    let step = logs_in_at(&third, &login, ADA).await;
    let step = third.submit(&step, &[("by", "use_recovery_code")]).await;
    let done = third
        .submit(&step, &[("code", &code), ("by", "recovery_code")])
        .await;
    done.assert_status(303);
    let remove = shown(&third, "/account/totp/remove").await;
    let overview = follows(&third, &third.submit(&remove, &[]).await).await;
    assert!(
        !overview.text().contains("Recovery codes"),
        "{}",
        overview.text()
    );
    assert_leads_to_login(&browser.visit("/account").await, "/account");
}

#[tokio::test]
async fn user_with_an_app_needs_it_for_sensitive_pages() {
    let service = service().await;
    let browser = logged_in(&service, ADA).await;
    sets_up_app(&service, &browser).await;
    service.clock.advance(chrono::TimeDelta::hours(1));
    let answer = browser.visit("/account/password").await;
    assert_leads_to_login(&answer, "/account/password");
    // The login page says why, and knows the user.
    let login = follows(&browser, &answer).await;
    let reason = "this change needs a recent login.";
    assert!(login.text().contains(reason), "{}", login.text());
    assert_eq!(login.field("email"), ADA);
    let other = Browser::new(&service);
    let login = other.visit("/login?return_to=%2Faccount").await;
    assert!(!login.text().contains(reason), "{}", login.text());
    assert!(
        answer.header("location").contains("acr_values=mfa"),
        "{}",
        answer.header("location")
    );
}

/// Asserts that an enrolment is over, and that the answer has a new one.
fn assert_is_over(answer: &Answer, page: &Answer) {
    let notice = "This setup has expired or was replaced.";
    let text = answer.assert_status(422).text();
    assert!(text.contains(notice), "{text}");
    assert_ne!(answer.field("enrolment"), page.field("enrolment"));
}

#[tokio::test]
async fn enrolment_of_another_session_is_refused() {
    let service = service().await;
    let (ada, bob) = (
        logged_in(&service, ADA).await,
        logged_in(&service, BOB).await,
    );
    let page = shown(&ada, "/account/totp").await;
    let app = AuthenticatorApp::with(&between(&page, "<code>", "</code>"));
    let (_, fields) = page.form();
    let enrolment = &fields
        .iter()
        .find(|(name, _)| name == "enrolment")
        .unwrap()
        .1;
    let bobs = shown(&bob, "/account/totp").await;
    for code in [app.code(service.clock.now()), "000000".to_owned()] {
        let stolen = [("enrolment", enrolment.as_str()), ("code", &code)];
        // The page is shown again with another secret of his own.
        assert_is_over(&bob.submit(&bobs, &stolen).await, &bobs);
    }
}

#[tokio::test]
async fn enrolment_of_a_page_is_confirmed_only_by_that_login_on_a_page() {
    let service = service().await;
    let login = Login::new(&service);
    let asked = login.browser.visit(&login.url("")).await;
    let answer = logs_in_at(&login.browser, &asked, ADA).await;
    let mut client = service.anon();
    let tokens = login.redeem(&login.code(&answer)).await;
    client.keep(tokens.assert_status(200));
    let page = shown(&login.browser, "/account/totp").await;
    let secret = between(&page, "<code>", "</code>");
    let body = |page: &Answer, app: &AuthenticatorApp| {
        let code = app.code(service.clock.now());
        json!({"enrolment": page.field("enrolment"), "code": code})
    };
    // The client has the same user, session ID and epoch.
    let app = AuthenticatorApp::with(&secret);
    let refused = client.post("/me/totp/confirm", body(&page, &app)).await;
    refused.assert_problem(400, "invalid_enrolment");
    let begun = client.post("/me/totp", json!({})).await;
    let begun = begun.assert_status(200).json();
    let of_client = AuthenticatorApp::with(begun["secret"].as_str().unwrap());
    let fields = [
        ("enrolment", begun["enrolment"].as_str().unwrap()),
        ("code", &of_client.code(service.clock.now())),
    ];
    assert_is_over(&login.browser.submit(&page, &fields).await, &page);

    // A new login keeps the session, but not what an earlier login has begun.
    service.clock.advance(chrono::TimeDelta::minutes(1));
    let again = login
        .browser
        .visit("/login?return_to=%2Faccount&prompt=login")
        .await;
    logs_in_at(&login.browser, &again, ADA)
        .await
        .assert_status(303);
    let code = app.code(service.clock.now());
    let late = login.browser.submit(&page, &[("code", &code)]).await;
    assert_is_over(&late, &page);
    let overview = shown(&login.browser, "/account").await;
    assert!(overview.text().contains("Off"), "{}", overview.text());
    sets_up_app(&service, &login.browser).await;
}

/// Creates a passkey on the page, as its script does.
async fn creates(browser: &Browser<'_>, page: &Answer, phone: &Authenticator) -> Answer {
    let options: Value = serde_json::from_str(&page.passkey_data("options").unwrap()).unwrap();
    let credential = phone.registration_json(&options).to_string();
    let fields = [
        ("by", "passkey"),
        ("challenge", &page.passkey_data("challenge").unwrap()),
        ("credential", &credential),
    ];
    browser.submit(page, &fields).await
}

#[tokio::test]
async fn user_adds_renames_and_removes_a_passkey() {
    let service = service().await;
    let (browser, other) = (
        logged_in(&service, ADA).await,
        logged_in(&service, ADA).await,
    );
    let mut phone = Authenticator::p256();
    phone.flags = UP | UV;
    let page = shown(&browser, "/account/passkeys/new").await;
    let overview = follows(&browser, &creates(&browser, &page, &phone).await).await;
    assert!(
        overview.text().contains("Your passkey is ready."),
        "{}",
        overview.text()
    );
    assert_leads_to_login(&other.visit("/account").await, "/account");
    let links = overview.links();
    let link = |says: &str| {
        let found = links.iter().find(|(it, _)| it == says);
        found
            .unwrap_or_else(|| panic!("no {says}: {links:?}"))
            .1
            .clone()
    };

    let rename = shown(&browser, &link("Rename")).await;
    browser
        .submit(&rename, &[("name", "\u{202e}")])
        .await
        .assert_status(422);
    let named = browser
        .submit(&rename, &[("name", "My <b>phone</b>")])
        .await;
    let overview = follows(&browser, &named).await;
    assert!(
        overview.text().contains("My &#60;b&#62;phone"),
        "{}",
        overview.text()
    );

    for (language, date) in [
        ("en", "Added on <bdi>January 1, 2026</bdi>"),
        ("de", "Hinzugefügt am <bdi>1. Januar 2026</bdi>"),
        ("es", "Agregada el <bdi>1 de enero de 2026</bdi>"),
        ("zh", "添加于 <bdi>2026年1月1日</bdi>"),
    ] {
        let overview = shown(&browser, &format!("/account?ui_locales={language}")).await;
        let added = format!("<time datetime=\"2026-01-01\">{date}</time>");
        assert!(overview.text().contains(&added), "{}", overview.text());
    }

    // Bob does not find the passkey.
    let bob = logged_in(&service, BOB).await;
    bob.visit(&link("Rename")).await.assert_status(404);

    // A user with a passkey needs it for sensitive changes.
    let asked = browser.visit(&link("Remove")).await;
    asked.assert_status(303);
    assert!(
        asked.header("location").contains("acr_values=mfa"),
        "{}",
        asked.header("location")
    );
    let login = follows(&browser, &asked).await;
    let step = logs_in_at(&browser, &login, ADA).await;
    assert!(step.text().contains("data-rp"), "{}", step.text());
}
