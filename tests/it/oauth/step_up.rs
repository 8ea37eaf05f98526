//! Clients that require a strength of the login (RFC 9470 §5).

use rstest::rstest;
use serde_json::json;

use super::single_sign_on::{ADA, logs_in, service_on, submits_password, url};
use crate::support::{
    Engine, PASSWORD, TestService,
    answer::Answer,
    oauth_client::{Login, OAUTH_CLIENT},
    token,
    totp::AuthenticatorApp,
    upstream::LOOPBACK,
};

const STRONG: &str = "
    [[clients]]
    client_id = 'strong'
    min_acr = 'mfa'
    scopes = ['openid', 'read']
    redirect_uris = ['https://app.example.com/back']
";

/// The path of a redirect to a page of the service.
fn path_of(answer: &Answer) -> String {
    answer.assert_status(303);
    let url = url::Url::parse(answer.header("location")).unwrap();
    assert_eq!(url.origin().ascii_serialization(), LOOPBACK);
    url.path().to_owned()
}

/// Ada, who has no second factor, logs in at the client that requires one, with these further parameters.
async fn logs_in_weakly(login: &Login<'_>, more: &str) -> Answer {
    let url = url(login, &format!("&scope=openid{more}"));
    let url = url.replace("client_id=app", "client_id=strong");
    let page = login.browser.visit(&url).await;
    submits_password(login, &page, ADA).await
}

#[tokio::test]
async fn user_without_a_factor_adds_one_and_goes_on_to_the_client() {
    let service = service_on(Engine::Sqlite, STRONG).await;
    let login = Login::new(&service);
    let weak = logs_in_weakly(&login, "&ui_locales=de").await;
    assert_eq!(path_of(&weak), "/account/totp");
    let page = login.browser.visit(weak.header("location")).await;
    page.assert_status(200);
    assert_eq!(page.header("content-language"), "de");
    let text = page.text();
    let named = "<p>Um bei <bdi>strong</bdi> fortzufahren, richten Sie";
    assert!(text.contains(named), "{text}");
    let (_, secret) = text.split_once("<code>").unwrap();
    let app = AuthenticatorApp::with(secret.split_once('<').unwrap().0);
    let again = login.browser.submit(&page, &[("code", "000000")]).await;
    again.assert_status(422);
    let code = app.code(service.clock.now());
    let added = login.browser.submit(&again, &[("code", &code)]).await;
    assert_eq!(path_of(&added), "/authorize");
    let done = login.browser.visit(added.header("location")).await;
    assert!(!login.code(&done).is_empty());
    // The page of a user who has an app leads on at once.
    let late = login.browser.visit(weak.header("location")).await;
    assert_eq!(path_of(&late), "/authorize");
}

#[tokio::test]
async fn new_user_is_led_to_enrolment_as_well() {
    let service = service_on(Engine::Sqlite, STRONG).await;
    let login = Login::new(&service);
    let sign_up = url(&login, "").replace("client_id=app", "client_id=strong");
    let sign_up = sign_up.replace("/authorize?", "/signup?");
    let page = login.browser.visit(&sign_up).await;
    let sent = login
        .browser
        .submit(&page, &[("email", "carol@example.com")])
        .await;
    sent.assert_status(202);
    let token = service.mailed_token("carol@example.com").unwrap();
    let confirm = sign_up.replace("/signup?", "/signup/confirm?");
    let page = login.browser.visit(&confirm).await;
    let fields = [("token", token.as_str()), ("password", PASSWORD)];
    let weak = login.browser.submit(&page, &fields).await;
    assert_eq!(path_of(&weak), "/account/totp");
}

#[tokio::test]
async fn enrolment_survives_a_new_login() {
    let service = service_on(Engine::Sqlite, STRONG).await;
    let login = Login::new(&service);
    let weak = logs_in_weakly(&login, "&nonce=a*b").await;
    service.clock.advance(chrono::TimeDelta::hours(1));
    let old = login.browser.visit(weak.header("location")).await;
    assert_eq!(path_of(&old), "/login");
    let page = login.browser.visit(old.header("location")).await;
    let back = submits_password(&login, &page, ADA).await;
    assert_eq!(back.header("location"), weak.header("location"));
}

#[tokio::test]
async fn other_pages_of_the_account_do_not_lead_on() {
    let service = service_on(Engine::Sqlite, STRONG).await;
    let login = Login::new(&service);
    logs_in(&login, ADA).await;
    let url = url(&login, "").replace("/authorize?", "/account/profile?");
    let page = login.browser.visit(&url).await;
    let done = login.browser.submit(&page, &[("name", "Ada")]).await;
    assert_eq!(path_of(&done), "/account");
}

#[tokio::test]
async fn enrolment_can_be_canceled() {
    let service = service_on(Engine::Sqlite, STRONG).await;
    let login = Login::new(&service);
    let weak = logs_in_weakly(&login, "").await;
    let page = login.browser.visit(weak.header("location")).await;
    let links = page.links();
    let (_, cancel) = links.iter().find(|(text, _)| text == "Cancel").unwrap();
    assert!(cancel.contains("error=access_denied"), "{cancel}");
}

#[tokio::test]
async fn user_adds_a_passkey_where_one_is_required() {
    let strongest = STRONG.replace("'mfa'", "'phr'");
    let settings = format!("{strongest}{OAUTH_CLIENT}");
    let service = TestService::with(&settings).await;
    service.signed_up_at("app", ADA).await;
    let login = Login::new(&service);
    let weak = logs_in_weakly(&login, "").await;
    let location = weak.assert_status(303).header("location");
    assert!(location.contains("/account/passkeys/new?"), "{location}");
}

#[rstest]
#[case::by_the_request("", "&acr_values=phr")]
#[case::without_account_pages("[pages]\naccount = false", "")]
#[case::without_passkeys("[passkeys]\nenabled = false", "phr")]
#[tokio::test]
async fn login_that_cannot_become_strong_enough_is_refused(
    #[case] settings: &str,
    #[case] more: &str,
) {
    let strong = match more {
        "phr" => STRONG.replace("'mfa'", "'phr'"),
        _ => STRONG.to_owned(),
    };
    let service = service_on(Engine::Sqlite, &format!("{settings}\n{strong}")).await;
    let login = Login::new(&service);
    let more = if more == "phr" { "" } else { more };
    let weak = logs_in_weakly(&login, more).await;
    let unmet = Some("unmet_authentication_requirements");
    assert_eq!(login.error(&weak).as_deref(), unmet);
}

#[tokio::test]
async fn client_that_requires_two_factors_gets_no_code_for_one() {
    let service = service_on(Engine::Sqlite, STRONG).await;
    let login = Login::new(&service);
    logs_in(&login, ADA).await;
    let of_strong = |login: &Login<'_>| {
        url(login, "&scope=openid").replace("client_id=app", "client_id=strong")
    };
    let strong = of_strong(&login);
    let silent = login.browser.visit(&format!("{strong}&prompt=none")).await;
    assert_eq!(login.error(&silent).as_deref(), Some("login_required"));
    // The session at the issuer does not suffice, and neither does a login without a second factor.
    let page = login.browser.visit(&strong).await;
    let weak = submits_password(&login, &page, ADA).await;
    assert_eq!(path_of(&weak), "/account/totp");

    let body = json!({"email": ADA, "password": PASSWORD, "client_id": "app"});
    let mut ada = service.anon();
    ada.keep(ada.post("/login", body).await.assert_status(200));
    let app = AuthenticatorApp::enrolled(&service, &mut ada).await;
    let login = Login::new(&service);
    let strong = of_strong(&login);
    let page = login.browser.visit(&strong).await;
    let asked = submits_password(&login, &page, ADA).await;
    asked.assert_status(200);
    let (action, mut fields) = asked.form();
    fields.retain(|(name, _)| name != "code");
    fields.push(("code".to_owned(), app.code(service.clock.now())));
    let done = login.browser.post_form(&action, &fields).await;
    let redemption = login.link_request(&login.code(&done));
    let field = |name: &str| redemption[name].as_str().unwrap();
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", "strong"),
        ("code", field("code")),
        ("redirect_uri", field("redirect_uri")),
        ("code_verifier", field("code_verifier")),
    ];
    let session = service.anon().post_form("/token", &form).await;
    let session = session.assert_status(200).json();
    let claims = token::claims(session["id_token"].as_str().unwrap());
    assert_eq!(
        (&claims["aud"], &claims["acr"]),
        (&json!("strong"), &json!("mfa"))
    );
    // Now the session at the issuer suffices.
    login.code(&login.browser.visit(&format!("{strong}&prompt=none")).await);
}
