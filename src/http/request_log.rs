//! The request log: every request gets an id, a span that adds the id to each log line, and one log line and
//! metrics when it is answered.
//!
//! The path, the query, headers, the body and unknown methods are never logged, because any of them may hold a
//! secret. The one exception is a refused origin (`origin_log`).

mod request_id;

use std::{collections::HashSet, convert::Infallible, sync::Arc};

use axum::{
    Router,
    body::HttpBody,
    extract::{MatchedPath, Request},
    http::{
        HeaderName, HeaderValue, Method, StatusCode, Version,
        header::{ACCEPT, CONNECTION, CONTENT_LENGTH, ORIGIN, VARY},
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
        navigation::Navigation,
        origin_log::OriginLog,
        problem::{FailureCause, Problem, RecordedRefusal, catch_panic},
    },
    log_limit::LogLimiter,
};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The state that all routes share.
struct RequestLog {
    app: App,
    ids: RequestIds,
    origins: OriginLog,
    failures: LogLimiter,
    /// The headers of responses that do not set them.
    default_headers: Vec<(HeaderName, HeaderValue)>,
    render_problem: RenderProblem,
}

/// Renders a problem as a page, for a browser that opens a page.
pub(crate) type RenderProblem = fn(&App, &Navigation, &RequestId, Problem) -> Response;

/// Adds the request log, the default headers and the error pages of browsers to routes. They are a single layer, because
/// each layer costs allocations per request.
pub(crate) fn with_request_log(
    routes: Router<App>,
    app: &App,
    default_headers: Vec<(HeaderName, HeaderValue)>,
    render_problem: RenderProblem,
) -> Router<App> {
    let log = Arc::new(RequestLog {
        app: app.clone(),
        ids: RequestIds::new(app.entropy.clone()),
        origins: OriginLog::new(app.clock.clone()),
        failures: LogLimiter::default(),
        default_headers,
        render_problem,
    });
    routes.layer(layer_fn(move |route: Route| {
        let (log, route) = (log.clone(), Arc::new(route));
        service_fn(move |request| {
            let (log, route) = (log.clone(), route.clone());
            let answer = lazy(move |_| log.answer(Route::clone(&route), request)).flatten();
            // Catches panics of the log itself.
            catch_panic(answer).map(Ok::<_, Infallible>)
        })
    }))
}

/// The id of a request, in its log lines and in the response header `x-request-id`.
#[derive(Clone)]
pub(crate) struct RequestId(HeaderValue);

impl RequestId {
    pub(crate) fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }
}

/// The facts of a request that are logged when it is answered.
struct PendingRequest {
    id: RequestId,
    route: String,
    method: &'static str,
    span: Span,
    is_http1: bool,
    started: Instant,
    navigation: Option<Navigation>,
}

impl RequestLog {
    /// Gives the request an id, or keeps that of a proxy, and calls the route. Not an `async` function, because
    /// its future would hold and copy the request twice.
    fn answer(
        self: Arc<Self>,
        route: Route,
        mut request: Request,
    ) -> impl Future<Output = Response> {
        let id = RequestId(incoming_id(&request).unwrap_or_else(|| self.ids.next()));
        // The pattern of the route: the path is chosen by the client.
        let route_pattern = request.extensions().get::<MatchedPath>();
        let route_pattern = route_pattern.map_or("none", MatchedPath::as_str).to_owned();
        let method = method_label(request.method());
        let network = ClientNetwork::of(&request, &self.app.config.http.proxies);
        request.extensions_mut().insert(network);
        request.extensions_mut().insert(id.clone());
        // Only requests that may be refused for their origin need the log. The others save the allocation.
        if !request.method().is_safe() || request.headers().contains_key(ORIGIN) {
            request.extensions_mut().insert(self.origins.clone());
        }
        if request.body().is_end_stream() {
            request.extensions_mut().insert(EmptyBody);
        }
        let navigation = Navigation::of(&request, &self.app.translations);
        let ClientNetwork(network) = network;
        let span = tracing::info_span!(
            "request",
            request_id = %id.as_str(),
            %method,
            route = %route_pattern,
            %network,
        );
        let pending = PendingRequest {
            id,
            route: route_pattern,
            method,
            span: span.clone(),
            is_http1: request.version() <= Version::HTTP_11,
            started: Instant::now(),
            navigation,
        };
        let answer = route.oneshot(request).map(|Ok(answer)| answer);
        let answer = catch_panic(answer).instrument(span);
        answer.map(move |answer| self.finish(pending, answer))
    }

    /// Replaces a problem by a page if a browser opens a page. The headers that describe no body stay.
    fn for_browser(&self, pending: &PendingRequest, mut response: Response) -> Response {
        let Some(navigation) = &pending.navigation else {
            return response;
        };
        let Some(problem) = response.extensions_mut().remove::<Problem>() else {
            return response;
        };
        let mut page = (self.render_problem)(&self.app, navigation, &pending.id, problem);
        let headers = page.headers_mut();
        let own: HashSet<_> = headers.keys().cloned().collect();
        headers.append(VARY, ACCEPT.into());
        for (name, value) in response.headers() {
            let describes_body = name == CONTENT_LENGTH || own.contains(name);
            if name == VARY || !describes_body {
                headers.append(name, value.clone());
            }
        }
        page
    }

    /// Logs the cause of an internal error, at most once a minute.
    fn log_failure(&self, failure: Option<&FailureCause>) {
        let Some(FailureCause { cause, source }) = failure else {
            return;
        };
        let now = self.app.clock.now();
        if let Some(repeated) = self.failures.repetitions(cause, source, now) {
            tracing::error!(cause, source, repeated, "a request failed");
        }
    }

    /// Logs and counts the response, and adds the common headers.
    fn finish(&self, pending: PendingRequest, response: Response) -> Response {
        let mut response = self.for_browser(&pending, response);
        let elapsed = pending.started.elapsed();
        let status = response.status().as_u16();
        let micros = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX);
        pending.span.in_scope(|| {
            self.log_failure(response.extensions().get());
            tracing::info!(status, micros, "answered");
        });
        let metrics = &self.app.metrics;
        metrics.answered(pending.route, pending.method, status, elapsed.as_secs_f64());
        if let Some(RecordedRefusal { act, reason }) = response.extensions().get() {
            metrics.refused(act.as_str(), reason);
        }

        // RFC 9110 §15.5.9: after a 408 the server closes the connection instead of waiting for the body.
        let timed_out = response.status() == StatusCode::REQUEST_TIMEOUT;
        let closes = timed_out || self.app.readiness.is_stopping();
        let headers = response.headers_mut();
        for (name, value) in &self.default_headers {
            headers.entry(name).or_insert_with(|| value.clone());
        }
        headers.insert(REQUEST_ID, pending.id.0);
        if closes && pending.is_http1 {
            // Announced, so that the client does not learn it from a connection reset.
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

/// Returns the id that a proxy gave the request. Others than 1 to 64 letters, digits, hyphens and underscores are
/// ignored, because the id is written to the log and to the response.
fn incoming_id(request: &Request) -> Option<HeaderValue> {
    let id = request.headers().get(REQUEST_ID)?;
    let is_plain = |b: &u8| b.is_ascii_alphanumeric() || *b == b'-' || *b == b'_';
    ((1..=64).contains(&id.len()) && id.as_bytes().iter().all(is_plain)).then(|| id.clone())
}

/// Returns the label of a method: its name if routes use it, else `other`.
fn method_label(method: &Method) -> &'static str {
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
