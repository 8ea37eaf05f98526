//! What is seen of every request: an id, a span that names it in every line, and one line and one
//! count when it is answered.
//!
//! Never the path, the query, a header or the body, nor a method that nobody knows: any of them may
//! hold a secret. The one exception is a refused origin (`origin_log`).

mod request_id;

use std::{convert::Infallible, sync::Arc};

use axum::{
    Router,
    body::HttpBody,
    extract::{MatchedPath, Request},
    http::{
        HeaderName, HeaderValue, Method, StatusCode, Version,
        header::{CONNECTION, ORIGIN},
    },
    response::Response,
    routing::Route,
};
use futures_util::{FutureExt, future::lazy};
use tokio::time::Instant;
use tower::{ServiceExt, layer::layer_fn, service_fn};
use tracing::{Instrument, Span};

use self::request_id::RequestIds;
use crate::{
    app::App,
    http::{
        extract::{ClientNetwork, media_type::EmptyBody},
        origin_log::OriginLog,
        problem::{RecordedRefusal, caught},
    },
};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What every route is seen by.
struct RequestLog {
    app: App,
    names: RequestIds,
    origins: OriginLog,
    /// What an answer says that does not say otherwise.
    presets: Vec<(HeaderName, HeaderValue)>,
}

/// Has these routes seen, and their answers say what is true of all of them. In a single layer: each
/// costs each request allocations.
pub(crate) fn observed(
    routes: Router<App>,
    app: &App,
    presets: Vec<(HeaderName, HeaderValue)>,
) -> Router<App> {
    let observer = Arc::new(RequestLog {
        app: app.clone(),
        names: RequestIds::new(app.entropy.clone()),
        origins: OriginLog::new(app.clock.clone()),
        presets,
    });
    routes.layer(layer_fn(move |route: Route| {
        let (observer, route) = (observer.clone(), Arc::new(route));
        service_fn(move |request| {
            let (observer, route) = (observer.clone(), route.clone());
            let answer = lazy(move |_| observer.answer(Route::clone(&route), request)).flatten();
            // A panic in here is one of ours too.
            caught(answer).map(Ok::<_, Infallible>)
        })
    }))
}

/// What a request is called in the log, and in its answer.
#[derive(Clone)]
pub(crate) struct RequestId(HeaderValue);

impl RequestId {
    pub(crate) fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }
}

/// What is known of a request before it is answered.
struct RequestInfo {
    id: RequestId,
    route: String,
    method: &'static str,
    span: Span,
    is_http1: bool,
    begun: Instant,
}

impl RequestLog {
    /// Gives the request an id, or keeps the one a proxy gave it, and has it answered. A plain
    /// function: the future of an `async` one would hold, and copy, the request twice.
    fn answer(
        self: Arc<Self>,
        route: Route,
        mut request: Request,
    ) -> impl Future<Output = Response> {
        let id = RequestId(given_id(&request).unwrap_or_else(|| self.names.next()));
        // The pattern of the route, not the path: that is a stranger's text.
        let pattern = request.extensions().get::<MatchedPath>();
        let pattern = pattern.map_or("none", MatchedPath::as_str).to_owned();
        let method = known(request.method());
        let network = ClientNetwork::of(&request, &self.app.config.http.proxies);
        request.extensions_mut().insert(network);
        request.extensions_mut().insert(id.clone());
        // For all that may be refused by their origin; the others are spared the allocation.
        if !request.method().is_safe() || request.headers().contains_key(ORIGIN) {
            request.extensions_mut().insert(self.origins.clone());
        }
        if request.body().is_end_stream() {
            request.extensions_mut().insert(EmptyBody);
        }
        let ClientNetwork(network) = network;
        let span = tracing::info_span!(
            "request",
            request_id = %id.as_str(),
            %method,
            route = %pattern,
            %network,
        );
        let seen = RequestInfo {
            id,
            route: pattern,
            method,
            span: span.clone(),
            is_http1: request.version() <= Version::HTTP_11,
            begun: Instant::now(),
        };
        let answer = route.oneshot(request).map(|Ok(answer)| answer);
        let answer = caught(answer).instrument(span);
        answer.map(move |answer| self.answered(seen, answer))
    }

    /// Logs and counts how it was answered, and says what every answer says.
    fn answered(&self, seen: RequestInfo, mut response: Response) -> Response {
        let elapsed = seen.begun.elapsed();
        let status = response.status().as_u16();
        let micros = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX);
        seen.span
            .in_scope(|| tracing::info!(status, micros, "answered"));
        let metrics = &self.app.metrics;
        metrics.answered(seen.route, seen.method, status, elapsed.as_secs_f64());
        if let Some(RecordedRefusal { act, reason }) = response.extensions().get() {
            metrics.refused(act.as_str(), reason);
        }

        // RFC 9110 §15.5.9: the rest of a body that came too late is not waited for.
        let is_late = response.status() == StatusCode::REQUEST_TIMEOUT;
        let is_over = is_late || self.app.readiness.is_stopping();
        let headers = response.headers_mut();
        for (name, value) in &self.presets {
            headers.entry(name).or_insert_with(|| value.clone());
        }
        headers.insert(REQUEST_ID, seen.id.0);
        if is_over && seen.is_http1 {
            // The client learns from an answer, not from a reset, that this connection is over.
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

fn given_id(request: &Request) -> Option<HeaderValue> {
    let id = request.headers().get(REQUEST_ID)?;
    let plain = |b: &u8| b.is_ascii_alphanumeric() || *b == b'-' || *b == b'_';
    ((1..=64).contains(&id.len()) && id.as_bytes().iter().all(plain)).then(|| id.clone())
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
