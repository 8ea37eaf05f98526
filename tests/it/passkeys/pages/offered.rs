//! The passkey that the pages offer once a sign-up has proven the email.

use rstest_reuse::apply;
use serde_json::{Value, json};
use signet::identity::UserId;

use super::{ADA, SSO, login_page, logs_in};
use crate::support::{
    Browser, Engine, PASSWORD, TestService,
    answer::Answer,
    authenticator::{Authenticator, UP, UV},
    both_engines,
    oauth_client::{Login, OAUTH_CLIENT},
    redis::RedisServer,
    test_service::ISSUER,
};

async fn service(engine: Engine) -> TestService {
    TestService::configured(engine, OAUTH_CLIENT).await
}

/// Asks for the mail of a sign-up from this page of a login, and returns the token of its link.
async fn mailed(
    service: &TestService,
    browser: &Browser<'_>,
    page: &Answer,
    email: &str,
) -> String {
    let links = page.links();
    let (_, sign_up) = links
        .iter()
        .find(|(says, _)| says == "Create account")
        .unwrap();
    let sign_up = browser.visit(sign_up).await;
    let asked = browser.submit(&sign_up, &[("email", email)]).await;
    asked.assert_status(202);
    service.mailed_token(email).unwrap()
}

async fn chooses_password(browser: &Browser<'_>, token: &str) -> Answer {
    let fields = [("token", token), ("password", PASSWORD)];
    let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
    browser.post_form("/signup/confirm", &fields).await
}

/// Signs up from this page of a login, and returns the response to the password.
async fn signs_up(
    service: &TestService,
    browser: &Browser<'_>,
    page: &Answer,
    email: &str,
) -> Answer {
    let token = mailed(service, browser, page, email).await;
    chooses_password(browser, &token).await
}

/// Signs up at the client, up to the offer.
async fn offered(service: &TestService) -> (Login<'_>, Answer) {
    let login = Login::new(service);
    let page = login_page(&login).await;
    let offer = signs_up(service, &login.browser, &page, ADA).await;
    offer.assert_status(200);
    assert!(
        offer.text().contains("Log in faster next time"),
        "{}",
        offer.text()
    );
    login.assert_not_logged_in(&offer);
    (login, offer)
}

/// The fields that the script of the page posts.
fn created(phone: &Authenticator, offer: &Answer) -> Vec<(&'static str, String)> {
    let options: Value = serde_json::from_str(&offer.passkey_data("options").unwrap()).unwrap();
    let credential = phone.registration_json(&options);
    vec![
        ("by", "passkey".to_owned()),
        ("challenge", offer.passkey_data("challenge").unwrap()),
        ("credential", credential.to_string()),
    ]
}

async fn posts(browser: &Browser<'_>, page: &Answer, fields: &[(&str, String)]) -> Answer {
    let fields: Vec<_> = fields
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    browser.submit(page, &fields).await
}

async fn passkeys(service: &TestService, user: UserId) -> usize {
    let found = service.app.store.user_with_passkeys(user).await;
    found.unwrap().unwrap().passkeys.len()
}

#[apply(both_engines)]
#[tokio::test]
async fn new_user_adds_the_offered_passkey_and_goes_on_to_the_client(engine: Engine) {
    let service = service(engine).await;
    let (login, offer) = offered(&service).await;
    let phone = Authenticator::ed25519();
    let fields = created(&phone, &offer);
    let done = posts(&login.browser, &offer, &fields).await;
    let mut ada = login.finish(&done).await;
    assert_eq!(
        (&ada.claims()["acr"], &ada.claims()["amr"]),
        (&json!("1fa"), &json!(["pwd"]))
    );
    ada.refreshed().await;
    assert_eq!(passkeys(&service, ada.id()).await, 1);
    // The session at the issuer has the new epoch.
    login.code(
        &login
            .browser
            .visit(&format!("{}&prompt=none", login.url("")))
            .await,
    );
    // The passkey logs in.
    let second = Login::new(&service);
    let page = login_page(&second).await;
    let done = logs_in(&second.browser, &page, &phone, ada.id()).await;
    assert_eq!(second.finish(&done).await.claims()["acr"], "phr");
    // The offer continues no other login.
    let again = posts(&login.browser, &offer, &fields).await;
    again.assert_page(400, "invalid_continuation");
}

#[tokio::test]
async fn offer_is_skipped_once_and_in_its_browser() {
    let service = service(Engine::Sqlite).await;
    let (login, offer) = offered(&service).await;
    let other = Browser::new(&service);
    let elsewhere = other.submit(&offer, &[("by", "skip")]).await;
    elsewhere.assert_page(400, "invalid_continuation");
    let done = login.browser.submit(&offer, &[("by", "skip")]).await;
    let ada = login.finish(&done).await;
    assert_eq!(passkeys(&service, ada.id()).await, 0);
    let again = login.browser.submit(&offer, &[("by", "skip")]).await;
    again.assert_page(400, "invalid_continuation");
}

#[tokio::test]
async fn offer_is_skipped_once_at_nodes_that_coordinate() {
    let Some(redis) = RedisServer::shared() else {
        return;
    };
    let settings = format!("{}\n{OAUTH_CLIENT}", redis.settings());
    let service = TestService::configured(Engine::Sqlite, &settings).await;
    let other = service.second_node(&settings).await;
    let (login, offer) = offered(&service).await;
    let there = login.browser.moved_to(&other);
    login
        .finish(&there.submit(&offer, &[("by", "skip")]).await)
        .await;
    let again = login.browser.submit(&offer, &[("by", "skip")]).await;
    again.assert_page(400, "invalid_continuation");
}

#[tokio::test]
async fn offer_ends_with_its_time_and_with_the_epoch() {
    let service = service(Engine::Sqlite).await;
    let (login, offer) = offered(&service).await;
    service
        .anon()
        .logged_in(ADA)
        .await
        .post("/logout/everywhere", json!({}))
        .await;
    let ended = login.browser.submit(&offer, &[("by", "skip")]).await;
    ended.assert_page(400, "invalid_continuation");
    let page = login_page(&login).await;
    let offer = signs_up(&service, &login.browser, &page, "eve@example.com").await;
    service.clock.advance(chrono::TimeDelta::minutes(10));
    let late = login.browser.submit(&offer, &[("by", "skip")]).await;
    late.assert_page(400, "invalid_continuation");
}

#[tokio::test]
async fn refused_passkey_shows_the_offer_again_and_does_not_block_the_login() {
    let service = service(Engine::Sqlite).await;
    let (login, offer) = offered(&service).await;
    let mut phone = Authenticator::p256();
    let refused = |answer: &Answer| {
        answer.assert_status(422);
        assert!(
            answer.text().contains("No passkey was created."),
            "{}",
            answer.text()
        );
        login.assert_not_logged_in(answer);
    };
    phone.flags = UP;
    let page = posts(&login.browser, &offer, &created(&phone, &offer)).await;
    refused(&page);
    phone.flags = UP | UV;
    phone.origin = "https://evil.example".to_owned();
    let page = posts(&login.browser, &page, &created(&phone, &page)).await;
    refused(&page);
    phone.origin = ISSUER.to_owned();
    let mut unreadable = created(&phone, &page);
    unreadable[2].1 = "[]".to_owned();
    let page = posts(&login.browser, &page, &unreadable).await;
    refused(&page);
    // The challenge of another session.
    let eve = service.signed_up("eve@example.com").await;
    let foreign = eve.post("/passkeys/registration", json!({})).await.json();
    let mut fields = created(&phone, &page);
    fields[1].1 = foreign["challenge"].as_str().unwrap().to_owned();
    fields[2].1 = phone.registration_json(&foreign["options"]).to_string();
    let page = posts(&login.browser, &page, &fields).await;
    refused(&page);
    // Each page has a new challenge, and the login goes on.
    service.clock.advance(chrono::TimeDelta::minutes(6));
    let page = posts(&login.browser, &page, &created(&phone, &page)).await;
    refused(&page);
    let done = posts(&login.browser, &page, &created(&phone, &page)).await;
    login.finish(&done).await;
}

#[tokio::test]
async fn sign_up_at_the_issuer_offers_a_passkey_too() {
    let service = service(Engine::Sqlite).await;
    let browser = Browser::new(&service);
    let page = browser.visit("/login").await;
    let offer = signs_up(&service, &browser, &page, ADA).await;
    assert_eq!(browser.cookie(SSO), None);
    let phone = Authenticator::p256();
    let done = posts(&browser, &offer, &created(&phone, &offer)).await;
    done.assert_status(200);
    assert!(done.text().contains("You’re logged in"), "{}", done.text());
    assert!(browser.cookie(SSO).is_some());
}

#[tokio::test]
async fn nobody_with_a_passkey_gets_an_offer_and_nobody_if_passkeys_are_off() {
    let service = service(Engine::Sqlite).await;
    let login = Login::new(&service);
    let page = login_page(&login).await;
    let token = mailed(&service, &login.browser, &page, ADA).await;
    let mut ada = service.anon();
    let confirmed = json!({"token": token, "password": PASSWORD});
    ada.keep(
        ada.post("/signup/confirm", confirmed)
            .await
            .assert_status(201),
    );
    let phone = Authenticator::p256();
    phone.add_to(&mut ada).await.assert_status(201);
    // The link, used again, logs in.
    let done = chooses_password(&login.browser, &token).await;
    login.finish(&done).await;
    let settings = format!("passkeys.enabled = false\n{OAUTH_CLIENT}");
    let service = TestService::with(&settings).await;
    let login = Login::new(&service);
    let page = login_page(&login).await;
    let done = signs_up(&service, &login.browser, &page, ADA).await;
    login.finish(&done).await;
    let fields = [("continuation".to_owned(), "x".to_owned())];
    let off = login.browser.post_form("/login/new-passkey", &fields).await;
    off.assert_page(404, "not_found");
}
