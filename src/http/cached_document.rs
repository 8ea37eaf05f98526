//! The answers that are the same for everybody: the keys, the discovery documents, the description.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use chrono::TimeDelta;

use crate::cached_document::CachedDocument;

/// For how long what changes with the configuration alone may be kept.
pub(crate) const MAX_AGE: TimeDelta = TimeDelta::minutes(5);

/// How many lines the head of such an answer has, with all that is true of every answer.
const LINES: usize = 12;

/// For how long a document may be kept, as `Cache-Control` says it.
pub(crate) fn kept_for(max_age: TimeDelta) -> HeaderValue {
    let seconds = max_age.num_seconds();
    HeaderValue::try_from(format!("public, max-age={seconds}"))
        .unwrap_or(HeaderValue::from_static("no-cache"))
}

/// A JSON document that everybody may read and keep for a while, from whatever origin. Nothing is
/// written or copied for an answer: it shares what the document holds.
pub(crate) fn public(asked: &HeaderMap, document: &CachedDocument, kept: &HeaderValue) -> Response {
    let CachedDocument { body, etag } = document;
    let mut known = asked.get_all(header::IF_NONE_MATCH).iter();
    let is_known = known.any(|tags| names(tags.as_bytes(), etag));
    let mut headers = HeaderMap::with_capacity(LINES);
    let mut put = |name, value: &'static str| headers.insert(name, HeaderValue::from_static(value));
    put(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");
    put(header::ACCESS_CONTROL_EXPOSE_HEADERS, "etag");
    if !is_known {
        put(header::CONTENT_TYPE, "application/json");
    }
    headers.insert(header::CACHE_CONTROL, kept.clone());
    if let Ok(etag) = HeaderValue::from_maybe_shared(etag.clone()) {
        headers.insert(header::ETAG, etag);
    }
    let mut response = if is_known {
        let mut unchanged = Response::new(Body::empty());
        *unchanged.status_mut() = StatusCode::NOT_MODIFIED;
        unchanged
    } else {
        Response::new(Body::from(body.clone()))
    };
    *response.headers_mut() = headers;
    response
}

/// Whether a line of `If-None-Match` names that tag, compared as RFC 9110 §13.1.2 says: weakly.
fn names(tags: &[u8], etag: &[u8]) -> bool {
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
        fn only_who_has_this_very_document_is_told_that_it_is_the_same(
            tags in prop::collection::vec("(W/)?\"[a-z]{0,3}\"|\\*|[ -~]{0,8}", 0..5),
            weak in any::<bool>(), knows in any::<bool>(),
        ) {
            let document = CachedDocument {
                etag: "\"abcdef\"".into(),
                body: "{}".into(),
            };
            let etag = str::from_utf8(&document.etag).unwrap();
            let mut tags = tags;
            if knows {
                tags.push(format!("{}{}", if weak { "W/" } else { "" }, etag));
            }
            let mut headers = HeaderMap::new();
            let line = tags.join(", ");
            headers.insert(header::IF_NONE_MATCH, HeaderValue::from_str(&line).unwrap());
            let answer = public(&headers, &document, &kept_for(MAX_AGE));
            let anything = line.split(',').any(|tag| tag.trim().strip_prefix("W/").unwrap_or(tag.trim()) == "*");
            let status = if knows || anything { 304 } else { 200 };
            prop_assert_eq!(answer.status().as_u16(), status);
            prop_assert_eq!(answer.headers()[header::ETAG].to_str().unwrap(), etag);
        }
    }
}
