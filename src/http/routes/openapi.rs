//! `GET /openapi.json`: what this service speaks, for tools, from memory.

use std::sync::{Arc, LazyLock};

use axum::{Router, extract::Request, routing::get};
use schemars::JsonSchema;

use crate::{
    app::App,
    document::Document,
    http::{
        document::{MAX_AGE, kept_for, public},
        openapi::{Api, openapi},
    },
};

const PATH: &str = "/openapi.json";

pub(in crate::http) fn router(app: &App) -> Router<App> {
    // Few processes are ever asked for the document, and building it takes megabytes.
    let config = app.config.clone();
    let build = move || Document::new(openapi(&config).to_string());
    let document = Arc::new(LazyLock::new(build));
    let kept = kept_for(MAX_AGE);
    let answer = async move |asked: Request| public(asked.headers(), &document, &kept);
    Router::new().route(PATH, get(answer))
}

/// This document; `OpenAPI` says what is in it.
#[derive(JsonSchema)]
#[schemars(rename = "OpenApi", extend("type" = "object", "required" = ["openapi", "info", "paths"]))]
struct OpenApi;

pub(super) fn describe(api: &mut Api) {
    api.get(PATH, "This document.")
        .tag("documents")
        .at_root()
        .answers_document::<OpenApi>("OpenAPI 3.1.");
}
