//! openid-client 6 and 5, the libraries below most relying parties in Node.

use rstest::rstest;

use super::assert_is_login;
use crate::support::{
    http_browser::HttpBrowser,
    relying_party::{Registration, RelyingParty},
};

const PROGRAM: &str = "relying_party.js";
const GRANTS: &str = "grants = ['authorization_code', 'refresh_token', 'client_credentials']";

#[rstest]
#[case("client_secret_basic", "yes")]
#[case("client_secret_post", "yes")]
#[case("client_secret_basic", "no")]
#[case("private_key_jwt", "yes")]
fn slow_openid_client_logs_in_refreshes_and_obtains_a_token_of_its_own(
    #[values("openid-client", "openid-client-5")] recipe: &str,
    #[case] method: &str,
    #[case] pkce: &str,
) {
    let app = Registration::new();
    let credential = if method == "private_key_jwt" {
        app.jwks_uri("/jwks.json")
    } else {
        app.secret_hash()
    };
    let method_setting = format!("auth_method = '{method}'");
    let settings = [
        &*credential,
        &*method_setting,
        Registration::pkce(pkce == "yes"),
        GRANTS,
    ];
    let issuer = app.provider("/callback", &settings);
    let environment = [("AUTH", method), ("PKCE", pkce)];
    let Some(party) = RelyingParty::start((recipe, PROGRAM), &app, &issuer, &environment) else {
        return;
    };
    let mut web = HttpBrowser::default();
    let landed = party.log_in(&mut web, "/login");
    assert_is_login(&party.json(&landed));

    let token = party.open(&mut web, "/service");
    let token = party.json(&token);
    assert!(token["access_token"].is_string(), "{token:#}");
    assert!(token["refresh_token"].is_null(), "{token:#}");
    assert!(token["id_token"].is_null(), "{token:#}");
}

#[rstest]
#[case("openid-client", "(nonce) claim missing")]
#[case("openid-client-5", "nonce mismatch")]
fn slow_openid_client_rejects_an_id_token_without_its_nonce(
    #[case] recipe: &str,
    #[case] message: &str,
) {
    let app = Registration::new();
    let issuer = app.provider("/callback", &[&app.secret_hash()]);
    let environment = [("NONCE", "no")];
    let Some(party) = RelyingParty::start((recipe, PROGRAM), &app, &issuer, &environment) else {
        return;
    };
    let landed = party.log_in(&mut HttpBrowser::default(), "/login");
    assert_eq!(landed.status, 500, "{landed:?}");
    assert!(landed.body.contains(message), "{landed:?}");
}

/// openid-client 6 shows the challenge of the response in place of its error (RFC 9110 §15.5.2).
#[rstest]
#[case("openid-client", "OAUTH_WWW_AUTHENTICATE_CHALLENGE")]
#[case("openid-client-5", "invalid_client")]
fn slow_openid_client_with_a_wrong_secret_is_rejected(
    #[case] recipe: &str,
    #[case] error: &str,
    #[values("client_secret_basic", "client_secret_post")] method: &str,
) {
    let app = Registration::new();
    let issuer = app.provider("/callback", &[&app.secret_hash()]);
    let environment = [("AUTH", method), ("CLIENT_SECRET", "wrong")];
    let Some(party) = RelyingParty::start((recipe, PROGRAM), &app, &issuer, &environment) else {
        return;
    };
    let landed = party.log_in(&mut HttpBrowser::default(), "/login");
    assert!(landed.body.contains(error), "{landed:?}");
}
