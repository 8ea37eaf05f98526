//! Rejects requests that two HTTP parsers could read differently (request smuggling) and that hyper accepts.
//! The response is the one that hyper sends for other malformed requests: 400 without a body, after which the
//! connection is closed.

use axum::{
    http::{
        HeaderMap, Request, StatusCode, Version,
        header::{CONNECTION, HOST, TRANSFER_ENCODING},
        uri::Authority,
    },
    response::{IntoResponse, Response},
};

/// Returns the response to an ambiguous request, or `None` if the request is unambiguous.
pub(super) fn reject_ambiguous<B>(request: &Request<B>) -> Option<Response> {
    let headers = request.headers();
    let is_unambiguous = match request.version() {
        Version::HTTP_11 => has_one_host(headers) && is_plain_or_chunked(headers),
        // HTTP/1.0 has no mandatory Host, and hyper refuses its transfer codings.
        Version::HTTP_10 => !headers.contains_key(HOST) || has_one_host(headers),
        _ => true,
    };
    (!is_unambiguous).then(|| (StatusCode::BAD_REQUEST, [(CONNECTION, "close")]).into_response())
}

/// Returns whether there is exactly one Host header, with a host and an optional port (RFC 9112 §3.2). The
/// value may be empty.
fn has_one_host(headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else {
        return false;
    };
    let authority = |host: &str| host.parse::<Authority>().is_ok() && !host.contains('@');
    host.to_str()
        .is_ok_and(|host| host.is_empty() || authority(host))
}

/// Returns whether the only transfer coding, if there is one, is a single `chunked` (RFC 9112 §6.1). Others
/// are not supported.
fn is_plain_or_chunked(headers: &HeaderMap) -> bool {
    let mut codings = headers.get_all(TRANSFER_ENCODING).iter();
    match (codings.next(), codings.next()) {
        (None, _) => true,
        (Some(coding), None) => coding.as_bytes().eq_ignore_ascii_case(b"chunked"),
        (Some(_), Some(_)) => false,
    }
}
