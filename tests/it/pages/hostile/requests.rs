//! Hostile parameters, paths and forms.

use super::{HOSTILE, People, SETTINGS, assert_escaped, escaped, routes_with_session};
use crate::support::{
    Browser, TestService,
    answer::Answer,
    routes::{Route, Takes},
    test_service::ISSUER,
};

/// A text as queries and forms write it.
fn encode(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// The hostile values, as queries and forms write them.
fn values() -> Vec<String> {
    let texts = [
        HOSTILE,
        "",
        " ",
        "\0",
        "\r\nSet-Cookie: x=y",
        "\u{1b}[2J",
        "\u{202e}gpj",
        "../../etc/passwd",
        "https://evil.example/",
        "javascript:alert(1)",
        "'; DROP TABLE users;--",
        "-1",
        "{\"v\":1}",
        "01890000-0000-7000-8000-000000000000",
    ];
    let malformed = ["%ff", "%c3%28", "%", "%zz", "%u0041"].map(str::to_owned);
    let texts = texts.iter().map(|text| encode(text));
    texts.chain(["x".repeat(5_000)]).chain(malformed).collect()
}

/// The path of a route, for the users and the passkey that exist.
fn path_of(route: &Route, people: &People<'_>) -> String {
    let id = match route.path {
        "/account/passkeys/{id}" => &people.passkey,
        path if path.starts_with("/admin/pages/users/") => &people.ada,
        // The providers of this service cannot be reached.
        "/account/connect/{provider}" => return "/account/connect/nowhere".to_owned(),
        _ => return route.url(),
    };
    route.path.replace("{id}", id).replace("{act}", "role")
}

/// Posts a form from a page of the service.
async fn post(service: &TestService, browser: &Browser<'_>, path: &str, form: &[u8]) -> Answer {
    let cookies = browser.cookies();
    let headers = [
        ("origin", ISSUER),
        ("sec-fetch-site", "same-origin"),
        ("sec-fetch-mode", "navigate"),
        ("sec-fetch-dest", "document"),
        ("content-type", "application/x-www-form-urlencoded"),
        ("cookie", &cookies),
    ];
    let answer = service
        .anon()
        .send("POST", path, &headers, form.to_vec())
        .await;
    browser.keep(&answer);
    answer
}

#[tokio::test]
async fn hostile_parameters_change_no_page() {
    let service = TestService::with(SETTINGS).await;
    let people = People::of(&service).await;
    for route in routes_with_session("GET") {
        let path = path_of(&route, &people);
        let status = people.browser.visit(&path).await.status;
        for value in values() {
            let names = ["done", "search", "after", "filter", "role", "user", "lang"];
            let query = names.map(|name| format!("{name}={value}")).join("&");
            let page = people.browser.visit(&format!("{path}?{query}")).await;
            assert_eq!(page.status, status, "{path}?{query}");
            assert_escaped(&path, &page);
            if path.ends_with("/users") && value == encode(HOSTILE) {
                assert_eq!(page.field("search"), HOSTILE);
                assert!(page.text().contains(&escaped(HOSTILE)), "{}", page.text());
            }
        }
        let reads_query = path.ends_with("/users") || path.ends_with(&people.ada);
        let twice = format!("{path}?done=a&done=b");
        let expected = if reads_query { 400 } else { status };
        people.browser.visit(&twice).await.assert_status(expected);
    }
}

#[tokio::test]
async fn page_of_a_hostile_path_is_not_found() {
    let service = TestService::with(SETTINGS).await;
    let people = People::of(&service).await;
    for method in ["GET", "POST"] {
        for route in routes_with_session(method) {
            for parameter in ["{id}", "{act}"] {
                if !route.path.contains(parameter) {
                    continue;
                }
                for value in values().into_iter().filter(|it| !it.is_empty()) {
                    let path = route.path.replace(parameter, &value.replace('+', "%20"));
                    let path = path.replace("{act}", "role").replace("{id}", &people.ada);
                    let answer = if method == "GET" {
                        people.browser.visit(&path).await
                    } else {
                        post(&service, &people.browser, &path, b"role=editor&name=x").await
                    };
                    answer.assert_status(404);
                    assert!(
                        answer.text().contains("<code>"),
                        "{path}: {}",
                        answer.text()
                    );
                    assert_escaped(&path, &answer);
                }
            }
        }
    }
}

/// The statuses of the responses to hostile values of a field, and whether the page shows the value again.
fn expected(path: &str, field: &str) -> (&'static [u16], bool) {
    match (path, field) {
        ("/account/profile", "picture") | ("/admin/pages/users/{id}/{act}", _) => {
            (&[303, 422], true)
        }
        ("/account/profile" | "/account/passkeys/{id}" | "/account/password", _) => {
            (&[303, 422], false)
        }
        ("/account/email", _) => (&[422], true),
        ("/account/passkeys/new" | "/account/delete" | "/account/totp", _) => (&[422], false),
        ("/account/recovery-codes", _) => (&[200], false),
        ("/admin/pages/users/new", "password") => (&[303, 409, 422], false),
        ("/admin/pages/users/new", _) => (&[409, 422], true),
        // There is no such passkey, app or account: the overview is shown, or no page at all.
        _ => (&[303, 404], false),
    }
}

#[tokio::test]
async fn hostile_forms_are_refused_or_stored_as_text() {
    let service = TestService::with(SETTINGS).await;
    let people = People::of(&service).await;
    let browser = &people.browser;
    for route in routes_with_session("POST") {
        let path = path_of(&route, &people);
        let Takes::Form(fields) = route.takes else {
            panic!("{path} takes no form");
        };
        for (name, _) in fields {
            let (statuses, is_shown) = expected(route.path, name);
            let others = fields.iter().filter(|(other, _)| other != name);
            let others = others.map(|(other, value)| format!("&{other}={}", encode(value)));
            let others: String = others.collect();
            for value in values() {
                let form = format!("{name}={value}{others}");
                let answer = post(&service, browser, &path, form.as_bytes()).await;
                assert!(
                    statuses.contains(&answer.status),
                    "{path} {form}: {} {}",
                    answer.status,
                    answer.text()
                );
                assert_escaped(&path, &answer);
                if is_shown && value == encode(HOSTILE) {
                    assert_eq!(answer.field(name), HOSTILE);
                }
            }
        }
        for (form, status) in [(&b"name=a&name=b"[..], 400), (&b"x".repeat(20_000), 413)] {
            let answer = post(&service, browser, &path, form).await;
            answer.assert_status(status);
            assert_escaped(&path, &answer);
        }
        for form in [&b""[..], b"=", b"&", b"\xff", b"%", b"[]", b"name=%00"] {
            let answer = post(&service, browser, &path, form).await;
            assert_escaped(&path, &answer);
        }
        assert_escaped(&path, &browser.visit("/account").await);
        assert_escaped(&path, &browser.visit("/admin/pages/users").await);
    }
}
