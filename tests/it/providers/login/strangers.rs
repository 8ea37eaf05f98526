//! Whatever a stranger puts into a URL: nobody is sent anywhere but to the app, to the provider, or
//! nowhere, and the service has no trouble of its own.

use axum::body::Body;
use proptest::{
    collection::vec,
    prelude::*,
    sample::select,
    test_runner::{TestCaseError, TestRunner},
};
use tokio::runtime::Runtime;
use url::{Url, form_urlencoded};

use super::{Beside, House, Login, OpenIdStub};
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

/// What means something somewhere, and what a parser may trip over.
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

/// What is done to a good request, one after the other.
#[derive(Debug, Clone)]
enum Change {
    Set(&'static str, String),
    Drop(&'static str),
    Twice(&'static str),
    Strange(String, String),
}

fn change() -> impl Strategy<Value = Change> {
    let name = || select(&NAMES[..]);
    // Where people would go is worth most of the tries.
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

/// A good request at the front door.
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

/// Whether people may be sent there: to the app, at whatever port where that may vary.
fn is_the_app(location: &str) -> bool {
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
        prop_assert!(is_the_app(location), "{}", location);
        let (_, query) = location.split_once('?').unwrap();
        let told = pairs(query.as_bytes());
        prop_assert_eq!(one(&told, "iss"), Some(LOOPBACK));
        // Whatever is there besides was registered.
        for (name, _) in &told {
            let is_ours = ["a", "code", "error", "error_description", "state", "iss"];
            let is_once = told.iter().filter(|(it, _)| it == name).count() == 1;
            prop_assert!(is_once && is_ours.contains(&&**name), "{}", location);
        }
        return Ok(());
    };
    // The provider is told what it is always told, each once.
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

fn with_a_house(
    cases: u32,
    test: impl Fn(&Runtime, &House, &OpenIdStub, &[Change], bool) -> Result<(), TestCaseError>,
) {
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_all().build().unwrap();
    let stub = OpenIdStub::start();
    let trusted: Beside<'_> = ("stub", &stub, "trusts_addresses = true");
    let house = runtime.block_on(House::beside(Engine::Sqlite, &[trusted], CLIENTS));
    let house = house.unwrap();
    let mut runner = TestRunner::new(ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let strategy = (vec(change(), 0..4), any::<bool>());
    let ran = runner.run(&strategy, |(changes, flag)| {
        test(&runtime, &house, &stub, &changes, flag)
    });
    ran.unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn the_front_door_sends_nobody_astray() {
    with_a_house(400, |runtime, house, stub, changes, is_short| {
        let query = changed(good(), changes);
        let path = if is_short {
            "/login/stub"
        } else {
            "/authorize"
        };
        let answer = runtime.block_on(Browser::new(house).visits(&format!("{path}?{query}")));
        judge(&answer, stub)
    });
}

/// In the browser that began, with whatever the provider, or somebody in its place, says.
#[test]
fn no_callback_sends_anybody_astray() {
    with_a_house(200, |runtime, house, stub, changes, by_form| {
        runtime.block_on(async {
            let login = Login::new(house);
            let start = format!("/authorize?{}", changed(good(), &[]));
            let begun = login.browser.as_far_as(stub, &start);
            let said = changed(begun.await.answer(), changes);
            let answer = if by_form {
                let form = pairs(said.as_bytes());
                login.browser.posts("/callback/stub", &form).await
            } else {
                login
                    .browser
                    .visits(&format!("/callback/stub?{said}"))
                    .await
            };
            judge(&answer, stub)
        })
    });
}

/// Not even a form: whatever fits into a URL, or comes as a body.
#[test]
fn what_is_no_query_at_all_is_answered_too() {
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_all().build().unwrap();
    let stub = OpenIdStub::start();
    let trusted: Beside<'_> = ("stub", &stub, "trusts_addresses = true");
    let house = runtime.block_on(House::beside(Engine::Sqlite, &[trusted], CLIENTS));
    let house = house.unwrap();
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
            let anon = house.anon();
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
