//! Authlib and mozilla-django-oidc, each in a project of Django.

use rstest::rstest;

use super::assert_is_ada;
use crate::support::{
    http_browser::HttpBrowser,
    relying_party::{Registration, RelyingParty},
};

const PROGRAM: &str = "relying_party.py";

/// The settings for an application that uses PKCE, or does not.
fn settings(app: &Registration, pkce: &str) -> [String; 2] {
    let mode = if pkce == "yes" {
        "required"
    } else {
        "optional"
    };
    [app.secret_hash(), format!("pkce = '{mode}'")]
}

#[rstest]
#[case::default(&[])]
#[case::basic(&[("AUTH", "client_secret_basic"), ("PKCE", "yes")])]
#[case::post(&[("AUTH", "client_secret_post"), ("PKCE", "yes")])]
fn slow_authlib_logs_in_and_refreshes_an_expired_token(#[case] environment: &[(&str, &str)]) {
    let app = Registration::new();
    let pkce = if environment.is_empty() { "no" } else { "yes" };
    let settings = settings(&app, pkce);
    let issuer = app.provider("/callback", &settings.each_ref().map(String::as_str));
    let recipe = ("authlib", PROGRAM);
    let Some(party) = RelyingParty::start(recipe, &app, &issuer, environment) else {
        return;
    };
    let landed = party.log_in(&mut HttpBrowser::default(), "/login");
    let shown = party.json(&landed);
    for part in ["claims", "userinfo", "claims_refreshed"] {
        assert_is_ada(&shown[part]);
        assert_eq!(shown[part]["sub"], shown["claims"]["sub"], "{shown:#}");
    }
    assert!(shown["claims"]["nonce"].is_string(), "{shown:#}");
    assert!(shown["claims_refreshed"]["nonce"].is_null(), "{shown:#}");
    let auth_time = &shown["claims"]["auth_time"];
    assert_eq!(&shown["claims_refreshed"]["auth_time"], auth_time);
}

#[rstest]
#[case::post("no", "no")]
#[case::basic_and_pkce("yes", "yes")]
fn slow_mozilla_django_oidc_logs_in_and_finds_the_same_user_again(
    #[case] basic: &str,
    #[case] pkce: &str,
) {
    let app = Registration::new();
    let settings = settings(&app, pkce);
    let settings = settings.each_ref().map(String::as_str);
    let issuer = app.provider("/oidc/callback/", &settings);
    let environment = [("BASIC", basic), ("PKCE", pkce)];
    let recipe = ("mozilla-django-oidc", PROGRAM);
    let Some(party) = RelyingParty::start(recipe, &app, &issuer, &environment) else {
        return;
    };
    let logs_in = |web: &mut HttpBrowser| {
        let home = party.open(web, "/");
        assert!(party.json(&home)["email"].is_null(), "{home:?}");
        let landed = party.log_in(web, "/oidc/authenticate/");
        let home = party.json(&landed);
        assert_eq!(home["email"], "ada@example.com", "{}", party.printed());
        home["id"].as_i64().unwrap()
    };
    let first = logs_in(&mut HttpBrowser::default());
    assert_eq!(logs_in(&mut HttpBrowser::default()), first);
}

#[rstest]
#[case("authlib", "/callback", "/login", "Missing claim: 'nonce'")]
#[case(
    "mozilla-django-oidc",
    "/oidc/callback/",
    "/oidc/authenticate/",
    "JWT Nonce verification failed."
)]
fn slow_python_rejects_an_id_token_without_its_nonce(
    #[case] recipe: &str,
    #[case] callback: &str,
    #[case] login: &str,
    #[case] message: &str,
) {
    let app = Registration::new();
    let settings = settings(&app, "no");
    let issuer = app.provider(callback, &settings.each_ref().map(String::as_str));
    let environment = [("NONCE", "no")];
    let recipe = (recipe, PROGRAM);
    let Some(party) = RelyingParty::start(recipe, &app, &issuer, &environment) else {
        return;
    };
    let landed = party.log_in(&mut HttpBrowser::default(), login);
    assert_eq!(landed.status, 400, "{landed:?}");
    let shown = landed.body.clone() + &party.printed();
    assert!(shown.contains(message), "{shown}");
}
