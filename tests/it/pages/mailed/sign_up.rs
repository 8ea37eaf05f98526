//! A sign-up on hosted pages ends with a login, in the browser in which it began.

use rstest::rstest;
use rstest_reuse::apply;
use serde_json::json;

use super::{
    ADA, assert_mailed, by_password, follow_page_link, link_of, login_page, mailed_link,
    open_link_and_submit, query, service, service_on, submit_form,
};
use crate::support::{
    Browser, Engine, PASSWORD, TestService,
    answer::Answer,
    both_engines,
    oauth_client::{Login, OAUTH_CLIENT},
    upstream::LOOPBACK,
};

const CHOSEN: [(&str, &str); 1] = [("password", PASSWORD)];

/// Signs up from this page, and returns the mailed link.
async fn signs_up(browser: &Browser<'_>, service: &TestService, page: &Answer) -> String {
    assert_mailed(&submit_form(browser, page, &[("email", ADA)]).await);
    mailed_link(service, ADA).unwrap()
}

/// Signs up from the login page of the client.
async fn signs_up_at_the_client(login: &Login<'_>, service: &TestService) -> String {
    let page = login_page(login).await;
    let page = follow_page_link(&login.browser, &page, "Create account").await;
    signs_up(&login.browser, service, &page).await
}

#[track_caller]
fn assert_account_ready(page: &Answer) {
    page.assert_status(200);
    let text = page.text();
    assert!(text.contains("Your account is ready"), "{text}");
    assert_eq!(page.set_cookies(), [""; 0]);
}

#[track_caller]
fn assert_logged_in_at_issuer(page: &Answer) {
    page.assert_status(200);
    let text = page.text();
    assert!(
        text.contains("Logged in as <bdi>ada@example.com</bdi>"),
        "{text}"
    );
}

#[apply(both_engines)]
#[tokio::test]
async fn sign_up_at_the_client_ends_logged_in_at_the_client(engine: Engine) {
    let service = service_on(engine, "").await;
    let login = Login::new(&service);
    let link = signs_up_at_the_client(&login, &service).await;
    let answer = open_link_and_submit(&login.browser, &link, &CHOSEN).await;
    let ada = login.finish(&answer).await;
    assert_eq!(ada.claims()["amr"], json!(["pwd"]));
    // The session at the issuer logs in at the next client.
    login.code(&login.browser.visit(&login.url("")).await);
    let page = login.browser.visit("/login").await;
    assert_logged_in_at_issuer(&page);
}

/// The sender of the link may have begun the sign-up to log the reader in as another user.
#[rstest]
#[tokio::test]
async fn other_browser_is_not_logged_in(#[values("none", "own", "invalid")] cookie: &str) {
    let service = service().await;
    let login = Login::new(&service);
    let link = signs_up_at_the_client(&login, &service).await;
    let other = Login::new(&service);
    if cookie == "own" {
        let page = login_page(&other).await;
        let page = follow_page_link(&other.browser, &page, "Create account").await;
        let filled = [("email", "eve@example.com")];
        assert_mailed(&submit_form(&other.browser, &page, &filled).await);
        let name = "signet-8080-login";
        assert_ne!(other.browser.cookie(name), login.browser.cookie(name));
    } else if cookie == "invalid" {
        let mut jar = other.browser.jar.lock().unwrap();
        jar.insert("signet-8080-login".to_owned(), "x".to_owned());
    }
    let done = open_link_and_submit(&other.browser, &link, &CHOSEN).await;
    assert_account_ready(&done);
    // The client would not recognize the response to its request in this browser.
    let page = follow_page_link(&other.browser, &done, "Log in").await;
    assert_logged_in_at_issuer(&by_password(&other.browser, &page, ADA, PASSWORD).await);
}

#[tokio::test]
async fn other_browser_is_led_to_the_app() {
    let app = format!("{OAUTH_CLIENT}\napp_url = 'https://app.example.com/start'");
    let service = TestService::with_providers(Engine::Sqlite, &[], &app).await;
    let login = Login::new(&service);
    let link = signs_up_at_the_client(&login, &service).await;
    let done = open_link_and_submit(&Browser::new(&service), &link, &CHOSEN).await;
    assert_account_ready(&done);
    let app = "https://app.example.com/start".to_owned();
    assert_eq!(done.links(), [("Continue to app".to_owned(), app)]);
}

/// `login_hint` fills in the email, and a user without an account need not sign up.
#[tokio::test]
async fn sign_up_page_of_a_request_names_the_client_and_can_be_canceled() {
    let service = service().await;
    let login = Login::new(&service);
    let hinted = "&login_hint=ada%40example.com";
    let create = format!("{}&prompt=create{hinted}", login.url(""));
    let direct = create.replace("/authorize?", "/signup?");
    for url in [&create, &direct] {
        let page = login.browser.visit(url).await;
        let text = page.assert_status(200).text();
        assert!(
            text.contains("You’re creating an account to use <bdi>app</bdi>."),
            "{text}"
        );
        assert_eq!(page.field("email"), ADA);
        let cancel = query(&link_of(&page, "Cancel"));
        let error = ("error".to_owned(), "access_denied".to_owned());
        assert!(cancel.contains(&error), "{cancel:?}");
    }
    // Without a request there is no client to return to.
    let page = login.browser.visit("/signup").await;
    let links = page.assert_status(200).links();
    assert!(links.iter().all(|(text, _)| text != "Cancel"), "{links:?}");
    assert!(!page.text().contains("to use"), "{}", page.text());
    assert_eq!(page.field("email"), "");
}

/// The request of the link counts, and not the query of the page that it opens.
#[tokio::test]
async fn changed_query_of_the_link_changes_no_login() {
    let other = "[[clients]]\nclient_id = 'other'\nredirect_uris = ['https://other.example.com/']";
    let settings = format!("{OAUTH_CLIENT}\n{other}");
    let service = TestService::with_providers(Engine::Sqlite, &[], &settings).await;
    let login = Login::new(&service);
    let link = signs_up_at_the_client(&login, &service).await;
    let changed = link.replace("client_id=app", "client_id=other").replace(
        "https%3A%2F%2Fapp.example.com%2Fback",
        "https%3A%2F%2Fother.example.com%2F",
    );
    assert_ne!(changed, link);
    let answer = open_link_and_submit(&login.browser, &changed, &CHOSEN).await;
    login.finish(&answer).await;
}

#[rstest]
#[case("/signup", "")]
#[case("/login", "Create account")]
#[tokio::test]
async fn sign_up_without_a_client_ends_logged_in_at_the_issuer(
    #[case] path: &str,
    #[case] way: &str,
    #[values(
        "",
        "[[clients]]\nclient_id = 'other'\napp_url = 'https://a.example.com'"
    )]
    more: &str,
) {
    let settings = format!("{OAUTH_CLIENT}\n{more}");
    let service = TestService::with_providers(Engine::Sqlite, &[], &settings).await;
    let login = Login::new(&service);
    let mut page = login.browser.visit(path).await;
    if !way.is_empty() {
        page = follow_page_link(&login.browser, &page, way).await;
    }
    let link = signs_up(&login.browser, &service, &page).await;
    let expected = format!("{LOOPBACK}/signup/confirm?ui_locales=en#token=");
    assert!(link.starts_with(&expected), "{link}");
    let elsewhere = Browser::new(&service);
    let done = open_link_and_submit(&elsewhere, &link, &CHOSEN).await;
    assert_account_ready(&done);
    assert_eq!(
        link_of(&done, "Log in"),
        format!("{LOOPBACK}/login?ui_locales=en")
    );
    // The same link and password again are a login.
    let answer = open_link_and_submit(&login.browser, &link, &CHOSEN).await;
    assert_logged_in_at_issuer(&answer);
    login.code(&login.browser.visit(&login.url("")).await);
}

/// Links that an app requests by JSON end at the app.
#[tokio::test]
async fn link_requested_by_an_app_logs_in_no_browser() {
    let service = service().await;
    let login = Login::new(&service);
    // The browser has a login cookie.
    signs_up_at_the_client(&login, &service).await;
    let asked = json!({"email": ADA});
    let asked = login.browser.post("/signup", asked).await;
    asked.assert_status(202);
    let link = mailed_link(&service, ADA).unwrap();
    let done = open_link_and_submit(&login.browser, &link, &CHOSEN).await;
    assert_account_ready(&done);
}

/// The configuration may change between the request and the opened link.
#[rstest]
#[case::client_removed("[[clients]]\nclient_id = 'new'", 400)]
#[case::redirect_uri_removed(
    "[[clients]]\nclient_id = 'app'\nredirect_uris = ['https://app.example.com/other']",
    200
)]
#[tokio::test]
async fn changed_client_is_not_logged_in(#[case] clients: &str, #[case] status: u16) {
    let before = service().await;
    let login = Login::new(&before);
    let link = signs_up_at_the_client(&login, &before).await;
    let secret = login.browser.cookie("signet-8080-login").unwrap();
    let settings = format!("issuer = '{LOOPBACK}'\n{clients}");
    let after = before.second_node(&settings).await;
    let browser = Browser::new(&after);
    browser.set_cookie("signet-8080-login", secret);
    let done = open_link_and_submit(&browser, &link, &CHOSEN).await;
    done.assert_status(status);
    assert_eq!(done.header("location"), "");
    assert_eq!(done.set_cookies(), [""; 0]);
    let way = if status == 200 {
        "Log in"
    } else {
        "Get a new link"
    };
    let onward = link_of(&done, way);
    let path = if status == 200 { "/login" } else { "/signup" };
    assert!(onward.starts_with(&format!("{LOOPBACK}{path}")), "{onward}");
}

#[tokio::test]
async fn without_single_sign_on_the_account_is_ready() {
    let service = super::service_with("sso.enabled = false").await;
    let login = Login::new(&service);
    let link = signs_up_at_the_client(&login, &service).await;
    let answer = open_link_and_submit(&login.browser, &link, &CHOSEN).await;
    login.code(&answer);
    assert_eq!(login.browser.cookie("signet-8080-sso"), None);

    let service = super::service_with("sso.enabled = false").await;
    let browser = Browser::new(&service);
    let page = browser.visit("/signup").await;
    let link = signs_up(&browser, &service, &page).await;
    let done = open_link_and_submit(&browser, &link, &CHOSEN).await;
    assert_account_ready(&done);
}

#[tokio::test]
async fn sign_up_sets_cookies_for_a_cookie_client() {
    let web = "
        [[clients]]
        client_id = 'web'
        transport = 'cookie'
        origins = ['https://app.example.com']
        redirect_uris = ['https://app.example.com/landed']
    ";
    let service = super::service_with(web).await;
    let browser = Browser::new(&service);
    let query = "response_type=code&client_id=web&state=s\
                 &redirect_uri=https%3A%2F%2Fapp.example.com%2Flanded";
    let page = browser.visit(&format!("/authorize?{query}")).await;
    let page = follow_page_link(&browser, &page, "Create account").await;
    let link = signs_up(&browser, &service, &page).await;
    let answer = open_link_and_submit(&browser, &link, &CHOSEN).await;
    answer.assert_status(303);
    let landed = answer.header("location");
    assert!(landed.starts_with("https://app.example.com/landed?state=s&"));
    let session = browser.get("/session").await;
    assert_eq!(session.assert_status(200).json()["client_id"], "web");
}
