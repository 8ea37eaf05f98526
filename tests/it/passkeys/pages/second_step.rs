//! A passkey as the second factor on the page that asks for it.

use rstest_reuse::apply;
use serde_json::{Value, json};
use signet::passkey::encode;

use super::{add_user, begun, login_page, post};
use crate::passkeys::with_both;
use crate::support::{
    Browser, Engine, PASSWORD, TestService,
    answer::Answer,
    authenticator::{Authenticator, UP, UV},
    both_engines,
    oauth_client::{Login, OAUTH_CLIENT},
    totp::AuthenticatorApp,
};

const ADA: &str = "ada@example.com";
const FAILED: &str = "This passkey didn’t work.";

/// Posts the password on a login page.
async fn by_password(browser: &Browser<'_>, page: &Answer) -> Answer {
    let fields = [("email", ADA), ("password", PASSWORD), ("by", "password")];
    let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
    browser.post_form(&page.form().0, &fields).await
}

/// Answers the challenge of the page, with the fields of the form that the script keeps.
async fn answers(
    browser: &Browser<'_>,
    page: &Answer,
    phone: &Authenticator,
    user: &str,
) -> Answer {
    let begun = begun(browser, page).await;
    let credential = phone.login_json(&begun["options"], user);
    posts(browser, page, &begun, &credential).await
}

async fn posts(browser: &Browser<'_>, page: &Answer, begun: &Value, credential: &Value) -> Answer {
    let fields = [
        ("continuation", page.field("continuation")),
        ("by", "passkey".to_owned()),
        ("challenge", begun["challenge"].as_str().unwrap().to_owned()),
        ("credential", credential.to_string()),
    ];
    let fields = fields.map(|(name, value)| (name.to_owned(), value));
    browser.post_form(&page.form().0, &fields).await
}

#[apply(both_engines)]
#[tokio::test]
async fn page_asks_for_the_code_or_the_passkey(engine: Engine) {
    let service = TestService::configured(engine, OAUTH_CLIENT).await;
    let mut phone = Authenticator::ed25519();
    let (ada, _) = with_both(&service, ADA, &phone).await;
    let handle = encode(&ada.id().to_bytes());
    let login = Login::new(&service);
    let page = login_page(&login).await;
    let asked = by_password(&login.browser, &page).await;
    asked.assert_status(200);
    let text = asked.text();
    assert!(
        text.contains("6-digit code") && text.contains("Use a passkey"),
        "{text}"
    );
    // Codes work beside it.
    let fields = [
        ("continuation", asked.field("continuation")),
        ("by", "totp".to_owned()),
        ("code", "000000".to_owned()),
    ];
    let fields = fields.map(|(name, value)| (name.to_owned(), value));
    let wrong = login.browser.post_form(&asked.form().0, &fields).await;
    wrong.assert_status(401);
    assert!(wrong.passkey_data("request").is_some());
    // Without user verification, the passkey is the second of two factors.
    phone.flags = UP;
    let done = answers(&login.browser, &asked, &phone, &handle).await;
    let claims = login.finish(&done).await;
    assert_eq!(claims.claims()["acr"], "mfa");

    phone.flags = UP | UV;
    let login = Login::new(&service);
    let page = login_page(&login).await;
    let asked = by_password(&login.browser, &page).await;
    let done = answers(&login.browser, &asked, &phone, &handle).await;
    assert_eq!(login.finish(&done).await.claims()["acr"], "phr");
    // At the issuer.
    let browser = Browser::new(&service);
    let page = browser.visit("/login").await;
    let asked = by_password(&browser, &page).await;
    let done = answers(&browser, &asked, &phone, &handle).await;
    assert!(done.text().contains("You’re logged in"), "{}", done.text());
}

#[tokio::test]
async fn refused_passkey_shows_the_page_again() {
    let service = TestService::with(OAUTH_CLIENT).await;
    let mut phone = Authenticator::p256();
    let (ada, _) = with_both(&service, ADA, &phone).await;
    let handle = encode(&ada.id().to_bytes());
    let login = Login::new(&service);
    let page = login_page(&login).await;
    let asked = by_password(&login.browser, &page).await;
    let refused = |answer: &Answer, what: &str| {
        assert_eq!(answer.status, 401, "{what}: {}", answer.text());
        assert!(answer.text().contains(FAILED), "{what}: {}", answer.text());
        login.assert_not_logged_in(answer);
    };
    phone.origin = "https://evil.example".to_owned();
    refused(
        &answers(&login.browser, &asked, &phone, &handle).await,
        "foreign origin",
    );
    phone.origin = "https://auth.example.com".to_owned();
    let other = Authenticator::p256();
    refused(
        &answers(&login.browser, &asked, &other, &handle).await,
        "other key",
    );
    let own = begun(&login.browser, &asked).await;
    refused(
        &posts(&login.browser, &asked, &own, &json!({})).await,
        "no credential",
    );
    // A challenge of a first step, and of another login.
    let first = begun(&login.browser, &page).await;
    let credential = phone.login_json(&first["options"], &handle);
    refused(
        &posts(&login.browser, &asked, &first, &credential).await,
        "first step",
    );
    let second = Login::new(&service);
    let page = login_page(&second).await;
    let elsewhere = by_password(&second.browser, &page).await;
    let of_other = begun(&second.browser, &elsewhere).await;
    let credential = phone.login_json(&of_other["options"], &handle);
    refused(
        &posts(&login.browser, &asked, &of_other, &credential).await,
        "other login",
    );
    // Nor does the challenge of a second step log in alone.
    let credential = phone.login_json(&own["options"], &handle);
    let alone = post(&login.browser, &login_page(&login).await, &own, &credential).await;
    assert_eq!(alone.status, 401);
    // Another browser gets no challenge, and does not end the login.
    let body = json!({"continuation": asked.field("continuation")});
    let stranger =
        second
            .browser
            .post_json("https://auth.example.com", "/passkeys/challenge", &body);
    stranger.await.assert_problem(400, "invalid_continuation");
    let credential = phone.login_json(&own["options"], &handle);
    let elsewhere = posts(&second.browser, &asked, &own, &credential).await;
    elsewhere.assert_page(400, "invalid_continuation");
    let done = posts(&login.browser, &asked, &own, &credential).await;
    login.finish(&done).await;
    refused(
        &posts(&login.browser, &asked, &own, &credential).await,
        "replayed",
    );
}

/// The settings of a client for users, and of one that requires this strength.
fn with_strong(acr: &str) -> String {
    format!(
        "{OAUTH_CLIENT}
        [[clients]]
        client_id = 'strong'
        redirect_uris = ['https://app.example.com/back']
        min_acr = '{acr}'"
    )
}

async fn strong_page(login: &Login<'_>) -> Answer {
    let url = login.url("").replace("client_id=app", "client_id=strong");
    let page = login.browser.visit(&url).await;
    by_password(&login.browser, &page).await
}

#[tokio::test]
async fn client_that_requires_two_factors_asks_a_user_with_a_passkey_alone() {
    let phone = Authenticator::p256();
    let service = TestService::with(&with_strong("mfa")).await;
    let ada = add_user(&service, &phone).await;
    let handle = encode(&ada.to_bytes());
    let login = Login::new(&service);
    let asked = strong_page(&login).await;
    asked.assert_status(200);
    let text = asked.text();
    assert!(
        text.contains("Confirm that it’s you with your passkey."),
        "{text}"
    );
    assert!(!text.contains("name=\"code\""), "{text}");
    let fields = [
        ("continuation", asked.field("continuation")),
        ("by", "cancel".to_owned()),
    ];
    let fields = fields.map(|(name, value)| (name.to_owned(), value));
    let canceled = login.browser.post_form(&asked.form().0, &fields).await;
    assert_eq!(login.error(&canceled).as_deref(), Some("access_denied"));
    let done = answers(&login.browser, &asked, &phone, &handle).await;
    login.code(&done);
    // The other client asks for one factor.
    let login = Login::new(&service);
    let page = login_page(&login).await;
    let done = by_password(&login.browser, &page).await;
    assert_eq!(login.finish(&done).await.claims()["acr"], "1fa");
}

#[tokio::test]
async fn client_that_requires_a_passkey_asks_for_no_code() {
    let phone = Authenticator::p256();
    let service = TestService::with(&with_strong("phr")).await;
    let ada = add_user(&service, &phone).await;
    let mut session = service.anon();
    let body = json!({"email": ADA, "password": PASSWORD, "client_id": "app"});
    session.keep(session.post("/login", body).await.assert_status(200));
    let body = phone.login_body_at(&service, ada, "app").await;
    session.keep(
        session
            .post("/login/passkey", body)
            .await
            .assert_status(200),
    );
    let app = AuthenticatorApp::enrolled(&service, &mut session).await;
    let login = Login::new(&service);
    let asked = strong_page(&login).await;
    assert!(!asked.text().contains("name=\"code\""), "{}", asked.text());
    // A code that is posted anyway is not spent.
    let code = app.code(service.clock.now());
    let fields = [
        ("continuation", asked.field("continuation")),
        ("by", "totp".to_owned()),
        ("code", code),
    ];
    let fields = fields.map(|(name, value)| (name.to_owned(), value));
    let refused = login.browser.post_form(&asked.form().0, &fields).await;
    refused.assert_status(401);
    let done = answers(&login.browser, &asked, &phone, &encode(&ada.to_bytes())).await;
    login.code(&done);
}
