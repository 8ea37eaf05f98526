//! Relying parties: applications that log in their users at the service by unchanged OpenID Connect libraries.

mod apache;
mod auth_js;
mod oidc_client_ts;
mod openid_client;
mod python;

use serde_json::{Value, json};

/// Checks the claims of Ada, in an ID token or from the userinfo endpoint.
#[track_caller]
fn assert_is_ada(claims: &Value) {
    assert_eq!(claims["email"], "ada@example.com", "{claims:#}");
    assert_eq!(claims["email_verified"], true, "{claims:#}");
    assert_eq!(claims["preferred_username"], "ada@example.com");
    assert_eq!(claims["name"], "Ada", "{claims:#}");
}

/// Checks what both versions of openid-client show of a login.
#[track_caller]
fn assert_is_login(shown: &Value) {
    assert_eq!(shown["header"]["alg"], "RS256", "{shown:#}");
    let [first, refreshed] = [&shown["claims"], &shown["claims_refreshed"]];
    for claims in [first, refreshed, &shown["userinfo"]] {
        assert_is_ada(claims);
        assert_eq!(claims["sub"], first["sub"], "{shown:#}");
    }
    assert!(first["nonce"].is_string(), "{shown:#}");
    for name in ["aud", "iss", "auth_time", "sid", "acr", "amr"] {
        assert!(!first[name].is_null(), "{name}: {shown:#}");
        assert_eq!(first[name], refreshed[name], "{name}: {shown:#}");
    }
    assert_eq!(first["aud"], json!("app"), "{shown:#}");
}
