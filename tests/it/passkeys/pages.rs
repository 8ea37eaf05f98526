//! Logins with passkeys on the hosted pages: at a client, and at the issuer.

mod offered;
mod refused;
mod second_step;

use rstest_reuse::apply;
use serde_json::{Value, json};
use signet::{identity::UserId, passkey::encode};

use crate::support::{
    Browser, Engine, TestService,
    answer::Answer,
    authenticator::{Authenticator, BE, BS, UP, UV},
    both_engines,
    browser::WEB,
    oauth_client::{Login, OAUTH_CLIENT},
    test_service::ISSUER,
};

const ADA: &str = "ada@example.com";
const SSO: &str = "__Host-signet-sso";

/// A service with an OAuth client, and the id of a user with that passkey.
async fn with_passkey(engine: Engine, phone: &Authenticator) -> (TestService, UserId) {
    let service = TestService::configured(engine, OAUTH_CLIENT).await;
    let id = add_user(&service, phone).await;
    (service, id)
}

async fn add_user(service: &TestService, phone: &Authenticator) -> UserId {
    let mut ada = service.anon();
    let asked = json!({"email": ADA, "client_id": "app"});
    ada.post("/signup", asked).await.assert_status(202);
    let confirmed =
        json!({"token": service.mailed_token(ADA), "password": crate::support::PASSWORD});
    ada.keep(&ada.post("/signup/confirm", confirmed).await);
    phone.add_to(&mut ada).await.assert_status(201);
    ada.id()
}

/// What the script of the page asks the service for.
async fn begun(browser: &Browser<'_>, page: &Answer) -> Value {
    let body = serde_json::from_str(&page.passkey_data("request").unwrap()).unwrap();
    let path = page.passkey_data("challenge").unwrap();
    let path = path.strip_prefix(ISSUER).unwrap();
    let answer = browser.post_json(ISSUER, path, &body).await;
    answer.assert_status(200).json()
}

/// The form that the script of the page posts.
async fn post(browser: &Browser<'_>, page: &Answer, begun: &Value, credential: &Value) -> Answer {
    let fields = [
        ("by", "passkey".to_owned()),
        ("challenge", begun["challenge"].as_str().unwrap().to_owned()),
        ("credential", credential.to_string()),
    ];
    let fields = fields.map(|(name, value)| (name.to_owned(), value));
    browser.post_form(&page.form().0, &fields).await
}

async fn logs_in(
    browser: &Browser<'_>,
    page: &Answer,
    phone: &Authenticator,
    user: UserId,
) -> Answer {
    let begun = begun(browser, page).await;
    let credential = phone.login_json(&begun["options"], &encode(&user.to_bytes()));
    post(browser, page, &begun, &credential).await
}

async fn login_page(login: &Login<'_>) -> Answer {
    let page = login.browser.visit(&login.url("")).await;
    page.assert_status(200);
    page
}

#[apply(both_engines)]
#[tokio::test]
async fn passkey_logs_in_at_a_client_by_its_page(engine: Engine) {
    let mut phone = Authenticator::ed25519();
    phone.flags = UP | UV | BE | BS;
    let (service, ada) = with_passkey(engine, &phone).await;
    let login = Login::new(&service);
    let page = login_page(&login).await;
    let policy = page.header("content-security-policy");
    assert!(policy.contains("connect-src 'self'"), "{policy}");
    assert!(page.text().contains("autocomplete=\"username webauthn\""));
    assert_eq!(page.passkey_data("rp").as_deref(), Some("auth.example.com"));
    let done = logs_in(&login.browser, &page, &phone, ada).await;
    let session = login.finish(&done).await;
    let claims = session.claims();
    assert_eq!(
        (&claims["acr"], &claims["amr"]),
        (&json!("phr"), &json!(["pop", "user", "mfa"]))
    );
    // The session at the issuer is as strong.
    let silent = format!("{}&scope=openid&acr_values=phr&prompt=none", login.url(""));
    login.code(&login.browser.visit(&silent).await);
}

#[tokio::test]
async fn passkey_logs_in_at_the_issuer_and_sets_the_cookie_of_single_sign_on_alone() {
    let phone = Authenticator::p256();
    let (service, ada) = with_passkey(Engine::Sqlite, &phone).await;
    let login = Login::new(&service);
    let page = login.browser.visit("/login").await;
    assert_eq!(page.passkey_data("request").as_deref(), Some("{}"));
    let done = logs_in(&login.browser, &page, &phone, ada).await;
    done.assert_status(200);
    assert!(done.text().contains("You’re logged in"), "{}", done.text());
    let [cookie] = done.set_cookies()[..] else {
        panic!("{:?}", done.set_cookies());
    };
    assert!(cookie.starts_with(&format!("{SSO}=")), "{cookie}");
    let session = login
        .finish(&login.browser.visit(&login.url("")).await)
        .await;
    assert_eq!(session.claims()["acr"], "phr");
}

#[tokio::test]
async fn passkey_logs_in_at_a_client_with_cookies() {
    let phone = Authenticator::p256();
    let settings = format!("{WEB}\nredirect_uris = ['https://app.example.com/']");
    let service = TestService::with(&settings).await;
    let ada = add_user_in_browser(&service, &phone).await;
    let browser = Browser::new(&service);
    let query = "response_type=code&client_id=web&redirect_uri=https%3A%2F%2Fapp.example.com%2F";
    let page = browser.visit(&format!("/authorize?{query}")).await;
    page.assert_status(200);
    let done = logs_in(&browser, &page, &phone, ada).await;
    done.assert_status(303);
    assert!(
        done.header("location")
            .starts_with("https://app.example.com/")
    );
    let session = browser.get("/session").await;
    assert_eq!(session.assert_status(200).json()["acr"], json!("phr"));
}

/// A user of the client with cookies, who has that passkey.
async fn add_user_in_browser(service: &TestService, phone: &Authenticator) -> UserId {
    let browser = Browser::signed_up(service, ADA).await;
    let begun = browser.post("/passkeys/registration", json!({})).await;
    let credential = phone.registration_json(&begun.json()["options"]);
    let body = json!({"challenge": begun.json()["challenge"], "credential": credential});
    let added = browser.post("/me/passkeys", body).await;
    browser.keep(added.assert_status(201));
    let me = browser.get("/me").await.json();
    me["id"].as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn pages_offer_no_passkey_if_passkeys_are_off() {
    let settings = format!("passkeys.enabled = false\n{OAUTH_CLIENT}");
    let service = TestService::with(&settings).await;
    let login = Login::new(&service);
    let page = login_page(&login).await;
    assert_eq!(page.passkey_data("challenge"), None);
    let text = page.text();
    for part in ["with a passkey", "PublicKeyCredential", "webauthn"] {
        assert!(!text.contains(part), "{part}: {text}");
    }
    let begun = json!({"challenge": "x"});
    let posted = post(&login.browser, &page, &begun, &json!({})).await;
    posted.assert_page(404, "not_found");
}
