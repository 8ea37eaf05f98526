//! `GET /session`: the claims of the presented access token. Reads nothing from the database.

use std::borrow::Cow;

use axum::Json;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use crate::{
    client::{Acr, Clients},
    http::{
        extract::PresentedAccess,
        openapi::{OpenApiBuilder, schema_from_json},
    },
    token::Access,
};

const SCHEMA: &str = "AccessClaims";

/// The claims of an access token, as `token::Access` serializes them.
struct AccessClaimsSchema;

impl JsonSchema for AccessClaimsSchema {
    fn schema_name() -> Cow<'static, str> {
        SCHEMA.into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let (text, seconds) = (json!({ "type": "string" }), json!({ "type": "integer" }));
        let acrs = Acr::ALL.iter().map(|acr| acr.as_str()).collect::<Vec<_>>();
        let texts = json!({ "type": "array", "items": text });
        schema_from_json(json!({
            "type": "object",
            "description": "The claims of an access token (RFC 9068 §2.2).",
            "properties": {
                "iss": text, "aud": text, "jti": text, "client_id": text, "sid": text,
                "sub": { "type": "string", "format": "uuid" },
                "exp": seconds, "iat": seconds, "auth_time": seconds, "epoch": seconds,
                "acr": { "type": "string", "enum": acrs }, "amr": texts, "roles": texts,
                "scope": text, "session_jkt": text,
                "cnf": { "type": "object", "properties": { "jkt": text }, "required": ["jkt"] },
            },
            "required": [
                "iss", "aud", "jti", "client_id", "sid", "sub", "exp", "iat", "auth_time", "epoch",
                "acr", "amr", "roles",
            ],
        }))
    }
}

pub(crate) fn describe(api: &mut OpenApiBuilder) {
    api.get("/session", "Get the claims of the presented access token.")
        .tag("session")
        .any_session()
        .answers::<AccessClaimsSchema>(200, "The claims.");
}

/// Adds the custom claims of every client to the schema.
pub(crate) fn describe_added_claims(schemas: &mut Map<String, Value>, clients: &Clients) {
    let properties = schemas
        .get_mut(SCHEMA)
        .and_then(|it| it.get_mut("properties"));
    if let Some(Value::Object(properties)) = properties {
        for name in clients.iter().flat_map(|client| client.claims.names()) {
            let added =
                json!({ "description": "A custom claim from the configuration of the client." });
            properties.insert(name.to_owned(), added);
        }
    }
}

pub(crate) async fn session(PresentedAccess(session): PresentedAccess) -> Json<Access> {
    Json(session)
}
