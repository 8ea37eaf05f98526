//! Errors of the token endpoint, in the form of RFC 6749 §5.2.

use axum::{
    Json,
    http::{StatusCode, header::WWW_AUTHENTICATE},
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde::Serialize;

use super::problem::Problem;

/// A problem that is rendered in the form of RFC 6749 §5.2.
#[derive(Debug)]
pub(crate) struct OauthError(Problem);

/// The body of RFC 6749 §5.2.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "OauthError")]
pub(crate) struct OauthErrorBody {
    error: &'static str,
    error_description: String,
}

impl From<Problem> for OauthError {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl IntoResponse for OauthError {
    fn into_response(self) -> Response {
        let Self(problem) = self;
        let error = problem.oauth_error().unwrap_or("invalid_request");
        let body = Json(OauthErrorBody {
            error,
            error_description: problem.description(),
        });
        let mut response = problem.respond(body);
        let status = problem.status();
        let is_refusal = status == StatusCode::UNAUTHORIZED && error != "invalid_client";
        if is_refusal || status == StatusCode::UNPROCESSABLE_ENTITY {
            // RFC 6749 §5.2: 401 is for failed client authentication only; other errors are 400.
            *response.status_mut() = StatusCode::BAD_REQUEST;
            response.headers_mut().remove(WWW_AUTHENTICATE);
        }
        response
    }
}
