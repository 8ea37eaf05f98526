//! The `OpenAPI` document, and `GET /openapi.json`, which serves it from memory.

mod token_kinds;

use std::sync::Arc;

use axum::{
    extract::Request,
    response::IntoResponse,
    routing::{MethodRouter, get},
};
use schemars::JsonSchema;
use serde_json::Value;
use tokio::{sync::OnceCell, task::spawn_blocking};

use crate::{
    api,
    app::App,
    cached_document::CachedDocument,
    config::Config,
    http::{
        cached_document::{MAX_AGE, kept_for, public},
        openapi::OpenApiBuilder,
        problem::Problem,
    },
    pages,
};

pub(super) const PATH: &str = "/openapi.json";

/// Returns the `OpenAPI` document of all routes, including those that this configuration does not serve.
pub fn openapi(config: &Config) -> Value {
    let mut api = OpenApiBuilder::new();
    describe_routes(&mut api, config.issuer.path());
    let mut schemas = api.schemas();
    api::session::describe_added_claims(&mut schemas, &config.clients);
    api.into_document(config, schemas, token_kinds::all(config))
}

fn describe_routes(api: &mut OpenApiBuilder, issuer_path: &str) {
    api::sign_up::describe(api);
    api::login::describe(api);
    api::login_link::describe(api);
    api::second_factor::describe(api);
    api::passkeys::login::describe(api);
    pages::account::describe(api);
    pages::admin::describe(api);
    pages::sign_up::describe(api);
    pages::login_at_issuer::describe(api);
    pages::login_link::describe(api);
    pages::second_factor::describe(api);
    pages::passkey_offer::describe(api);
    pages::authorize::describe(api);
    pages::provider_callback::describe(api);
    pages::provider_email::describe(api);
    pages::end_session::describe(api);
    api::native::describe(api);
    api::refresh::describe(api);
    api::token::describe(api);
    api::userinfo::describe(api);
    api::logout::describe(api);
    api::session::describe(api);
    api::forward_auth::describe(api);
    pages::login_return::describe(api);
    api::me::describe(api);
    api::accounts::describe(api);
    api::factors::describe(api);
    api::passkeys::describe(api);
    api::password::describe(api);
    api::password_reset::describe(api);
    api::email::describe(api);
    pages::reset_password::describe(api);
    pages::confirm_email::describe(api);
    pages::home::describe(api);
    pages::branding::describe(api);
    api::providers::describe(api);
    api::admin::describe(api);
    api::jwks::describe(api);
    api::client_script::describe(api);
    api::metadata::describe(api, issuer_path);
    api::passkeys::related_origins::describe(api);
    api::health::describe(api);
    api::metrics::describe(api);
    describe(api);
}

/// Serves the document. It is built at the first request, because building takes megabytes of memory and few
/// processes receive such a request.
pub(super) fn handler(app: &App) -> MethodRouter<App> {
    let config = app.config.clone();
    let document = Arc::new(OnceCell::<CachedDocument>::new());
    let cache_control = kept_for(MAX_AGE);
    get(async move |request: Request| {
        let build = || async {
            let building =
                spawn_blocking(move || CachedDocument::new(openapi(&config).to_string()));
            building.await
        };
        match document.get_or_try_init(build).await {
            Ok(document) => public(request.headers(), document, &cache_control),
            Err(error) => Problem::failed(&error).into_response(),
        }
    })
}

/// The description of this API.
#[derive(JsonSchema)]
#[schemars(rename = "OpenApi", extend("type" = "object", "required" = ["openapi", "info", "paths"]))]
struct OpenApi;

fn describe(api: &mut OpenApiBuilder) {
    api.get(PATH, "Get this document.")
        .tag("documents")
        .at_root()
        .answers_document::<OpenApi>("OpenAPI 3.1.");
}
