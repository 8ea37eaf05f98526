//! The request to the protected application, as the proxy describes it.

use std::net::SocketAddr;

use axum::{
    extract::ConnectInfo,
    http::{
        HeaderMap, HeaderName, Method,
        header::{
            ACCESS_CONTROL_REQUEST_METHOD, AUTHORIZATION, COOKIE, HOST, ORIGIN, SEC_WEBSOCKET_KEY,
            UPGRADE,
        },
        request::Parts,
        uri::Authority,
    },
};

use crate::{config::Config, http::navigation::asks_for_page};

const X_FORWARDED_METHOD: HeaderName = HeaderName::from_static("x-forwarded-method");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const X_FORWARDED_URI: HeaderName = HeaderName::from_static("x-forwarded-uri");
const X_ORIGINAL_URL: HeaderName = HeaderName::from_static("x-original-url");

/// The original request. Only trusted proxies can describe it; otherwise it is the request itself, at an unknown URL.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct OriginalRequest {
    is_trusted: bool,
    method: Method,
    url: Option<String>,
}

impl OriginalRequest {
    /// Reads the description. `path` is the path that the proxy has appended to that of the policy.
    pub(super) fn of(parts: &Parts, path: Option<&str>, config: &Config) -> Self {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let proxies = &config.http.proxies;
        if !peer.is_some_and(|ConnectInfo(peer)| proxies.trusts(peer.ip())) {
            return Self {
                is_trusted: false,
                method: parts.method.clone(),
                url: None,
            };
        }
        // A proxy that appends the path sends the method of the original request: the header is that of a client.
        let method = match path {
            Some(_) => None,
            None => only(&parts.headers, &X_FORWARDED_METHOD),
        };
        let method = method.and_then(|method| method.parse().ok());
        Self {
            is_trusted: true,
            method: method.unwrap_or_else(|| parts.method.clone()),
            url: url(parts, path, config.issuer.is_https()),
        }
    }

    /// The URL, if it is known.
    pub(super) fn url(&self) -> Option<&str> {
        self.url.as_deref()
    }

    /// Returns whether a browser opens a page.
    pub(super) fn is_navigation(&self, headers: &HeaderMap) -> bool {
        asks_for_page(&self.method, headers) && !Self::is_upgrade(headers)
    }

    /// Returns whether a client opens a WebSocket (RFC 6455 §4.1). It cannot follow a redirect to a page.
    pub(super) fn is_upgrade(headers: &HeaderMap) -> bool {
        let is_websocket = |value: &str| value.eq_ignore_ascii_case("websocket");
        headers.contains_key(SEC_WEBSOCKET_KEY) || only(headers, &UPGRADE).is_some_and(is_websocket)
    }

    /// Returns whether a browser asks if a page may send a request (CORS preflight, Fetch §3.2.2 and §4.8). A preflight
    /// names one origin and one method, has no credentials and changes no protocol: behind `Upgrade: h2c` a client could
    /// send further requests that no proxy sees.
    pub(super) fn is_preflight(&self, headers: &HeaderMap) -> bool {
        let asks = |name| only(headers, &name).is_some_and(|value| !value.is_empty());
        self.is_trusted
            && self.method == Method::OPTIONS
            && asks(ORIGIN)
            && asks(ACCESS_CONTROL_REQUEST_METHOD)
            && !headers.contains_key(UPGRADE)
            && !headers.contains_key(SEC_WEBSOCKET_KEY)
            && !headers.contains_key(AUTHORIZATION)
            && !headers.contains_key(COOKIE)
    }
}

/// Returns the URL of the original request: by the path that Envoy appends, by the headers `X-Forwarded-…`, or by
/// `X-Original-URL`.
fn url(parts: &Parts, path: Option<&str>, is_https: bool) -> Option<String> {
    let headers = &parts.headers;
    let default = if is_https { "https" } else { "http" };
    let scheme = match only(headers, &X_FORWARDED_PROTO) {
        Some("https" | "wss") => "https",
        Some("http" | "ws") => "http",
        Some(_) => return None,
        None => default,
    };
    let at_host = |path: &str| {
        let host = only(headers, &X_FORWARDED_HOST).or_else(|| only(headers, &HOST));
        // HTTP/2 has no Host header.
        let host = host.or_else(|| parts.uri.authority().map(Authority::as_str))?;
        path.starts_with('/')
            .then(|| format!("{scheme}://{host}{path}"))
    };
    if let Some(path) = path {
        return match parts.uri.query() {
            Some(query) => at_host(&format!("{path}?{query}")),
            None => at_host(path),
        };
    }
    match only(headers, &X_FORWARDED_URI) {
        Some(uri) => at_host(uri),
        None => only(headers, &X_ORIGINAL_URL).map(str::to_owned),
    }
}

/// Returns the value of a header that occurs once.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}
