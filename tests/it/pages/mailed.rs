//! The hosted pages in a browser without scripts: forms are filled in and posted, mailed links are
//! opened, and the token that the script would read from the fragment is put into the form.

mod at_issuer;
mod by_code;
mod by_link;
mod forms;
mod in_chromium;
mod log_in;
mod looks;
mod passwords;
mod second_factor;
mod sign_up;
mod templates;

use crate::support::{
    Browser, Engine, TestService,
    answer::Answer,
    oauth_client::{Login, OAUTH_CLIENT},
    upstream::LOOPBACK,
};

const ADA: &str = "ada@example.com";
const NEW: &str = "a brand new pass phrase";

/// A service with an OAuth client.
async fn service() -> TestService {
    service_with("").await
}

async fn service_with(settings: &str) -> TestService {
    service_on(Engine::Sqlite, settings).await
}

async fn service_on(engine: Engine, settings: &str) -> TestService {
    TestService::with_providers(engine, &[], &format!("{settings}\n{OAUTH_CLIENT}")).await
}

/// The login page that the client's request opens.
async fn login_page(login: &Login<'_>) -> Answer {
    let page = login.browser.visit(&login.url("")).await;
    page.assert_status(200);
    page
}

/// Fills in the form of a page and submits it, with the button named `by` if given.
async fn submit_form(browser: &Browser<'_>, page: &Answer, filled: &[(&str, &str)]) -> Answer {
    let (action, mut fields) = page.form();
    for (name, value) in filled {
        let field = fields.iter_mut().find(|(it, _)| it == name);
        match field {
            Some((_, field)) => (*value).clone_into(field),
            None if *name == "by" => fields.push(("by".to_owned(), (*value).to_owned())),
            None => panic!("no field {name}: {}", page.text()),
        }
    }
    browser.post_form(&action, &fields).await
}

async fn by_password(browser: &Browser<'_>, page: &Answer, email: &str, password: &str) -> Answer {
    let filled = [("email", email), ("password", password), ("by", "password")];
    submit_form(browser, page, &filled).await
}

/// Requests a login link and returns the mailed link, if any.
async fn request_login_link(
    login: &Login<'_>,
    service: &TestService,
    email: &str,
) -> Option<String> {
    let page = login_page(login).await;
    let filled = [("email", email), ("by", "link")];
    let mailed = submit_form(&login.browser, &page, &filled).await;
    assert_mailed(&mailed);
    mailed_link(service, email)
}

/// The link in the last mail to this email.
fn mailed_link(service: &TestService, email: &str) -> Option<String> {
    let outbox = service.outbox.lock().unwrap();
    let letter = outbox.iter().rev().find(|it| it.to.as_str() == email)?;
    let link = letter.text.lines().find(|line| line.contains("#token="))?;
    Some(link.trim().to_owned())
}

/// Opens the hosted page of a mailed link, and returns the page and the token.
async fn open_link(browser: &Browser<'_>, link: &str) -> (Answer, String) {
    let (url, token) = link.split_once("#token=").unwrap();
    let token = token.split('&').next().unwrap();
    assert!(url.starts_with(LOOPBACK), "{link} is not ours");
    let page = browser.visit(url).await;
    page.assert_status(200);
    assert_eq!(page.field("token"), "");
    (page, token.to_owned())
}

/// Opens a mailed link and submits the form of its page.
async fn open_link_and_submit(
    browser: &Browser<'_>,
    link: &str,
    filled: &[(&str, &str)],
) -> Answer {
    let (page, token) = open_link(browser, link).await;
    let filled = [&[("token", &*token)], filled].concat();
    submit_form(browser, &page, &filled).await
}

/// Follows the link with this text.
async fn follow_page_link(browser: &Browser<'_>, page: &Answer, name: &str) -> Answer {
    let there = browser.visit(&link_of(page, name)).await;
    there.assert_status(200);
    there
}

#[track_caller]
fn link_of(page: &Answer, name: &str) -> String {
    let mut links = page.links().into_iter();
    let link = links.find(|(says, _)| says == name);
    link.unwrap_or_else(|| panic!("no link {name}: {}", page.text()))
        .1
}

/// The sorted parameters of a URL.
fn query(url: &str) -> Vec<(String, String)> {
    let url = url::Url::parse(url).unwrap();
    let mut pairs: Vec<_> = url.query_pairs().into_owned().collect();
    pairs.sort();
    pairs
}

/// The page that asks the reader to check their email.
#[track_caller]
fn assert_mailed(page: &Answer) {
    page.assert_status(202);
    assert!(page.text().contains("Check your email"), "{}", page.text());
    assert_eq!(page.header("location"), "");
}

/// Asserts an error message at a field of the form.
#[track_caller]
fn assert_field_error(page: &Answer, status: u16, field: &str) {
    page.assert_status(status);
    let text = page.text();
    assert_eq!(text.matches("role=\"alert\"").count(), 1, "{text}");
    let (_, input) = text.split_once(&format!("<input id=\"{field}\"")).unwrap();
    let (input, _) = input.split_once('>').unwrap();
    assert!(input.contains("aria-invalid=\"true\""), "{text}");
    assert!(input.contains("autofocus"), "{text}");
    assert_eq!(page.header("location"), "");
}
