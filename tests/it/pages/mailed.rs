//! Our own pages, as a browser without scripts goes through them: a form is filled in and posted, a
//! link of a mail is opened, and what its script would read from the fragment is put into the form.

mod by_link;
mod forms;
mod in_chromium;
mod log_in;
mod looks;
mod passwords;
mod templates;

use crate::support::{
    Browser, Engine, House,
    answer::Answer,
    oauth_client::{Login, OAUTH_CLIENT},
    upstream::LOOPBACK,
};

const ADA: &str = "ada@example.com";
const NEW: &str = "a brand new pass phrase";

/// A house to which an app sends its people.
async fn house() -> House {
    house_with("").await
}

async fn house_with(settings: &str) -> House {
    house_on(Engine::Sqlite, settings).await.unwrap()
}

async fn house_on(engine: Engine, settings: &str) -> Option<House> {
    House::beside(engine, &[], &format!("{settings}\n{OAUTH_CLIENT}")).await
}

/// The page that an app sends people to.
async fn login_page(login: &Login<'_>) -> Answer {
    let page = login.browser.visits(&login.url("")).await;
    page.assert_status(200);
    page
}

/// Fills in the form of a page and presses its button, or the one that is named `by`.
async fn fills_in(browser: &Browser<'_>, page: &Answer, filled: &[(&str, &str)]) -> Answer {
    let (action, mut fields) = page.form();
    for (name, value) in filled {
        let field = fields.iter_mut().find(|(it, _)| it == name);
        match field {
            Some((_, field)) => (*value).clone_into(field),
            None if *name == "by" => fields.push(("by".to_owned(), (*value).to_owned())),
            None => panic!("no field {name}: {}", page.text()),
        }
    }
    browser.posts(&action, &fields).await
}

async fn by_password(browser: &Browser<'_>, page: &Answer, email: &str, password: &str) -> Answer {
    let filled = [("email", email), ("password", password), ("by", "password")];
    fills_in(browser, page, &filled).await
}

/// Asks for a link that logs in; gives it, if one was mailed.
async fn asks_for_link(login: &Login<'_>, house: &House, email: &str) -> Option<String> {
    let page = login_page(login).await;
    let filled = [("email", email), ("by", "link")];
    let mailed = fills_in(&login.browser, &page, &filled).await;
    assert_mailed(&mailed);
    mailed_link(house, email)
}

/// The link in the last mail to that address, as it is.
fn mailed_link(house: &House, email: &str) -> Option<String> {
    let outbox = house.outbox.lock().unwrap();
    let letter = outbox.iter().rev().find(|it| it.to.as_str() == email)?;
    let link = letter.text.lines().find(|line| line.contains("#token="))?;
    Some(link.trim().to_owned())
}

/// The page that such a link leads to, which is ours.
async fn opens(browser: &Browser<'_>, link: &str) -> (Answer, String) {
    let (url, token) = link.split_once("#token=").unwrap();
    assert!(url.starts_with(LOOPBACK), "{link} is not ours");
    let page = browser.visits(url).await;
    page.assert_status(200);
    assert_eq!(page.field("token"), "");
    (page, token.to_owned())
}

/// Opens such a link and fills in what its page asks for.
async fn follows(browser: &Browser<'_>, link: &str, filled: &[(&str, &str)]) -> Answer {
    let (page, token) = opens(browser, link).await;
    let filled = [&[("token", &*token)], filled].concat();
    fills_in(browser, &page, &filled).await
}

/// Goes where the link of that name leads.
async fn goes(browser: &Browser<'_>, page: &Answer, name: &str) -> Answer {
    let there = browser.visits(&link_of(page, name)).await;
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

/// The parameters of a URL, in no order.
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

/// The sentence that a form complains with, at the field that is to blame.
#[track_caller]
fn assert_flaw(page: &Answer, status: u16, field: &str) {
    page.assert_status(status);
    let text = page.text();
    assert_eq!(text.matches("role=\"alert\"").count(), 1, "{text}");
    let (_, input) = text.split_once(&format!("<input id=\"{field}\"")).unwrap();
    let (input, _) = input.split_once('>').unwrap();
    assert!(input.contains("aria-invalid=\"true\""), "{text}");
    assert!(input.contains("autofocus"), "{text}");
    assert_eq!(page.header("location"), "");
}
