//! The page for the code of a second factor, at `/authorize` and at the issuer.

use chrono::TimeDelta;
use rstest_reuse::apply;
use serde_json::json;

use super::{
    ADA, assert_field_error, by_password, login_page, mailed_link, open_link_and_submit,
    request_login_link, service, service_on, submit_form,
};
use crate::support::{
    Browser, Engine, PASSWORD, TestService, answer::Answer, both_engines, oauth_client::Login,
    totp::AuthenticatorApp, upstream::LOOPBACK,
};

/// A user with an authenticator app, and recovery codes.
async fn enrolled(service: &TestService) -> (AuthenticatorApp, Vec<String>) {
    let mut ada = service.signed_up(ADA).await;
    let app = AuthenticatorApp::enrolled(service, &mut ada).await;
    let made = ada.post("/me/recovery-codes", json!({})).await.json();
    (
        app,
        serde_json::from_value(made["recovery_codes"].clone()).unwrap(),
    )
}

async fn enters(browser: &Browser<'_>, page: &Answer, code: &str, by: &str) -> Answer {
    submit_form(browser, page, &[("code", code), ("by", by)]).await
}

#[apply(both_engines)]
#[tokio::test]
async fn login_page_asks_for_the_code_and_goes_on_to_the_client(engine: Engine) {
    let service = service_on(engine, "").await;
    let (app, codes) = enrolled(&service).await;
    let login = Login::new(&service);
    let page = login_page(&login).await;
    let asked = by_password(&login.browser, &page, ADA, PASSWORD).await;
    asked.assert_status(200);
    login.assert_not_logged_in(&asked);
    assert!(asked.text().contains("6-digit code"), "{}", asked.text());
    // A wrong code, and texts that cannot be codes.
    for code in ["000000", "x", ""] {
        let wrong = enters(&login.browser, &asked, code, "totp").await;
        assert_field_error(&wrong, 401, "code");
        login.assert_not_logged_in(&wrong);
    }
    // Not in another browser, and not by the API.
    let other = Browser::new(&service);
    let elsewhere = enters(&other, &asked, "000000", "totp").await;
    elsewhere.assert_page(400, "invalid_continuation");
    let code = app.code(service.clock.now());
    let body = json!({"continuation": asked.field("continuation"), "code": code});
    let by_api = service.anon().post("/login/second-factor", body).await;
    by_api.assert_problem(400, "invalid_continuation");

    let done = enters(&login.browser, &asked, &code, "totp").await;
    let mut ada = login.finish(&done).await;
    let claims = ada.claims();
    assert_eq!(
        (&claims["acr"], &claims["amr"]),
        (&json!("mfa"), &json!(["pwd", "otp", "mfa"]))
    );
    ada.refreshed().await;
    assert_eq!(ada.claims()["acr"], "mfa");
    let used = enters(&login.browser, &asked, &code, "totp").await;
    assert_field_error(&used, 401, "code");
    assert!(used.text().contains("already been used"), "{}", used.text());

    // The session at the issuer is of two factors.
    let silent = format!("{}&scope=openid&acr_values=mfa&prompt=none", login.url(""));
    login.code(&login.browser.visit(&silent).await);

    // The page for recovery codes is one button away.
    let login = Login::new(&service);
    let page = login_page(&login).await;
    let asked = by_password(&login.browser, &page, ADA, PASSWORD).await;
    let recovery = enters(&login.browser, &asked, "", "use_recovery_code").await;
    recovery.assert_status(200);
    assert!(
        recovery.text().contains("Each code works once"),
        "{}",
        recovery.text()
    );
    let wrong = enters(
        &login.browser,
        &recovery,
        "ABCD-EFGH-2345-67YZ",
        "recovery_code",
    )
    .await;
    assert_field_error(&wrong, 401, "code");
    let done = enters(&login.browser, &wrong, &codes[0], "recovery_code").await;
    login.finish(&done).await;
}

#[tokio::test]
async fn mailed_link_and_login_at_the_issuer_ask_for_the_code() {
    let service = service().await;
    let (app, _) = enrolled(&service).await;
    let login = Login::new(&service);
    let link = request_login_link(&login, &service, ADA).await.unwrap();
    let asked = open_link_and_submit(&login.browser, &link, &[]).await;
    asked.assert_status(200);
    login.assert_not_logged_in(&asked);
    let code = app.code(service.clock.now());
    let done = enters(&login.browser, &asked, &code, "totp").await;
    let ada = login.finish(&done).await;
    assert_eq!(ada.claims()["amr"], json!(["mail", "otp", "mfa"]));
    assert!(mailed_link(&service, ADA).is_some());

    service.clock.advance(TimeDelta::seconds(30));
    let browser = Browser::new(&service);
    let page = browser.visit(&format!("{LOOPBACK}/login")).await;
    let asked = by_password(&browser, &page, ADA, PASSWORD).await;
    asked.assert_status(200);
    assert_eq!(browser.cookie("signet-8080-sso"), None);
    let code = app.code(service.clock.now());
    let done = enters(&browser, &asked, &code, "totp").await;
    done.assert_status(200);
    assert!(done.text().contains(ADA), "{}", done.text());
    assert!(browser.cookie("signet-8080-sso").is_some());
}

#[tokio::test]
async fn page_that_was_left_open_too_long_leads_back_to_the_login() {
    let service = service().await;
    let (app, _) = enrolled(&service).await;
    let login = Login::new(&service);
    let page = login_page(&login).await;
    let asked = by_password(&login.browser, &page, ADA, PASSWORD).await;
    service.clock.advance(TimeDelta::minutes(5));
    let code = app.code(service.clock.now());
    let late = enters(&login.browser, &asked, &code, "totp").await;
    late.assert_page(400, "invalid_continuation");
    assert!(!late.links().is_empty(), "{}", late.text());
}
