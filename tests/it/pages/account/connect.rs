//! Connecting an account of a provider, by a login there.

use chrono::TimeDelta;

use super::{ADA, BOB, assert_leads_to_login, follows, logged_in, logs_in_at, shown, with_users};
use crate::support::{
    Browser, Engine, TestService,
    answer::Answer,
    oauth_client::OAUTH_CLIENT,
    openid::{Defect, OpenIdStub, Person},
    upstream::{Callback, LOOPBACK, StubProvider},
};

const SSO: &str = "signet-8080-sso";

/// A service with a provider, whose users Ada and Bob have passwords. The provider knows Ada by another email.
async fn service(stub: &OpenIdStub) -> TestService {
    stub.person(Person::new("countess", "countess@elsewhere.example"));
    let providers = [("stub", stub as _, "")];
    let service = TestService::with_providers(Engine::Sqlite, &providers, OAUTH_CLIENT);
    with_users(service.await).await
}

/// The address to which the button of the overview posts, if the page has one.
fn button(overview: &Answer) -> Option<String> {
    let text = overview.text();
    let actions = text.split("action=\"").skip(1);
    let mut actions = actions.filter_map(|rest| Some(rest.split_once('"')?.0));
    let action = actions.find(|action| action.contains("/account/connect/"))?;
    Some(action.replace("&amp;", "&"))
}

/// Presses the button that connects the provider.
async fn presses(browser: &Browser<'_>) -> Answer {
    let overview = shown(browser, "/account").await;
    let action = button(&overview).expect("a button");
    browser.post_form(&action, &[]).await
}

/// Presses the button and consents at the provider.
async fn until_callback(browser: &Browser<'_>, stub: &OpenIdStub) -> Callback {
    let started = presses(browser).await;
    started.assert_status(303);
    stub.authorize(started.header("location"))
}

/// Asserts a redirect to the overview, which reports that change or none.
#[track_caller]
fn assert_back(answer: &Answer, query: &str) {
    answer.assert_status(303);
    let expected = format!("{LOOPBACK}/account{query}");
    assert_eq!(answer.header("location"), expected);
    assert_eq!(answer.set_cookies(), [] as [&str; 0]);
}

/// Asserts that the user can still connect the provider, and has no account of it.
async fn assert_unchanged(browser: &Browser<'_>) {
    let overview = shown(browser, "/account").await;
    assert!(button(&overview).is_some(), "{}", overview.text());
    assert!(
        !overview.text().contains("/disconnect"),
        "{}",
        overview.text()
    );
}

#[tokio::test]
async fn connected_account_logs_in_its_user() {
    let stub = OpenIdStub::start();
    let service = service(&stub).await;
    let ada = logged_in(&service, ADA).await;
    let session = ada.cookie(SSO);
    let callback = until_callback(&ada, &stub).await;
    let answer = ada.open_callback(&callback).await;
    assert_back(&answer, "?done=connected&provider=stub");
    assert_eq!(ada.cookie(SSO), session);
    let overview = follows(&ada, &answer).await;
    let text = overview.text();
    assert!(
        text.contains("is connected. You can now log in with it."),
        "{text}"
    );
    assert!(text.contains("/disconnect"), "{text}");
    assert_eq!(button(&overview), None);
    let mail = service.outbox.lock().unwrap().last().unwrap().clone();
    assert_eq!(mail.to.as_str(), ADA);

    let me = service.log_in_by("stub", &stub).await.get("/me").await;
    assert_eq!(me.json()["email"], ADA);
    let users = service.app.store.users(None, 10).await.unwrap();
    assert_eq!(users.len(), 2);
}

#[tokio::test]
async fn account_is_connected_by_a_form_post() {
    let stub = OpenIdStub::start();
    stub.by_form_post();
    let service = service(&stub).await;
    let ada = logged_in(&service, ADA).await;
    let callback = until_callback(&ada, &stub).await;
    assert!(callback.form.is_some());
    let answer = ada.open_callback(&callback).await;
    assert_back(&answer, "?done=connected&provider=stub");
    let me = service.log_in_by("stub", &stub).await.get("/me").await;
    assert_eq!(me.json()["email"], ADA);
}

#[tokio::test]
async fn account_of_another_user_stays_with_this_user() {
    let stub = OpenIdStub::start();
    let service = service(&stub).await;
    let bob = logged_in(&service, BOB).await;
    let callback = until_callback(&bob, &stub).await;
    assert_back(
        &bob.open_callback(&callback).await,
        "?done=connected&provider=stub",
    );
    let ada = logged_in(&service, ADA).await;
    let callback = until_callback(&ada, &stub).await;
    let answer = ada.open_callback(&callback).await;
    assert_back(&answer, "?done=taken");
    let overview = follows(&ada, &answer).await;
    let notice = "This account is already connected to another account at";
    assert!(overview.text().contains(notice), "{}", overview.text());
    assert_unchanged(&ada).await;
    let me = service.log_in_by("stub", &stub).await.get("/me").await;
    assert_eq!(me.json()["email"], BOB);
}

#[tokio::test]
async fn account_is_not_connected_to_a_user_who_logs_in_meanwhile() {
    let stub = OpenIdStub::start();
    let service = service(&stub).await;
    let browser = logged_in(&service, ADA).await;
    let overview = shown(&browser, "/account").await;
    let callback = until_callback(&browser, &stub).await;
    let login = browser
        .visit("/login?return_to=%2Faccount&prompt=login")
        .await;
    logs_in_at(&browser, &login, BOB).await.assert_status(303);
    let answer = browser.open_callback(&callback).await;
    assert_back(&answer, "?done=other-user");
    let overview_of_bob = shown(&browser, answer.header("location")).await;
    let notice = "This was started for another account";
    assert!(overview_of_bob.text().contains(notice));
    assert_eq!(stub.token_requests(), 0);
    assert_unchanged(&browser).await;
    // The button of Ada's page starts nothing for Bob.
    let answer = browser.post_form(&button(&overview).unwrap(), &[]).await;
    assert_back(&answer, "?done=other-user");
}

#[tokio::test]
async fn account_is_not_connected_after_a_logout_or_without_a_recent_login() {
    let stub = OpenIdStub::start();
    let service = service(&stub).await;
    let ada = logged_in(&service, ADA).await;
    service.clock.advance(TimeDelta::minutes(8));
    let callback = until_callback(&ada, &stub).await;
    service.clock.advance(TimeDelta::minutes(3));
    assert_leads_to_login(&ada.open_callback(&callback).await, "/account");
    assert_leads_to_login(&presses(&ada).await, "/account");

    let ada = logged_in(&service, ADA).await;
    let overview = shown(&ada, "/account").await;
    let callback = until_callback(&ada, &stub).await;
    ada.drop_cookie(SSO).expect("a session");
    assert_leads_to_login(&ada.open_callback(&callback).await, "/account");
    let answer = ada.post_form(&button(&overview).unwrap(), &[]).await;
    assert_leads_to_login(&answer, "/account");
    assert_unchanged(&logged_in(&service, ADA).await).await;
}

#[tokio::test]
async fn declined_and_refused_logins_change_nothing() {
    let stub = OpenIdStub::start();
    let service = service(&stub).await;
    let ada = logged_in(&service, ADA).await;
    stub.with_defect(Defect::CallbackDenied);
    let callback = until_callback(&ada, &stub).await;
    assert_back(&ada.open_callback(&callback).await, "");
    stub.without_defects().with_defect(Defect::SignatureBad);
    let callback = until_callback(&ada, &stub).await;
    let page = ada.open_callback(&callback).await;
    page.assert_page(400, "invalid_login");
    let leads_back = |page: &Answer| {
        let links = page.links();
        let account = format!("{LOOPBACK}/account");
        assert!(links.iter().any(|(_, url)| *url == account), "{links:?}");
    };
    leads_back(&page);
    stub.without_defects();
    let callback = until_callback(&ada, &stub).await;
    stub.stop();
    let page = ada.open_callback(&callback).await;
    page.assert_status(503);
    leads_back(&page);
    assert_unchanged(&ada).await;
}

#[tokio::test]
async fn account_is_connected_once_and_only_in_its_browser() {
    let stub = OpenIdStub::start();
    let service = service(&stub).await;
    let ada = logged_in(&service, ADA).await;
    let callback = until_callback(&ada, &stub).await;
    let other = logged_in(&service, ADA).await;
    let answer = other.open_callback(&callback).await;
    answer.assert_page(400, "invalid_login");
    assert_unchanged(&other).await;
    let answer = ada.open_callback(&callback).await;
    assert_back(&answer, "?done=connected&provider=stub");
    let again = ada.open_callback(&callback).await;
    again.assert_page(400, "invalid_login");
}

#[tokio::test]
async fn only_a_form_of_the_service_starts_the_login_and_at_a_known_provider() {
    let stub = OpenIdStub::start();
    let service = service(&stub).await;
    let ada = logged_in(&service, ADA).await;
    let foreign = ada.cookies();
    let foreign = [
        ("cookie", foreign.as_str()),
        ("origin", "https://evil.example"),
        ("sec-fetch-site", "cross-site"),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    let posted = service.anon();
    let posted = posted.send("POST", "/account/connect/stub", &foreign, "");
    posted.await.assert_page(403, "foreign_origin");
    let unknown = ada.post_form("/account/connect/nowhere", &[]).await;
    unknown.assert_page(404, "unknown_provider");
    let headers = [
        ("accept", "text/html"),
        ("sec-fetch-mode", "navigate"),
        ("sec-fetch-dest", "document"),
    ];
    let opened = service.anon();
    let opened = opened.send("GET", "/account/connect/stub", &headers, "");
    opened.await.assert_page(405, "method_not_allowed");
}

#[tokio::test]
async fn notice_shows_the_name_of_a_configured_provider_only() {
    let stub = OpenIdStub::start();
    let service = service(&stub).await;
    let ada = logged_in(&service, ADA).await;
    for (query, is_shown) in [
        ("provider=stub", true),
        ("provider=nowhere", false),
        ("provider=Call+the+bank", false),
        ("", false),
    ] {
        let page = shown(&ada, &format!("/account?done=connected&{query}")).await;
        let text = page.text();
        let notice = "<p class=\"note\" role=\"status\">";
        assert_eq!(text.contains(notice), is_shown, "{query}");
        assert!(!text.contains("Call the bank"), "{text}");
    }
}
