//! The login at the issuer itself: `/login`, without a client.

use chrono::TimeDelta;
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::json;

use super::{
    ADA, NEW, assert_field_error, assert_mailed, by_password, follow_page_link, mailed_link,
    open_link_and_submit, service, service_on, service_with, submit_form,
};
use crate::support::{
    Browser, Engine, PASSWORD, TestService,
    answer::Answer,
    both_engines,
    oauth_client::{Login, OAUTH_CLIENT, VERIFIER},
    openid::OpenIdStub,
    openid::Person,
    upstream::LOOPBACK,
};

const SSO: &str = "signet-8080-sso";

/// The page of the issuer for a user who is logged in.
#[track_caller]
fn assert_logged_in(page: &Answer, email: &str) {
    page.assert_status(200);
    let text = page.text();
    assert!(text.contains("<h1>You’re logged in</h1>"), "{text}");
    assert!(
        text.contains(&format!("Logged in as <bdi>{email}</bdi>")),
        "{text}"
    );
    assert!(!text.contains("id=\"password\""), "{text}");
}

/// The login form of the issuer.
async fn login_form(browser: &Browser<'_>) -> Answer {
    let page = browser.visit("/login").await;
    page.assert_status(200);
    assert_eq!(page.form().0, format!("{LOOPBACK}/login"));
    page
}

async fn logs_in(browser: &Browser<'_>) -> Answer {
    let page = login_form(browser).await;
    by_password(browser, &page, ADA, PASSWORD).await
}

#[apply(both_engines)]
#[tokio::test]
async fn login_at_the_issuer_logs_in_at_clients_until_the_logout(engine: Engine) {
    let service = service_on(engine, "").await;
    service.signed_up(ADA).await;
    let login = Login::new(&service);
    let page = login_form(&login.browser).await;
    let answer = by_password(&login.browser, &page, "ADA@example.com", PASSWORD).await;
    assert_logged_in(&answer, ADA);
    // The session at the issuer, and no tokens of a client.
    let [cookie] = answer.set_cookies()[..] else {
        panic!("{:?}", answer.set_cookies());
    };
    assert!(cookie.starts_with(&format!("{SSO}=")), "{cookie}");
    let again = login.browser.visit("/login").await;
    assert_logged_in(&again, ADA);
    assert_eq!(again.set_cookies(), [""; 0]);
    let ada = login
        .finish(&login.browser.visit(&login.url("")).await)
        .await;
    assert_eq!(ada.claims()["amr"], json!(["pwd"]));

    let logged_out = submit_form(&login.browser, &again, &[]).await;
    logged_out.assert_status(200);
    assert!(logged_out.text().contains("You’re logged out"));
    assert_eq!(login.browser.cookie(SSO), None);
    login_form(&login.browser).await;
    let page = login.browser.visit(&login.url("")).await;
    page.assert_status(200);
}

#[tokio::test]
async fn json_login_sets_no_session_at_the_issuer() {
    let service = service().await;
    service.signed_up(ADA).await;
    let browser = Browser::new(&service);
    let answer = browser.log_in(ADA).await;
    assert!(answer.assert_status(200).json()["access_token"].is_string());
    assert_eq!(answer.set_cookies(), [""; 0]);
    let answer = browser.post("/login", json!({"email": ADA})).await;
    answer.assert_field(422, "missing_field", "password");
}

#[tokio::test]
async fn failed_login_is_that_of_the_authorization_endpoint() {
    let service = service().await;
    service.signed_up(ADA).await;
    let login = Login::new(&service);
    let at_client = super::login_page(&login).await;
    let at_issuer = login_form(&login.browser).await;
    for (email, password, status, field) in [
        (ADA, "not the password", 401, "password"),
        ("nobody@example.com", PASSWORD, 401, "password"),
        (ADA, &"x".repeat(5000), 401, "password"),
        (ADA, "", 422, "password"),
        ("ada@", PASSWORD, 422, "email"),
        ("", PASSWORD, 422, "email"),
        (
            "\"><script>alert(1)</script>@example.com",
            PASSWORD,
            422,
            "email",
        ),
    ] {
        let mut alerts = Vec::new();
        for page in [&at_client, &at_issuer] {
            let answer = by_password(&login.browser, page, email, password).await;
            assert_field_error(&answer, status, field);
            assert_eq!(answer.field("email"), email);
            assert_eq!(answer.set_cookies(), [""; 0]);
            let text = answer.text();
            assert!(!text.contains("<script>alert"), "{text}");
            let alert = text.lines().find(|line| line.contains("role=\"alert\""));
            alerts.push(alert.unwrap().to_owned());
        }
        assert_eq!(alerts[0], alerts[1]);
    }
    // The form can be submitted again.
    let refused = by_password(&login.browser, &at_issuer, ADA, "not it").await;
    let answer = by_password(&login.browser, &refused, ADA, PASSWORD).await;
    assert_logged_in(&answer, ADA);
}

#[tokio::test]
async fn form_and_json_share_the_limit_of_logins() {
    let service = service_with("limits.login_pair = '2/15m'").await;
    service.signed_up(ADA).await;
    let browser = Browser::new(&service);
    let page = login_form(&browser).await;
    let wrong = json!({"email": ADA, "password": "not the password"});
    browser.post("/login", wrong).await.assert_status(401);
    let refused = by_password(&browser, &page, ADA, "not the password").await;
    refused.assert_status(401);
    let limited = by_password(&browser, &page, ADA, PASSWORD).await;
    limited.assert_page(429, "rate_limited");
    browser
        .log_in(ADA)
        .await
        .assert_problem(429, "rate_limited");
    service.clock.advance(TimeDelta::minutes(16));
    assert_logged_in(&by_password(&browser, &page, ADA, PASSWORD).await, ADA);
}

#[rstest]
#[case::missing_fields("", 422)]
#[case::only_a_button("by=session", 422)]
#[case::unknown_fields("email=eve%40example.com&password=x&sid=1&is_admin=1", 401)]
#[case::repeated_field("email=ada%40example.com&password=a&password=b", 400)]
#[case::invalid_percent("email=%ZZ&password=%", 422)]
#[case::control_characters("email=a%00b%40example.com&password=x", 422)]
#[tokio::test]
async fn hostile_form_gets_a_page(#[case] body: &'static str, #[case] status: u16) {
    let service = service().await;
    service.signed_up(ADA).await;
    let headers = [
        ("origin", LOOPBACK),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    let answer = service.anon().send("POST", "/login", &headers, body).await;
    answer.assert_status(status);
    assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(answer.set_cookies(), [""; 0]);
}

#[tokio::test]
async fn oversized_form_is_rejected() {
    let service = service().await;
    let headers = [
        ("origin", LOOPBACK),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    let body = format!("email={}", "a".repeat(200_000));
    let answer = service.anon().send("POST", "/login", &headers, body).await;
    answer.assert_page(413, "body_too_large");
}

#[tokio::test]
async fn invalid_session_shows_the_form() {
    let service = service().await;
    let ada = service.signed_up(ADA).await;
    let browser = Browser::new(&service);
    assert_logged_in(&logs_in(&browser).await, ADA);
    let valid = browser.cookie(SSO).unwrap();
    for forged in ["x", "", &valid[1..], &format!("{valid}x")] {
        browser.set_cookie(SSO, forged);
        login_form(&browser).await;
    }
    browser.set_cookie(SSO, valid);
    assert_logged_in(&browser.visit("/login").await, ADA);
    ada.set_active(false).await;
    login_form(&browser).await;
    ada.set_active(true).await;
    assert_logged_in(&logs_in(&browser).await, ADA);
    service.clock.advance(TimeDelta::hours(13));
    login_form(&browser).await;
}

#[tokio::test]
async fn disabled_single_sign_on_leaves_the_page_of_explanations() {
    let service = service_with("sso.enabled = false").await;
    service.signed_up(ADA).await;
    let browser = Browser::new(&service);
    let page = browser.visit("/login").await;
    page.assert_status(200);
    let text = page.text();
    assert!(text.contains("open the app you want to use"), "{text}");
    assert!(!text.contains("<form"), "{text}");
    let form = [("email", ADA), ("password", PASSWORD)];
    let form = form.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let answer = browser.post_form("/login", &form).await;
    answer.assert_page(415, "unsupported_media_type");
    assert_eq!(answer.set_cookies(), [""; 0]);
    browser.log_in(ADA).await.assert_status(200);
}

/// A login at a provider needs the request of a client.
#[tokio::test]
async fn providers_are_not_offered_at_the_issuer() {
    let stub = OpenIdStub::start();
    stub.person(Person::new("sub", ADA).with_email_verified(json!(true)));
    let service = TestService::with_providers(
        Engine::Sqlite,
        &[("stub", &stub, "trusts_addresses = true")],
        OAUTH_CLIENT,
    )
    .await;
    let login = Login::new(&service);
    let page = login_form(&login.browser).await;
    assert!(page.links().iter().all(|(_, it)| !it.contains("stub")));
    // The session of a login by a provider counts here as well.
    let answer = login.log_in_at("stub", &stub).await;
    login.code(&answer);
    let page = login.browser.visit("/login").await;
    assert!(page.text().contains("You’re logged in"), "{}", page.text());
}

/// With several clients, none has to be named.
#[tokio::test]
async fn login_link_of_the_issuer_works_in_the_same_browser_only() {
    let other = "[[clients]]\nclient_id = 'other'\napp_url = 'https://other.example.com'";
    let settings = format!("{OAUTH_CLIENT}\n{other}");
    let service = TestService::with_providers(Engine::Sqlite, &[], &settings).await;
    let of_app = json!({"email": ADA, "client_id": "app"});
    service.anon().post("/signup", of_app).await;
    let token = service.mailed_token(ADA).unwrap();
    let chosen = json!({"token": token, "password": PASSWORD});
    let signed_up = service.anon().post("/signup/confirm", chosen).await;
    signed_up.assert_status(201);

    let browser = Browser::new(&service);
    let page = login_form(&browser).await;
    let filled = [("email", ADA), ("by", "link")];
    assert_mailed(&submit_form(&browser, &page, &filled).await);
    let link = mailed_link(&service, ADA).unwrap();
    let expected = format!("{LOOPBACK}/login/link/confirm?ui_locales=en#token=");
    assert!(link.starts_with(&expected), "{link}");
    let token = service.mailed_token(ADA).unwrap();

    let elsewhere = Browser::new(&service);
    let answer = open_link_and_submit(&elsewhere, &link, &[]).await;
    answer.assert_page(400, "opened_elsewhere");
    assert_eq!(elsewhere.cookies(), "");
    let secret = browser.cookie("signet-8080-login").unwrap();
    for verifier in [VERIFIER, &secret] {
        let body = json!({"token": token, "code_verifier": verifier});
        let answer = service.anon().post("/login/link/confirm", body).await;
        answer.assert_problem(400, "opened_elsewhere");
    }
    let answer = open_link_and_submit(&browser, &link, &[]).await;
    assert_logged_in(&answer, ADA);
    let again = open_link_and_submit(&browser, &link, &[]).await;
    again.assert_page(400, "invalid_link");
    let page = follow_page_link(&browser, &again, "Get a new link").await;
    assert_logged_in(&page, ADA);

    // The other mails of the page need no client either.
    let browser = Browser::new(&service);
    let page = login_form(&browser).await;
    let page = follow_page_link(&browser, &page, "Forgot password?").await;
    assert_mailed(&submit_form(&browser, &page, &[("email", ADA)]).await);
    let link = mailed_link(&service, ADA).unwrap();
    let done = open_link_and_submit(&browser, &link, &[("password", NEW)]).await;
    done.assert_status(200);
    let page = follow_page_link(&browser, &done, "Log in").await;
    assert_logged_in(&by_password(&browser, &page, ADA, NEW).await, ADA);
}

/// The parameters of a request are those of `/authorize`, and of no use here.
#[tokio::test]
async fn request_of_a_client_is_not_continued_at_the_issuer() {
    let service = service().await;
    service.signed_up(ADA).await;
    let login = Login::new(&service);
    let url = login.url("").replace("/authorize", "/login");
    let page = login.browser.visit(&url).await;
    let answer = by_password(&login.browser, &page, ADA, PASSWORD).await;
    assert_logged_in(&answer, ADA);
    assert_eq!(answer.header("location"), "");
}
