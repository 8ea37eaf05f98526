//! JSON bodies: one object with members that the route knows, or an answer that says what is wrong.

use std::sync::Arc;

use axum::{
    body::{Bytes, HttpBody},
    extract::{FromRef, FromRequest, OptionalFromRequest, Request},
    http::{
        HeaderMap, StatusCode,
        header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING},
    },
};
use serde::de::DeserializeOwned;

use crate::{
    config::Config,
    http::problem::Problem,
    json::{self, Malformed},
};

/// The body of a request, read from JSON.
pub(in crate::http) struct Body<T>(pub(in crate::http) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T>
where
    Arc<Config>: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(Problem::unsupported_media_type());
        }
        let bytes = read(request, state).await?;
        json::object(&bytes).map(Self).map_err(problem)
    }
}

impl<S: Send + Sync, T: DeserializeOwned> OptionalFromRequest<S> for Body<T>
where
    Arc<Config>: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Option<Self>, Problem> {
        // Over HTTP/2 a body needs no header to announce it.
        if is_absent(request.headers()) && request.body().is_end_stream() {
            return Ok(None);
        }
        let body = <Self as FromRequest<S>>::from_request(request, state);
        body.await.map(Some)
    }
}

/// Whether there is no body at all (RFC 9112 §6.3).
pub(in crate::http) fn is_absent(headers: &HeaderMap) -> bool {
    !headers.contains_key(CONTENT_TYPE)
        && !headers.contains_key(TRANSFER_ENCODING)
        && headers
            .get(CONTENT_LENGTH)
            .is_none_or(|length| length == "0")
}

/// Whether the body says that it is JSON.
pub(in crate::http) fn is_json(headers: &HeaderMap) -> bool {
    is(headers, "application/json")
}

/// Whether the one content type is that, parameters aside.
pub(super) fn is(headers: &HeaderMap, media_type: &str) -> bool {
    let mut values = headers.get_all(CONTENT_TYPE).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return false;
    };
    let essence = value
        .to_str()
        .ok()
        .and_then(|value| value.split(';').next());
    essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case(media_type))
}

/// The bytes, up to the limits of size and time.
pub(super) async fn read<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Problem>
where
    Arc<Config>: FromRef<S>,
{
    let codings = request.headers().get_all(CONTENT_ENCODING).iter();
    if codings.into_iter().any(|coding| coding != "identity") {
        let title = "The body must not be compressed.";
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        return Err(Problem::invalid_request(
            status,
            "unsupported_media_type",
            title,
        ));
    }
    let patience = Arc::<Config>::from_ref(state).http.body_timeout;
    let read = tokio::time::timeout(patience, Bytes::from_request(request, state)).await;
    let Ok(read) = read else {
        let title = "The body took too long to arrive.";
        let status = StatusCode::REQUEST_TIMEOUT;
        return Err(Problem::invalid_request(status, "request_timeout", title));
    };
    read.map_err(|rejection| {
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
            let title = "The body is too large.";
            Problem::invalid_request(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", title)
        } else {
            let title = "The body could not be read.";
            Problem::invalid_request(StatusCode::BAD_REQUEST, "unreadable_body", title)
        }
    })
}

fn problem(malformed: Malformed) -> Problem {
    match malformed {
        Malformed::Syntax => Problem::invalid_request(
            StatusCode::BAD_REQUEST,
            "malformed_json",
            "The body is not one JSON object.",
        ),
        Malformed::Missing(field) => Problem::missing_field(&field),
        Malformed::Unknown(field) => Problem::unknown_field(&field),
        Malformed::Invalid(field) => {
            let title = "A field of the request is given twice or is of the wrong type.";
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            Problem::invalid_request(status, "invalid_field", title).of_field(&field)
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn json_is_one_content_type_parameters_aside(
            lines in prop::collection::vec(
                "[aA]pplication/[jJ]son( ?;[ -~]{0,12})?|application/json[a-z+, ]{0,6}|[ -~]{0,30}", 0..3),
        ) {
            let mut headers = HeaderMap::new();
            for line in &lines {
                headers.append(CONTENT_TYPE, HeaderValue::from_str(line).unwrap());
            }
            let essence = |line: &str| line.split(';').next().unwrap().trim().to_lowercase();
            let expected = lines.len() == 1 && essence(&lines[0]) == "application/json";
            prop_assert_eq!(is_json(&headers), expected);
            prop_assert_eq!(is_absent(&headers), lines.is_empty());
        }
    }
}
