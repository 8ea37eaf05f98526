//! The pages for sign-up, password reset and email change.

use chrono::TimeDelta;
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::json;

use super::{
    ADA, NEW, assert_field_error, assert_mailed, by_password, follow_page_link, link_of,
    login_page, mailed_link, open_link, open_link_and_submit, query, service, service_on,
    service_with, submit_form,
};
use crate::support::{
    Browser, Engine, PASSWORD, TestService, answer::Answer, both_engines, oauth_client::Login,
    upstream::LOOPBACK,
};

/// Follows a link of the login page and returns the link of the mail that the form sends.
async fn asks(login: &Login<'_>, service: &TestService, way: &str, email: &str) -> Option<String> {
    let page = login_page(login).await;
    let page = follow_page_link(&login.browser, &page, way).await;
    let mailed = submit_form(&login.browser, &page, &[("email", email)]).await;
    assert_mailed(&mailed);
    mailed_link(service, email)
}

async fn request_sign_up(login: &Login<'_>, service: &TestService) -> Option<String> {
    asks(login, service, "Create account", ADA).await
}

async fn request_reset(login: &Login<'_>, service: &TestService, email: &str) -> Option<String> {
    asks(login, service, "Forgot password?", email).await
}

/// Chooses a password on the page, after two rejected attempts.
async fn choose_password(browser: &Browser<'_>, link: &str, password: &str) -> Answer {
    let (page, token) = open_link(browser, link).await;
    let first = submit_form(browser, &page, &[("token", &token), ("password", "short")]).await;
    assert_field_error(&first, 422, "password");
    assert_eq!(first.field("token"), token);
    assert_eq!(first.field("password"), "");
    assert!(first.text().contains("at least 15 characters"));
    // The page is shown again unchanged, without the script.
    let second = submit_form(browser, &first, &[("password", "passwordpassword1")]).await;
    assert_field_error(&second, 422, "password");
    assert!(second.text().contains("This password is too easy to guess"));
    assert_eq!(second.field("token"), token);
    assert!(!second.text().contains("passwordpassword1"));
    let third = submit_form(browser, &second, &[("password", "")]).await;
    assert_field_error(&third, 422, "password");
    submit_form(browser, &third, &[("password", password)]).await
}

/// Follows the final page back to the app.
async fn follow_to_the_app(login: &Login<'_>, done: &Answer, password: &str) -> Answer {
    done.assert_status(200);
    let onward = link_of(done, "Log in");
    assert!(
        onward.starts_with(&format!("{LOOPBACK}/authorize?")),
        "{onward}"
    );
    let begun = query(&login.url(""));
    let kept = query(&onward);
    for pair in begun.iter().filter(|(name, _)| name != "provider") {
        assert!(kept.contains(pair), "{pair:?} is lost: {kept:?}");
    }
    let page = follow_page_link(&login.browser, done, "Log in").await;
    by_password(&login.browser, &page, ADA, password).await
}

#[apply(both_engines)]
#[tokio::test]
async fn sign_up_pages_return_to_the_app(engine: Engine) {
    let service = service_on(engine, "").await;
    let login = Login::new(&service);
    let page = login_page(&login).await;
    let page = follow_page_link(&login.browser, &page, "Create account").await;
    for (name, email, field) in [
        ("<b>\"Ada\"</b> & Co.; 'Jr.'", "ada", "email"),
        ("Ada", "", "email"),
        (&"a".repeat(201), ADA, "name"),
    ] {
        let filled = [("name", name), ("email", email)];
        let flawed = submit_form(&login.browser, &page, &filled).await;
        assert_field_error(&flawed, 422, field);
        assert_eq!(
            (flawed.field("name"), flawed.field("email")),
            (name.to_owned(), email.to_owned())
        );
    }
    // Shown again without the character that would reverse the text direction.
    let turning = [("name", "a\u{202e}b"), ("email", ADA)];
    let flawed = submit_form(&login.browser, &page, &turning).await;
    assert_field_error(&flawed, 422, "name");
    assert_eq!(flawed.field("name"), "ab");
    assert_eq!(service.outbox.lock().unwrap().len(), 0);
    let filled = [("name", "Ada Lovelace"), ("email", ADA)];
    assert_mailed(&submit_form(&login.browser, &page, &filled).await);
    let link = mailed_link(&service, ADA).unwrap();
    // In another browser than the requesting one: no user is logged in.
    let other = Browser::new(&service);
    let done = choose_password(&other, &link, PASSWORD).await;
    assert!(
        done.text().contains("Your account is ready"),
        "{}",
        done.text()
    );
    assert_eq!(done.set_cookies(), [""; 0]);
    assert_eq!(
        link_of(&done, "Log in"),
        format!("{LOOPBACK}/login?ui_locales=en")
    );
    let page = login_page(&login).await;
    let answer = by_password(&login.browser, &page, ADA, PASSWORD).await;
    let ada = login.finish(&answer).await;
    assert_eq!(ada.get("/me").await.json()["name"], "Ada Lovelace");
}

#[apply(both_engines)]
#[tokio::test]
async fn password_reset_pages_return_to_the_app(engine: Engine) {
    let service = service_on(engine, "").await;
    let old = service.signed_up(ADA).await;
    let login = Login::new(&service);
    let page = login_page(&login).await;
    let page = follow_page_link(&login.browser, &page, "Forgot password?").await;
    let flawed = submit_form(&login.browser, &page, &[("email", "ada@")]).await;
    assert_field_error(&flawed, 422, "email");
    assert_mailed(&submit_form(&login.browser, &flawed, &[("email", ADA)]).await);
    let link = mailed_link(&service, ADA).unwrap();
    let done = choose_password(&login.browser, &link, NEW).await;
    assert!(
        done.text().contains("Your new password is saved"),
        "{}",
        done.text()
    );
    let answer = follow_to_the_app(&login, &done, NEW).await;
    let ada = login.finish(&answer).await;
    assert_eq!(ada.id(), old.id());
    old.refresh().await.assert_problem(401, "invalid_grant");
    let login = Login::new(&service);
    let page = login_page(&login).await;
    let refused = by_password(&login.browser, &page, ADA, PASSWORD).await;
    assert_field_error(&refused, 401, "password");
}

/// The client would not recognize the response to its request in another browser.
#[tokio::test]
async fn password_reset_in_another_browser_leads_to_the_issuer() {
    let service = service().await;
    service.signed_up(ADA).await;
    let login = Login::new(&service);
    let link = request_reset(&login, &service, ADA).await.unwrap();
    let other = Browser::new(&service);
    let done = open_link_and_submit(&other, &link, &[("password", NEW)]).await;
    done.assert_status(200);
    let onward = format!("{LOOPBACK}/login?ui_locales=en");
    assert_eq!(done.links(), [("Log in".to_owned(), onward)]);
    let page = follow_page_link(&other, &done, "Log in").await;
    let answer = by_password(&other, &page, ADA, NEW).await;
    assert!(
        answer
            .assert_status(200)
            .text()
            .contains("You’re logged in")
    );
}

#[tokio::test]
async fn email_change_page_confirms_by_one_button() {
    let service = service().await;
    let old = service.signed_up(ADA).await;
    let asked = old
        .post("/email", json!({"email": "new@example.com"}))
        .await;
    asked.assert_status(202);
    let link = mailed_link(&service, "new@example.com").unwrap();
    let browser = Browser::new(&service);
    let done = open_link_and_submit(&browser, &link, &[]).await;
    done.assert_status(200);
    assert!(
        done.text().contains("Your email address has been changed"),
        "{}",
        done.text()
    );
    old.refresh().await.assert_problem(401, "invalid_grant");
    let ada = service.anon().logged_in("new@example.com").await;
    assert_eq!(ada.id(), old.id());
    let login = format!("{LOOPBACK}/login?ui_locales=en");
    assert!(link_of(&done, "Log in").starts_with(&login));
    let again = open_link_and_submit(&browser, &link, &[]).await;
    again.assert_page(400, "invalid_link");
    assert!(again.text().contains("This link no longer works"));
    assert_eq!(link_of(&again, "Back to login"), login);
}

/// The page offers a new link with the same request.
#[tokio::test]
async fn used_link_page_offers_a_new_link() {
    let service = service().await;
    let login = Login::new(&service);
    let of_sign_up = request_sign_up(&login, &service).await.unwrap();
    let chosen = [("password", PASSWORD)];
    login.code(&open_link_and_submit(&login.browser, &of_sign_up, &chosen).await);
    // The session at the issuer would go on without a page.
    login.browser.drop_cookie("signet-8080-sso");
    let of_reset = request_reset(&login, &service, ADA).await.unwrap();
    let chosen = [("password", NEW)];
    open_link_and_submit(&login.browser, &of_reset, &chosen)
        .await
        .assert_status(200);
    for (link, path) in [(&of_sign_up, "/signup"), (&of_reset, "/password/forgot")] {
        let spent = open_link_and_submit(&login.browser, link, &chosen).await;
        if path == "/signup" {
            // Confirming again with the same password is a login.
            login.code(&spent);
        } else {
            assert_expired(&spent, link, path);
        }
        let chosen = [("password", "another good pass phrase")];
        let spent = open_link_and_submit(&login.browser, link, &chosen).await;
        assert_expired(&spent, link, path);
        let another = follow_page_link(&login.browser, &spent, "Get a new link").await;
        assert_mailed(&submit_form(&login.browser, &another, &[("email", ADA)]).await);
    }
    service.anon().log_in(ADA, NEW).await.assert_status(200);
}

#[track_caller]
fn assert_expired(page: &Answer, link: &str, path: &str) {
    page.assert_page(400, "invalid_link");
    assert!(page.text().contains("This link no longer works"));
    let another = link_of(page, "Get a new link");
    assert!(
        another.starts_with(&format!("{LOOPBACK}{path}?")),
        "{another}"
    );
    let (carried, _) = link.split_once('#').unwrap();
    assert_eq!(query(&another), query(carried));
}

#[rstest]
#[case("/signup/confirm")]
#[case("/password/reset")]
#[case("/email/confirm")]
#[case("/login/link/confirm")]
#[tokio::test]
async fn invalid_link_token_shows_an_error_page(#[case] path: &str) {
    let service = service().await;
    let browser = Browser::new(&service);
    let page = browser.visit(path).await;
    for token in ["x", "<script>", "v4.x.y", &"x".repeat(9000)] {
        let (action, mut fields) = page.form();
        for (name, value) in &mut fields {
            let given = if name == "token" { token } else { PASSWORD };
            given.clone_into(value);
        }
        let answer = browser.post_form(&action, &fields).await;
        answer.assert_page(400, "invalid_link");
        assert!(!answer.text().contains(token) || token == "x");
    }
    // A post without the token, as without the script.
    let answer = submit_form(&browser, &page, &[]).await;
    answer.assert_status(400);
    assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
}

#[tokio::test]
async fn links_expire_after_their_lifetime() {
    let service = service().await;
    service.signed_up("bob@example.com").await;
    let login = Login::new(&service);
    let of_sign_up = request_sign_up(&login, &service).await.unwrap();
    let of_reset = request_reset(&login, &service, "bob@example.com")
        .await
        .unwrap();
    service.clock.advance(TimeDelta::minutes(31));
    let chosen = [("password", NEW)];
    let late = open_link_and_submit(&login.browser, &of_reset, &chosen).await;
    late.assert_page(400, "invalid_link");
    service.clock.advance(TimeDelta::days(1));
    let late = open_link_and_submit(&login.browser, &of_sign_up, &chosen).await;
    late.assert_page(400, "invalid_link");
}

/// With pages of the app configured, mailed links lead there, except those that continue a login in this browser.
#[tokio::test]
async fn links_lead_to_the_pages_of_the_app_if_configured() {
    let client = "
        [[clients]]
        client_id = 'app'
        redirect_uris = ['https://app.example.com/back']
        app_url = 'https://app.example.com/account'
    ";
    let service = TestService::with_providers(Engine::Sqlite, &[], client).await;
    let login = Login::new(&service);
    let of_sign_up = request_sign_up(&login, &service).await.unwrap();
    let page = format!("{LOOPBACK}/signup/confirm?");
    assert!(of_sign_up.starts_with(&page), "{of_sign_up}");
    let named = login.browser.visit("/signup?client_id=app").await;
    assert_mailed(&submit_form(&login.browser, &named, &[("email", ADA)]).await);
    let of_app = mailed_link(&service, ADA).unwrap();
    let page = "https://app.example.com/account/signup/confirm#token=";
    assert!(of_app.starts_with(page), "{of_app}");
    service.signed_up(ADA).await;
    let of_reset = request_reset(&login, &service, ADA).await.unwrap();
    let page = "https://app.example.com/account/password/reset#token=";
    assert!(of_reset.starts_with(page), "{of_reset}");
}

/// The pages work without a client request, and lead to the login at the issuer.
#[tokio::test]
async fn pages_without_an_app_lead_to_the_issuer() {
    let service = service().await;
    service.signed_up(ADA).await;
    let browser = Browser::new(&service);
    let page = browser.visit("/signup").await;
    let login = format!("{LOOPBACK}/login");
    assert_eq!(link_of(&page, "Already have an account? Log in"), login);
    let page = browser.visit("/password/forgot").await;
    assert_eq!(link_of(&page, "Back to login"), login);
    assert_mailed(&submit_form(&browser, &page, &[("email", ADA)]).await);
    let link = mailed_link(&service, ADA).unwrap();
    let done = choose_password(&browser, &link, NEW).await;
    let page = follow_page_link(&browser, &done, "Log in").await;
    let logged_in = by_password(&browser, &page, ADA, NEW).await;
    assert!(logged_in.text().contains("You’re logged in"));
}

/// Link guesses are rate limited on pages too, and use up no link.
#[tokio::test]
async fn link_confirmations_are_rate_limited() {
    let service = service_with("limits.confirm_network = '2/10m'").await;
    let login = Login::new(&service);
    let link = request_sign_up(&login, &service).await.unwrap();
    let chosen = [("password", PASSWORD)];
    for path in ["/signup/confirm", "/email/confirm"] {
        let forged = format!("{LOOPBACK}{path}#token=x");
        let filled = if path == "/signup/confirm" {
            &chosen[..]
        } else {
            &[]
        };
        let refused = open_link_and_submit(&login.browser, &forged, filled).await;
        refused.assert_page(400, "invalid_link");
    }
    let limited = open_link_and_submit(&login.browser, &link, &chosen).await;
    limited.assert_page(429, "rate_limited");
    assert!(limited.text().contains("Too many attempts"));
    // The token of the link is not in the URL, so the page cannot be opened again.
    let onward = link_of(&limited, "Back to login");
    assert!(
        onward.starts_with(&format!("{LOOPBACK}/authorize?")),
        "{onward}"
    );
    service.clock.advance(TimeDelta::minutes(11));
    login.code(&open_link_and_submit(&login.browser, &link, &chosen).await);
}
