//! Discovery (OpenID Connect Discovery §3, RFC 8414 §2) lists exactly what is served: every listed value is
//! accepted, and other values of the specifications are refused.

mod client_assertion;
mod setup;

use std::collections::BTreeSet;

use axum::body::Body;
use serde_json::json;

use self::{
    client_assertion::Assertions,
    setup::{BASIC, EMAIL, SCOPES, SECRET, Setup, clients, code, service, text},
};
use crate::support::{PASSWORD, oauth_client::REDIRECT_URI, token, upstream::LOOPBACK};

const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const TOKEN_EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";

/// Every member is checked by a test of this file.
#[tokio::test]
async fn metadata_has_no_other_members() {
    let service = service(&clients(&Assertions::new())).await;
    let setup = Setup::of(&service).await;
    let members: BTreeSet<_> = setup.metadata.as_object().unwrap().keys().collect();
    let members: Vec<_> = members.into_iter().collect();
    assert_eq!(
        members,
        [
            "acr_values_supported",
            "authorization_endpoint",
            "authorization_response_iss_parameter_supported",
            "backchannel_logout_session_supported",
            "backchannel_logout_supported",
            "claim_types_supported",
            "claims_parameter_supported",
            "claims_supported",
            "code_challenge_methods_supported",
            "dpop_signing_alg_values_supported",
            "end_session_endpoint",
            "grant_types_supported",
            "id_token_signing_alg_values_supported",
            "issuer",
            "jwks_uri",
            "prompt_values_supported",
            "request_parameter_supported",
            "request_uri_parameter_supported",
            "response_modes_supported",
            "response_types_supported",
            "scopes_supported",
            "subject_types_supported",
            "token_endpoint",
            "token_endpoint_auth_methods_supported",
            "token_endpoint_auth_signing_alg_values_supported",
            "userinfo_endpoint",
        ]
    );
    for (member, value) in [
        ("issuer", json!(LOOPBACK)),
        (
            "authorization_response_iss_parameter_supported",
            json!(true),
        ),
        // The `sid` of logout tokens: tests/it/oauth/backchannel_logout.rs.
        ("backchannel_logout_supported", json!(true)),
        ("backchannel_logout_session_supported", json!(true)),
        ("claims_parameter_supported", json!(false)),
    ] {
        assert_eq!(setup.metadata[member], value, "{member}");
    }
}

#[tokio::test]
async fn listed_endpoints_answer_and_others_do_not_exist() {
    let service = service(&clients(&Assertions::new())).await;
    let setup = Setup::of(&service).await;
    let client = service.anon();
    for (member, method, status) in [
        ("jwks_uri", "GET", 200),
        // The request has no client, no grant and no token.
        ("authorization_endpoint", "GET", 400),
        ("token_endpoint", "POST", 400),
        ("userinfo_endpoint", "GET", 401),
        ("userinfo_endpoint", "POST", 401),
        ("end_session_endpoint", "GET", 200),
    ] {
        let path = text(&setup.metadata, member)
            .strip_prefix(LOOPBACK)
            .unwrap();
        let headers: &[_] = if member == "token_endpoint" {
            &[("content-type", "application/x-www-form-urlencoded")]
        } else {
            &[]
        };
        let answer = client.send(method, path, headers, Body::empty()).await;
        answer.assert_status(status);
    }
    for path in [
        "/introspect",
        "/revoke",
        "/register",
        "/par",
        "/device_authorization",
    ] {
        assert!(!setup.metadata.to_string().contains(path));
        client.get(path).await.assert_status(404);
    }
}

#[tokio::test]
async fn parameters_of_the_authorization_endpoint_are_exactly_the_listed_ones() {
    let service = service(&clients(&Assertions::new())).await;
    let setup = Setup::of(&service).await;
    let types = ["code", "token", "id_token", "none", "code id_token"];
    let member = ("response_types_supported", "response_type");
    setup
        .assert_parameter(member, &types, "unsupported_response_type")
        .await;
    for (member, candidates) in [
        (
            ("response_modes_supported", "response_mode"),
            &["query", "form_post", "fragment", "jwt"][..],
        ),
        (
            ("prompt_values_supported", "prompt"),
            &[
                "none",
                "login",
                "consent",
                "select_account",
                "create",
                "reauth",
            ],
        ),
        (
            ("code_challenge_methods_supported", "code_challenge_method"),
            &["S256", "plain"],
        ),
    ] {
        setup
            .assert_parameter(member, candidates, "invalid_request")
            .await;
    }
    for name in ["request", "request_uri"] {
        assert_eq!(setup.metadata[format!("{name}_parameter_supported")], false);
        let answer = setup.authorize("app", &[(name, "x")]).await;
        let error = format!("{name}_not_supported");
        assert_eq!(Setup::error(&answer), Some(error));
    }
}

#[tokio::test]
async fn sign_up_is_listed_only_if_mail_can_be_sent() {
    let mut service = service(&clients(&Assertions::new())).await;
    service.disable_mail();
    let setup = Setup::of(&service).await;
    assert!(!setup.listed("prompt_values_supported").contains("create"));
    let again = [("prompt", "create"), ("max_age", "0")];
    let page = setup.authorize("app", &again).await;
    assert!(page.form().0.contains("/authorize?"), "{}", page.text());
}

#[tokio::test]
async fn grants_are_exactly_the_listed_ones() {
    let service = service(&clients(&Assertions::new())).await;
    let setup = Setup::of(&service).await;
    let basic = Some(BASIC);
    let answer = setup.authorize("secret", &[("scope", "openid read")]).await;
    let redeemed = setup.redeem(&code(&answer), basic, &[]).await;
    let session = redeemed.assert_status(200).json();
    let [access_token, refresh_token] =
        ["access_token", "refresh_token"].map(|name| text(&session, name));
    let exchange = [
        ("subject_token", access_token),
        ("subject_token_type", ACCESS_TOKEN),
        ("audience", "https://api.example.com"),
    ];
    let mut accepted = BTreeSet::from(["authorization_code"]);
    for (grant, parameters) in [
        ("refresh_token", &[("refresh_token", refresh_token)][..]),
        ("client_credentials", &[]),
        (TOKEN_EXCHANGE, &exchange),
        ("password", &[("username", EMAIL), ("password", PASSWORD)]),
        (
            "urn:ietf:params:oauth:grant-type:device_code",
            &[("device_code", "x")],
        ),
        (
            "urn:ietf:params:oauth:grant-type:jwt-bearer",
            &[("assertion", access_token)],
        ),
    ] {
        let form = [&[("grant_type", grant)], parameters].concat();
        let answer = setup.token(basic, &form).await;
        if answer.status == 200 {
            accepted.insert(grant);
        } else {
            answer.assert_oauth_error(400, "unsupported_grant_type");
        }
    }
    assert_eq!(accepted, setup.listed("grant_types_supported"));
}

#[tokio::test]
async fn client_authentication_is_exactly_the_listed_one() {
    let assertions = Assertions::new();
    let service = service(&clients(&assertions)).await;
    let setup = Setup::of(&service).await;
    let own = [("grant_type", "client_credentials")];
    setup.log_in("app", &[]).await;
    let basic = setup.token(Some(BASIC), &own).await;
    basic.assert_status(200);
    let posted = [("client_id", "secret"), ("client_secret", SECRET)];
    let posted = setup.token(None, &[&own[..], &posted].concat()).await;
    posted.assert_status(200);
    let now = service.clock.now();
    let mut algorithms = BTreeSet::new();
    for alg in Assertions::ALGORITHMS {
        let form = assertions.form("keys", alg, now);
        let form: Vec<_> = form
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let answer = setup.token(None, &[&own[..], &form].concat()).await;
        if answer.status == 200 {
            algorithms.insert(*alg);
        } else {
            answer.assert_oauth_error(401, "invalid_client");
        }
    }
    let member = "token_endpoint_auth_signing_alg_values_supported";
    assert_eq!(algorithms, setup.listed(member));
    let methods = [
        "none",
        "client_secret_basic",
        "client_secret_post",
        "private_key_jwt",
    ];
    let listed = setup.listed("token_endpoint_auth_methods_supported");
    assert_eq!(listed, BTreeSet::from(methods));

    // `client_secret_jwt` is not listed (OpenID Connect Core §9).
    let form = Assertions::by_secret("secret", SECRET, now);
    let form: Vec<_> = form
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let answer = setup.token(None, &[&own[..], &form].concat()).await;
    answer.assert_oauth_error(401, "invalid_client");
}

#[tokio::test]
async fn scopes_and_claims_are_exactly_the_listed_ones() {
    let service = service(&clients(&Assertions::new())).await;
    let setup = Setup::of(&service).await;
    let listed = setup.listed("scopes_supported");
    let asked = format!("{SCOPES} address phone write");
    let session = setup.log_in("app", &[("scope", &asked)]).await;
    // Unknown scopes are ignored (OpenID Connect Core §3.1.2.1).
    let granted: BTreeSet<_> = text(&session, "scope").split(' ').collect();
    assert_eq!(granted, listed);

    let id_token = token::claims(text(&session, "id_token"));
    let userinfo = setup.userinfo(text(&session, "access_token")).await;
    let userinfo = userinfo.assert_status(200).json();
    let names = [&id_token, &userinfo].into_iter();
    let names = names.flat_map(|claims| claims.as_object().unwrap().keys());
    let names: BTreeSet<_> = names.map(String::as_str).collect();
    assert_eq!(names, setup.listed("claims_supported"));
    // Aggregated and distributed claims (§5.6) would have these names.
    assert_eq!(
        setup.listed("claim_types_supported"),
        BTreeSet::from(["normal"])
    );
    assert!(!names.contains("_claim_names") && !names.contains("_claim_sources"));

    assert_eq!(
        setup.listed("subject_types_supported"),
        BTreeSet::from(["public"])
    );
    let other = setup.log_in("ed", &[]).await;
    let other = token::claims(text(&other, "id_token"));
    assert_eq!(other["sub"], id_token["sub"]);

    let acr = setup.listed("acr_values_supported");
    assert!(acr.contains(text(&id_token, "acr")), "{acr:?}");
}

#[tokio::test]
async fn algorithms_are_exactly_the_listed_ones() {
    let service = service(&clients(&Assertions::new())).await;
    let setup = Setup::of(&service).await;
    let answer = setup.authorize("secret", &[]).await;
    let basic = Some(BASIC);
    let secret = setup.redeem(&code(&answer), basic, &[]).await;
    let secret = secret.assert_status(200).json();
    let public = [
        setup.log_in("app", &[]).await,
        setup.log_in("ed", &[]).await,
    ];
    let id_tokens = public.iter().chain([&secret]);
    let headers: Vec<_> = id_tokens
        .map(|session| token::header(text(session, "id_token")))
        .collect();
    let used: BTreeSet<_> = headers.iter().map(|header| text(header, "alg")).collect();
    assert_eq!(used, setup.listed("id_token_signing_alg_values_supported"));
    let jwks = service.anon().get("/.well-known/jwks.json").await.json();
    let keys = jwks["keys"].as_array().unwrap().iter();
    let published: BTreeSet<_> = keys.map(|key| text(key, "alg")).collect();
    assert_eq!(published, used);
}

/// Without confidential clients and OpenID clients, discovery does not list their features, which are refused.
#[tokio::test]
async fn features_without_a_client_are_neither_listed_nor_served() {
    let settings = format!(
        "[[clients]]
        client_id = 'app'
        redirect_uris = ['{REDIRECT_URI}']"
    );
    let service = service(&settings).await;
    let setup = Setup::of(&service).await;
    for absent in [
        "userinfo_endpoint",
        "claims_supported",
        "acr_values_supported",
        "backchannel_logout_supported",
        "backchannel_logout_session_supported",
        "scopes_supported",
        "token_endpoint_auth_signing_alg_values_supported",
    ] {
        assert!(setup.metadata.get(absent).is_none(), "{absent}");
    }
    let methods = setup.listed("token_endpoint_auth_methods_supported");
    assert_eq!(methods, BTreeSet::from(["none"]));
    let algorithms = setup.listed("id_token_signing_alg_values_supported");
    assert_eq!(algorithms, BTreeSet::from(["ES256"]));
    let grants = setup.listed("grant_types_supported");
    assert_eq!(
        grants,
        BTreeSet::from(["authorization_code", "refresh_token"])
    );

    let session = setup.log_in("app", &[]).await;
    assert!(session.get("id_token").is_none(), "{session:#}");
    let userinfo = setup.userinfo(text(&session, "access_token")).await;
    userinfo.assert_problem(403, "insufficient_scope");
    let own = [("grant_type", "client_credentials"), ("client_id", "app")];
    let answer = setup.token(None, &own).await;
    answer.assert_oauth_error(400, "unauthorized_client");
    let answer = setup.token(Some("app:the+secret"), &own[..1]).await;
    answer.assert_oauth_error(401, "invalid_client");
}
