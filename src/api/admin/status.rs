//! `GET /admin/health`: the state of this node.

use axum::{Json, extract::State};

use crate::{
    app::App,
    http::{extract::AdminOnly, node::NodeStatus, openapi::OpenApiBuilder},
};

pub(crate) fn describe(api: &mut OpenApiBuilder) {
    api.get("/admin/health", "Get the state of this node.")
        .admin(false)
        .answers::<NodeStatus>(200, "The state of the node that answers.");
}

pub(crate) async fn status(
    State(app): State<App>,
    AdminOnly { caller, .. }: AdminOnly,
) -> Json<NodeStatus> {
    Json(NodeStatus::read(&app, caller.now).await)
}
