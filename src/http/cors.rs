//! Cross-origin requests (Fetch §3.2): every origin that a client names, whole, and no other.

use std::{sync::Arc, time::Duration};

use axum::http::{
    HeaderName, HeaderValue, Method,
    header::{AUTHORIZATION, CONTENT_TYPE, DATE, ETAG, RETRY_AFTER, WWW_AUTHENTICATE},
    request::Parts,
};
use tower_http::cors::{AllowCredentials, AllowOrigin, CorsLayer};

use super::origin_log::RequestOriginLog;
use crate::{app::App, client::TokenTransport};

/// What pages may send: what our routes read, and what Sentry, OpenTelemetry (W3C Trace Context and
/// Baggage) and axios add to each request.
const ALLOWED: [HeaderName; 8] = [
    AUTHORIZATION,
    CONTENT_TYPE,
    HeaderName::from_static("dpop"),
    HeaderName::from_static("sentry-trace"),
    HeaderName::from_static("baggage"),
    HeaderName::from_static("traceparent"),
    HeaderName::from_static("tracestate"),
    HeaderName::from_static("x-requested-with"),
];

/// What pages may read of an answer, besides what the standard lets them.
const EXPOSED: [HeaderName; 7] = [
    DATE,
    HeaderName::from_static("dpop-nonce"),
    RETRY_AFTER,
    WWW_AUTHENTICATE,
    ETAG,
    HeaderName::from_static("ratelimit"),
    HeaderName::from_static("ratelimit-policy"),
];

/// How long a browser may remember what it was allowed.
const MAX_AGE: Duration = Duration::from_hours(1);

/// Lets in the origins of all clients, with cookies those of the client that uses them.
pub(crate) fn layer(app: &App) -> CorsLayer {
    let own = app.config.issuer.origin().to_owned();
    let clients = || app.config.clients.iter();
    let origins = |transports: &[TokenTransport]| {
        let clients = clients().filter(|client| transports.contains(&client.transport));
        let origins = clients.flat_map(|client| &client.origins);
        let names: Vec<_> = origins.map(|origin| origin.as_str().to_owned()).collect();
        let names: Arc<[String]> = names.into();
        move |origin: &HeaderValue, _: &Parts| names.iter().any(|name| origin == name.as_str())
    };
    let is_admitted = origins(TokenTransport::ALL);
    let admits = move |origin: &HeaderValue, parts: &Parts| {
        let is_admitted = is_admitted(origin, parts);
        // Our own pages send their origin too, but no browser asks whether they may.
        if !is_admitted && origin != own.as_str() {
            RequestOriginLog::new(&parts.extensions).refused(Some(origin));
        }
        is_admitted
    };
    CorsLayer::new()
        .allow_origin(AllowOrigin::predicate(admits))
        .allow_credentials(AllowCredentials::predicate(origins(&[
            TokenTransport::Cookie,
        ])))
        .allow_methods([
            Method::GET,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
        ])
        .allow_headers(ALLOWED)
        .expose_headers(EXPOSED)
        .max_age(MAX_AGE)
}
