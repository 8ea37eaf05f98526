//! Hostile texts on the pages that need a session at the issuer: every page of the table of routes below `/account` and
//! `/admin/pages`, with an admin who is logged in.

mod requests;
mod stored;

use crate::support::{
    Browser, PASSWORD, TestService,
    answer::Answer,
    authenticator::Authenticator,
    routes::{self, Route},
};

const ROOT: &str = "root@example.com";
const ADA: &str = "ada@example.com";

const SETTINGS: &str = "
    admin.enabled = true
    [[clients]]
    client_id = 'app'
    redirect_uris = ['https://app.example.com/back']
    [[providers]]
    id = 'google'
    kind = 'google'
    client_id = 'at-google'
    client_secret = 'x'
";

/// Ends an attribute and a tag, begins an element, and has an entity and a template.
const HOSTILE: &str = "\"'><i id=x>&lt;{{7*7}}";

/// The text as a page must show it.
fn escaped(text: &str) -> String {
    let signs = [
        ("&", "&#38;"),
        ("<", "&#60;"),
        (">", "&#62;"),
        ("\"", "&#34;"),
        ("'", "&#39;"),
    ];
    let signs = signs.into_iter();
    signs.fold(text.to_owned(), |text, (sign, entity)| {
        text.replace(sign, entity)
    })
}

/// The pages of the table that need a session at the issuer, and their forms.
fn routes_with_session(method: &str) -> Vec<Route> {
    let of_session = |path: &str| {
        path.starts_with("/account") || path == "/admin" || path.starts_with("/admin/pages")
    };
    let all = routes::all().into_iter();
    let found = all.filter(|it| it.method == method && of_session(it.path));
    let found: Vec<_> = found.collect();
    assert!(found.len() > 10, "{}", found.len());
    found
}

/// The browser of an admin with a passkey of another domain, and Ada.
struct People<'a> {
    browser: Browser<'a>,
    ada: String,
    passkey: String,
}

impl<'a> People<'a> {
    async fn of(service: &'a TestService) -> Self {
        let ada = service.signed_up(ADA).await.id().to_string();
        let mut client = service.signed_up(ROOT).await;
        client.set_role("admin").await;
        let added = Authenticator::p256().add_to(&mut client).await;
        let passkey = added.assert_status(201).json()["passkey"]["id"].clone();
        // A passkey of another domain is no second factor, so the password suffices for every page.
        let moved = "UPDATE credentials SET verifier = \
                     replace(verifier, '\"rp_id\":\"', '\"rp_id\":\"former.') WHERE type = 'passkey'";
        service.database.execute(moved).await;
        let browser = Browser::new(service);
        let login = [("email", ROOT), ("password", PASSWORD), ("by", "password")];
        let login = login.map(|(name, value)| (name.to_owned(), value.to_owned()));
        browser.post_form("/login", &login).await.assert_status(200);
        Self {
            browser,
            ada,
            passkey: passkey.as_str().unwrap().to_owned(),
        }
    }
}

/// Asserts that a response is no failure and shows no hostile text as it is.
#[track_caller]
fn assert_escaped(place: &str, answer: &Answer) {
    let text = answer.text();
    assert!(answer.status < 500, "{place}: {} {text}", answer.status);
    let media_type = answer.header("content-type");
    if place.starts_with("/account/data") {
        assert_eq!(media_type, "application/json", "{place}");
        return;
    }
    let is_redirect = answer.status == 303 && text.is_empty();
    assert!(
        is_redirect || media_type.starts_with("text/html"),
        "{place}: {text}"
    );
    for raw in ["<i id", "\"'>", "&lt;"] {
        assert!(!text.contains(raw), "{place} has {raw}: {text}");
    }
}
