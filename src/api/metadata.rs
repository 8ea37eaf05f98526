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
    api::{jwks, token},
    app::App,
    cached_document::CachedDocument,
    client::{CODE_CHALLENGE_METHOD, Clients},
    config::Issuer,
    http::{
        cached_document::{MAX_AGE, kept_for, public},
        openapi::OpenApiBuilder,
    },
};

const OAUTH: &str = "/.well-known/oauth-authorization-server";
const OPENID: &str = "/.well-known/openid-configuration";

/// The paths of the documents: under the issuer, and for an issuer with a path also where RFC 8414 §3.1
/// puts that path behind the well-known part.
pub(crate) fn paths(issuer_path: &str) -> [String; 2] {
    [OAUTH, OPENID].map(|path| format!("{path}{issuer_path}"))
}

pub(crate) fn handler(app: &App) -> MethodRouter<App> {
    let document = CachedDocument::new(metadata(app.tokens.issuer(), app.tokens.clients()));
    let (document, kept) = (Arc::new(document), kept_for(MAX_AGE));
    get(async move |request: Request| public(request.headers(), &document, &kept))
}

pub(crate) fn describe(api: &mut OpenApiBuilder, issuer_path: &str) {
    for path in [OAUTH, OPENID] {
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
    grant_types_supported: &'a [&'a str],
    response_types_supported: [&'a str; 1],
    response_modes_supported: [&'a str; 1],
    code_challenge_methods_supported: [&'a str; 1],
    /// RFC 9207 §3.
    authorization_response_iss_parameter_supported: bool,
    subject_types_supported: [&'a str; 1],
    token_endpoint_auth_methods_supported: [&'a str; 1],
    /// The algorithms of access tokens. Verifiers such as go-oidc read them here.
    id_token_signing_alg_values_supported: BTreeSet<&'a str>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    scopes_supported: BTreeSet<&'a str>,
}

fn metadata(issuer: &Issuer, clients: &Clients) -> String {
    let metadata = ServerMetadata {
        issuer: issuer.as_str(),
        jwks_uri: issuer.endpoint(jwks::PATH),
        authorization_endpoint: issuer.endpoint("/authorize"),
        token_endpoint: issuer.endpoint("/token"),
        grant_types_supported: token::GRANT_TYPES,
        response_types_supported: ["code"],
        response_modes_supported: ["query"],
        code_challenge_methods_supported: [CODE_CHALLENGE_METHOD],
        authorization_response_iss_parameter_supported: true,
        subject_types_supported: ["public"],
        token_endpoint_auth_methods_supported: ["none"],
        id_token_signing_alg_values_supported: clients
            .iter()
            .map(|client| client.algorithm.as_str())
            .collect(),
        scopes_supported: clients
            .iter()
            .flat_map(|client| client.scopes.iter())
            .collect(),
    };
    serde_json::to_string(&metadata).unwrap_or_default()
}
