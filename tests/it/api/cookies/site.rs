//! CSRF protection of cookie requests: origin, content type and duplicate cookies.

use serde_json::json;

use super::{OUT, service};
use crate::support::{
    APP, Browser, PASSWORD,
    browser::{ACCESS, REFRESH},
};

/// Requests that a foreign page can cause, and requests that it cannot cause.
#[tokio::test]
async fn unsafe_requests_from_foreign_pages_are_rejected() {
    let service = service().await;
    let browser = Browser::logged_in(&service, "ada@example.com").await;
    let cookies = browser.cookies();
    let login = json!({"email": "ada@example.com", "password": PASSWORD}).to_string();
    let origin = |origin| [("origin", origin)].to_vec();
    let site = |site| [("sec-fetch-site", site)].to_vec();
    let foreign = [
        vec![],
        origin("https://evil.example"),
        origin("https://app.example.com.evil.example"),
        origin("https://evilapp.example.com"),
        origin("http://app.example.com"),
        origin("https://app.example.com:8443"),
        origin("https://app.example.com/"),
        origin("null"),
        origin(""),
        site("cross-site"),
        site("same-site"),
        site("none"),
        [origin(APP), origin("https://evil.example")].concat(),
        [origin("https://evil.example"), site("same-origin")].concat(),
        [site("same-origin"), site("cross-site")].concat(),
    ];
    let ours = [
        origin(APP),
        origin("https://auth.example.com"),
        site("same-origin"),
        [origin(APP), site("same-site")].concat(),
    ];
    for (path, body) in [
        ("/login", login.as_str()),
        ("/refresh", "{}"),
        ("/logout", "{}"),
        ("/logout", ""),
        ("/logout/everywhere", "{}"),
    ] {
        let ask = |headers: Vec<(&'static str, &'static str)>| {
            let mut all = headers;
            let (client, cookies) = (service.anon(), cookies.clone());
            if !body.is_empty() {
                all.push(("content-type", "application/json"));
            }
            async move {
                let mut headers: Vec<(&str, &str)> = all;
                headers.push(("cookie", &cookies));
                client.send("POST", path, &headers, body.to_owned()).await
            }
        };
        for headers in &foreign {
            let answer = ask(headers.clone()).await;
            answer.assert_problem(403, "foreign_origin");
            assert!(answer.set_cookies().is_empty(), "{path} {headers:?}");
        }
        // The last route ends the session, so it is requested once.
        let asked = if path == "/logout/everywhere" {
            1
        } else {
            ours.len()
        };
        for headers in ours.iter().take(asked) {
            let answer = ask(headers.clone()).await;
            assert!([200, 204].contains(&answer.status), "{path} {headers:?}");
        }
    }
}

#[tokio::test]
async fn unsafe_requests_without_json_are_rejected() {
    let service = service().await;
    let browser = Browser::logged_in(&service, "ada@example.com").await;
    let cookies = browser.cookies();
    for (path, media_type) in [
        ("/logout", "text/plain"),
        ("/logout", "application/x-www-form-urlencoded"),
        ("/logout", "multipart/form-data; boundary=x"),
        ("/logout/everywhere", "text/plain"),
        ("/refresh", "text/plain"),
        ("/login", "text/plain"),
    ] {
        let headers = [
            ("cookie", cookies.as_str()),
            ("origin", APP),
            ("content-type", media_type),
        ];
        let answer = service.anon().send("POST", path, &headers, "{}").await;
        answer.assert_problem(415, "unsupported_media_type");
        assert!(answer.set_cookies().is_empty());
    }
    browser.get("/me").await.assert_status(200);
}

#[tokio::test]
async fn duplicate_cookies_are_rejected() {
    let service = service().await;
    let browser = Browser::logged_in(&service, "ada@example.com").await;
    let (once, refresh) = (browser.cookies(), browser.cookie(REFRESH).unwrap());
    for (name, value) in [(ACCESS, "x"), (REFRESH, refresh.as_str()), (OUT, "x")] {
        let cookies = format!("{name}=y; {once}; {name}={value}");
        for (method, path) in [("GET", "/me"), ("POST", "/refresh"), ("POST", "/logout")] {
            let headers = [
                ("cookie", cookies.as_str()),
                ("origin", APP),
                ("content-type", "application/json"),
            ];
            let answer = service.anon().send(method, path, &headers, "{}").await;
            answer.assert_problem(400, "duplicate_cookie");
        }
    }
}

/// An empty body counts as absent for any media type.
#[tokio::test]
async fn empty_body_of_any_type_is_accepted_from_own_pages_only() {
    let service = service().await;
    for (method, path, status) in [
        ("POST", "/refresh", 200),
        ("POST", "/logout", 204),
        ("POST", "/logout/everywhere", 204),
        ("DELETE", "/me", 204),
    ] {
        for media_type in [None, Some("application/json"), Some("text/plain")] {
            let browser = Browser::logged_in(&service, "ada@example.com").await;
            let cookies = browser.cookies();
            let ask = async |origin: &str, body: &str| {
                let mut headers = vec![("cookie", cookies.as_str()), ("origin", origin)];
                headers.extend(media_type.map(|it| ("content-type", it)));
                let client = service.anon();
                client.send(method, path, &headers, body.to_owned()).await
            };
            let foreign = ask("https://evil.example", "").await;
            foreign.assert_problem(403, "foreign_origin");
            if media_type == Some("text/plain") {
                let text = ask(APP, "{}").await;
                text.assert_problem(415, "unsupported_media_type");
            }
            ask(APP, "").await.assert_status(status);
            if path == "/me" {
                Browser::signed_up(&service, "ada@example.com").await;
            }
        }
    }
}
