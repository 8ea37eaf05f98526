//! Both discovery documents: RFC 8414 and OpenID Connect Discovery 1.0, with equal content.
//!
//! They say what is served and nothing else. An endpoint that does not exist is left out even
//! where a specification calls it required.

use std::{collections::BTreeSet, sync::Arc};

use axum::{Router, extract::Request, routing::get};
use schemars::JsonSchema;
use serde::Serialize;

use super::{jwks, token};
use crate::{
    app::App,
    client::{CODE_CHALLENGE_METHOD, Clients},
    config::Issuer,
    document::Document,
    http::{
        document::{MAX_AGE, kept_for, public},
        openapi::Api,
    },
};

const OAUTH: &str = "/.well-known/oauth-authorization-server";
const OPENID: &str = "/.well-known/openid-configuration";

pub(in crate::http) fn router(app: &App) -> Router<App> {
    serve(&[OAUTH.to_owned(), OPENID.to_owned()], app)
}

/// The same for an issuer with a path, which RFC 8414 §3.1 puts behind the well-known part.
pub(in crate::http) fn path_insert_router(app: &App) -> Router<App> {
    let path = app.config.issuer.path();
    serve(&[format!("{OAUTH}{path}"), format!("{OPENID}{path}")], app)
}

pub(super) fn describe(api: &mut Api, issuer_path: &str) {
    for path in [OAUTH, OPENID] {
        let summary = "Get the metadata of this issuer.";
        api.get(path, summary)
            .tag("documents")
            .answers_document::<Metadata<'_>>("The metadata.");
        if !issuer_path.is_empty() {
            api.get(&format!("{path}{issuer_path}"), summary)
                .tag("documents")
                .at_root()
                .answers_document::<Metadata<'_>>("The metadata.");
        }
    }
}

fn serve(paths: &[String], app: &App) -> Router<App> {
    let document = Arc::new(document(app.tokens.issuer(), app.tokens.clients()));
    let kept = kept_for(MAX_AGE);
    paths.iter().fold(Router::new(), |router, path| {
        let (document, kept) = (document.clone(), kept.clone());
        let answer = async move |asked: Request| public(asked.headers(), &document, &kept);
        router.route(path, get(answer))
    })
}

#[derive(Serialize, JsonSchema)]
struct Metadata<'a> {
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

fn document(issuer: &Issuer, clients: &Clients) -> Document {
    let metadata = Metadata {
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
    Document::new(serde_json::to_string(&metadata).unwrap_or_default())
}
