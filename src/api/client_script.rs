//! `GET /client.js`: the client of the service for browsers, an ES module, and its types for TypeScript.
//!
//! `client.min.js` is made of `client.js` by `examples/npm/pack --minify-only`. Its address with a hash never changes its content.

use std::sync::Arc;

use axum::{
    extract::{Path, Request, rejection::PathRejection},
    http::{
        HeaderName, HeaderValue,
        header::{CONTENT_LOCATION, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
    routing::{MethodRouter, get},
};

use serde_json::json;

use crate::{
    app::App,
    cached_document::CachedDocument,
    http::{
        cached_document::{MAX_AGE, kept_for, public},
        openapi::OpenApiBuilder,
        problem::{Code, Problem},
    },
};

/// The path of the module, relative to the issuer.
pub(crate) const PATH: &str = "/client.js";
/// The path of its types.
pub(crate) const TYPES_PATH: &str = "/client.d.ts";
/// The path of one version of the module.
pub(crate) const VERSION_PATH: &str = "/client/{file}";

const SCRIPT: &str = include_str!("client_script/client.min.js");
const TYPES: &str = include_str!("client_script/client.d.ts");

const JAVASCRIPT: HeaderValue = HeaderValue::from_static("text/javascript; charset=utf-8");
const TYPESCRIPT: HeaderValue = HeaderValue::from_static("application/typescript; charset=utf-8");
/// Deno and some editors find types by this header.
const X_TYPESCRIPT_TYPES: HeaderName = HeaderName::from_static("x-typescript-types");
const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

pub(crate) fn describe(api: &mut OpenApiBuilder) {
    api.get(PATH, "Get the client for browsers, an ES module.")
        .tag("documents")
        .answers_kept_text(
            "text/javascript",
            "The module. `Content-Location` is the path of this version.",
        );
    api.get(TYPES_PATH, "Get the types of the client for browsers.")
        .tag("documents")
        .answers_kept_text("application/typescript", "The types.");
    api.get(VERSION_PATH, "Get one version of the client for browsers.")
        .tag("documents")
        .path_parameter("file", &json!({ "type": "string" }))
        .answers_kept_text("text/javascript", "The module, which never changes.")
        .fails(&[404]);
}

/// Answers with the module.
pub(crate) fn script(app: &App) -> MethodRouter<App> {
    let document = CachedDocument::new(SCRIPT);
    let prefix = app.config.issuer.path().to_owned();
    let version = HeaderValue::try_from(format!("{prefix}/client/{}", file_name(&document))).ok();
    let types = HeaderValue::try_from(format!("{prefix}{TYPES_PATH}")).ok();
    let kept = kept_for(MAX_AGE);
    get(async move |request: Request| {
        let mut response = of_type(&JAVASCRIPT, &request, &document, &kept);
        let headers = response.headers_mut();
        for (name, value) in [(CONTENT_LOCATION, &version), (X_TYPESCRIPT_TYPES, &types)] {
            if let Some(value) = value {
                headers.insert(name, value.clone());
            }
        }
        response
    })
}

/// Answers with the types of the module.
pub(crate) fn types() -> MethodRouter<App> {
    let document = CachedDocument::new(TYPES);
    let kept = kept_for(MAX_AGE);
    get(async move |request: Request| of_type(&TYPESCRIPT, &request, &document, &kept))
}

/// Answers with the module at the address of its version, which caches may keep for a year (RFC 8246).
pub(crate) fn version() -> MethodRouter<App> {
    let document = CachedDocument::new(SCRIPT);
    let present: Arc<str> = file_name(&document).into();
    get(
        async move |file: Result<Path<String>, PathRejection>, request: Request| {
            if !file.is_ok_and(|Path(file)| *file == *present) {
                let problem = Problem::new(Code::NotFound);
                return problem
                    .title("This version of the client is not served. Load /client.js.")
                    .into_response();
            }
            of_type(&JAVASCRIPT, &request, &document, &IMMUTABLE)
        },
    )
}

fn file_name(document: &CachedDocument) -> String {
    let tag = str::from_utf8(&document.etag).unwrap_or_default();
    format!("{}.js", tag.trim_matches('"'))
}

fn of_type(
    media_type: &HeaderValue,
    request: &Request,
    document: &CachedDocument,
    kept: &HeaderValue,
) -> Response {
    let mut response = public(request.headers(), document, kept);
    if let Some(given) = response.headers_mut().get_mut(CONTENT_TYPE) {
        given.clone_from(media_type);
    }
    response
}
