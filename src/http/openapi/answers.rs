//! Responses and headers that operations share.

use serde_json::{Map, Value, json};

use crate::http::problem::Code;

/// A status, the name of its response, and its description.
type ResponseRow = (u16, &'static str, &'static str);

const PROBLEMS: &[ResponseRow] = &[
    (400, "BadRequest", "The request is invalid."),
    (401, "Unauthorized", "Authentication is missing or failed."),
    (403, "Forbidden", "The caller is not allowed to do this."),
    (
        404,
        "NotFound",
        "The user, account, provider or route does not exist.",
    ),
    (
        405,
        "MethodNotAllowed",
        "The route does not support the method.",
    ),
    (408, "RequestTimeout", "The body was not received in time."),
    (
        409,
        "Conflict",
        "The request conflicts with the current state.",
    ),
    (413, "BodyTooLarge", "The body is too large."),
    (
        415,
        "UnsupportedMediaType",
        "The Content-Type or Content-Encoding is not supported.",
    ),
    (
        422,
        "UnprocessableContent",
        "A field is invalid; `field` names it.",
    ),
    (
        429,
        "TooManyRequests",
        "Too many attempts. Retry after `Retry-After` seconds.",
    ),
    (500, "InternalError", "Internal error."),
    (
        501,
        "NotImplemented",
        "This service sends no emails: no mail server is configured.",
    ),
    (
        503,
        "Unavailable",
        "Temporarily unavailable. Retry after `Retry-After` seconds.",
    ),
];

/// A header of responses.
struct ResponseHeader {
    name: &'static str,
    description: &'static str,
    /// The statuses whose error responses have it.
    statuses: &'static [u16],
    /// Set if all these responses have it.
    is_required: bool,
}

const HEADERS: &[ResponseHeader] = &[
    ResponseHeader {
        name: "DPoP-Nonce",
        description: "The nonce for the next DPoP proof (RFC 9449 §8). Errors have it with `use_dpop_nonce`.",
        statuses: &[400, 401],
        is_required: false,
    },
    ResponseHeader {
        name: "ETag",
        description: "The version of the document (RFC 9110 §8.8.3).",
        statuses: &[],
        is_required: false,
    },
    ResponseHeader {
        name: "RateLimit",
        description: "The remaining quota.",
        statuses: &[429],
        is_required: true,
    },
    ResponseHeader {
        name: "RateLimit-Policy",
        description: "The quota and its time window.",
        statuses: &[429],
        is_required: true,
    },
    ResponseHeader {
        name: "Retry-After",
        description: "Seconds to wait before the next attempt.",
        statuses: &[429, 503],
        is_required: true,
    },
    ResponseHeader {
        name: "Set-Cookie",
        description: "The tokens of a client with cookie transport.",
        statuses: &[],
        is_required: false,
    },
    ResponseHeader {
        name: "WWW-Authenticate",
        description: "The authentication scheme to use (RFC 6750 §3, RFC 9449 §7.1).",
        statuses: &[401],
        is_required: true,
    },
];

/// Returns the responses that `problem` refers to.
pub(super) fn shared() -> Value {
    let responses = PROBLEMS
        .iter()
        .map(|(status, name, ..)| ((*name).to_owned(), in_full(*status)));
    Value::Object(responses.collect())
}

/// Returns the problem response of a status in full.
pub(super) fn in_full(status: u16) -> Value {
    let row = PROBLEMS.iter().find(|(listed, ..)| *listed == status);
    let description = row.map_or("", |(_, _, description)| *description);
    let codes = Code::ALL.iter().filter(|code| code.can_have(status));
    let codes: Vec<_> = codes.map(|code| code.as_str()).collect();
    let schema = json!({
        "allOf": [
            { "$ref": "#/components/schemas/Problem" },
            { "properties": { "status": { "const": status }, "code": { "enum": codes } } },
        ],
    });
    let page = json!({ "type": "string" });
    let content = json!({
        "application/problem+json": { "schema": schema },
        // For a browser that opens a page.
        "text/html": { "schema": page },
    });
    answer(description, &content, status)
}

/// Returns the headers that responses refer to.
pub(super) fn headers() -> Value {
    let headers = HEADERS.iter().map(|header| {
        let described = json!({
            "description": header.description,
            "required": header.is_required,
            "schema": { "type": "string" },
        });
        (header.name.to_owned(), described)
    });
    Value::Object(headers.collect())
}

/// Returns a reference to a header.
pub(super) fn header(name: &str) -> Value {
    json!({ "$ref": format!("#/components/headers/{name}") })
}

/// Returns the headers of a document that may be cached.
pub(super) fn of_document() -> Value {
    json!({ "ETag": header("ETag") })
}

/// Returns the response to a request for a document whose current version the client has.
pub(super) fn unchanged() -> Value {
    json!({ "description": "The version in `If-None-Match` is current." })
}

/// Returns a reference to the problem response of a status.
pub(super) fn problem(status: u16) -> Value {
    let row = PROBLEMS.iter().find(|(listed, ..)| *listed == status);
    let name = row.map_or("", |(_, name, _)| *name);
    json!({ "$ref": format!("#/components/responses/{name}") })
}

/// Returns the error response of a status in the form of RFC 6749 §5.2.
pub(super) fn oauth_error(status: u16) -> Value {
    let row = PROBLEMS.iter().find(|(listed, ..)| *listed == status);
    let description = row.map_or("", |(_, _, description)| *description);
    let schema = json!({ "$ref": "#/components/schemas/OauthError" });
    let content = json!({ "application/json": { "schema": schema } });
    answer(description, &content, status)
}

fn answer(description: &str, content: &Value, status: u16) -> Value {
    let headers = HEADERS.iter();
    let headers = headers.filter(|header| header.statuses.contains(&status));
    let headers = headers.map(|it| (it.name.to_owned(), header(it.name)));
    let headers: Map<_, _> = headers.collect();
    if headers.is_empty() {
        json!({ "description": description, "content": content })
    } else {
        json!({ "description": description, "content": content, "headers": headers })
    }
}
