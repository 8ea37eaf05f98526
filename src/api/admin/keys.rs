//! `GET /admin/keys`: the keys and secrets of this node, without their values.

use axum::{Json, extract::State};

use crate::{
    http::{extract::AdminOnly, node::KeyList, openapi::OpenApiBuilder},
    token::Tokens,
};

pub(crate) fn describe(api: &mut OpenApiBuilder) {
    api.get("/admin/keys", "List keys and secrets.")
        .admin(false)
        .answers::<KeyList>(200, "The keys and secrets, the oldest first.");
}

pub(crate) async fn keys(
    State(tokens): State<Tokens>,
    AdminOnly { caller, .. }: AdminOnly,
) -> Json<KeyList> {
    Json(KeyList::new(&tokens, caller.now))
}
