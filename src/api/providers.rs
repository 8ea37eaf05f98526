//! `GET /providers`: whom a person may be verified by, for an app's own buttons.

use axum::{
    Json,
    routing::{MethodRouter, get},
};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{app::App, config::Provider, http::openapi::Api, password::PresentedPassword};

pub(crate) const PATH: &str = "/providers";

pub(crate) fn handler(app: &App) -> MethodRouter<App> {
    let providers = app.config.providers.clone();
    let password_policy = PasswordPolicy {
        min_length: app.config.password.min_length,
        max_bytes: PresentedPassword::MAX_BYTES,
    };
    get(async move || {
        let providers = providers.iter().map(Listed::from).collect();
        Json(Providers {
            providers,
            password_policy,
        })
    })
}

pub(crate) fn describe(api: &mut Api) {
    api.get(PATH, "Whom a person may be verified by.")
        .tag("session")
        .answers::<Providers>(200, "All of them, in the order to show them in.");
}

/// One of them.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Provider")]
struct Listed {
    /// Its name in routes.
    id: String,
    /// What people know it by.
    name: String,
    /// What it is configured as: what to show an icon for.
    kind: &'static str,
}

#[derive(Serialize, JsonSchema)]
struct Providers {
    providers: Vec<Listed>,
    password_policy: PasswordPolicy,
}

/// How long a new password must be and may be.
#[derive(Clone, Copy, Serialize, JsonSchema)]
struct PasswordPolicy {
    /// In code points, composed (NFC).
    min_length: usize,
    /// In bytes of UTF-8.
    max_bytes: usize,
}

impl From<&Provider> for Listed {
    fn from(provider: &Provider) -> Self {
        Self {
            id: provider.id.clone(),
            name: provider.name.clone(),
            kind: provider.brand,
        }
    }
}
