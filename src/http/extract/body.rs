//! JSON bodies: one object that has only members of the route's request.

use std::{sync::Arc, time::Duration};

use axum::{
    body::{Bytes, HttpBody},
    extract::{FromRef, FromRequest, OptionalFromRequest, Request},
    http::{StatusCode, header::CONTENT_ENCODING},
};
use serde::de::DeserializeOwned;

use crate::{
    config::Config,
    http::{
        extract::media_type::is_json,
        problem::{Code, Problem},
    },
    json::{self, JsonError},
};

/// The body of a request, read from JSON.
pub(crate) struct JsonBody<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for JsonBody<T>
where
    Arc<Config>: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(Problem::unsupported_media_type());
        }
        let bytes = read(request, state).await?;
        json::object_or_reason(&bytes).map(Self).map_err(problem)
    }
}

impl<S: Send + Sync, T: DeserializeOwned> OptionalFromRequest<S> for JsonBody<T>
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
        let body = json::object_or_reason(&bytes).map_err(problem)?;
        Ok(Some(Self(body)))
    }
}

/// The bytes, up to the limits of size and time.
pub(super) async fn read<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Problem>
where
    Arc<Config>: FromRef<S>,
{
    let patience = Arc::<Config>::from_ref(state).http.body_timeout;
    // Boxed, so that the program has this code once, and not once for each handler with a body.
    Box::pin(read_within(patience, request)).await
}

async fn read_within(patience: Duration, request: Request) -> Result<Bytes, Problem> {
    let codings = request.headers().get_all(CONTENT_ENCODING).iter();
    if codings.into_iter().any(|coding| coding != "identity") {
        let problem = Problem::new(Code::UnsupportedMediaType);
        return Err(problem.title("The body must not be compressed."));
    }
    let read = tokio::time::timeout(patience, Bytes::from_request(request, &())).await;
    let Ok(read) = read else {
        return Err(Problem::new(Code::RequestTimeout));
    };
    read.map_err(|rejection| {
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
            Problem::new(Code::BodyTooLarge)
        } else {
            Problem::new(Code::UnreadableBody)
        }
    })
}

fn problem(malformed: JsonError) -> Problem {
    match malformed {
        JsonError::Syntax => Problem::new(Code::MalformedJson),
        JsonError::Missing(field) => Problem::missing_field(&field),
        JsonError::Unknown(field) => Problem::unknown_field(&field),
        JsonError::Invalid(field) => {
            let problem = Problem::new(Code::InvalidField).of_field(&field);
            problem.title("A field occurs twice or has the wrong type.")
        }
    }
}
