//! The session that a request presents (RFC 6750 §2.1).

use axum::{
    extract::{FromRef, FromRequestParts},
    http::{HeaderMap, StatusCode, header::AUTHORIZATION, request::Parts},
};

use super::Now;
use crate::{
    clock::Clock,
    http::{
        problem::Problem,
        refusal::{self, BEARER, INVALID_REQUEST},
    },
    session::{Refused, Sessions},
    token::{Access, Rejected},
};

/// The claims of a good access token in the one `Authorization` header. Tokens in a query or a
/// body are not looked at.
pub(in crate::http) struct Bearer(pub(in crate::http) Access);

impl<S: Send + Sync> FromRequestParts<S> for Bearer
where
    Sessions: FromRef<S>,
    Clock: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Ok(Now(now)) = Now::from_request_parts(parts, state).await;
        let token = presented(&parts.headers)?;
        let session = Sessions::from_ref(state).presented(token, now);
        session
            .map(Self)
            .map_err(|rejected| refusal::invalid_token(Refused::Token(rejected)))
    }
}

fn presented(headers: &HeaderMap) -> Result<&str, Problem> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let value = values.next().ok_or_else(missing)?;
    if values.next().is_some() {
        let title = "The request has more than one Authorization header.";
        let problem = Problem::invalid_request(StatusCode::BAD_REQUEST, "invalid_request", title);
        return Err(problem.challenge(INVALID_REQUEST));
    }
    let malformed = || refusal::invalid_token(Refused::Token(Rejected::Malformed));
    let value = value.to_str().map_err(|_| malformed())?;
    let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(missing());
    }
    // b64token of RFC 6750 §2.1: whatever else is in there is not one token.
    let is_token_byte = |b: u8| b.is_ascii_alphanumeric() || b"-._~+/=".contains(&b);
    if token.is_empty() || !token.bytes().all(is_token_byte) {
        return Err(malformed());
    }
    Ok(token)
}

fn missing() -> Problem {
    let title = "The request has no bearer token.";
    Problem::new(StatusCode::UNAUTHORIZED, "missing_token", title).challenge(BEARER)
}
