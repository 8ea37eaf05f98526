//! Errors of every route: a page for a browser that opens it, and a problem document for other clients.

use rstest::rstest;

use crate::support::{
    Browser, TestService, WEB,
    answer::Answer,
    browser::{ACCESS, REFRESH},
    routes,
};

/// The `Accept` header of browsers that open a page.
const BROWSER: (&str, &str) = (
    "accept",
    "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
);

#[track_caller]
fn assert_page(answer: &Answer, status: u16, heading: &str, code: &str) {
    answer.assert_status(status);
    assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
    let text = answer.text();
    assert!(text.contains(&format!("<h1>{heading}</h1>")), "{text}");
    assert!(text.contains(&format!("<code>{code}</code>")), "{text}");
    let id = answer.header("x-request-id");
    assert!(text.contains(&format!("<code>{id}</code>")), "{text}");
    let vary: Vec<_> = answer.headers.get_all("vary").iter().collect();
    assert!(vary.iter().any(|it| *it == "accept"), "{vary:?}");
}

#[rstest]
#[case("/nowhere", 404, "Page not found", "not_found")]
#[case("/token", 405, "Page not found", "method_not_allowed")]
#[case("/me", 401, "Page not found", "missing_token")]
#[case("/logo", 404, "Page not found", "not_found")]
#[case("/admin/users", 404, "Page not found", "not_found")]
#[case(
    "/login/nobody",
    404,
    "This way to log in isn’t available",
    "unknown_provider"
)]
#[case("/authorize", 400, "We can’t start this login", "invalid_redirect_uri")]
#[tokio::test]
async fn browser_gets_a_page_and_other_clients_a_problem(
    #[case] path: &str,
    #[case] status: u16,
    #[case] heading: &str,
    #[case] code: &str,
) {
    let service = TestService::new().await;
    let anon = service.anon();
    let page = anon.send("GET", path, &[BROWSER], "").await;
    assert!(page.header("vary").contains("accept"), "{:?}", page.headers);
    if path != "/authorize" && path != "/login/nobody" {
        assert_page(&page, status, heading, code);
        let problem = anon.get(path).await;
        problem.assert_problem(status, code);
        for name in ["allow", "www-authenticate", "retry-after"] {
            assert_eq!(page.header(name), problem.header(name), "{path} {name}");
        }
    } else {
        // These routes answer with pages always.
        page.assert_status(status);
        assert!(page.text().contains(heading), "{}", page.text());
        assert_eq!(
            anon.get(path).await.header("content-type"),
            page.header("content-type")
        );
    }
}

#[tokio::test]
async fn error_page_has_the_language_and_a_link_to_the_login() {
    let service = TestService::new().await;
    let headers = [BROWSER, ("accept-language", "de")];
    let page = service.anon().send("GET", "/nowhere", &headers, "").await;
    assert_page(&page, 404, "Seite nicht gefunden", "not_found");
    let [(_, login)] = &page.links()[..] else {
        panic!("{}", page.text());
    };
    assert!(login.ends_with("/login"), "{login}");
}

#[tokio::test]
async fn faults_of_the_service_are_pages_for_browsers() {
    let service = TestService::new().await;
    let ready = service.anon().send("GET", "/readyz", &[BROWSER], "").await;
    ready.assert_status(200);
    service.app.readiness.stop();
    let stopping = service.anon().send("GET", "/readyz", &[BROWSER], "").await;
    assert_page(&stopping, 503, "Temporarily unavailable", "stopping");
    assert!(!stopping.header("retry-after").is_empty());
}

/// A link that repeats the request begins with the path of the issuer, which `/readyz` does not.
#[tokio::test]
async fn only_routes_of_the_issuer_can_be_tried_again() {
    for (settings, again) in [
        ("", &["/readyz"][..]),
        ("issuer = 'https://auth.example.com/tenant'", &[]),
    ] {
        let service = TestService::with(settings).await;
        service.app.readiness.stop();
        let page = service.anon().send("GET", "/readyz", &[BROWSER], "").await;
        let links = page.links().into_iter();
        let links = links.filter(|(text, _)| text == "Try again");
        let urls: Vec<_> = links.map(|(_, url)| url).collect();
        let expected = again
            .iter()
            .map(|path| format!("https://auth.example.com{path}"));
        assert_eq!(urls, expected.collect::<Vec<_>>());
    }
}

/// A request with the refresh token alone gets both cookies, also if it is refused.
#[tokio::test]
async fn error_page_renews_every_cookie() {
    let service = TestService::with(&format!("admin.enabled = true\n{WEB}")).await;
    let browser = Browser::signed_up(&service, "ada@example.com").await;
    let refresh = format!("{REFRESH}={}", browser.cookie(REFRESH).unwrap());
    let headers = [BROWSER, ("cookie", &refresh), ("sec-fetch-site", "none")];
    let page = service
        .anon()
        .send("GET", "/admin/users", &headers, "")
        .await;
    assert_page(&page, 403, "You don’t have access", "admin_required");
    let names = page.set_cookies().into_iter();
    let names: Vec<_> = names.filter_map(|it| it.split('=').next()).collect();
    assert_eq!(names, [ACCESS, REFRESH]);
}

/// Scripts and clients of the API get problem documents, also if their library asks for HTML by default.
#[tokio::test]
async fn scripts_and_clients_get_problem_documents() {
    let service = TestService::with(routes::ALL_SERVED).await;
    let anon = service.anon();
    for more in [("sec-fetch-mode", "cors"), ("authorization", "Bearer x")] {
        let answer = anon.send("GET", "/me", &[BROWSER, more], "").await;
        answer.assert_status(401);
        assert_eq!(answer.header("content-type"), "application/problem+json");
    }
    let form = [
        BROWSER,
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    let refused = anon.send("POST", "/token", &form, "grant_type=x").await;
    assert_eq!(refused.json()["error"], "unsupported_grant_type");
}

/// The routes that answer every client with pages: browsers are sent there.
const PAGES: [&str; 8] = [
    "/authorize",
    "/callback/{provider}",
    "/end-session",
    "/login/new-passkey",
    "/login/return",
    "/login/{provider}",
    "/login/{provider}/address",
    "/login/{provider}/confirm",
];

/// The errors of the token endpoint are JSON for every client (RFC 6749 §5.2).
const TOKEN: &str = "/token";

#[tokio::test]
async fn errors_of_every_route_are_pages_for_browsers_and_json_for_other_clients() {
    let service = TestService::with(routes::ALL_SERVED).await;
    let anon = service.anon();
    let (mut pages, mut problems) = (Vec::new(), Vec::new());
    // A proxy may pass on any method, and the document describes GET.
    let has_methods = |route: &routes::Route| !route.path.starts_with("/forward-auth/");
    for route in routes::all().into_iter().filter(has_methods) {
        // The second request has a method that the route does not support.
        for method in [route.method, "TRACE"] {
            let named = format!("{method} {}", route.path);
            let answer = anon
                .send(method, &route.url(), &[("accept", "*/*")], "")
                .await;
            if answer.status >= 400 {
                let is_page = answer.header("content-type").starts_with("text/html");
                let is_page_route = PAGES.contains(&route.path) && method != "TRACE";
                assert_eq!(is_page, is_page_route, "{named}: {}", answer.text());
                if !is_page {
                    let member = if route.path == TOKEN && method != "TRACE" {
                        "error"
                    } else {
                        "code"
                    };
                    assert!(answer.json()[member].is_string(), "{named}");
                    problems.push(named);
                }
            }
        }
        for method in ["GET", "POST"] {
            let headers = [BROWSER, ("sec-fetch-mode", "navigate")];
            let answer = anon.send(method, &route.url(), &headers, "").await;
            let named = format!("{method} {}", route.path);
            if answer.status < 400 {
                continue;
            }
            if (method, route.path) == ("POST", TOKEN) {
                assert!(answer.json()["error"].is_string(), "{named}");
                continue;
            }
            let is_page = answer.header("content-type").starts_with("text/html");
            assert!(is_page, "{named}: {}", answer.text());
            let id = answer.header("x-request-id");
            assert!(
                answer.text().contains(&format!("<code>{id}</code>")),
                "{named}"
            );
            pages.push(named);
        }
    }
    let routes = routes::all().len();
    assert!(problems.len() > routes, "{problems:#?}");
    assert!(pages.len() > routes, "{pages:#?}");
}
