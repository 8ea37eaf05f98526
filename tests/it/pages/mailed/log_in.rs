//! The login page at `/authorize`.

use rstest_reuse::apply;
use serde_json::json;

use super::{
    ADA, assert_field_error, by_password, follow_page_link, login_page, request_login_link,
    service, service_on, service_with, submit_form,
};
use crate::support::{
    Browser, Engine, PASSWORD, TestService, both_engines,
    oauth_client::{Login, OAUTH_CLIENT},
    openid::OpenIdStub,
    upstream::LOOPBACK,
};

#[apply(both_engines)]
#[tokio::test]
async fn login_page_returns_a_code_that_is_exchanged_for_tokens(engine: Engine) {
    let service = service_on(engine, "").await;
    let id = service.signed_up(ADA).await.id();
    let login = Login::new(&service);
    let page = login_page(&login).await;
    let answer = by_password(&login.browser, &page, "ADA@example.com", PASSWORD).await;
    let [cookie] = answer.set_cookies()[..] else {
        panic!("{:?}", answer.set_cookies());
    };
    assert!(cookie.starts_with("signet-8080-sso="), "{cookie}");
    let ada = login.finish(&answer).await;
    assert_eq!(ada.id(), id);
    let claims = ada.claims();
    assert_eq!(claims["client_id"], "app");
    assert_eq!(claims["amr"], json!(["pwd"]));
}

#[tokio::test]
async fn failed_login_shows_the_same_page_for_any_email() {
    let service = service().await;
    service.signed_up(ADA).await;
    let bob = service.signed_up("bob@example.com").await;
    bob.set_active(false).await;
    let login = Login::new(&service);
    let page = login_page(&login).await;
    let mut seen = Vec::new();
    for (email, password) in [
        (ADA, "not the password of anybody"),
        (ADA, "x"),
        (ADA, &"x".repeat(5000)),
        ("bob@example.com", PASSWORD),
        ("nobody@example.com", PASSWORD),
    ] {
        let answer = by_password(&login.browser, &page, email, password).await;
        assert_field_error(&answer, 401, "password");
        login.assert_not_logged_in(&answer);
        assert_eq!(answer.field("email"), email);
        assert_eq!(answer.field("password"), "");
        assert!(password == "x" || !answer.text().contains(password));
        let (status, headers, text) = answer.comparable();
        let headers: Vec<_> = headers
            .into_iter()
            .filter(|(name, _)| name != "content-length")
            .collect();
        seen.push((status, headers, text.replace(email, "…")));
    }
    seen.dedup();
    assert_eq!(seen.len(), 1, "{seen:#?}");
    // The form keeps its request.
    let refused = by_password(&login.browser, &page, ADA, "not it").await;
    let answer = by_password(&login.browser, &refused, ADA, PASSWORD).await;
    login.code(&answer);
}

#[tokio::test]
async fn missing_or_invalid_email_is_reported_at_its_field() {
    let service = service().await;
    let login = Login::new(&service);
    let page = login_page(&login).await;
    for email in [
        "",
        "ada",
        "ada@",
        "\"><script>alert(1)</script>@example.com",
    ] {
        for by in ["password", "link"] {
            let filled = [("email", email), ("password", PASSWORD), ("by", by)];
            let answer = submit_form(&login.browser, &page, &filled).await;
            assert_field_error(&answer, 422, "email");
            assert_eq!(answer.field("email"), email);
            assert_eq!(answer.field("password"), "");
            assert!(!answer.text().contains("<script>alert"));
        }
    }
    let answer = by_password(&login.browser, &page, ADA, "").await;
    assert_field_error(&answer, 422, "password");
    assert_eq!(answer.field("email"), ADA);
    assert_eq!(service.outbox.lock().unwrap().len(), 0);
}

/// A form without a button counts as the first button, which the Enter key presses.
#[tokio::test]
async fn form_without_a_button_logs_in_by_password() {
    let service = service().await;
    service.signed_up(ADA).await;
    let login = Login::new(&service);
    let page = login_page(&login).await;
    let filled = [("email", ADA), ("password", PASSWORD)];
    login.code(&submit_form(&login.browser, &page, &filled).await);
}

#[tokio::test]
async fn rate_limited_login_page_shows_the_wait() {
    let service = service_with("limits.login_pair = '2/15m'\nlimits.mail_network = '2/1h'").await;
    service.signed_up(ADA).await;
    let login = Login::new(&service);
    let page = login_page(&login).await;
    for _ in 0..2 {
        let answer = by_password(&login.browser, &page, "eve@example.com", PASSWORD).await;
        assert_field_error(&answer, 401, "password");
    }
    let limited = by_password(&login.browser, &page, "eve@example.com", PASSWORD).await;
    limited.assert_page(429, "rate_limited");
    login.assert_not_logged_in(&limited);
    let again = follow_page_link(&login.browser, &limited, "Try again").await;
    login.code(&by_password(&login.browser, &again, ADA, PASSWORD).await);
    login.browser.drop_cookie("signet-8080-sso");
    login.code(&by_password(&login.browser, &page, ADA, PASSWORD).await);
    // The session at the issuer would go on without a page.
    login.browser.drop_cookie("signet-8080-sso");
    // The sign-up counts as one of two mails.
    request_login_link(&login, &service, ADA).await.unwrap();
    let filled = [("email", "bob@example.com"), ("by", "link")];
    let limited = submit_form(&login.browser, &page, &filled).await;
    limited.assert_page(429, "rate_limited");
    assert_eq!(service.outbox.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn login_page_sets_cookies_for_a_cookie_client() {
    let web = "
        [[clients]]
        client_id = 'web'
        transport = 'cookie'
        origins = ['https://app.example.com']
        redirect_uris = ['https://app.example.com/landed']
    ";
    let service = service_with(web).await;
    let confirmed = json!({"email": ADA, "client_id": "app"});
    service.anon().post("/signup", confirmed).await;
    let token = service.mailed_token(ADA).unwrap();
    let chosen = json!({"token": token, "password": PASSWORD});
    let signed_up = service.anon().post("/signup/confirm", chosen).await;
    signed_up.assert_status(201);
    let browser = Browser::new(&service);
    let query = "response_type=code&client_id=web&state=s%26t\
                 &redirect_uri=https%3A%2F%2Fapp.example.com%2Flanded";
    let page = browser.visit(&format!("/authorize?{query}")).await;
    let answer = by_password(&browser, &page, ADA, PASSWORD).await;
    answer.assert_status(303);
    let landed = answer.header("location");
    let expected = "https://app.example.com/landed?state=s%26t&";
    assert!(landed.starts_with(expected), "{landed}");
    assert!(!landed.contains("code="), "{landed}");
    let session = browser.get("/session").await;
    session.assert_status(200);
    assert_eq!(session.json()["client_id"], "web");
}

/// Linking needs a provider account; a password login is not offered.
#[tokio::test]
async fn linking_page_offers_providers_only() {
    let stub = OpenIdStub::start();
    let service =
        TestService::with_providers(Engine::Sqlite, &[("stub", &stub, "")], OAUTH_CLIENT).await;
    service.signed_up(ADA).await;
    let login = Login::new(&service);
    let to_log_in = login_page(&login).await;
    assert!(to_log_in.links().iter().any(|(_, it)| it.contains("=stub")));
    let url = format!("{}&intent=link", login.url(""));
    let page = login.browser.visit(&url).await;
    page.assert_status(200);
    assert!(!page.text().contains("<form"), "{}", page.text());
    let links = page.links();
    let ways: Vec<_> = links
        .iter()
        .filter(|(_, it)| it.starts_with(LOOPBACK))
        .collect();
    assert_eq!(ways.len(), 1, "{links:?}");
    assert!(ways[0].1.contains("provider=stub"), "{links:?}");
    // A form that was not shown is rejected too.
    for by in ["password", "link"] {
        let form = [("email", ADA), ("password", PASSWORD), ("by", by)];
        let form = form.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let answer = login.browser.post_form(&url, &form).await;
        login.assert_not_logged_in(&answer);
        assert_eq!(login.error(&answer).as_deref(), Some("invalid_request"));
    }
    assert_eq!(service.outbox.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn login_page_without_mail_offers_the_password_only() {
    let mut service = service().await;
    service.signed_up(ADA).await;
    service.disable_mail();
    let login = Login::new(&service);
    let page = login_page(&login).await;
    let text = page.text();
    assert!(!text.contains("value=\"link\""), "{text}");
    let links = page.links();
    assert!(
        !links.iter().any(|(_, it)| it.starts_with(LOOPBACK)),
        "{links:?}"
    );
    let filled = [("email", ADA), ("by", "link")];
    let refused = submit_form(&login.browser, &page, &filled).await;
    refused.assert_page(501, "mail_not_configured");
    login.code(&by_password(&login.browser, &page, ADA, PASSWORD).await);
}
