//! Both discovery documents: RFC 8414 and OpenID Connect Discovery 1.0, with equal content.
//!
//! They list only supported features. An endpoint that does not exist is omitted, even if a specification
//! requires it.

use std::{collections::BTreeSet, sync::Arc};

use axum::{
    extract::Request,
    routing::{MethodRouter, get},
};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    api::jwks,
    app::App,
    cached_document::CachedDocument,
    client::{
        Acr, Algorithm, CODE_CHALLENGE_METHOD, Client, ClientAuthMethod, Clients, Prompt,
        ResponseMode,
    },
    config::Issuer,
    dpop::ProofAlgorithm,
    http::{
        cached_document::{MAX_AGE, kept_for, public},
        openapi::OpenApiBuilder,
    },
};

const OAUTH_SERVER: &str = "/.well-known/oauth-authorization-server";
const OPENID_CONFIGURATION: &str = "/.well-known/openid-configuration";

/// The paths of the documents: under the issuer, and for an issuer with a path also where RFC 8414 §3.1
/// puts that path behind the well-known part.
pub(crate) fn paths(issuer_path: &str) -> [String; 2] {
    [OAUTH_SERVER, OPENID_CONFIGURATION].map(|path| format!("{path}{issuer_path}"))
}

pub(crate) fn handler(app: &App) -> MethodRouter<App> {
    // A new account needs a mailed link.
    let can_sign_up = app.sign_ups.mailer.check().is_ok();
    let (issuer, clients) = (app.tokens.issuer(), app.tokens.clients());
    let document = CachedDocument::new(metadata(issuer, clients, can_sign_up));
    let (document, kept) = (Arc::new(document), kept_for(MAX_AGE));
    get(async move |request: Request| public(request.headers(), &document, &kept))
}

pub(crate) fn describe(api: &mut OpenApiBuilder, issuer_path: &str) {
    for path in [OAUTH_SERVER, OPENID_CONFIGURATION] {
        let summary = "Get the metadata of this issuer.";
        api.get(path, summary)
            .tag("documents")
            .answers_document::<ServerMetadata<'_>>("The metadata.");
        if !issuer_path.is_empty() {
            api.get(&format!("{path}{issuer_path}"), summary)
                .tag("documents")
                .at_root()
                .answers_document::<ServerMetadata<'_>>("The metadata.");
        }
    }
}

#[derive(Serialize, JsonSchema)]
struct ServerMetadata<'a> {
    issuer: &'a str,
    jwks_uri: String,
    authorization_endpoint: String,
    token_endpoint: String,
    grant_types_supported: BTreeSet<&'a str>,
    response_types_supported: [&'a str; 1],
    response_modes_supported: Vec<&'a str>,
    /// Initiating User Registration via OpenID Connect 1.0 §4.
    prompt_values_supported: Vec<&'a str>,
    code_challenge_methods_supported: [&'a str; 1],
    /// RFC 9207 §3.
    authorization_response_iss_parameter_supported: bool,
    subject_types_supported: [&'a str; 1],
    token_endpoint_auth_methods_supported: BTreeSet<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    token_endpoint_auth_signing_alg_values_supported: Vec<&'a str>,
    /// RFC 9449 §5.1.
    dpop_signing_alg_values_supported: Vec<&'a str>,
    /// The algorithms of ID tokens, and of access tokens: verifiers such as go-oidc read them here.
    id_token_signing_alg_values_supported: BTreeSet<&'a str>,
    /// Served for the sessions at the issuer also without a client that may have the scope `openid`.
    end_session_endpoint: String,
    #[serde(flatten)]
    openid: Option<OpenIdMetadata<'a>>,
    #[serde(flatten)]
    backchannel_logout: Option<BackchannelLogoutMetadata>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    scopes_supported: BTreeSet<&'a str>,
}

/// The members for OpenID Connect (Discovery §3), if a client may have the scope `openid`.
#[derive(Serialize, JsonSchema)]
struct OpenIdMetadata<'a> {
    userinfo_endpoint: String,
    claims_supported: &'a [&'a str],
    acr_values_supported: &'a [&'a str],
    claim_types_supported: [&'a str; 1],
    claims_parameter_supported: bool,
    request_parameter_supported: bool,
    /// Supported where this member is absent (§3).
    request_uri_parameter_supported: bool,
}

/// The members of Back-Channel Logout 1.0 §2.1, if a client has an endpoint.
#[derive(Serialize, JsonSchema)]
struct BackchannelLogoutMetadata {
    backchannel_logout_supported: bool,
    /// Logout tokens have the `sid` of the ID token.
    backchannel_logout_session_supported: bool,
}

/// The claims of ID tokens and of the userinfo endpoint.
const CLAIMS: &[&str] = &[
    "iss",
    "sub",
    "aud",
    "exp",
    "iat",
    "auth_time",
    "nonce",
    "acr",
    "amr",
    "at_hash",
    "sid",
    "name",
    "picture",
    "preferred_username",
    "updated_at",
    "email",
    "email_verified",
    "groups",
];

fn metadata(issuer: &Issuer, clients: &Clients, can_sign_up: bool) -> String {
    let prompts = Prompt::ALL.iter().copied();
    let prompts = prompts.filter(|prompt| can_sign_up || *prompt != Prompt::Create);
    let auth_methods: Vec<_> = clients
        .iter()
        .flat_map(|client| client.authentication.methods.iter().copied())
        .collect();
    let grants: BTreeSet<_> = clients
        .iter()
        .flat_map(|client| client.grants.iter().map(|grant| grant.as_str()))
        .collect();
    let metadata = ServerMetadata {
        issuer: issuer.as_str(),
        jwks_uri: issuer.endpoint(jwks::PATH),
        authorization_endpoint: issuer.endpoint("/authorize"),
        token_endpoint: issuer.endpoint("/token"),
        grant_types_supported: grants,
        response_types_supported: ["code"],
        response_modes_supported: ResponseMode::ALL.iter().map(|it| it.as_str()).collect(),
        prompt_values_supported: prompts.map(Prompt::as_str).collect(),
        code_challenge_methods_supported: [CODE_CHALLENGE_METHOD],
        authorization_response_iss_parameter_supported: true,
        subject_types_supported: ["public"],
        token_endpoint_auth_methods_supported: auth_methods
            .iter()
            .map(|method| method.as_str())
            .collect(),
        token_endpoint_auth_signing_alg_values_supported: if auth_methods
            .contains(&ClientAuthMethod::PrivateKeyJwt)
        {
            Algorithm::ALL.iter().map(|it| it.as_str()).collect()
        } else {
            Vec::new()
        },
        dpop_signing_alg_values_supported: ProofAlgorithm::ALL
            .iter()
            .map(|it| it.as_str())
            .collect(),
        id_token_signing_alg_values_supported: clients
            .signing_algorithms()
            .into_iter()
            .map(Algorithm::as_str)
            .collect(),
        end_session_endpoint: issuer.endpoint("/end-session"),
        openid: clients
            .iter()
            .any(Client::is_openid)
            .then(|| OpenIdMetadata {
                userinfo_endpoint: issuer.endpoint("/userinfo"),
                claims_supported: CLAIMS,
                acr_values_supported: Acr::REACHABLE,
                claim_types_supported: ["normal"],
                claims_parameter_supported: false,
                request_parameter_supported: false,
                request_uri_parameter_supported: false,
            }),
        backchannel_logout: clients
            .iter()
            .any(|client| client.backchannel_logout_uri.is_some())
            .then_some(BackchannelLogoutMetadata {
                backchannel_logout_supported: true,
                backchannel_logout_session_supported: true,
            }),
        scopes_supported: clients
            .iter()
            .flat_map(|client| client.scopes.iter())
            .collect(),
    };
    serde_json::to_string(&metadata).unwrap_or_default()
}
