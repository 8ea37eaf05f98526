//! Errors of OAuth routes: the body of RFC 6749 §5.2.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Serialize;

use super::problem::Problem;

/// A problem told in the words of RFC 6749.
#[derive(Debug)]
pub(super) struct OauthError(Problem);

#[derive(Serialize)]
struct Body {
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
        let body = Json(Body {
            error,
            error_description: problem.description(),
        });
        let is_refusal = problem.status().is_client_error() && error != "invalid_client";
        let mut response = problem.respond(body);
        if is_refusal {
            // §5.2: 400 for everything but failed client authentication.
            *response.status_mut() = StatusCode::BAD_REQUEST;
            response
                .headers_mut()
                .remove(axum::http::header::WWW_AUTHENTICATE);
        }
        response
    }
}
