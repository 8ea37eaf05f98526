//! The pages that show the node: keys, configuration, health and audit events, as the administration API does.

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use serde_json::Value;

use crate::{
    app::App,
    config::Config,
    http::{
        node::{ClientList, KeyList, NodeStatus, ProviderList},
        openapi::OpenApiBuilder,
        problem::Problem,
    },
    pages::{
        admin::{session::AdminRequest, users::path_of_text},
        error_page::PageError,
        view::{
            AdminEventRow, AdminEventsPage, AdminKeysPage, AdminRecord, AdminRecordsPage,
            AdminSection,
        },
    },
    telemetry::RecentAuditEvents,
    token::Tokens,
};

/// The number of events on the page.
const EVENTS: usize = 100;

pub(super) fn describe(api: &mut OpenApiBuilder) {
    for (path, summary) in [
        ("/admin/pages/keys", "Show the keys to an admin."),
        (
            "/admin/pages/clients",
            "Show the clients and providers as configured to an admin.",
        ),
        (
            "/admin/pages/health",
            "Show the state of this node to an admin.",
        ),
        (
            "/admin/pages/events",
            "Show the last audit events of this node to an admin.",
        ),
    ] {
        api.get(path, summary)
            .tag("page")
            .redirects("Redirect to the login at the issuer, which returns here.")
            .answers_page(&[200, 403, 404, 503]);
    }
}

/// Shows the keys and secrets, without their values.
pub(crate) async fn keys(State(tokens): State<Tokens>, request: AdminRequest) -> Response {
    let context = &request.account.context;
    let KeyList { keys } = KeyList::new(&tokens, context.caller.now);
    let navigation = request.navigation(AdminSection::Keys);
    context.render(AdminKeysPage::new(navigation, keys))
}

/// Shows the clients and providers as configured.
pub(crate) async fn clients(
    State(tokens): State<Tokens>,
    State(config): State<Arc<Config>>,
    request: AdminRequest,
) -> Result<Response, Response> {
    let clients = serde_json::to_value(ClientList::new(tokens.clients())).map_err(failed)?;
    let providers = serde_json::to_value(ProviderList::new(&config.providers)).map_err(failed)?;
    let records = |list: &Value, name: &str, title: &str| {
        let all = list[name].as_array().into_iter().flatten();
        all.map(|it| AdminRecord::new(it, title)).collect()
    };
    Ok(request.account.context.render(AdminRecordsPage {
        navigation: request.navigation(AdminSection::Clients),
        section: "clients",
        groups: vec![
            ("clients", records(&clients, "clients", "client_id")),
            ("providers", records(&providers, "providers", "id")),
        ],
    }))
}

/// Shows the state of this node.
pub(crate) async fn health(
    State(app): State<App>,
    request: AdminRequest,
) -> Result<Response, Response> {
    let context = &request.account.context;
    let status = NodeStatus::read(&app, context.caller.now).await;
    let status = serde_json::to_value(status).map_err(failed)?;
    Ok(context.render(AdminRecordsPage {
        navigation: request.navigation(AdminSection::Health),
        section: "health",
        groups: vec![("health", vec![AdminRecord::new(&status, "")])],
    }))
}

/// Shows the last audit events of this node, the newest first.
pub(crate) async fn events(
    State(events): State<RecentAuditEvents>,
    request: AdminRequest,
) -> Response {
    let account = &request.account;
    let user = |id: &str| account.href(&path_of_text(id));
    let rows = events.newest(EVENTS).into_iter().map(|event| {
        let fields = event.fields.iter().map(|(name, value)| (*name, value));
        AdminEventRow::new(event.at, fields, user)
    });
    account.context.render(AdminEventsPage {
        navigation: request.navigation(AdminSection::Events),
        events: rows.collect(),
    })
}

/// Answers that a record cannot be shown, which is a fault of the service.
#[expect(clippy::needless_pass_by_value, reason = "it maps errors")]
fn failed(error: serde_json::Error) -> Response {
    PageError::from(Problem::failed(&error)).into_response()
}
