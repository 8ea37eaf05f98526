//! `GET /providers`: lists the configured providers, for the login buttons of an app.

use axum::{
    Json,
    routing::{MethodRouter, get},
};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    app::App, config::ProviderConfig, http::openapi::OpenApiBuilder, password::PresentedPassword,
};

pub(crate) const PATH: &str = "/providers";

pub(crate) fn handler(app: &App) -> MethodRouter<App> {
    let providers = app.config.providers.clone();
    let password_policy = PasswordLengths {
        min_length: app.config.password.min_length,
        max_bytes: PresentedPassword::MAX_BYTES,
    };
    get(async move || {
        let providers = providers.iter().map(ListedProvider::from).collect();
        Json(Providers {
            providers,
            password_policy,
        })
    })
}

pub(crate) fn describe(api: &mut OpenApiBuilder) {
    api.get(PATH, "List the configured providers.")
        .tag("session")
        .answers::<Providers>(200, "All providers, in display order.");
}

/// A provider.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Provider")]
struct ListedProvider {
    /// The ID in paths and parameters.
    id: String,
    /// The display name.
    name: String,
    /// The kind of the provider, for example to choose an icon.
    kind: &'static str,
}

#[derive(Serialize, JsonSchema)]
struct Providers {
    providers: Vec<ListedProvider>,
    password_policy: PasswordLengths,
}

/// The length limits of a new password.
#[derive(Clone, Copy, Serialize, JsonSchema)]
struct PasswordLengths {
    /// Minimum length in code points, composed (NFC).
    min_length: usize,
    /// Maximum length in bytes of UTF-8.
    max_bytes: usize,
}

impl From<&ProviderConfig> for ListedProvider {
    fn from(provider: &ProviderConfig) -> Self {
        Self {
            id: provider.id.clone(),
            name: provider.name.clone(),
            kind: provider.brand,
        }
    }
}
