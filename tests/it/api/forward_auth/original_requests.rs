//! The description of the original request by a proxy.

use axum::body::Body;

use super::{NAVIGATION, PAGE, POLICIES, ask, ask_with, service};
use crate::support::TestService;

/// The way back in `Location`.
fn way_back(location: &str) -> Option<String> {
    let url = url::Url::parse(location).unwrap();
    let mut query = url.query_pairs();
    query.find_map(|(name, value)| (name == "return_to").then(|| value.into_owned()))
}

#[tokio::test]
async fn way_back_is_that_of_a_trusted_proxy_and_at_an_origin_of_the_policy() {
    let service = service().await;
    let home = Some("https://auth.example.com/x?y=z".to_owned());
    let forwarded = |host: &'static str, uri: &'static str| {
        vec![
            ("x-forwarded-proto", "https"),
            ("x-forwarded-host", host),
            ("x-forwarded-uri", uri),
        ]
    };
    for (headers, expected) in [
        (forwarded("auth.example.com", "/x?y=z"), home.clone()),
        (
            vec![("x-original-url", "https://auth.example.com/x?y=z")],
            home.clone(),
        ),
        (
            vec![("x-forwarded-uri", "/x?y=z"), ("host", "auth.example.com")],
            home.clone(),
        ),
        (forwarded("evil.example", "/x"), None),
        (forwarded("auth.example.com", "x"), None),
        (forwarded("auth.example.com", "@evil.example"), None),
        (forwarded("auth.example.com.evil", "/"), None),
        (forwarded("evil.example/?", "/"), None),
        (
            forwarded("auth.example.com", "//evil"),
            Some("https://auth.example.com//evil".to_owned()),
        ),
        (vec![("x-original-url", "//evil")], None),
        (vec![("x-original-url", "https:evil")], None),
        (vec![("x-original-url", "https://good.example.evil")], None),
        (
            vec![
                ("x-forwarded-host", "auth.example.com"),
                ("x-forwarded-host", "evil"),
                ("x-forwarded-uri", "/"),
            ],
            None,
        ),
        (
            vec![
                ("x-forwarded-proto", "javascript"),
                ("x-forwarded-host", "auth.example.com"),
                ("x-forwarded-uri", "/"),
            ],
            None,
        ),
    ] {
        let mut all = NAVIGATION.to_vec();
        all.extend(&headers);
        let answer = ask(&service, "any", &all).await;
        assert_eq!(way_back(answer.header("location")), expected, "{headers:?}");
        // A peer that is not trusted describes nothing.
        let stranger = service.anon();
        let answer = stranger
            .send("GET", "/forward-auth/any", &all, Body::empty())
            .await;
        answer.assert_status(401);
        assert_eq!(way_back(answer.header("location")), None);
    }
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
    assert_eq!(way_back(answer.header("location")).as_deref(), Some(back));
    let answer = ask_with(&service, "GET", "/forward-auth/any/", &headers).await;
    assert_eq!(
        way_back(answer.header("location")).as_deref(),
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
        way_back(location).as_deref(),
        Some("https://auth.example.com/a/b")
    );
    let answer = ask_with(&service, "GET", "/forward-auth/any", &headers).await;
    answer.assert_status(404);
}
