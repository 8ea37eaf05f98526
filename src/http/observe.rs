//! What is seen of every request: an id, a span that names it in every line, and one line and one
//! count when it is answered.
//!
//! Never the path, the query, a header or the body, nor a method that nobody knows: any of them may
//! hold a secret.

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderName, HeaderValue, Method, StatusCode, Version, header::CONNECTION},
    middleware::Next,
    response::Response,
};
use tokio::time::Instant;
use tracing::Instrument;

use super::{extract::ClientNetwork, problem::Refusal};
use crate::app::App;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Gives the request an id, or keeps the one a proxy gave it, and logs how it was answered.
pub(super) async fn observe(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let id = given_id(&request)
        .or_else(|| app.entropy.identifier().ok())
        .unwrap_or_default();
    // The pattern of the route, not the path: that is a stranger's text.
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map_or("none", MatchedPath::as_str).to_owned();
    let method = known(request.method());
    let network = ClientNetwork::of(&request, &app.config.http.proxies);
    request.extensions_mut().insert(network);
    let ClientNetwork(network) = network;
    let span = tracing::info_span!(
        "request",
        request_id = %id,
        %method,
        %route,
        %network,
    );
    let is_http1 = request.version() <= Version::HTTP_11;

    let begun = Instant::now();
    let mut response = next.run(request).instrument(span.clone()).await;
    let elapsed = begun.elapsed();
    let status = response.status().as_u16();
    let micros = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX);
    span.in_scope(|| tracing::info!(status, micros, "answered"));
    let metrics = &app.metrics;
    metrics.answered(route, method, status, elapsed.as_secs_f64());
    if let Some(Refusal { act, reason }) = response.extensions().get() {
        metrics.refused(act.as_str(), reason);
    }

    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    // RFC 9110 §15.5.9: the rest of a body that came too late is not waited for.
    let is_over = response.status() == StatusCode::REQUEST_TIMEOUT || app.readiness.is_stopping();
    if is_over && is_http1 {
        // The client learns from an answer, not from a reset, that this connection is over.
        response
            .headers_mut()
            .insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

fn given_id(request: &Request) -> Option<String> {
    let id = request.headers().get(REQUEST_ID)?.to_str().ok()?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    ((1..=64).contains(&id.len()) && id.bytes().all(plain)).then(|| id.to_owned())
}

/// The method, if it is one that routes have; else a word for all others.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
