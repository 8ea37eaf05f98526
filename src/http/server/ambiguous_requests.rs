//! Requests that two readers could understand differently, and that the parser lets pass. They get
//! what it gives the others: 400 without a body, and the end of the connection.

use axum::{
    http::{
        HeaderMap, Request, StatusCode, Version,
        header::{CONNECTION, HOST, TRANSFER_ENCODING},
        uri::Authority,
    },
    response::{IntoResponse, Response},
};

/// The answer to a request that is not to be looked at any further.
pub(super) fn reject_ambiguous<B>(request: &Request<B>) -> Option<Response> {
    let headers = request.headers();
    let is_good = match request.version() {
        Version::HTTP_11 => has_one_host(headers) && is_plain_or_chunked(headers),
        // A host is optional there, and transfer codings the parser has refused.
        Version::HTTP_10 => !headers.contains_key(HOST) || has_one_host(headers),
        _ => true,
    };
    (!is_good).then(|| (StatusCode::BAD_REQUEST, [(CONNECTION, "close")]).into_response())
}

/// Exactly one, which is a host and a port at most (RFC 9112 §3.2). It may be empty.
fn has_one_host(headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else {
        return false;
    };
    let authority = |host: &str| host.parse::<Authority>().is_ok() && !host.contains('@');
    host.to_str()
        .is_ok_and(|host| host.is_empty() || authority(host))
}

/// No transfer coding but `chunked`, once (RFC 9112 §6.1): we know no other.
fn is_plain_or_chunked(headers: &HeaderMap) -> bool {
    let mut codings = headers.get_all(TRANSFER_ENCODING).iter();
    match (codings.next(), codings.next()) {
        (None, _) => true,
        (Some(coding), None) => coding.as_bytes().eq_ignore_ascii_case(b"chunked"),
        (Some(_), Some(_)) => false,
    }
}
