//! `GET /admin/clients` and `GET /admin/providers`: the configuration in use, without secrets.

use std::sync::Arc;

use axum::{Json, extract::State};

use crate::{
    config::Config,
    http::{
        extract::AdminOnly,
        node::{ClientList, ProviderList},
        openapi::OpenApiBuilder,
    },
    token::Tokens,
};

pub(crate) fn describe(api: &mut OpenApiBuilder) {
    api.get("/admin/clients", "List the clients as configured.")
        .admin(false)
        .answers::<ClientList>(200, "The clients, without secrets.");
    api.get("/admin/providers", "List the providers as configured.")
        .admin(false)
        .answers::<ProviderList>(200, "The providers, without secrets.");
}

pub(crate) async fn clients(State(tokens): State<Tokens>, _: AdminOnly) -> Json<ClientList> {
    Json(ClientList::new(tokens.clients()))
}

pub(crate) async fn providers(
    State(config): State<Arc<Config>>,
    _: AdminOnly,
) -> Json<ProviderList> {
    Json(ProviderList::new(&config.providers))
}
