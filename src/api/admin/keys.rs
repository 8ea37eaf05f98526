//! `GET /admin/keys`: the keys and secrets of this node, without their values.

use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    http::{extract::AdminOnly, openapi::OpenApiBuilder},
    keyring::KeyWindow,
    token::Tokens,
};

pub(crate) fn describe(api: &mut OpenApiBuilder) {
    api.get("/admin/keys", "List keys and secrets.")
        .admin(false)
        .answers::<KeyList>(200, "The keys and secrets, the oldest first.");
}

/// The keys and secrets, without their values.
#[derive(Serialize, JsonSchema)]
pub(crate) struct KeyList {
    keys: Vec<ListedKey>,
}

/// A signing key or a secret. Times are RFC 3339, in UTC.
#[derive(Serialize, JsonSchema)]
struct ListedKey {
    kind: String,
    kid: String,
    /// `upcoming`, `signing`, `verifying` or `retired`.
    phase: &'static str,
    signs_from: DateTime<Utc>,
    /// The time from which the successor signs, if there is one.
    signs_until: Option<DateTime<Utc>>,
    /// The time until which tokens of the key are accepted, if it has a successor.
    verifies_until: Option<DateTime<Utc>>,
}

pub(crate) async fn keys(
    State(tokens): State<Tokens>,
    AdminOnly { caller, .. }: AdminOnly,
) -> Json<KeyList> {
    let keys = tokens.keyring().list().into_iter();
    let keys = keys.map(|(file, kid, window)| {
        let KeyWindow {
            signs_from,
            signs_until,
            verifies_until,
        } = window;
        ListedKey {
            kind: file.kind.to_string(),
            kid,
            phase: window.phase(caller.now).as_str(),
            signs_from,
            signs_until,
            verifies_until,
        }
    });
    Json(KeyList {
        keys: keys.collect(),
    })
}
