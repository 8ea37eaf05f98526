//! `GET /session`: the claims of the presented session. No read: good for as long as the token.

use std::borrow::Cow;

use axum::{Json, Router, routing::get};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::json;

use crate::{
    app::App,
    http::{
        extract::Presented,
        openapi::{Api, by_hand},
    },
    token::Access,
};

pub(in crate::http) fn router() -> Router<App> {
    Router::new().route("/session", get(session))
}

/// The claims of an access token, which the room of tokens writes.
struct Claims;

impl JsonSchema for Claims {
    fn schema_name() -> Cow<'static, str> {
        "AccessClaims".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let (text, seconds) = (json!({ "type": "string" }), json!({ "type": "integer" }));
        let texts = json!({ "type": "array", "items": text });
        by_hand(json!({
            "type": "object",
            "description": "The claims of an access token (RFC 9068 §2.2).",
            "properties": {
                "iss": text, "aud": text, "jti": text, "client_id": text, "sid": text,
                "sub": { "type": "string", "format": "uuid" },
                "exp": seconds, "iat": seconds, "auth_time": seconds, "epoch": seconds,
                "amr": texts, "roles": texts,
                "scope": text,
            },
            "required": [
                "iss", "aud", "jti", "client_id", "sid", "sub", "exp", "iat", "auth_time", "epoch",
                "amr", "roles",
            ],
        }))
    }
}

pub(super) fn describe(api: &mut Api) {
    api.get("/session", "The claims of the presented token.")
        .tag("session")
        .session(false)
        .answers::<Claims>(200, "The claims.");
}

async fn session(Presented(session): Presented) -> Json<Access> {
    Json(session)
}
