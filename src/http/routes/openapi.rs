//! `GET /openapi.json`: what this service speaks, for tools, from memory.

use std::sync::Arc;

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
    let document = Arc::new(Document::new(openapi(&app.config).to_string()));
    let kept = kept_for(MAX_AGE);
    let answer = async move |asked: Request| public(asked.headers(), &document, &kept);
    Router::new().route(PATH, get(answer))
}

/// The description of this API.
#[derive(JsonSchema)]
#[schemars(rename = "OpenApi", extend("type" = "object", "required" = ["openapi", "info", "paths"]))]
struct OpenApi;

pub(super) fn describe(api: &mut Api) {
    api.get(PATH, "Get this document.")
        .tag("documents")
        .at_root()
        .answers_document::<OpenApi>("OpenAPI 3.1.");
}
