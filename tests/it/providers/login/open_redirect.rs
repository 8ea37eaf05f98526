//! Random URLs: redirects lead only to the client or the provider, and no request causes an
//! internal error.

use axum::body::Body;
use proptest::{
    collection::vec,
    prelude::*,
    sample::select,
    test_runner::{TestCaseError, TestRunner},
};
use tokio::runtime::Runtime;
use url::{Url, form_urlencoded};

use super::{Login, OpenIdStub, ProviderSetup, TestService};
use crate::support::{
    Browser, Engine,
    answer::Answer,
    openid::s256,
    stub::{one, pairs},
    upstream::LOOPBACK,
};

const CLIENTS: &str = "
    [[clients]]
    client_id = 'app'
    scopes = ['read', 'write']
    redirect_uris = [
        'https://app.example.com/back', 'https://app.example.com/with?a=b',
        'http://127.0.0.1/back', 'com.example.app:/back',
    ]

    [[clients]]
    client_id = 'web'
    transport = 'cookie'
    origins = ['https://web.example.com']
    redirect_uris = ['https://web.example.com/back']
";

/// Texts with a meaning in URLs, and texts that confuse parsers.
const VALUES: [&str; 34] = [
    "",
    "code",
    "token",
    "app",
    "web",
    "stub",
    "nobody",
    "link",
    "login",
    "none",
    "S256",
    "plain",
    "query",
    "form_post",
    "read",
    "read write",
    "admin",
    "0",
    "-1",
    "999999999999",
    "https://app.example.com/back",
    "https://app.example.com/with?a=b",
    "https://app.example.com/back?code=stolen",
    "https://app.example.com.evil.example/back",
    "https://app.example.com@evil.example/back",
    "https://app.example.com/back#fragment",
    "http://127.0.0.1:51004/back",
    "http://127.0.0.1:0/back",
    "http://127.0.0.1:80@evil.example/back",
    "com.example.app:/back",
    "https://web.example.com/back",
    "//evil.example/",
    "javascript:alert(1)",
    "\r\nLocation: https://evil.example/",
];

const NAMES: [&str; 20] = [
    "response_type",
    "response_mode",
    "client_id",
    "redirect_uri",
    "state",
    "scope",
    "code_challenge",
    "code_challenge_method",
    "provider",
    "intent",
    "prompt",
    "max_age",
    "login_hint",
    "request",
    "request_uri",
    "code",
    "error",
    "iss",
    "user",
    "again",
];

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => select(&VALUES[..]).prop_map(str::to_owned),
        1 => any::<String>(),
        1 => "[ -~]{0,600}",
        1 => "[A-Za-z0-9_-]{43}",
    ]
}

/// Mutations of a valid request.
#[derive(Debug, Clone)]
enum Change {
    Set(&'static str, String),
    Drop(&'static str),
    Twice(&'static str),
    Strange(String, String),
}

fn change() -> impl Strategy<Value = Change> {
    let name = || select(&NAMES[..]);
    // Most mutations change the redirect target.
    let uri = (select(&VALUES[20..32]), "([!-~]{0,12})?");
    let uri = uri.prop_map(|(uri, more)| Change::Set("redirect_uri", format!("{uri}{more}")));
    prop_oneof![
        4 => uri,
        4 => (name(), value()).prop_map(|(name, value)| Change::Set(name, value)),
        1 => name().prop_map(Change::Drop),
        1 => name().prop_map(Change::Twice),
        1 => (any::<String>(), value()).prop_map(|(name, value)| Change::Strange(name, value)),
    ]
}

fn changed(mut fields: Vec<(String, String)>, changes: &[Change]) -> String {
    for change in changes {
        match change {
            Change::Set(name, value) => {
                fields.retain(|(it, _)| it != name);
                fields.push(((*name).to_owned(), value.clone()));
            }
            Change::Drop(name) => fields.retain(|(it, _)| it != name),
            Change::Twice(name) => {
                let again = fields.iter().find(|(it, _)| it == name).cloned();
                fields.extend(again);
            }
            Change::Strange(name, value) => fields.push((name.clone(), value.clone())),
        }
    }
    let mut written = form_urlencoded::Serializer::new(String::new());
    written.extend_pairs(fields).finish()
}

/// A valid authorization request.
fn good() -> Vec<(String, String)> {
    let challenge = s256("verifier");
    let fields = [
        ("response_type", "code"),
        ("client_id", "app"),
        ("redirect_uri", "https://app.example.com/back"),
        ("state", "the state"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
        ("provider", "stub"),
    ];
    let owned = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
    owned.to_vec()
}

/// Tells whether a redirect target is allowed: the redirect URI, at any port if the port may vary.
fn is_allowed_target(location: &str) -> bool {
    let Ok(mut url) = Url::parse(location) else {
        return false;
    };
    if url.host_str() == Some("127.0.0.1") {
        url.set_port(None).unwrap();
    }
    [
        "https://app.example.com/back?",
        "https://app.example.com/with?a=b&",
        "http://127.0.0.1/back?",
        "com.example.app:/back?",
        "https://web.example.com/back?",
    ]
    .iter()
    .any(|uri| url.as_str().starts_with(uri))
}

fn judge(answer: &Answer, stub: &OpenIdStub) -> Result<(), TestCaseError> {
    prop_assert!(answer.status < 500, "{} {}", answer.status, answer.text());
    for cookie in answer.set_cookies() {
        prop_assert!(cookie.starts_with("signet-8080-"), "{}", cookie);
    }
    let location = answer.header("location");
    if answer.status != 303 {
        prop_assert_eq!(location, "");
        prop_assert!(
            [200, 400, 404].contains(&answer.status),
            "{}",
            answer.status
        );
        return Ok(());
    }
    let Some(asked) = location.strip_prefix(&format!("{}/authorize?", stub.issuer())) else {
        prop_assert!(is_allowed_target(location), "{}", location);
        let (_, query) = location.split_once('?').unwrap();
        let told = pairs(query.as_bytes());
        prop_assert_eq!(one(&told, "iss"), Some(LOOPBACK));
        // Further parameters are part of the registered URI.
        for (name, _) in &told {
            let is_ours = ["a", "code", "error", "error_description", "state", "iss"];
            let is_once = told.iter().filter(|(it, _)| it == name).count() == 1;
            prop_assert!(is_once && is_ours.contains(&&**name), "{}", location);
        }
        return Ok(());
    };
    // The provider receives the usual parameters, each once.
    let asked = pairs(asked.as_bytes());
    let callback = format!("{LOOPBACK}/callback/stub");
    prop_assert_eq!(one(&asked, "redirect_uri"), Some(callback.as_str()));
    for name in ["state", "nonce", "code_challenge"] {
        prop_assert!(
            one(&asked, name).is_some_and(|it| it.len() >= 43),
            "{}",
            name
        );
    }
    Ok(())
}

fn run_with_service(
    cases: u32,
    test: impl Fn(&Runtime, &TestService, &OpenIdStub, &[Change], bool) -> Result<(), TestCaseError>,
) {
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_all().build().unwrap();
    let stub = OpenIdStub::start();
    let trusted: ProviderSetup<'_> = ("stub", &stub, "trusts_addresses = true");
    let service = runtime.block_on(TestService::with_providers(
        Engine::Sqlite,
        &[trusted],
        CLIENTS,
    ));
    let mut runner = TestRunner::new(ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let strategy = (vec(change(), 0..4), any::<bool>());
    let ran = runner.run(&strategy, |(changes, flag)| {
        test(&runtime, &service, &stub, &changes, flag)
    });
    ran.unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn authorization_endpoint_never_redirects_elsewhere() {
    run_with_service(400, |runtime, service, stub, changes, is_short| {
        let query = changed(good(), changes);
        let path = if is_short {
            "/login/stub"
        } else {
            "/authorize"
        };
        let answer = runtime.block_on(Browser::new(service).visit(&format!("{path}?{query}")));
        judge(&answer, stub)
    });
}

/// In the starting browser, with any parameters from the provider or an attacker.
#[test]
fn callback_never_redirects_elsewhere() {
    run_with_service(200, |runtime, service, stub, changes, by_form| {
        runtime.block_on(async {
            let login = Login::new(service);
            let start = format!("/authorize?{}", changed(good(), &[]));
            let begun = login.browser.until_callback(stub, &start);
            let said = changed(begun.await.answer(), changes);
            let answer = if by_form {
                let form = pairs(said.as_bytes());
                login.browser.post_form("/callback/stub", &form).await
            } else {
                login.browser.visit(&format!("/callback/stub?{said}")).await
            };
            judge(&answer, stub)
        })
    });
}

/// Arbitrary bytes as a query or as a body.
#[test]
fn malformed_queries_and_bodies_get_a_response() {
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_all().build().unwrap();
    let stub = OpenIdStub::start();
    let trusted: ProviderSetup<'_> = ("stub", &stub, "trusts_addresses = true");
    let service = runtime.block_on(TestService::with_providers(
        Engine::Sqlite,
        &[trusted],
        CLIENTS,
    ));
    let mut runner = TestRunner::new(ProptestConfig {
        cases: 300,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let path = select(&["/authorize", "/login/stub", "/callback/stub"][..]);
    let text = "([!$-;=?-Z_a-z~]|%[0-9A-F]{2}|client_id=app|&|=|state=){0,80}";
    let strategy = (path, text, vec(any::<u8>(), 0..200));
    let ran = runner.run(&strategy, |(path, query, body)| {
        runtime.block_on(async {
            let anon = service.anon();
            let url = format!("{path}?{query}");
            let asked = anon.send("GET", &url, &[], Body::empty()).await;
            judge(&asked, &stub)?;
            let form = [("content-type", "application/x-www-form-urlencoded")];
            let asked = anon.send("POST", "/callback/stub", &form, body).await;
            judge(&asked, &stub)
        })
    });
    ran.unwrap_or_else(|failure| panic!("{failure}"));
}
