//! The description of the original request by a proxy.

use axum::body::Body;

use super::{NAVIGATION, PAGE, POLICIES, ask, ask_with, service};
use crate::support::TestService;

/// The return URL in `Location`.
fn return_url(location: &str) -> Option<String> {
    let url = url::Url::parse(location).unwrap();
    let mut query = url.query_pairs();
    query.find_map(|(name, value)| (name == "return_to").then(|| value.into_owned()))
}

/// Asks with the description of a navigation by the proxy, and by a peer that is not trusted, whose description is
/// ignored.
async fn assert_return_url(
    service: &TestService,
    description: &[(&str, &str)],
    expected: Option<&str>,
) {
    let all = [&NAVIGATION[..], description].concat();
    let answer = ask(service, "any", &all).await;
    let returned = return_url(answer.header("location"));
    assert_eq!(returned.as_deref(), expected, "{description:?}");
    let stranger = service.anon();
    let path = "/forward-auth/any";
    let answer = stranger.send("GET", path, &all, Body::empty()).await;
    answer.assert_status(401);
    assert_eq!(return_url(answer.header("location")), None);
}

#[tokio::test]
async fn return_url_is_at_an_origin_of_the_policy() {
    let service = service().await;
    for (host, uri, expected) in [
        (
            "auth.example.com",
            "/x?y=z",
            Some("https://auth.example.com/x?y=z"),
        ),
        (
            "auth.example.com",
            "//evil",
            Some("https://auth.example.com//evil"),
        ),
        ("auth.example.com", "x", None),
        ("auth.example.com", "@evil.example", None),
        ("auth.example.com.evil", "/", None),
        ("evil.example", "/x", None),
        ("evil.example/?", "/", None),
    ] {
        let description = [
            ("x-forwarded-proto", "https"),
            ("x-forwarded-host", host),
            ("x-forwarded-uri", uri),
        ];
        assert_return_url(&service, &description, expected).await;
    }
}

#[tokio::test]
async fn return_url_is_taken_from_headers_that_occur_once() {
    let service = service().await;
    let home = "https://auth.example.com/x?y=z";
    let host = ("x-forwarded-host", "auth.example.com");
    let uri = ("x-forwarded-uri", "/x?y=z");
    let original = |url: &'static str| [("x-original-url", url)];
    assert_return_url(&service, &original(home), Some(home)).await;
    assert_return_url(&service, &[uri, ("host", "auth.example.com")], Some(home)).await;
    for url in ["//evil", "https:evil", "https://good.example.evil"] {
        assert_return_url(&service, &original(url), None).await;
    }
    let twice = [host, ("x-forwarded-host", "evil"), uri];
    assert_return_url(&service, &twice, None).await;
    let script = [host, ("x-forwarded-proto", "javascript"), uri];
    assert_return_url(&service, &script, None).await;
}

#[tokio::test]
async fn envoy_appends_the_path_and_sends_the_method() {
    let service = service().await;
    let mut headers = NAVIGATION.to_vec();
    headers.extend([
        ("host", "auth.example.com"),
        ("x-forwarded-uri", "/of-the-client"),
    ]);
    let answer = ask_with(
        &service,
        "GET",
        "/forward-auth/any/a%2Fb/forward-auth/c?d=e",
        &headers,
    )
    .await;
    answer.assert_status(401);
    let back = "https://auth.example.com/a%2Fb/forward-auth/c?d=e";
    assert_eq!(return_url(answer.header("location")).as_deref(), Some(back));
    let answer = ask_with(&service, "GET", "/forward-auth/any/", &headers).await;
    assert_eq!(
        return_url(answer.header("location")).as_deref(),
        Some("https://auth.example.com/")
    );
    for method in [
        "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND",
    ] {
        let answer = ask_with(&service, method, "/forward-auth/any/a", &headers).await;
        answer.assert_status(401);
        let is_post = method == "POST";
        assert_eq!(answer.headers.contains_key("location"), is_post, "{method}");
    }
}

#[tokio::test]
async fn identity_in_the_request_means_nothing() {
    let service = service().await;
    let mut headers = PAGE.to_vec();
    headers.extend([
        ("remote-user", "mallory"),
        ("remote-groups", "admin"),
        ("x-forwarded-user", "mallory"),
    ]);
    let answer = ask(&service, "any", &headers).await;
    answer.assert_problem(401, "missing_token");
    assert!(!answer.headers.contains_key("remote-user"));
}

#[tokio::test]
async fn policies_of_an_issuer_with_a_path_are_below_its_path() {
    let issuer = "https://auth.example.com/tenant";
    let service = TestService::with(&format!("issuer = '{issuer}'\n{POLICIES}")).await;
    let mut headers = NAVIGATION.to_vec();
    headers.push(("host", "auth.example.com"));
    let answer = ask_with(&service, "GET", "/tenant/forward-auth/any/a/b", &headers).await;
    answer.assert_status(401);
    let location = answer.header("location");
    assert!(
        location.starts_with("https://auth.example.com/tenant/login?policy=any&"),
        "{location}"
    );
    assert_eq!(
        return_url(location).as_deref(),
        Some("https://auth.example.com/a/b")
    );
    let answer = ask_with(&service, "GET", "/forward-auth/any", &headers).await;
    answer.assert_status(404);
}
