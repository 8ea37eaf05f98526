//! A login ends in the browser and at the provider where it began, once, within ten minutes (O1,
//! O3, O11).

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use rstest::rstest;

use super::{
    Engine, Login, OAUTH_CLIENT, OpenIdStub, ProviderSetup, TestService, service_with_stub,
};
use crate::support::{
    Browser,
    answer::Answer,
    openid::{Defect, s256},
    stub::{one, pairs},
    upstream::{Callback, LOOPBACK, StubProvider},
};

const COOKIE: &str = "signet-8080-login";

/// A started login and its callback.
async fn start_login<'a>(service: &'a TestService, stub: &OpenIdStub) -> (Login<'a>, Callback) {
    let login = Login::new(service);
    let callback = login.browser.until_callback(stub, &login.url("stub")).await;
    (login, callback)
}

async fn assert_no_users(service: &TestService) {
    assert_eq!(service.app.store.users(None, 10).await.unwrap(), []);
}

/// Asserts an error page without a redirect.
#[track_caller]
fn assert_error_page(login: &Login<'_>, answer: &Answer) {
    login.assert_not_logged_in(answer);
    answer.assert_page(400, "invalid_login");
}

#[tokio::test]
async fn callback_in_another_browser_is_rejected() {
    let stub = OpenIdStub::start();
    let service = service_with_stub(&stub).await;
    // An attacker sends a link that would log the victim in to the attacker's account.
    let (attacker, callback) = start_login(&service, &stub).await;
    let victim = Browser::new(&service);
    assert_error_page(&attacker, &victim.open_callback(&callback).await);
    // The attack also fails while the victim has a login in progress.
    let (victim, _) = start_login(&service, &stub).await;
    let answer = victim.browser.open_callback(&callback).await;
    assert_error_page(&victim, &answer);
    assert_no_users(&service).await;
    // Neither the code nor the state was used up.
    let answer = attacker.browser.open_callback(&callback).await;
    attacker.finish(&answer).await;
}

#[tokio::test]
async fn callback_without_the_login_cookie_is_rejected() {
    let stub = OpenIdStub::start();
    let service = service_with_stub(&stub).await;
    let (login, callback) = start_login(&service, &stub).await;
    let secret = login.browser.drop_cookie(COOKIE).expect("a cookie");
    assert!(secret.len() >= 43, "{secret}");
    assert_error_page(&login, &login.browser.open_callback(&callback).await);
    for other in ["", "x", &s256(&secret), &secret.to_uppercase()] {
        let jar = &login.browser.jar;
        jar.lock()
            .unwrap()
            .insert(COOKIE.to_owned(), other.to_owned());
        let answer = login.browser.open_callback(&callback).await;
        assert_error_page(&login, &answer);
    }
    assert_eq!(stub.token_requests(), 0);
}

/// Two tabs of one browser with separate logins.
#[tokio::test]
async fn concurrent_logins_in_one_browser_succeed() {
    let stub = OpenIdStub::start();
    let service = service_with_stub(&stub).await;
    let (one, first) = start_login(&service, &stub).await;
    let two = Login::new(&service);
    std::mem::swap(
        &mut *two.browser.jar.lock().unwrap(),
        &mut *one.browser.jar.lock().unwrap(),
    );
    let second = two.browser.until_callback(&stub, &two.url("stub")).await;
    let jar = two.browser.jar.lock().unwrap().clone();
    *one.browser.jar.lock().unwrap() = jar;
    let answer = one.browser.open_callback(&first).await;
    one.finish(&answer).await;
    let answer = two.browser.open_callback(&second).await;
    two.finish(&answer).await;
}

#[tokio::test]
async fn callback_works_once() {
    let stub = OpenIdStub::start();
    let service = service_with_stub(&stub).await;
    let (login, callback) = start_login(&service, &stub).await;
    let jar = login.browser.jar.lock().unwrap().clone();
    let answer = login.browser.open_callback(&callback).await;
    login.finish(&answer).await;
    // Also with the earlier cookie and a new code.
    *login.browser.jar.lock().unwrap() = jar;
    assert_error_page(&login, &login.browser.open_callback(&callback).await);
    let fresh = new_code(&stub, &callback);
    assert_error_page(&login, &login.browser.open_callback(&fresh).await);
}

/// The same state with a different code.
fn new_code(stub: &OpenIdStub, callback: &Callback) -> Callback {
    let parameters = [
        "client_id",
        "response_type",
        "redirect_uri",
        "scope",
        "nonce",
        "code_challenge",
        "code_challenge_method",
    ];
    let mut url = url::Url::parse(&format!("{}/authorize", stub.issuer())).unwrap();
    for name in parameters {
        let value = stub.requested(name).unwrap();
        url.query_pairs_mut().append_pair(name, &value);
    }
    let answer = callback.answer();
    let state = one(&answer, "state").unwrap();
    url.query_pairs_mut().append_pair("state", state);
    stub.authorize(url.as_str())
}

#[rstest]
#[case(TimeDelta::minutes(9), true)]
#[case(TimeDelta::minutes(11), false)]
#[tokio::test]
async fn login_flow_expires_after_ten_minutes(#[case] duration: TimeDelta, #[case] is_good: bool) {
    let stub = OpenIdStub::start();
    let service = service_with_stub(&stub).await;
    let (login, callback) = start_login(&service, &stub).await;
    service.clock.advance(duration);
    let answer = login.browser.open_callback(&callback).await;
    if is_good {
        login.finish(&answer).await;
    } else {
        assert_error_page(&login, &answer);
        assert_no_users(&service).await;
    }
}

/// A mix-up attack: one of two providers belongs to the attacker.
#[tokio::test]
async fn state_of_another_provider_is_rejected() {
    let (honest, evil) = (OpenIdStub::start(), OpenIdStub::start());
    let trusts = "trusts_addresses = true";
    let upstreams: [ProviderSetup<'_>; 2] = [("stub", &honest, trusts), ("evil", &evil, trusts)];
    let service = TestService::with_providers(Engine::Sqlite, &upstreams, OAUTH_CLIENT);
    let service = service.await;
    let (login, callback) = start_login(&service, &honest).await;
    let misled = callback.at(&format!("{LOOPBACK}/callback/evil"));
    assert_error_page(&login, &login.browser.open_callback(&misled).await);
    assert_eq!(evil.token_requests(), 0);
    assert_no_users(&service).await;
    // Every provider has its own redirect URI.
    let uri = format!("{LOOPBACK}/callback/stub");
    assert_eq!(honest.requested("redirect_uri"), Some(uri));
    let answer = login.browser.open_callback(&callback).await;
    login.finish(&answer).await;
}

#[tokio::test]
async fn state_is_encrypted_and_authenticated() {
    let stub = OpenIdStub::start();
    let service = service_with_stub(&stub).await;
    let (login, callback) = start_login(&service, &stub).await;
    let asked = |name: &str| stub.requested(name).unwrap();
    let (nonce, challenge) = (asked("nonce"), asked("code_challenge"));
    let state = asked("state");
    for secret in [&nonce, &challenge] {
        assert!(!state.contains(secret.as_str()));
    }
    let jar = login.browser.jar.lock().unwrap().clone();
    let cookie = &jar[COOKIE];
    for secret in [&nonce, &state, &challenge] {
        assert!(!cookie.contains(secret.as_str()));
    }
    // PKCE, nonce and state are new each time.
    start_login(&service, &stub).await;
    for (name, before) in [
        ("nonce", nonce),
        ("code_challenge", challenge),
        ("state", state),
    ] {
        assert_ne!(asked(name), before, "{name}");
    }

    for position in [0, 10, 60, 200] {
        let mut answer = callback.answer();
        let (_, state) = answer.iter_mut().find(|(name, _)| name == "state").unwrap();
        let old = state.as_bytes()[position];
        let new = if old == b'A' { "B" } else { "A" };
        state.replace_range(position..=position, new);
        let changed = Callback::new(&format!("{LOOPBACK}/callback/stub"), false, answer);
        assert_error_page(&login, &login.browser.open_callback(&changed).await);
    }
    for state in ["", "x", "x.y", "\u{0}", "🦀"] {
        let mut answer = callback.answer();
        answer.retain(|(name, _)| name != "state");
        answer.push(("state".to_owned(), state.to_owned()));
        let changed = Callback::new(&format!("{LOOPBACK}/callback/stub"), false, answer);
        assert_error_page(&login, &login.browser.open_callback(&changed).await);
    }
    assert_eq!(stub.token_requests(), 0);
}

/// The verifier is sent to the provider directly, at the end. Everything before passes through the
/// browser.
#[tokio::test]
async fn code_verifier_never_reaches_the_browser() {
    let stub = OpenIdStub::start();
    let service = service_with_stub(&stub).await;
    let login = Login::new(&service);
    let started = login.browser.visit(&login.url("stub")).await;
    let callback = stub.authorize(started.header("location"));
    let answer = login.browser.open_callback(&callback).await;
    login.finish(&answer).await;
    let verifier = stub.redeemed_with("code_verifier").unwrap();
    assert_eq!(Some(s256(&verifier)), stub.requested("code_challenge"));
    let travelled: String = [&started, &answer]
        .map(|it| format!("{:?}\n{}\n", it.headers, it.text()))
        .concat();
    assert!(travelled.contains(COOKIE), "{travelled}");
    assert_secret_absent(&format!("{travelled}{}", callback.url), &verifier);
    // The nonce is only in the request and in the ID token.
    let nonce = stub.requested("nonce").unwrap();
    assert_secret_absent(&stub.requested("state").unwrap(), &nonce);
    assert_secret_absent(&format!("{:?}{}", answer.headers, callback.url), &nonce);
}

/// Asserts that a text contains the secret neither directly nor after one decoding.
#[track_caller]
fn assert_secret_absent(text: &str, secret: &str) {
    assert!(!text.contains(secret), "{text}");
    let decoded = |part: &str| URL_SAFE_NO_PAD.decode(part).unwrap_or_default();
    for part in text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_') {
        let inner = decoded(part);
        assert!(!String::from_utf8_lossy(&inner).contains(secret), "{part}");
        let bytes = decoded(secret);
        assert!(!inner.windows(bytes.len()).any(|it| it == bytes), "{part}");
    }
}

/// An attacker who adds a second `code` or `state` hopes that another component reads that one.
#[tokio::test]
async fn duplicate_callback_parameters_are_rejected() {
    let stub = OpenIdStub::start();
    let service = service_with_stub(&stub).await;
    let (login, callback) = start_login(&service, &stub).await;
    for (name, value) in callback.answer() {
        let mut answer = callback.answer();
        answer.push((name.clone(), value));
        let twice = Callback::new(&format!("{LOOPBACK}/callback/stub"), false, answer);
        let answer = login.browser.open_callback(&twice).await;
        login.assert_not_logged_in(&answer);
    }
    assert_no_users(&service).await;
}

#[tokio::test]
async fn form_post_callback_is_reposted_from_own_page() {
    let stub = OpenIdStub::start();
    let service = service_with_stub(&stub).await;
    stub.by_form_post();
    let (login, callback) = start_login(&service, &stub).await;
    assert!(callback.form.is_some());
    let answer = login.browser.open_callback(&callback).await;
    login.finish(&answer).await;

    // In another browser the page has no effect.
    let (_, callback) = start_login(&service, &stub).await;
    let other = Browser::new(&service);
    let answer = other.open_callback(&callback).await;
    assert_error_page(&login, &answer);
}

/// The page repeats untrusted posted values.
#[tokio::test]
async fn form_post_values_are_escaped() {
    let stub = OpenIdStub::start();
    let service = service_with_stub(&stub).await;
    stub.with_defect(Defect::CallbackDenied).by_form_post();
    let (login, callback) = start_login(&service, &stub).await;
    let posted = callback.form.as_deref().unwrap();
    let page = login.browser.post_cross_site(&callback.url, posted);
    let page = page.await;
    let shown = page.assert_status(200).text();
    // The only script is Signet's, and no value breaks out of its attribute.
    assert_eq!(shown.matches("<script").count(), 1, "{shown}");
    assert!(!shown.contains("\"><"), "{shown}");
    let (action, mut form) = page.form();
    assert_eq!(action, callback.url);
    assert_eq!(form.pop(), Some(("again".to_owned(), "1".to_owned())));
    // The values are unchanged.
    form.sort();
    let mut posted = posted.to_vec();
    posted.sort();
    assert_eq!(form, posted);
    assert!(posted.iter().any(|(_, value)| value.contains("<script>")));

    let answer = login.browser.open_callback(&callback).await;
    assert_eq!(login.error(&answer).as_deref(), Some("access_denied"));
    for page in [&answer.text(), answer.header("location")] {
        for word in ["<script>alert", "alert(1)", "stolen"] {
            assert!(!page.contains(word), "{page}");
        }
    }
}

#[tokio::test]
async fn login_denied_at_the_provider_returns_to_the_app() {
    let stub = OpenIdStub::start();
    let service = service_with_stub(&stub).await;
    stub.with_defect(Defect::CallbackDenied);
    let (login, callback) = start_login(&service, &stub).await;
    let answer = login.browser.open_callback(&callback).await;
    assert_eq!(login.error(&answer).as_deref(), Some("access_denied"));
    let (_, query) = answer.header("location").split_once('?').unwrap();
    // In the words of the service, not those of the link.
    let told = pairs(query.as_bytes());
    let description = one(&told, "error_description").unwrap_or_default();
    assert!(!description.contains("script"), "{description}");
    assert_eq!(stub.token_requests(), 0);
    assert_no_users(&service).await;
}

/// O10: removal takes effect immediately.
#[tokio::test]
async fn login_flow_of_a_removed_provider_ends() {
    let (stub, other) = (OpenIdStub::start(), OpenIdStub::start());
    let trusts = "trusts_addresses = true";
    let both: [ProviderSetup<'_>; 2] = [("stub", &stub, trusts), ("other", &other, trusts)];
    let service = TestService::with_providers(Engine::Sqlite, &both, OAUTH_CLIENT);
    let service = service.await;
    let (login, callback) = start_login(&service, &stub).await;
    let without =
        TestService::with_providers_in(service.database.share(), &both[1..], OAUTH_CLIENT).await;
    let elsewhere = Browser::new(&without);
    *elsewhere.jar.lock().unwrap() = login.browser.jar.lock().unwrap().clone();
    let page = elsewhere.open_callback(&callback).await;
    page.assert_page(404, "unknown_provider");
    let page = elsewhere.visit("/login/stub").await;
    page.assert_page(404, "unknown_provider");
    let path = "/login/stub/challenge";
    let answer = without.anon().post(path, serde_json::json!({})).await;
    answer.assert_problem(404, "unknown_provider");
    assert_eq!(stub.token_requests(), 0);
}
