//! Public documents: the key set, the discovery documents, the `OpenAPI` document and the client for browsers.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use chrono::TimeDelta;

use crate::cached_document::CachedDocument;

/// The cache lifetime of documents that change only with the configuration.
pub(crate) const MAX_AGE: TimeDelta = TimeDelta::minutes(5);

/// The media type of JSON (RFC 8259 §11).
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// The number of headers of such a response, including those of every response.
const HEADER_CAPACITY: usize = 12;

/// Returns the `Cache-Control` value for a document with this cache lifetime.
pub(crate) fn kept_for(max_age: TimeDelta) -> HeaderValue {
    let seconds = max_age.num_seconds();
    HeaderValue::try_from(format!("public, max-age={seconds}"))
        .unwrap_or(HeaderValue::from_static("no-cache"))
}

/// Returns a response with a JSON document: see [`public_of_type`].
pub(crate) fn public(
    request_headers: &HeaderMap,
    document: &CachedDocument,
    cache_control: &HeaderValue,
) -> Response {
    public_of_type(&JSON, request_headers, document, cache_control)
}

/// Returns a response with a document that caches may store and every origin may read (304 if the client has the
/// current version). The response shares the memory of the document.
pub(crate) fn public_of_type(
    media_type: &HeaderValue,
    request_headers: &HeaderMap,
    document: &CachedDocument,
    cache_control: &HeaderValue,
) -> Response {
    let mut response = conditional(request_headers, document, cache_control);
    let is_current = response.status() == StatusCode::NOT_MODIFIED;
    let headers = response.headers_mut();
    let mut set = |name, value: &'static str| headers.insert(name, HeaderValue::from_static(value));
    set(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");
    set(header::ACCESS_CONTROL_EXPOSE_HEADERS, "etag");
    if !is_current {
        headers.insert(header::CONTENT_TYPE, media_type.clone());
    }
    response
}

/// Returns a response with a document that caches may store, without its media type (304 if the client has the
/// current version).
pub(crate) fn conditional(
    request_headers: &HeaderMap,
    document: &CachedDocument,
    cache_control: &HeaderValue,
) -> Response {
    let CachedDocument { body, etag } = document;
    let mut tags = request_headers.get_all(header::IF_NONE_MATCH).iter();
    let is_current = tags.any(|tags| matches_etag(tags.as_bytes(), etag));
    let mut headers = HeaderMap::with_capacity(HEADER_CAPACITY);
    headers.insert(header::CACHE_CONTROL, cache_control.clone());
    if let Ok(etag) = HeaderValue::from_maybe_shared(etag.clone()) {
        headers.insert(header::ETAG, etag);
    }
    let mut response = if is_current {
        let mut unchanged = Response::new(Body::empty());
        *unchanged.status_mut() = StatusCode::NOT_MODIFIED;
        unchanged
    } else {
        Response::new(Body::from(body.clone()))
    };
    *response.headers_mut() = headers;
    response
}

/// Returns whether an `If-None-Match` header matches the tag by weak comparison (RFC 9110 §13.1.2).
fn matches_etag(tags: &[u8], etag: &[u8]) -> bool {
    tags.split(|b| *b == b',').any(|tag| {
        let tag = tag.trim_ascii();
        let tag = tag.strip_prefix(b"W/").unwrap_or(tag);
        tag == etag || tag == b"*"
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn current_version_is_answered_with_304(
            tags in prop::collection::vec("(W/)?\"[a-z]{0,3}\"|\\*|[ -~]{0,8}", 0..5),
            weak in any::<bool>(), has_current in any::<bool>(),
        ) {
            let document = CachedDocument {
                etag: "\"abcdef\"".into(),
                body: "{}".into(),
            };
            let etag = str::from_utf8(&document.etag).unwrap();
            let mut tags = tags;
            if has_current {
                tags.push(format!("{}{}", if weak { "W/" } else { "" }, etag));
            }
            let mut headers = HeaderMap::new();
            let line = tags.join(", ");
            headers.insert(header::IF_NONE_MATCH, HeaderValue::from_str(&line).unwrap());
            let answer = public(&headers, &document, &kept_for(MAX_AGE));
            let anything = line.split(',').any(|tag| tag.trim().strip_prefix("W/").unwrap_or(tag.trim()) == "*");
            let status = if has_current || anything { 304 } else { 200 };
            prop_assert_eq!(answer.status().as_u16(), status);
            prop_assert_eq!(answer.headers()[header::ETAG].to_str().unwrap(), etag);
        }
    }
}
