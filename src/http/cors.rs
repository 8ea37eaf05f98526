//! Cross-origin requests (CORS, Fetch §3.2): the origins in the configuration of the clients are allowed, compared
//! as a whole.

use std::{sync::Arc, time::Duration};

use axum::http::{
    HeaderName, HeaderValue, Method,
    header::{AUTHORIZATION, CONTENT_TYPE, DATE, ETAG, RETRY_AFTER, WWW_AUTHENTICATE},
    request::Parts,
};
use tower_http::cors::{AllowCredentials, AllowOrigin, CorsLayer};

use super::{
    dpop::{DPOP, DPOP_NONCE},
    origin_log::RequestOriginLog,
};
use crate::{app::App, client::TokenTransport};

/// The request headers that pages may send: those that the routes read, and those that Sentry, OpenTelemetry (W3C
/// Trace Context and Baggage) and axios add to each request.
const ALLOWED_HEADERS: [HeaderName; 8] = [
    AUTHORIZATION,
    CONTENT_TYPE,
    DPOP,
    HeaderName::from_static("sentry-trace"),
    HeaderName::from_static("baggage"),
    HeaderName::from_static("traceparent"),
    HeaderName::from_static("tracestate"),
    HeaderName::from_static("x-requested-with"),
];

/// The response headers that pages may read, besides the safelisted ones.
const EXPOSED_HEADERS: [HeaderName; 7] = [
    DATE,
    DPOP_NONCE,
    RETRY_AFTER,
    WWW_AUTHENTICATE,
    ETAG,
    HeaderName::from_static("ratelimit"),
    HeaderName::from_static("ratelimit-policy"),
];

/// The time for which browsers may cache a preflight response.
const MAX_AGE: Duration = Duration::from_hours(1);

/// Returns the layer that allows the origins of all clients, and credentials for the origins of the client with
/// cookie transport.
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
    let is_allowed = origins(TokenTransport::ALL);
    let is_allowed_else_log = move |origin: &HeaderValue, parts: &Parts| {
        let is_allowed = is_allowed(origin, parts);
        // The hosted pages send their own origin, which needs no permission.
        if !is_allowed && origin != own.as_str() {
            RequestOriginLog::new(&parts.extensions).refused(Some(origin));
        }
        is_allowed
    };
    CorsLayer::new()
        .allow_origin(AllowOrigin::predicate(is_allowed_else_log))
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
        .allow_headers(ALLOWED_HEADERS)
        .expose_headers(EXPOSED_HEADERS)
        .max_age(MAX_AGE)
}
