//! The redirect URIs of a client.

use super::{super::*, faults, load};
use crate::client::Client;

fn client(lines: &str) -> Client {
    let file = format!("[[clients]]\nclient_id = 'a'\n{lines}");
    let clients = load(&file, &[], FlagSettings::default()).unwrap().clients;
    clients.get("a").unwrap().clone()
}

/// Returns the problem of the redirect URIs.
fn problem(lines: &str) -> String {
    let faults = faults(&format!("[[clients]]\nclient_id = 'a'\n{lines}"));
    let start = "1 setting is wrong:\n  clients[0].redirect_uris (signet.toml): ";
    let problem = faults.strip_prefix(start);
    problem.unwrap_or_else(|| panic!("{faults}")).to_owned()
}

#[test]
fn only_registered_redirect_uris_match() {
    let none = client("");
    assert!(!none.may_redirect_to("https://app.example.com/callback"));
    let phone = client(
        "redirect_uris = ['com.example.app:/callback', 'https://app.example.com/callback', \
         'http://127.0.0.1/callback']",
    );
    for registered in [
        "com.example.app:/callback",
        "https://app.example.com/callback",
        "http://127.0.0.1:51004/callback",
    ] {
        assert!(phone.may_redirect_to(registered), "{registered}");
    }
    for other in [
        "https://app.example.com/callback/",
        "https://app.example.com:8443/callback",
        "com.example.app:/other",
        "",
    ] {
        assert!(!phone.may_redirect_to(other), "{other}");
    }
    // A single URI may be a text.
    let one = client("redirect_uris = 'https://app.example.com/callback'");
    assert!(one.may_redirect_to("https://app.example.com/callback"));
    // The default client has no redirect URI.
    let config = load("", &[], FlagSettings::default()).unwrap();
    let default = config.clients.choose(None).unwrap();
    assert!(default.redirect_uris.is_empty());
}

#[test]
fn faults_of_redirect_uris_name_their_number() {
    let good = "https://app.example.com/callback";
    for (wrong, said) in [
        (
            "/callback",
            "must be an absolute URI of at most 512 ASCII characters",
        ),
        (
            "https://app.example.com/#a",
            "must not have a fragment, a user, a password or a wildcard",
        ),
        (
            "http://app.example.com/",
            "must be https, http on 127.0.0.1, [::1] or localhost, or a scheme with a dot, such as \
             com.example.app",
        ),
        (
            "https://APP.example.com/",
            "must be written as browsers write it: lower-case scheme and host, no default port, no \
             character that needs escaping",
        ),
    ] {
        let said = format!("number 2 {said}");
        assert_eq!(
            problem(&format!("redirect_uris = ['{good}', '{wrong}']")),
            said
        );
    }
    let many = |number: usize| format!("redirect_uris = '{}'", format!("{good} ").repeat(number));
    assert_eq!(client(&many(32)).redirect_uris.len(), 32);
    assert_eq!(problem(&many(33)), "must have at most 32 entries");
    assert_eq!(
        problem("redirect_uris = [[]]"),
        r#"must be a list of strings such as ["https://app.example.com/callback"]"#
    );
}

#[test]
fn redirect_uris_of_cookie_clients_must_have_their_own_origin() {
    let cookie = "transport = 'cookie'\norigins = ['https://app.example.com', 'http://[::1]:3000']";
    let web = client(&format!(
        "{cookie}\nredirect_uris = ['https://app.example.com/callback', \
         'http://127.0.0.1:8080/callback', 'http://[::1]:3000/callback']"
    ));
    assert_eq!(web.redirect_uris.len(), 3);
    for registered in [
        "https://app.example.com/callback",
        "http://127.0.0.1:8080/callback",
        "http://[::1]:3000/callback",
    ] {
        assert!(web.may_redirect_to(registered), "{registered}");
    }
    // Another port is another origin.
    assert!(!web.may_redirect_to("http://127.0.0.1:3000/callback"));
    assert!(!web.may_redirect_to("http://[::1]:3001/callback"));
    for other in [
        "https://other.example.com/callback",
        "https://app.example.com:8443/callback",
        "http://127.0.0.1/callback",
        "http://localhost:8080/callback",
        "com.example.app:/callback",
    ] {
        assert_eq!(
            problem(&format!("{cookie}\nredirect_uris = '{other}'")),
            "number 1 must have an origin of the client or of the issuer: pages of other origins cannot \
             use the client's cookies"
        );
    }
}
