//! Clients that require a strength of the login (RFC 9470 §5).

use serde_json::json;

use super::single_sign_on::{ADA, logs_in, service_on, submits_password, url};
use crate::support::{Engine, PASSWORD, oauth_client::Login, token, totp::AuthenticatorApp};

const STRONG: &str = "
    [[clients]]
    client_id = 'strong'
    min_acr = 'mfa'
    scopes = ['openid', 'read']
    redirect_uris = ['https://app.example.com/back']
";

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
    let unmet = Some("unmet_authentication_requirements");
    assert_eq!(login.error(&weak).as_deref(), unmet);

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
