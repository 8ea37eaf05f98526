//! `GET /.well-known/webauthn`: the origins that may use the RP ID of the issuer (WebAuthn Level 3 §5.11).

use std::{collections::BTreeSet, sync::Arc};

use axum::{
    extract::Request,
    routing::{MethodRouter, get},
};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    app::App,
    cached_document::CachedDocument,
    config::related_origins,
    http::{
        cached_document::{MAX_AGE, kept_for, public},
        openapi::OpenApiBuilder,
    },
};

pub(crate) const PATH: &str = "/.well-known/webauthn";

#[derive(Serialize, JsonSchema)]
struct RelatedOrigins<'a> {
    origins: BTreeSet<&'a str>,
}

pub(crate) fn describe(api: &mut OpenApiBuilder) {
    api.get(
        PATH,
        "Get the origins that may use passkeys of this issuer.",
    )
    .tag("documents")
    .at_root()
    .answers_document::<RelatedOrigins<'_>>("The https origins of the clients.")
    .fails(&[404]);
}

pub(crate) fn handler(app: &App) -> MethodRouter<App> {
    let origins = related_origins(app.tokens.clients());
    let document = serde_json::json!(RelatedOrigins { origins }).to_string();
    let (document, kept) = (Arc::new(CachedDocument::new(document)), kept_for(MAX_AGE));
    get(async move |request: Request| public(request.headers(), &document, &kept))
}
