//! Auth.js and next-auth 4, each with its generic OpenID Connect provider.

use rstest::rstest;
use serde_json::Value;

use super::assert_is_ada;
use crate::support::{
    http_browser::{HttpBrowser, Page},
    relying_party::{Registration, RelyingParty},
};

const PROGRAM: &str = "relying_party.js";

/// The path of the routes of a library.
fn routes(recipe: &str) -> &'static str {
    match recipe {
        "authjs" => "/auth",
        _ => "/api/auth",
    }
}

/// Logs in by the sign-in page of the library. Returns the page that follows, and the session.
fn log_in(party: &RelyingParty, recipe: &str) -> (Page, Value) {
    let (mut web, routes) = (HttpBrowser::default(), routes(recipe));
    let sign_in = party.open(&mut web, &format!("{routes}/signin"));
    let form = web.submit(&sign_in, &[]);
    let landed = party.fill_in(&mut web, &form);
    let session = party.open(&mut web, &format!("{routes}/session"));
    (landed, party.json(&session))
}

#[rstest]
#[case::auth_js("authjs", &[])]
#[case::auth_js_all_checks("authjs", &[("CHECKS", "pkce state nonce")])]
#[case::auth_js_state("authjs", &[("CHECKS", "state")])]
#[case::auth_js_post("authjs", &[("AUTH", "client_secret_post")])]
#[case::auth_js_userinfo("authjs", &[("USERINFO", "yes")])]
#[case::next_auth("next-auth", &[])]
#[case::next_auth_pkce_and_state("next-auth", &[("CHECKS", "pkce state")])]
#[case::next_auth_state("next-auth", &[("CHECKS", "state")])]
#[case::next_auth_post("next-auth", &[("AUTH", "client_secret_post")])]
#[case::next_auth_userinfo("next-auth", &[("USERINFO", "yes")])]
fn slow_auth_js_logs_in_by_its_generic_provider(
    #[case] recipe: &str,
    #[case] options: &[(&str, &str)],
) {
    let app = Registration::new();
    let has_pkce = !options.contains(&("CHECKS", "state"));
    let callback = format!("{}/callback/signet", routes(recipe));
    let issuer = app.provider(
        &callback,
        &[&app.secret_hash(), Registration::pkce(has_pkce)],
    );
    let mut environment = vec![("AUTH_SECRET", "a secret of the application alone")];
    environment.extend(options);
    let Some(party) = RelyingParty::start((recipe, PROGRAM), &app, &issuer, &environment) else {
        return;
    };
    let (landed, session) = log_in(&party, recipe);
    assert_eq!(landed.url.path(), "/", "{}", landed.url);
    assert_is_ada(&session["profile"]);
    assert_eq!(session["user"]["email"], "ada@example.com", "{session:#}");
    assert_eq!(session["sub"], session["profile"]["sub"], "{session:#}");
    assert_eq!(session["has_refresh_token"], true, "{session:#}");
}

#[rstest]
fn slow_auth_js_with_a_wrong_secret_fails_to_log_in(#[values("authjs", "next-auth")] recipe: &str) {
    let app = Registration::new();
    let callback = format!("{}/callback/signet", routes(recipe));
    let issuer = app.provider(&callback, &[&app.secret_hash()]);
    let environment = [
        ("AUTH_SECRET", "a secret of the application alone"),
        ("CLIENT_SECRET", "wrong"),
    ];
    let Some(party) = RelyingParty::start((recipe, PROGRAM), &app, &issuer, &environment) else {
        return;
    };
    let (landed, session) = log_in(&party, recipe);
    assert_ne!(landed.url.path(), "/", "{}", landed.url);
    assert!(session["user"].is_null(), "{session:#}");
}
