//! `/forward-auth/{policy}`: a proxy asks for each request to another application.

mod bearer;
mod domain;
mod logged;
mod login;
mod original_requests;

use axum::body::Body;
use chrono::TimeDelta;
use futures_util::future::join_all;

use crate::support::{
    Browser, TestService,
    answer::Answer,
    api_client::request,
    browser::{ACCESS, REFRESH},
};

const ADA: &str = "ada@example.com";

/// The address of the trusted proxy.
const PROXY: &str = "10.0.0.1";

const ACCEPT: (&str, &str) = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
const NAVIGATION: [(&str, &str); 2] = [ACCEPT, ("sec-fetch-mode", "navigate")];
const SCRIPT: [(&str, &str); 2] = [("accept", "*/*"), ("sec-fetch-mode", "cors")];

/// What a proxy says about a request for the page `/a?b=c` of the application.
const PAGE: [(&str, &str); 4] = [
    ("x-forwarded-method", "GET"),
    ("x-forwarded-proto", "https"),
    ("x-forwarded-host", "auth.example.com"),
    ("x-forwarded-uri", "/a?b=c"),
];

const POLICIES: &str = "
    http.trusted_proxies = ['10.0.0.0/8']

    [roles.editor]
    groups = ['staff', 'Größe, L']

    [policies.any]
    origins = ['https://auth.example.com']

    [policies.staff]
    groups = ['staff']
    on_refused = 'redirect'
    origins = ['https://auth.example.com']

    [policies.admin]
    roles = ['admin']

    [policies.recent]
    max_age = '1h'
    origins = ['https://auth.example.com']

    [policies.strong]
    acr = 'mfa'

    [policies.quiet]
    preflight = 'refuse'

    [policies.scoped]
    clients = ['web', 'batch']
    scopes = ['write']

    [[clients]]
    client_id = 'web'
    transport = 'cookie'
    origins = ['https://app.example.com']
    claims = { email = '$email', email_verified = '$email_verified', name = '$name' }

    [[clients]]
    client_id = 'batch'
    scopes = ['write']
    client_secret_hashes = ['sha256:ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0']

";

async fn service() -> TestService {
    TestService::with(POLICIES).await
}

/// Asks as the proxy, with these headers of the client.
async fn ask(service: &TestService, policy: &str, headers: &[(&str, &str)]) -> Answer {
    let proxy = service.anon().from(PROXY);
    let path = format!("/forward-auth/{policy}");
    proxy.send("GET", &path, headers, Body::empty()).await
}

/// Asks for a request of a browser.
async fn ask_for(
    service: &TestService,
    browser: &Browser<'_>,
    policy: &str,
    headers: &[(&str, &str)],
) -> Answer {
    let cookies = browser.cookies();
    let mut all = PAGE.to_vec();
    all.extend(headers);
    if !cookies.is_empty() {
        all.push(("cookie", &cookies));
    }
    ask(service, policy, &all).await
}

/// Asks with any method and path, which the document describes as those of GET.
async fn ask_with(
    service: &TestService,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
) -> Answer {
    let request = request(method, path, headers, "");
    let peer = format!("{PROXY}:50000").parse().unwrap();
    Answer::read(service.send(request, peer).await, true).await
}

/// The headers with the identity: user, email, name and groups.
fn identity(answer: &Answer) -> [&str; 4] {
    for name in [
        "remote-user",
        "remote-email",
        "remote-name",
        "remote-groups",
    ] {
        assert!(answer.headers.contains_key(name), "{name}");
    }
    [
        "remote-user",
        "remote-email",
        "remote-name",
        "remote-groups",
    ]
    .map(|name| answer.header(name))
}

const LOGIN: &str = "https://auth.example.com/login?policy=any&return_to=https%3A%2F%2Fauth.example.com%2Fa%3Fb%3Dc";

#[tokio::test]
async fn admitted_request_has_the_identity_of_the_user() {
    let service = service().await;
    let ada = Browser::signed_up(&service, ADA).await;
    let session = ada.get("/session").await.json();
    let sub = session["sub"].as_str().unwrap();
    let answer = ask_for(&service, &ada, "any", &[]).await;
    answer.assert_status(200);
    assert_eq!(identity(&answer), [sub, ADA, "", "user"]);
    assert!(answer.body.is_empty() && answer.set_cookies().is_empty());

    let id = sub.parse().unwrap();
    let (store, now) = (&service.app.store, service.clock.now());
    store
        .set_role(id, &"editor".parse().unwrap(), now)
        .await
        .unwrap();
    let body = serde_json::json!({"name": "Ada Größe, 100 %"});
    ada.send("PATCH", "/me", Some(body))
        .await
        .assert_status(200);
    ada.drop_cookie(ACCESS);
    let answer = ask_for(&service, &ada, "staff", &NAVIGATION).await;
    answer.assert_status(200);
    let groups = "staff,Gr%C3%B6%C3%9Fe%2C L";
    assert_eq!(
        identity(&answer),
        [sub, ADA, "Ada Gr%C3%B6%C3%9Fe, 100 %25", groups]
    );
}

#[tokio::test]
async fn email_that_is_not_verified_is_not_passed_on() {
    let settings = POLICIES.replace("'$email_verified'", "false");
    let service = TestService::with(&settings).await;
    let eve = Browser::signed_up(&service, "eve@example.com").await;
    let answer = ask_for(&service, &eve, "any", &[]).await;
    answer.assert_status(200);
    assert_eq!(answer.header("remote-email"), "");
}

#[tokio::test]
async fn parallel_requests_across_an_expiry_are_all_admitted_with_new_cookies() {
    let service = service().await;
    let ada = Browser::signed_up(&service, ADA).await;
    service.clock.advance(TimeDelta::minutes(10));
    let asked = (0..10).map(|_| ask_for(&service, &ada, "any", &SCRIPT));
    let answers = join_all(asked).await;
    for answer in &answers {
        answer.assert_status(200);
        let names: Vec<_> = answer
            .set_cookies()
            .iter()
            .map(|it| it.split('=').next().unwrap())
            .collect();
        assert_eq!(names, [ACCESS, REFRESH]);
    }
    ada.keep(&answers[0]);
    let answer = ask_for(&service, &ada, "any", &SCRIPT).await;
    answer.assert_status(200);
    assert!(answer.set_cookies().is_empty());
}

#[tokio::test]
async fn only_navigations_get_the_login_page() {
    let service = service().await;
    let nobody = Browser::new(&service);
    let answer = ask_for(&service, &nobody, "any", &NAVIGATION).await;
    answer.assert_problem(401, "missing_token");
    assert_eq!(answer.header("location"), LOGIN);
    let redirected = ask_for(&service, &nobody, "staff", &NAVIGATION).await;
    redirected.assert_status(303);
    assert_eq!(
        redirected.header("location"),
        LOGIN.replace("policy=any", "policy=staff")
    );

    for policy in ["any", "staff"] {
        let answer = ask_for(&service, &nobody, policy, &SCRIPT).await;
        answer.assert_problem(401, "missing_token");
        assert!(!answer.headers.contains_key("location"));
        // A WebSocket cannot follow a redirect.
        let upgrade = [ACCEPT, ("upgrade", "websocket"), ("sec-websocket-key", "x")];
        let answer = ask_for(&service, &nobody, policy, &upgrade).await;
        answer.assert_problem(401, "missing_token");
        assert!(answer.headers.contains_key("location"));
    }
    // An expired session is no session.
    let ada = Browser::signed_up(&service, ADA).await;
    service.clock.advance(TimeDelta::days(31));
    let answer = ask_for(&service, &ada, "staff", &NAVIGATION).await;
    answer.assert_status(303);
    let answer = ask_for(&service, &ada, "staff", &SCRIPT).await;
    answer.assert_problem(401, "invalid_grant");
    assert!(answer.set_cookies().is_empty());
}

#[tokio::test]
async fn policy_refuses_other_users_with_403() {
    let service = service().await;
    let ada = Browser::signed_up(&service, ADA).await;
    for policy in ["staff", "admin"] {
        let answer = ask_for(&service, &ada, policy, &SCRIPT).await;
        answer.assert_problem(403, "not_allowed");
        assert!(!answer.headers.contains_key("location"));
        assert!(!answer.headers.contains_key("remote-user"));
        let page = ask_for(&service, &ada, policy, &NAVIGATION).await;
        page.assert_page(403, "not_allowed");
        assert!(!page.text().contains("forward-auth"), "{}", page.text());
        let links = page.links();
        let log_out = "https://auth.example.com/end-session";
        assert!(links.iter().any(|(_, url)| url == log_out), "{links:?}");
    }
    let answer = ask_for(&service, &ada, "scoped", &SCRIPT).await;
    answer.assert_problem(403, "insufficient_scope");
    assert!(
        answer
            .header("www-authenticate")
            .contains("scope=\"write\"")
    );
    for unknown in ["other", "", "Any", "any%20"] {
        let answer = ask_with(
            &service,
            "GET",
            &format!("/forward-auth/{unknown}"),
            &SCRIPT,
        )
        .await;
        answer.assert_status(404);
    }
    ask(&service, "other", &[])
        .await
        .assert_problem(404, "unknown_policy");
}

#[tokio::test]
async fn cookies_that_occur_twice_are_refused() {
    let service = service().await;
    let cookie = ("cookie", "__Host-signet-access=a; __Host-signet-access=b");
    ask(&service, "any", &[cookie])
        .await
        .assert_problem(400, "duplicate_cookie");
    let page = ask(&service, "any", &[cookie, NAVIGATION[0], NAVIGATION[1]]).await;
    page.assert_page(400, "duplicate_cookie");
    assert!(
        page.text().contains("Delete the cookies of"),
        "{}",
        page.text()
    );
}

#[tokio::test]
async fn old_or_weak_login_is_challenged() {
    let service = service().await;
    let ada = Browser::signed_up(&service, ADA).await;
    ask_for(&service, &ada, "recent", &SCRIPT)
        .await
        .assert_status(200);
    service.clock.advance(TimeDelta::seconds(3_601));
    let answer = ask_for(&service, &ada, "recent", &SCRIPT).await;
    answer.assert_problem(401, "insufficient_user_authentication");
    let challenge =
        "Bearer realm=\"signet\", error=\"insufficient_user_authentication\", max_age=\"3600\"";
    assert_eq!(answer.header("www-authenticate"), challenge);
    let answer = ask_for(&service, &ada, "recent", &NAVIGATION).await;
    assert_eq!(answer.status, 401);
    assert!(answer.header("location").contains("policy=recent"));
    let answer = ask_for(&service, &ada, "strong", &SCRIPT).await;
    answer.assert_problem(401, "insufficient_user_authentication");
    assert!(
        answer
            .header("www-authenticate")
            .ends_with("acr_values=\"mfa\"")
    );
}

#[tokio::test]
async fn preflight_is_admitted_without_an_identity() {
    let service = service().await;
    let preflight = [
        ("origin", "https://elsewhere.example.com"),
        ("access-control-request-method", "PUT"),
    ];
    // By the method of the request, or by the header.
    let answer = ask_with(&service, "OPTIONS", "/forward-auth/admin", &preflight).await;
    answer.assert_status(204);
    assert_eq!(identity(&answer), [""; 4]);
    // Envoy appends the path, and admits a request by 200 only.
    let answer = ask_with(&service, "OPTIONS", "/forward-auth/admin/a", &preflight).await;
    answer.assert_status(200);
    assert_eq!(identity(&answer), [""; 4]);
    let mut described = preflight.to_vec();
    described.push(("x-forwarded-method", "OPTIONS"));
    let answer = ask(&service, "admin", &described).await;
    answer.assert_status(204);
    assert_eq!(identity(&answer), [""; 4]);
}

#[tokio::test]
async fn only_a_preflight_is_admitted_as_one() {
    let service = service().await;
    let preflight = [
        ("origin", "https://elsewhere.example.com"),
        ("access-control-request-method", "PUT"),
        ("x-forwarded-method", "OPTIONS"),
    ];
    let ada = Browser::signed_up(&service, ADA).await;
    let cookies = ada.cookies();
    let refused = async |headers: &[(&str, &str)]| {
        let answer = ask(&service, "admin", headers).await;
        assert!([401, 403].contains(&answer.status), "{headers:?}");
        assert!(!answer.headers.contains_key("remote-user"));
    };
    // A preflight has an origin and a method, once each, and no credentials.
    for missing in 0..preflight.len() {
        let mut headers = preflight.to_vec();
        headers.remove(missing);
        refused(&headers).await;
        headers.push((preflight[missing].0, ""));
        refused(&headers).await;
    }
    for more in [
        ("cookie", "app=1"),
        ("cookie", &*cookies),
        ("authorization", "Bearer x"),
        ("authorization", "Basic eDp5"),
        ("access-control-request-method", "GET"),
        ("x-forwarded-method", "GET"),
    ] {
        refused(&[&preflight[..], &[more]].concat()).await;
    }
    refused(&[
        preflight[0],
        preflight[1],
        ("x-forwarded-method", "options"),
    ])
    .await;
    // The policy decides.
    ask(&service, "quiet", &preflight).await.assert_status(401);
    // A proxy that appends the path sends the method itself.
    let answer = ask_with(&service, "GET", "/forward-auth/any/a", &preflight).await;
    answer.assert_status(401);
    // Only a trusted proxy asks for other requests.
    for method in ["GET", "OPTIONS"] {
        let request = request(method, "/forward-auth/any", &preflight, "");
        let stranger = "203.0.113.9:50000".parse().unwrap();
        let answer = Answer::read(service.send(request, stranger).await, true).await;
        answer.assert_status(401);
    }
}
