//! The requests and demands of the modules.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use serde_json::{Value, json};
use signet::config::{Config, FlagSettings, SettingSources};

use super::{
    clients,
    relying_party::{AuthMethod, EMAIL, RelyingParty},
};
use crate::support::{
    TestService,
    oauth_client::{CHALLENGE, VERIFIER},
    test_service::ISSUER,
};

/// The claims of the scope `profile` that the user has.
pub const PROFILE: &[&str] = &["name", "picture", "preferred_username", "updated_at"];

pub const EMAIL_CLAIMS: &[&str] = &["email", "email_verified"];

/// `{"alg":"none"}.{"client_id":"app"}.`
pub const UNSIGNED_REQUEST: &str = "eyJhbGciOiJub25lIn0.eyJjbGllbnRfaWQiOiJhcHAifQ.";

pub async fn metadata(service: &TestService) -> Value {
    let path = "/.well-known/openid-configuration";
    service.anon().get(path).await.assert_status(200).json()
}

/// The words of a member of the metadata. An absent member has none.
pub fn words<'a>(metadata: &'a Value, member: &str) -> Vec<&'a str> {
    let words = metadata[member].as_array().into_iter().flatten();
    words.map(|word| word.as_str().unwrap()).collect()
}

pub async fn happy_flow(rp: &RelyingParty<'_>) {
    let session = rp.log_in().await;
    rp.userinfo(&session).await;
    let jwks = rp.jwks().await;
    let kids: BTreeSet<_> = jwks.keys.iter().map(|key| &key.common.key_id).collect();
    assert_eq!(kids.len(), jwks.keys.len());
}

pub async fn response_type_missing(rp: &RelyingParty<'_>) {
    let request = rp.request().without("response_type");
    let answer = rp.authorize(&request).await;
    assert_eq!(rp.error(&request, &answer), "invalid_request");
}

/// The relying party verifies each ID token by RS256 and its `kid`. The clients name no algorithm.
pub async fn default_signature(rp: &RelyingParty<'_>) {
    rp.log_in().await;
    let metadata = metadata(rp.service).await;
    assert!(words(&metadata, "id_token_signing_alg_values_supported").contains(&"RS256"));
}

/// The plan skips this module: discovery does not list `none`, and no client can have that algorithm.
pub async fn unsigned_id_token(rp: &RelyingParty<'_>) {
    let metadata = metadata(rp.service).await;
    assert!(!words(&metadata, "id_token_signing_alg_values_supported").contains(&"none"));
    let text = format!(
        "issuer = '{ISSUER}'\n{}id_token_algorithm = 'none'",
        clients()
    );
    let sources = SettingSources::new(("signet.toml", &text), [], FlagSettings::default());
    let faults = Config::load(sources.unwrap()).unwrap_err().to_string();
    assert!(faults.contains("id_token_algorithm"), "{faults}");
}

pub async fn userinfo(rp: &RelyingParty<'_>, method: &str, by_form: bool) {
    let session = rp.log_in().await;
    let token = &session.access_token;
    let answer = rp.userinfo_request(method, token, by_form).await;
    session.userinfo(&answer);
    // An ID token is no access token.
    let id_token = &session.id_token;
    let answer = rp.userinfo_request(method, id_token, by_form).await;
    answer.assert_status(401);
}

pub async fn without_nonce(rp: &RelyingParty<'_>) {
    rp.log_in_by(&rp.request().without("nonce")).await;
}

/// Requests a scope, and expects exactly these claims at the userinfo endpoint.
pub async fn scope(rp: &RelyingParty<'_>, scope: &str, expected: &[&str]) {
    let (session, userinfo) = rp.log_in_with(&[("scope", scope)]).await;
    let names = userinfo.as_object().unwrap().keys();
    let names: BTreeSet<_> = names.map(String::as_str).collect();
    let expected: BTreeSet<_> = expected.iter().copied().chain(["sub"]).collect();
    assert_eq!(names, expected);
    for (name, expected) in [
        ("name", json!("Ada Lovelace")),
        ("picture", json!("https://example.com/ada.png")),
        ("updated_at", json!(rp.service.clock.now().timestamp())),
        ("email", json!(EMAIL)),
        ("email_verified", json!(true)),
    ] {
        let value = userinfo.get(name);
        assert!(value.is_none_or(|value| *value == expected), "{userinfo:#}");
        assert!(session.claims.get(name).is_none(), "{:#}", session.claims);
    }
}

pub async fn unsupported_scope(rp: &RelyingParty<'_>, asked: &str) {
    let metadata = metadata(rp.service).await;
    let supported = words(&metadata, "scopes_supported");
    assert!(!asked.split(' ').all(|scope| supported.contains(&scope)));
    scope(rp, asked, &[]).await;
}

/// Logs in, and two seconds later again: this parameter has to lead to the login page.
pub async fn new_login(rp: &RelyingParty<'_>, name: &str, value: &str) {
    let first = rp.log_in().await;
    rp.service.clock.advance(TimeDelta::seconds(2));
    let second = rp.log_in_by(&rp.request().with(name, value)).await;
    assert_eq!(second.claims["sub"], first.claims["sub"]);
    assert_eq!(second.auth_time(), first.auth_time() + 2);
}

/// Logs in, and a second later again: this parameter has to lead to no page.
pub async fn no_new_login(rp: &RelyingParty<'_>, name: &str, value: &str) {
    let first = rp.log_in().await;
    rp.service.clock.advance(TimeDelta::seconds(1));
    let request = rp.request().with(name, value);
    let answer = rp.authorize(&request).await;
    let second = rp.complete(&request, &answer).await;
    assert_eq!(second.claims["sub"], first.claims["sub"]);
    assert_eq!(second.auth_time(), first.auth_time());
}

/// The state is that long in the plan, and has to come back unchanged.
pub async fn not_logged_in(rp: &RelyingParty<'_>) {
    let request = rp.request().with("prompt", "none");
    let request = request.with("state", &"sTaTe-09".repeat(16));
    let answer = rp.authorize(&request).await;
    assert_eq!(rp.error(&request, &answer), "login_required");
}

pub async fn id_token_hint(rp: &RelyingParty<'_>) {
    let first = rp.log_in().await;
    let request = rp.request().with("prompt", "none");
    let request = request.with("id_token_hint", &first.id_token);
    let answer = rp.authorize(&request).await;
    let second = rp.complete(&request, &answer).await;
    assert_eq!(second.claims["sub"], first.claims["sub"]);
}

pub async fn login_hint(rp: &RelyingParty<'_>) {
    let request = rp.request().with("login_hint", EMAIL);
    let page = rp.authorize(&request).await;
    assert_eq!(page.field("email"), EMAIL);
    let answer = rp.submit_password(&page).await;
    rp.complete(&request, &answer).await;
}

/// An unknown language is no error.
pub async fn ui_locales(rp: &RelyingParty<'_>) {
    for (locales, lang) in [("se", "en"), ("se de", "de")] {
        let rp = RelyingParty::new(rp.service);
        let request = rp.request().with("ui_locales", locales);
        let page = rp.authorize(&request).await;
        assert!(
            page.text().contains(&format!("<html lang=\"{lang}\"")),
            "{}",
            page.text()
        );
        let answer = rp.submit_password(&page).await;
        rp.complete(&request, &answer).await;
    }
}

pub async fn acr_values(rp: &RelyingParty<'_>) {
    let metadata = metadata(rp.service).await;
    let supported = words(&metadata, "acr_values_supported");
    assert!(!supported.is_empty());
    let (session, _) = rp
        .log_in_with(&[("acr_values", &supported.join(" "))])
        .await;
    let acr = session.claims["acr"].as_str().unwrap();
    assert!(supported.contains(&acr), "{acr}");
}

/// Redeems a code again after some seconds.
pub async fn code_reuse(rp: &RelyingParty<'_>, seconds: i64) {
    let request = rp.request();
    let page = rp.authorize(&request).await;
    let answer = rp.submit_password(&page).await;
    let code = rp.code(&request, &answer);
    let answer = rp.redeem(&code, &[]).await;
    let session = rp.session(&answer, request.get("nonce")).await;
    rp.service.clock.advance(TimeDelta::seconds(seconds));
    let again = rp.redeem(&code, &[]).await;
    again.assert_oauth_error(400, "invalid_grant");
    // A warning of the plan: no token is revoked, because codes are stored nowhere (RFC 6749 §4.1.2, SHOULD).
    rp.userinfo(&session).await;
}

pub async fn unregistered_redirect_uri(rp: &RelyingParty<'_>, more: &[(&str, &str)]) {
    let request = rp
        .request()
        .with("redirect_uri", "https://app.example.com/bad");
    let request = more
        .iter()
        .fold(request, |request, (name, value)| request.with(name, value));
    let page = rp.authorize(&request).await;
    page.assert_page(400, "invalid_redirect_uri");
}

pub async fn unsupported_request_object(rp: &RelyingParty<'_>, name: &str, value: &str) {
    let request = rp.request().with(name, value);
    let answer = rp.authorize(&request).await;
    let error = format!("{name}_not_supported");
    assert_eq!(rp.error(&request, &answer), error);
    let metadata = metadata(rp.service).await;
    assert_eq!(metadata[format!("{name}_parameter_supported")], false);
    assert!(
        metadata
            .get("request_object_signing_alg_values_supported")
            .is_none()
    );
}

/// The parameter is ignored, and discovery says so. The absent `name` is a warning of the plan.
pub async fn claims_essential(rp: &RelyingParty<'_>) {
    let claims = json!({"userinfo": {"name": {"essential": true}}}).to_string();
    let (_, userinfo) = rp.log_in_with(&[("claims", &claims)]).await;
    assert!(userinfo.get("name").is_none(), "{userinfo:#}");
    assert_eq!(
        metadata(rp.service).await["claims_parameter_supported"],
        false
    );
}

/// Both clients refresh. The refresh token of the second one is refused for the first one.
pub async fn refresh_token(rp: &RelyingParty<'_>) {
    assert!(words(&metadata(rp.service).await, "grant_types_supported").contains(&"refresh_token"));
    let second = RelyingParty::of("other", AuthMethod::Basic, rp.service);
    let mut refresh_tokens = vec![];
    for rp in [rp, &second] {
        let request = rp.request().with("scope", "openid offline_access");
        let first = rp.log_in_by(&request.with("prompt", "consent")).await;
        let is_allowed = |b: u8| (0x20..=0x7e).contains(&b);
        assert!(first.refresh_token.bytes().all(is_allowed));
        rp.service.clock.advance(TimeDelta::seconds(1));
        let answer = rp.refresh(&first.refresh_token).await;
        // The nonce is that of the first ID token or absent (§12.2).
        let refreshed = rp.session(&answer, None).await;
        assert_ne!(refreshed.access_token, first.access_token);
        assert_ne!(refreshed.id_token, first.id_token);
        for name in ["iss", "sub", "aud", "auth_time", "azp"] {
            assert_eq!(refreshed.claims[name], first.claims[name], "{name}");
        }
        rp.userinfo(&refreshed).await;
        refresh_tokens.push(refreshed.refresh_token);
    }
    let answer = rp.refresh(&refresh_tokens[1]).await;
    answer.assert_oauth_error(400, "invalid_grant");
}

pub async fn valid_pkce(rp: &RelyingParty<'_>) {
    let request = rp.request().with("code_challenge", CHALLENGE);
    let request = request.with("code_challenge_method", "S256");
    let page = rp.authorize(&request).await;
    let answer = rp.submit_password(&page).await;
    let code = rp.code(&request, &answer);
    let answer = rp.redeem(&code, &[("code_verifier", VERIFIER)]).await;
    rp.session(&answer, request.get("nonce")).await;
}
