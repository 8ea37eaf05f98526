//! The modules of the conformance plans `oidcc-basic-certification-test-plan` and
//! `oidcc-config-certification-test-plan` of the OpenID Foundation, by their official names: the request of each
//! and the response that it demands. They imitate the plans, and certify nothing.
//!
//! As in the plan, the relying party uses `client_secret_basic`, `response_type=code`, and no PKCE but in the last
//! module. A comment says where the plan skips a module, or would give a warning.

mod modules;
mod relying_party;

use std::collections::BTreeSet;

use serde_json::json;
use signet::client::SecretHash;

use self::{
    modules::{
        EMAIL_CLAIMS, PROFILE, UNSIGNED_REQUEST, acr_values, claims_essential, code_reuse,
        default_signature, happy_flow, id_token_hint, login_hint, new_login, no_new_login,
        not_logged_in, refresh_token, response_type_missing, scope, ui_locales,
        unregistered_redirect_uri, unsigned_id_token, unsupported_request_object,
        unsupported_scope, userinfo, valid_pkce, without_nonce, words,
    },
    relying_party::{AuthMethod, EMAIL, REDIRECT_URI, RelyingParty, SECRET},
};
use crate::support::{Engine, TestService, test_service::ISSUER};

/// The two clients of the plan. The claims of the scopes are at the userinfo endpoint alone (OpenID Connect Core
/// §5.4): beside an access token, claims of scopes in the ID token are a warning of the plan.
fn clients() -> String {
    let hash = SecretHash::of(SECRET);
    let client = |client_id: &str| {
        format!(
            "[[clients]]
            client_id = '{client_id}'
            client_secret_hashes = ['{hash}']
            pkce = 'optional'
            scopes = ['openid', 'profile', 'email', 'groups']
            redirect_uris = ['{REDIRECT_URI}']
            id_token_claims = 'minimal'
            "
        )
    };
    ["app", "other"].map(client).concat()
}

/// A service with the clients, and a user who has a name and a picture. The user signs up at a third client.
async fn service() -> TestService {
    let settings = format!(
        "{}[[clients]]
        client_id = 'profile'
        ",
        clients()
    );
    let service = TestService::with_providers(Engine::Sqlite, &[], &settings).await;
    let ada = service.signed_up(EMAIL).await;
    let edit = json!({"name": "Ada Lovelace", "image": "https://example.com/ada.png"});
    ada.send_json("PATCH", "/me", edit).await.assert_status(200);
    service
}

/// Declares a test for each row: the official name, the relying party, and the expression that runs the module.
macro_rules! plan {
    ($($test:ident $name:literal |$rp:ident| $module:expr;)*) => {
        $(
            #[tokio::test]
            async fn $test() {
                let service = service().await;
                let $rp = &RelyingParty::new(&service);
                $module.await;
            }
        )*

        #[test]
        fn modules_have_their_official_names() {
            let rows = [$((stringify!($test), $name)),*];
            assert_eq!(BTreeSet::from(rows).len(), rows.len());
            for (test, name) in rows {
                assert_eq!(test, name.replace('-', "_"));
            }
        }
    };
}

plan! {
    oidcc_server "oidcc-server" |rp| happy_flow(rp);
    oidcc_response_type_missing "oidcc-response-type-missing" |rp| response_type_missing(rp);
    oidcc_idtoken_signature "oidcc-idtoken-signature" |rp| default_signature(rp);
    oidcc_idtoken_unsigned "oidcc-idtoken-unsigned" |rp| unsigned_id_token(rp);
    oidcc_userinfo_get "oidcc-userinfo-get" |rp| userinfo(rp, "GET", false);
    oidcc_userinfo_post_header "oidcc-userinfo-post-header" |rp| userinfo(rp, "POST", false);
    oidcc_userinfo_post_body "oidcc-userinfo-post-body" |rp| userinfo(rp, "POST", true);
    oidcc_ensure_request_without_nonce_succeeds_for_code_flow
        "oidcc-ensure-request-without-nonce-succeeds-for-code-flow" |rp| without_nonce(rp);
    oidcc_scope_profile "oidcc-scope-profile" |rp| scope(rp, "openid profile", PROFILE);
    oidcc_scope_email "oidcc-scope-email" |rp| scope(rp, "openid email", EMAIL_CLAIMS);
    // The plan skips both: `scopes_supported` does not list the scopes. Unknown scopes are ignored.
    oidcc_scope_address "oidcc-scope-address" |rp| unsupported_scope(rp, "openid address");
    oidcc_scope_phone "oidcc-scope-phone" |rp| unsupported_scope(rp, "openid phone");
    // The plan skips this module for the same reason.
    oidcc_scope_all "oidcc-scope-all"
        |rp| scope(rp, "openid profile email address phone", &[PROFILE, EMAIL_CLAIMS].concat());
    oidcc_ensure_other_scope_order_succeeds "oidcc-ensure-other-scope-order-succeeds"
        |rp| scope(rp, "email openid", EMAIL_CLAIMS);
    oidcc_display_page "oidcc-display-page" |rp| rp.log_in_with(&[("display", "page")]);
    oidcc_display_popup "oidcc-display-popup" |rp| rp.log_in_with(&[("display", "popup")]);
    oidcc_prompt_login "oidcc-prompt-login" |rp| new_login(rp, "prompt", "login");
    oidcc_prompt_none_not_logged_in "oidcc-prompt-none-not-logged-in" |rp| not_logged_in(rp);
    oidcc_prompt_none_logged_in "oidcc-prompt-none-logged-in"
        |rp| no_new_login(rp, "prompt", "none");
    oidcc_max_age_1 "oidcc-max-age-1" |rp| new_login(rp, "max_age", "1");
    oidcc_max_age_10000 "oidcc-max-age-10000" |rp| no_new_login(rp, "max_age", "10000");
    oidcc_ensure_request_with_unknown_parameter_succeeds
        "oidcc-ensure-request-with-unknown-parameter-succeeds"
        |rp| rp.log_in_with(&[("extra", "foobar")]);
    oidcc_id_token_hint "oidcc-id-token-hint" |rp| id_token_hint(rp);
    oidcc_login_hint "oidcc-login-hint" |rp| login_hint(rp);
    oidcc_ui_locales "oidcc-ui-locales" |rp| ui_locales(rp);
    oidcc_claims_locales "oidcc-claims-locales" |rp| rp.log_in_with(&[("claims_locales", "se")]);
    oidcc_ensure_request_with_acr_values_succeeds "oidcc-ensure-request-with-acr-values-succeeds"
        |rp| acr_values(rp);
    oidcc_codereuse "oidcc-codereuse" |rp| code_reuse(rp, 0);
    oidcc_codereuse_30seconds "oidcc-codereuse-30seconds" |rp| code_reuse(rp, 30);
    oidcc_ensure_registered_redirect_uri "oidcc-ensure-registered-redirect-uri"
        |rp| unregistered_redirect_uri(rp, &[]);
    oidcc_server_client_secret_post "oidcc-server-client-secret-post"
        |rp| happy_flow(&RelyingParty::of("app", AuthMethod::Post, rp.service));
    // The plan skips this module and the next one: no request object is supported, and discovery says so.
    oidcc_request_uri_unsigned_supported_correctly_or_rejected_as_unsupported
        "oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported"
        |rp| unsupported_request_object(rp, "request_uri", "https://app.example.com/request.jwt");
    oidcc_unsigned_request_object_supported_correctly_or_rejected_as_unsupported
        "oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported"
        |rp| unsupported_request_object(rp, "request", UNSIGNED_REQUEST);
    oidcc_claims_essential "oidcc-claims-essential" |rp| claims_essential(rp);
    // The plan skips this module as well. The unregistered URI outside the object gets no redirect.
    oidcc_ensure_request_object_with_redirect_uri "oidcc-ensure-request-object-with-redirect-uri"
        |rp| unregistered_redirect_uri(rp, &[("request", UNSIGNED_REQUEST)]);
    oidcc_refresh_token "oidcc-refresh-token" |rp| refresh_token(rp);
    oidcc_ensure_request_with_valid_pkce_succeeds "oidcc-ensure-request-with-valid-pkce-succeeds"
        |rp| valid_pkce(rp);
}

/// The only module of the config plan.
#[tokio::test]
async fn oidcc_discovery_endpoint_verification() {
    let service = TestService::with(&clients()).await;
    let path = "/.well-known/openid-configuration";
    let answer = service.anon().get(path).await;
    answer.assert_status(200);
    assert_eq!(answer.header("content-type"), "application/json");
    let metadata = answer.json();
    assert_eq!(metadata["issuer"], ISSUER);
    for (member, value) in [
        ("response_types_supported", "code"),
        ("subject_types_supported", "public"),
        ("id_token_signing_alg_values_supported", "RS256"),
        ("scopes_supported", "openid"),
        ("grant_types_supported", "authorization_code"),
        ("code_challenge_methods_supported", "S256"),
        ("claims_supported", "sub"),
    ] {
        assert!(words(&metadata, member).contains(&value), "{member}");
    }
    let members = metadata.as_object().unwrap();
    let urls = members
        .iter()
        .filter(|(name, _)| name.ends_with("_endpoint") || name.ends_with("_uri"));
    let urls: Vec<_> = urls.map(|(_, url)| url.as_str().unwrap()).collect();
    assert!(urls.len() >= 5, "{urls:?}");
    for url in urls {
        assert!(url.starts_with("https://"), "{url}");
    }
    for name in ["request", "request_uri", "claims"] {
        assert_eq!(metadata[format!("{name}_parameter_supported")], false);
    }
    let jwks = service.anon().get("/.well-known/jwks.json").await.json();
    for key in jwks["keys"].as_array().unwrap() {
        for private in ["d", "p", "q", "dp", "dq", "qi", "k"] {
            assert!(key.get(private).is_none(), "{key:#}");
        }
    }
}
