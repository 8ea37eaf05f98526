//! `/account`: the pages on which users change their profile and their login methods.

mod connect;
mod factors;
mod forms;
mod in_chromium;

use chrono::TimeDelta;

use crate::support::{Browser, PASSWORD, TestService, answer::Answer, oauth_client::OAUTH_CLIENT};

const ADA: &str = "ada@example.com";
const BOB: &str = "bob@example.com";
const SSO: &str = "__Host-signet-sso";

/// A service whose users Ada and Bob have passwords.
async fn service() -> TestService {
    with_users(TestService::with(OAUTH_CLIENT).await).await
}

/// The same in this service.
async fn with_users(service: TestService) -> TestService {
    for email in [ADA, BOB] {
        service.signed_up_at("app", email).await;
    }
    service
}

/// Follows a redirect of the service.
async fn follows(browser: &Browser<'_>, answer: &Answer) -> Answer {
    answer.assert_status(303);
    browser.visit(answer.header("location")).await
}

/// Logs in with the password on this login page.
async fn logs_in_at(browser: &Browser<'_>, page: &Answer, email: &str) -> Answer {
    page.assert_status(200);
    let fields = [("email", email), ("password", PASSWORD), ("by", "password")];
    browser.submit(page, &fields).await
}

/// A browser in which a user is logged in at the issuer.
async fn logged_in<'a>(service: &'a TestService, email: &str) -> Browser<'a> {
    let browser = Browser::new(service);
    let page = browser.visit("/login").await;
    let answer = logs_in_at(&browser, &page, email).await;
    answer.assert_status(200);
    assert!(browser.cookies().contains("-sso="), "{}", browser.cookies());
    browser
}

/// Opens a page of the account, which is shown.
async fn shown(browser: &Browser<'_>, path: &str) -> Answer {
    let page = browser.visit(path).await;
    page.assert_status(200);
    page
}

/// Asserts that a page leads to a login which returns to this path.
fn assert_leads_to_login(answer: &Answer, path: &str) {
    answer.assert_status(303);
    let location = url::Url::parse(answer.header("location")).unwrap();
    assert_eq!(location.path(), "/login");
    let mut query = location.query_pairs();
    let return_to = query.find(|(name, _)| name == "return_to").unwrap().1;
    assert_eq!(return_to, path);
}

#[tokio::test]
async fn account_needs_a_login_and_the_login_returns_to_it() {
    let service = service().await;
    let browser = Browser::new(&service);
    let answer = browser.visit("/account/profile").await;
    assert_leads_to_login(&answer, "/account/profile");
    let login = follows(&browser, &answer).await;
    let wrong = [
        ("email", ADA),
        ("password", "another password"),
        ("by", "password"),
    ];
    let again = browser.submit(&login, &wrong).await;
    again.assert_status(401);
    // The page with the error still knows where to return.
    let (action, _) = again.form();
    let fields = [("email", ADA), ("password", PASSWORD), ("by", "password")];
    let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let answer = browser.post_form(&action, &fields).await;
    answer.assert_status(303);
    assert!(answer.header("location").ends_with("/account/profile"));
    let page = shown(&browser, "/account").await;
    assert!(
        page.text()
            .contains("Logged in as <bdi>ada@example.com</bdi>"),
        "{}",
        page.text()
    );
    // The page of the login leads to the account.
    let links = shown(&browser, "/login").await.links();
    assert!(
        links.iter().any(|(_, url)| url.ends_with("/account")),
        "{links:?}"
    );
}

#[tokio::test]
async fn login_returns_to_pages_of_the_account_only() {
    let service = service().await;
    for foreign in [
        "https://evil.example/account",
        "//evil.example",
        "/account/../authorize",
        "/accounts",
    ] {
        let browser = Browser::new(&service);
        let page = browser
            .visit(&format!("/login?return_to={}", urlencode(foreign)))
            .await;
        logs_in_at(&browser, &page, ADA).await.assert_status(200);
    }
}

#[tokio::test]
async fn login_returns_at_once_for_a_user_who_is_logged_in() {
    let service = service().await;
    let browser = logged_in(&service, ADA).await;
    let back = browser.visit("/login?return_to=%2Faccount%2Fprofile").await;
    back.assert_status(303);
    assert!(back.header("location").ends_with("/account/profile"));
    let profile = follows(&browser, &back).await;
    assert!(
        profile.text().contains("<title>Profile"),
        "{}",
        profile.text()
    );
    // A stronger login, or another one, takes the form.
    for parameter in ["acr_values=mfa", "prompt=login"] {
        let login = format!("/login?return_to=%2Faccount&{parameter}");
        let page = shown(&browser, &login).await;
        assert_eq!(page.field("email"), ADA, "{parameter}");
    }
}

fn urlencode(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[tokio::test]
async fn sensitive_pages_need_a_recent_login() {
    let service = service().await;
    let browser = logged_in(&service, ADA).await;
    service.clock.advance(TimeDelta::hours(1));
    shown(&browser, "/account").await;
    shown(&browser, "/account/profile").await;
    for path in [
        "/account/email",
        "/account/password",
        "/account/totp",
        "/account/delete",
    ] {
        assert_leads_to_login(&browser.visit(path).await, path);
    }
    let login = browser.visit("/account/password").await;
    let login = follows(&browser, &login).await;
    let answer = logs_in_at(&browser, &login, ADA).await;
    let page = follows(&browser, &answer).await;
    assert!(page.text().contains("Change password"), "{}", page.text());
}

#[tokio::test]
async fn other_sites_cannot_post_the_forms() {
    let service = service().await;
    let browser = logged_in(&service, ADA).await;
    for path in [
        "/account/profile",
        "/account/email",
        "/account/password",
        "/account/totp",
        "/account/totp/remove",
        "/account/recovery-codes",
        "/account/delete",
        "/account/passkeys/new",
        "/account/connect/google",
    ] {
        let cookies = browser.cookies();
        let headers = [
            ("cookie", cookies.as_str()),
            ("origin", "https://evil.example"),
            ("sec-fetch-site", "cross-site"),
            ("content-type", "application/x-www-form-urlencoded"),
        ];
        let answer = service.anon().send("POST", path, &headers, "name=x").await;
        answer.assert_status(403);
    }
    assert!(!shown(&browser, "/account").await.text().contains(">x<"));
}

#[tokio::test]
async fn account_is_not_served_without_single_sign_on_or_if_it_is_off() {
    for setting in ["sso.enabled = false", "pages.account = false"] {
        let service = TestService::with(&format!("{setting}\n{OAUTH_CLIENT}")).await;
        let browser = Browser::new(&service);
        for path in ["/account", "/account/password", "/account/data"] {
            browser.visit(path).await.assert_status(404);
        }
    }
}
