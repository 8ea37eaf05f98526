//! `GET /.well-known/jwks.json`: the public keys (RFC 7517), from memory.

use axum::{
    extract::{Request, State},
    routing::{MethodRouter, get},
};
use schemars::JsonSchema;

use crate::{
    app::App,
    client::Algorithm,
    http::{
        cached_document::{kept_for, public},
        extract::Now,
        openapi::OpenApiBuilder,
    },
    token::Tokens,
};

/// The path of the key set, relative to the issuer.
pub(crate) const PATH: &str = "/.well-known/jwks.json";

pub(crate) fn handler(app: &App) -> MethodRouter<App> {
    let kept = kept_for(app.config.keys.max_age);
    get(
        async move |State(tokens): State<Tokens>, Now(now): Now, request: Request| {
            public(request.headers(), &tokens.keyring().jwks(now), &kept)
        },
    )
}

/// A public key (RFC 7517 §4).
#[derive(JsonSchema)]
#[expect(
    dead_code,
    reason = "the keyring serializes the key set; this type only describes it"
)]
struct Jwk {
    kid: String,
    kty: String,
    r#use: String,
    #[schemars(extend("enum" = Algorithm::ALL.iter().map(|alg| alg.as_str()).collect::<Vec<_>>()))]
    alg: String,
    #[schemars(skip_serializing_if = "Option::is_none")]
    crv: Option<String>,
    #[schemars(skip_serializing_if = "Option::is_none")]
    x: Option<String>,
    #[schemars(skip_serializing_if = "Option::is_none")]
    y: Option<String>,
    #[schemars(skip_serializing_if = "Option::is_none")]
    n: Option<String>,
    #[schemars(skip_serializing_if = "Option::is_none")]
    e: Option<String>,
}

/// The public keys (RFC 7517 §5).
#[derive(JsonSchema)]
#[expect(
    dead_code,
    reason = "the keyring serializes the key set; this type only describes it"
)]
struct JwkSet {
    keys: Vec<Jwk>,
}

pub(crate) fn describe(api: &mut OpenApiBuilder) {
    api.get(PATH, "Get the public signing keys.")
        .tag("documents")
        .answers_document::<JwkSet>("The key set.");
}
