//! JSON bodies: one object with members that the route knows, or an answer that says what is wrong.

use std::sync::Arc;

use axum::{
    body::{Bytes, HttpBody},
    extract::{FromRef, FromRequest, OptionalFromRequest, Request},
    http::{StatusCode, header::CONTENT_ENCODING},
};
use serde::de::DeserializeOwned;

use crate::{
    config::Config,
    http::{extract::media_type::is_json, problem::Problem},
    json::{self, Malformed},
};

/// The body of a request, read from JSON.
pub(crate) struct Body<T>(pub(crate) T);

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
        if request.body().is_end_stream() {
            return Ok(None);
        }
        // An empty body may come in chunks, so its length is known at its end alone.
        let is_json = is_json(request.headers());
        let bytes = read(request, state).await?;
        if bytes.is_empty() {
            return Ok(None);
        }
        if !is_json {
            return Err(Problem::unsupported_media_type());
        }
        let body = json::object(&bytes).map_err(problem)?;
        Ok(Some(Self(body)))
    }
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
        let title = "The body was not received in time.";
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
            "The body must be a single JSON object.",
        ),
        Malformed::Missing(field) => Problem::missing_field(&field),
        Malformed::Unknown(field) => Problem::unknown_field(&field),
        Malformed::Invalid(field) => {
            let title = "A field occurs twice or has the wrong type.";
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            Problem::invalid_request(status, "invalid_field", title).of_field(&field)
        }
    }
}
