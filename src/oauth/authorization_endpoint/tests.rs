//! Valid and invalid requests at the authorization endpoint.

use std::collections::BTreeMap;

use proptest::prelude::*;
use url::Url;

use super::*;
use crate::config::{Config, FlagSettings, SettingSources};

const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn config() -> Config {
    let text = "issuer = 'https://auth.example.com/tenant'
        [[clients]]
        client_id = 'spa'
        scopes = ['read', 'write']
        redirect_uris = ['https://app.example.com/cb?x=1', 'http://127.0.0.1/cb', 'com.example.app:/cb']
        [[clients]]
        client_id = 'web'
        transport = 'cookie'
        origins = ['https://www.example.com']
        redirect_uris = ['https://www.example.com/welcome']";
    let sources = SettingSources::new(("", text), [], FlagSettings::default()).unwrap();
    Config::load(sources).unwrap_or_else(|faults| panic!("{faults}"))
}

type Parameters<'a> = BTreeMap<&'a str, &'a str>;

/// A valid request in which these parameters are replaced or added.
fn with<'a>(changes: &[(&'a str, &'a str)]) -> Parameters<'a> {
    let mut parameters = Parameters::from([
        ("response_type", "code"),
        ("client_id", "spa"),
        ("redirect_uri", "https://app.example.com/cb?x=1"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
        ("state", "a b&c"),
    ]);
    for (name, value) in changes {
        parameters.insert(name, value);
    }
    parameters.retain(|_, value| !value.is_empty());
    parameters
}

fn validate(parameters: &Parameters<'_>) -> Result<ValidatedRequest, AuthorizationError> {
    let config = config();
    let door = AuthorizationEndpoint {
        clients: &config.clients,
        issuer: &config.issuer,
        needs_response_type: true,
        now: DateTime::UNIX_EPOCH,
    };
    door.validate(|name| parameters.get(name).copied())
}

/// The parameters of the error that the client receives.
fn error_sent(parameters: &Parameters<'_>) -> BTreeMap<String, String> {
    match validate(parameters) {
        Err(AuthorizationError::Redirectable {
            response: answer, ..
        }) => {
            let url = Url::parse(answer.redirect_url()).unwrap();
            url.query_pairs().into_owned().collect()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn valid_request_is_returned_unchanged() {
    let ValidatedRequest { request, hints } = validate(&with(&[
        ("scope", "read"),
        ("prompt", "login"),
        ("nonce", "x"),
    ]))
    .unwrap();
    assert_eq!(request.client_id, "spa");
    assert_eq!(request.redirect_uri, "https://app.example.com/cb?x=1");
    assert_eq!(request.code_challenge.unwrap().as_str(), CHALLENGE);
    assert_eq!(request.state.as_deref(), Some("a b&c"));
    assert_eq!(request.scope.unwrap().to_string(), "read");
    assert_eq!(request.intent, Intent::Login);
    let hints: Vec<_> = hints.parameters().collect();
    assert_eq!(hints, [("prompt", "login".to_owned())]);
}

#[test]
fn loopback_apps_use_any_port_and_mobile_apps_their_scheme() {
    for uri in ["http://127.0.0.1:53124/cb", "com.example.app:/cb"] {
        let ValidatedRequest { request, .. } = validate(&with(&[("redirect_uri", uri)])).unwrap();
        let issuer = config().issuer;
        let answer = ClientResponse::to(&request, &issuer, &[("code", "c")]);
        let iss = "https%3A%2F%2Fauth.example.com%2Ftenant";
        assert_eq!(
            answer.redirect_url(),
            format!("{uri}?code=c&state=a+b%26c&iss={iss}")
        );
    }
}

#[test]
fn unregistered_redirect_uris_are_refused_without_redirect() {
    for (changes, reason) in [
        (
            ("client_id", "other"),
            UnredirectableError::Client(ClientLookupError::Unknown),
        ),
        (
            ("client_id", ""),
            UnredirectableError::Client(ClientLookupError::Ambiguous),
        ),
        (("redirect_uri", ""), UnredirectableError::NoRedirectUri),
        (
            ("redirect_uri", "https://app.example.com/cb"),
            UnredirectableError::RedirectUri,
        ),
        (
            ("redirect_uri", "https://app.example.com/cb?x=1&y"),
            UnredirectableError::RedirectUri,
        ),
        (
            (
                "redirect_uri",
                "https://app.example.com.evil.example/cb?x=1",
            ),
            UnredirectableError::RedirectUri,
        ),
        (
            ("redirect_uri", "//evil.example"),
            UnredirectableError::RedirectUri,
        ),
        (
            ("redirect_uri", "javascript:alert(1)"),
            UnredirectableError::RedirectUri,
        ),
        (
            ("redirect_uri", "http://127.0.0.1:80a/cb"),
            UnredirectableError::RedirectUri,
        ),
    ] {
        let refused = validate(&with(&[changes])).unwrap_err();
        assert_eq!(
            refused,
            AuthorizationError::Unredirectable(reason),
            "{changes:?}"
        );
    }
}

#[test]
fn other_errors_are_sent_to_the_client() {
    let long = "x".repeat(513);
    for (name, value, error) in [
        ("response_type", "", "invalid_request"),
        ("response_type", "token", "unsupported_response_type"),
        ("response_type", "code token", "unsupported_response_type"),
        ("response_mode", "fragment", "invalid_request"),
        ("request", "e30", "request_not_supported"),
        ("request_uri", "urn:x", "request_uri_not_supported"),
        ("code_challenge", "", "invalid_request"),
        ("code_challenge", "short", "invalid_request"),
        ("code_challenge_method", "", "invalid_request"),
        ("code_challenge_method", "plain", "invalid_request"),
        ("scope", "re\"ad", "invalid_scope"),
        ("intent", "own", "invalid_request"),
        ("prompt", "unknown", "invalid_request"),
        ("prompt", "login none", "invalid_request"),
        ("max_age", "-1", "invalid_request"),
        ("max_age", "+1", "invalid_request"),
        ("max_age", "4294967296", "invalid_request"),
        ("login_hint", long.as_str(), "invalid_request"),
    ] {
        let told = error_sent(&with(&[(name, value)]));
        assert_eq!(told["error"], error, "{name}={value}");
        assert_eq!(told["state"], "a b&c");
        assert_eq!(told["iss"], "https://auth.example.com/tenant");
        assert!(!told["error_description"].is_empty() && !told.contains_key("code"));
    }
    let nonce = error_sent(&with(&[("nonce", long.as_str())]));
    assert!(nonce["error_description"].contains("nonce must be at most 512"));
    let (longest, long) = ("x".repeat(2048), "x".repeat(2049));
    let ValidatedRequest { request, .. } = validate(&with(&[("state", &longest)])).unwrap();
    assert_eq!(request.state, Some(longest));
    for state in [long.as_str(), "é", "a\nb"] {
        let told = error_sent(&with(&[("state", state)]));
        let description = &told["error_description"];
        assert!(
            description.contains("state must be at most 2048"),
            "{description}"
        );
        assert_eq!(
            (told["error"].as_str(), told.get("state")),
            ("invalid_request", None)
        );
    }
}

#[test]
fn cookie_clients_need_a_challenge_only_to_link() {
    let web = [
        ("client_id", "web"),
        ("redirect_uri", ""),
        ("code_challenge", ""),
    ];
    let ValidatedRequest { request, .. } = validate(&with(&web)).unwrap();
    assert_eq!(request.redirect_uri, "https://www.example.com/welcome");
    assert_eq!(request.code_challenge, None);
    let linking = [&web[..], &[("intent", "link")]].concat();
    assert_eq!(error_sent(&with(&linking))["error"], "invalid_request");
    let challenged = [&web[..2], &[("intent", "link")]].concat();
    assert!(
        validate(&with(&challenged))
            .unwrap()
            .request
            .code_challenge
            .is_some()
    );
}

proptest! {
    /// Every redirect leads to a registered URI and returns no input except the state.
    #[test]
    fn redirects_lead_only_to_registered_uris(
        name in prop::sample::select(vec![
            "client_id", "redirect_uri", "state", "scope", "response_type", "code_challenge",
            "code_challenge_method", "intent", "prompt", "max_age", "login_hint", "response_mode",
        ]),
        value in "\\PC{0,80}|https?://[a-z0-9.@:/?#%\\\\]{0,40}|com\\.example\\.app:[/a-z?#]{0,9}",
    ) {
        match validate(&with(&[(name, &value)])) {
            Err(AuthorizationError::Redirectable { response, .. }) => {
                let url = response.redirect_url();
                let before = "https://app.example.com/cb?x=1&";
                let loopback = url.starts_with("http://127.0.0.1") || url.starts_with("com.example.app:/cb");
                prop_assert!(url.starts_with(before) || loopback, "{}", url);
                let injects = name != "state" && value.len() > 3 && url.contains(value.as_str())
                    && !before.contains(&value);
                prop_assert!(!injects || "invalid_request".contains(&value), "{}", url);
            }
            Ok(ValidatedRequest { request, .. }) => prop_assert!(
                config().clients.get(&request.client_id).unwrap().redirect_uris.iter()
                    .any(|uri| uri.matches(&request.redirect_uri))
            ),
            Err(AuthorizationError::Unredirectable(_)) => prop_assert!(["client_id", "redirect_uri"].contains(&name)),
        }
    }
}
