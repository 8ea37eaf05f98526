//! Authorization requests (RFC 6749 §4.1.1), and the parameters that reach the provider.

use chrono::TimeDelta;
use rstest::rstest;
use serde_json::{Value, json};

use super::{
    Engine, Login, OAUTH_CLIENT, OpenIdStub, Person, ProviderSetup, TestService, service_with_stub,
};
use crate::support::{
    Browser,
    oauth_client::REDIRECT_URI,
    openid::s256,
    stub::{one, pairs},
};

/// The same request without one of its parameters.
fn without(url: &str, name: &str) -> String {
    let mut url = url::Url::parse(url).unwrap();
    let query = url.query().unwrap().to_owned();
    let kept = pairs(query.as_bytes());
    assert!(one(&kept, name).is_some(), "{name} is not in {query}");
    let kept = kept.into_iter().filter(|(it, _)| it != name);
    url.query_pairs_mut().clear().extend_pairs(kept);
    url.into()
}

fn with(url: &str, name: &str, value: &str) -> String {
    let mut url = url::Url::parse(&without(url, name)).unwrap();
    url.query_pairs_mut().append_pair(name, value);
    url.into()
}

/// An invalid request does not continue; the client gets the error.
#[rstest]
#[case::no_challenge("code_challenge", None, "invalid_request")]
#[case::no_method("code_challenge_method", None, "invalid_request")]
#[case::plain("code_challenge_method", Some("plain"), "invalid_request")]
#[case::no_hash("code_challenge", Some("x"), "invalid_request")]
#[case::no_type("response_type", None, "invalid_request")]
#[case::another_type("response_type", Some("token"), "unsupported_response_type")]
#[case::no_such_provider("provider", Some("nobody"), "invalid_request")]
#[tokio::test]
async fn invalid_authorization_request_returns_an_error_to_the_app(
    #[case] name: &str,
    #[case] value: Option<&str>,
    #[case] error: &str,
) {
    let stub = OpenIdStub::start();
    let service = service_with_stub(&stub).await;
    let login = Login::new(&service);
    let url = match value {
        None => without(&login.url("stub"), name),
        Some(value) => with(&login.url("stub"), name, value),
    };
    let answer = login.browser.visit(&url).await;
    assert_eq!(login.error(&answer).as_deref(), Some(error));
    assert_eq!(stub.requested("state"), None);
    login.assert_not_logged_in(&answer);
}

/// Only the user can see the error, because an unknown client cannot be trusted.
#[rstest]
#[case::client("client_id", "nobody", "unknown_client")]
#[case::redirect_uri(
    "redirect_uri",
    "https://app.example.com/back/",
    "invalid_redirect_uri"
)]
#[case::elsewhere("redirect_uri", "https://evil.example.com/", "invalid_redirect_uri")]
#[tokio::test]
async fn unknown_client_or_redirect_uri_shows_a_page(
    #[case] name: &str,
    #[case] value: &str,
    #[case] code: &str,
) {
    let stub = OpenIdStub::start();
    let service = service_with_stub(&stub).await;
    let login = Login::new(&service);
    let url = with(&login.url("stub"), name, value);
    let answer = login.browser.visit(&url).await;
    answer.assert_page(400, code);
    assert_eq!(answer.links(), []);
    assert_eq!(answer.set_cookies(), [] as [&str; 0]);
}

/// Duplicate parameters are ambiguous, so they count as missing.
#[tokio::test]
async fn duplicate_parameters_show_a_page() {
    let stub = OpenIdStub::start();
    let service = service_with_stub(&stub).await;
    let login = Login::new(&service);
    for again in ["client_id=app", "state=another", "provider=stub"] {
        let url = format!("{}&{again}", login.url("stub"));
        let answer = login.browser.visit(&url).await;
        answer.assert_page(400, "invalid_request");
        assert_eq!(answer.header("location"), "", "{again}");
    }
}

#[tokio::test]
async fn request_without_a_provider_shows_the_choice() {
    let (zeta, alpha) = (OpenIdStub::start(), OpenIdStub::start());
    let (named, trusted) = ("name = 'Zeta & Co.'", "trusts_addresses = true");
    let upstreams: [ProviderSetup<'_>; 2] = [("zeta", &zeta, named), ("alpha", &alpha, trusted)];
    let service = TestService::with_providers(Engine::Sqlite, &upstreams, OAUTH_CLIENT);
    let service = service.await;
    let login = Login::new(&service);
    let url = without(&login.url("alpha"), "provider");
    let page = login.browser.visit(&url).await;
    page.assert_status(200);
    let links = page.links();
    let said: Vec<_> = links.iter().map(|(says, _)| says.as_str()).collect();
    let in_order = [
        "Forgot password?",
        "Continue with Zeta &#38; Co.",
        "Continue with alpha",
        "Create account",
        "Cancel",
    ];
    assert_eq!(said, in_order);
    // After the choice, the login completes the same request.
    let answer = login.browser.log_in_through(&alpha, &links[2].1).await;
    login.finish(&answer).await;
    assert_eq!(zeta.requested("state"), None);
    // Cancelling returns to the app.
    let (uri, told) = links[4].1.split_once('?').unwrap();
    assert_eq!(uri, REDIRECT_URI);
    let told = pairs(told.as_bytes());
    assert_eq!(one(&told, "error"), Some("access_denied"));
}

/// The language of the link takes precedence over the browser's; pages and their links keep it.
#[tokio::test]
async fn pages_use_ui_locales_before_accept_language() {
    let stub = OpenIdStub::start();
    let service = service_with_stub(&stub).await;
    let asked = without(&Login::new(&service).url("stub"), "provider");
    let answer = async |url: &str| {
        let url = url::Url::parse(url).unwrap();
        let path = &url[url::Position::BeforePath..];
        let wishes = [("accept-language", "fr, de-AT;q=0.9, en;q=0.1")];
        let answer = service.anon().send("GET", path, &wishes, "").await;
        assert_eq!(answer.header("vary"), "accept-language");
        let said = format!("<html lang=\"{}\">", answer.header("content-language"));
        assert!(answer.text().contains(&said), "{}", answer.text());
        answer
    };
    let page = answer(&asked).await;
    assert_eq!(page.links()[0].0, "Passwort vergessen?");
    assert_eq!(page.links()[1].0, "Weiter mit stub");
    assert!(!page.text().contains("ui_locales"));
    let page = answer(&format!("{asked}&ui_locales=fr%20es-MX")).await;
    let (says, href) = &page.links()[1];
    assert_eq!(says, "Continuar con stub");
    assert!(href.contains("ui_locales=fr+es-MX"), "{href}");
    // Error pages use the language too.
    let page = answer(&with(&asked, "client_id", "nobody")).await;
    page.assert_page(400, "unknown_client");
    assert!(page.text().contains("Anmeldung nicht möglich"));
}

#[tokio::test]
async fn prompt_max_age_and_login_hint_are_forwarded_to_the_provider() {
    let stub = OpenIdStub::start();
    let service = service_with_stub(&stub).await;
    let names = ["prompt", "max_age", "login_hint"];
    service.log_in_by("stub", &stub).await;
    for name in names {
        assert_eq!(stub.requested(name), None, "{name}");
    }
    let short = format!(
        "/login/stub?client_id=app&code_challenge={}&code_challenge_method=S256",
        s256("verifier")
    );
    for start in [Login::new(&service).url("stub"), short] {
        let url = format!("{start}&prompt=select_account&max_age=60&login_hint=ada%40example.com");
        Browser::new(&service).until_callback(&stub, &url).await;
        let asked = names.map(|name| stub.requested(name).unwrap_or_default());
        assert_eq!(asked, ["select_account", "60", "ada@example.com"]);
    }
}

/// OpenID Connect Core §3.1.2.1: with `max_age`, the response contains `auth_time`, or the login
/// fails.
#[rstest]
#[case::nothing_said(None, "60", Some("login_required"))]
#[case::too_long_ago(Some(TimeDelta::seconds(91)), "60", Some("login_required"))]
#[case::now_is_wanted(Some(TimeDelta::minutes(1)), "0", Some("login_required"))]
#[case::lately(Some(TimeDelta::seconds(59)), "60", None)]
#[case::just_now(Some(TimeDelta::zero()), "0", None)]
#[case::nobody_asked(Some(TimeDelta::days(100)), "", None)]
#[tokio::test]
async fn max_age_is_checked_against_auth_time(
    #[case] ago: Option<TimeDelta>,
    #[case] max_age: &str,
    #[case] error: Option<&str>,
) {
    let stub = OpenIdStub::start();
    let service = service_with_stub(&stub).await;
    let at = ago.map_or(Value::Null, |ago| {
        json!((service.clock.now() - ago).timestamp())
    });
    let mut person = Person::new("sub", "ada@example.com");
    if !at.is_null() {
        person = person.with("auth_time", at.clone());
    }
    stub.person(person);
    let login = Login::new(&service);
    let url = format!("{}&max_age={max_age}", login.url("stub"));
    let answer = login.browser.log_in_through(&stub, &url).await;
    if error.is_some() {
        assert_eq!(login.error(&answer).as_deref(), error);
        assert_eq!(service.app.store.users(None, 10).await.unwrap(), []);
    } else {
        assert_eq!(login.finish(&answer).await.claims()["auth_time"], at);
    }
}

/// A login at a provider begins a session at the issuer, by which a silent login continues.
#[tokio::test]
async fn silent_login_needs_the_session_at_the_issuer() {
    let stub = OpenIdStub::start();
    let service = service_with_stub(&stub).await;
    let login = Login::new(&service);
    let answer = login
        .browser
        .log_in_through(&stub, &login.url("stub"))
        .await;
    login.finish(&answer).await;
    let url = format!("{}&prompt=none", login.url("stub"));
    let answer = login.browser.visit(&url).await;
    login.finish(&answer).await;
    login.browser.drop_cookie("signet-8080-sso");
    let answer = login.browser.visit(&url).await;
    assert_eq!(login.error(&answer).as_deref(), Some("login_required"));
}

/// The cookie that binds a login to its browser (RFC 9700 §4.7): invisible to scripts, sent with
/// top-level navigation, and not with forms of other sites. The lifetime is more than a day, for
/// mailed links.
#[rstest]
#[case("https://auth.example.com", "__Host-signet-login", "; Secure")]
#[case("http://127.0.0.1:8080", "signet-8080-login", "")]
#[tokio::test]
async fn login_cookie_is_host_only_and_lax(
    #[case] issuer: &str,
    #[case] name: &str,
    #[case] secure: &str,
) {
    // The redirect to GitHub needs no provider document.
    let settings = format!(
        "issuer = '{issuer}'\n{OAUTH_CLIENT}
        [[providers]]
        id = 'github'
        kind = 'github'
        client_id = 'signet'
        client_secret = 'secret'"
    );
    let service = TestService::with(&settings).await;
    let login = Login::new(&service);
    let start = login.url("github");
    let start = &start[start.find("/authorize").unwrap()..];
    let set = async || {
        let answer = login.browser.visit(start).await;
        answer.assert_status(303);
        let location = answer.header("location");
        let github = "https://github.com/login/oauth/authorize?";
        assert!(location.starts_with(github), "{location}");
        let lines = answer.set_cookies();
        assert_eq!(lines.len(), 1, "{lines:?}");
        let (pair, attributes) = lines[0].split_once("; ").unwrap();
        let (set, secret) = pair.split_once('=').unwrap();
        assert_eq!(set, name);
        let expected = format!("HttpOnly; SameSite=Lax{secure}; Path=/; Max-Age=90600");
        assert_eq!(attributes, expected);
        secret.to_owned()
    };
    let secret = set().await;
    assert_eq!(secret.len(), 43, "{secret}");
    // Another tab of the browser keeps its login in progress.
    assert_eq!(set().await, secret);
    // A foreign cookie value binds to nothing.
    for foisted in ["", "x", "a secret that somebody else has chosen for them"] {
        let jar = &login.browser.jar;
        jar.lock()
            .unwrap()
            .insert(name.to_owned(), foisted.to_owned());
        let fresh = set().await;
        assert_ne!(fresh, secret);
        assert_eq!(fresh.len(), 43, "{fresh}");
    }
}
