//! `/admin/pages/…`: the pages on which admins administer users and look at the node.

mod access;
mod events;
mod node;
mod users;

use signet::identity::UserId;

use crate::support::{ApiClient, Browser, Engine, PASSWORD, TestService, answer::Answer};

const SETTINGS: &str = "[admin]\nenabled = true\n[sso]\nenabled = true\n";
const ROOT: &str = "root@example.com";
const USERS: &str = "/admin/pages/users";

/// A service with the pages, and its admin.
async fn service_on(engine: Engine) -> (TestService, UserId) {
    let service = TestService::configured(engine, SETTINGS).await;
    let id = admin_of(&service).await.id();
    (service, id)
}

async fn service() -> (TestService, UserId) {
    service_on(Engine::Sqlite).await
}

async fn admin_of(service: &TestService) -> ApiClient<'_> {
    let root = service.signed_up(ROOT).await;
    root.set_role("admin").await;
    root
}

/// A browser whose user is logged in at the issuer.
async fn logged_in<'a>(service: &'a TestService, email: &str) -> Browser<'a> {
    let browser = Browser::new(service);
    log_in(&browser, "/login", email).await.assert_status(200);
    browser
}

async fn log_in(browser: &Browser<'_>, at: &str, email: &str) -> Answer {
    let form = [("email", email), ("password", PASSWORD), ("by", "password")];
    post(browser, at, &form).await
}

async fn post(browser: &Browser<'_>, at: &str, form: &[(&str, &str)]) -> Answer {
    let form: Vec<_> = form
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    browser.post_form(at, &form).await
}

/// Follows the link with this text.
async fn follow(browser: &Browser<'_>, page: &Answer, text: &str) -> Answer {
    let links = page.links();
    let link = links.iter().find(|(found, _)| found == text);
    let (_, url) = link.unwrap_or_else(|| panic!("no link {text:?} in {links:?}"));
    let page = browser.visit(url).await;
    page.assert_status(200);
    page
}

/// Submits the form of a page as it is, and opens the page to which it redirects.
async fn confirm(browser: &Browser<'_>, page: &Answer) -> Answer {
    let (action, fields) = page.form();
    let answer = browser.post_form(&action, &fields).await;
    answer.assert_status(303);
    let page = browser.visit(answer.header("location")).await;
    page.assert_status(200);
    page
}

#[track_caller]
fn assert_shows(page: &Answer, text: &str) {
    assert!(
        page.text().contains(text),
        "{text:?} is not in {}",
        page.text()
    );
}
