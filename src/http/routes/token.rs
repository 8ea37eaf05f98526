//! `POST /token`: the token endpoint of RFC 6749 §3.2.

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode, header::AUTHORIZATION},
    routing::post,
};
use chrono::{DateTime, Utc};

use super::token_response::TokenResponse;
use crate::{
    app::App,
    client::Scope,
    http::{
        extract::{Form, Now},
        oauth_error::OauthError,
        problem::Problem,
        refusal,
    },
    session::Sessions,
};

/// The grants of this endpoint, as the metadata says them.
pub(super) const GRANT_TYPES: &[&str] = &["refresh_token"];

pub(in crate::http) fn router() -> Router<App> {
    Router::new().route("/token", post(token))
}

async fn token(
    State(sessions): State<Sessions>,
    Now(now): Now,
    headers: HeaderMap,
    form: Form,
) -> Result<TokenResponse, OauthError> {
    if headers.contains_key(AUTHORIZATION) {
        let title = "Clients of this service are public: they have no secret to authenticate with.";
        let problem = Problem::new(StatusCode::UNAUTHORIZED, "invalid_client", title);
        return Err(problem
            .error("invalid_client")
            .challenge(refusal::BEARER)
            .into());
    }
    if form.require("grant_type")? != "refresh_token" {
        let title = "This endpoint does not have that grant type.";
        let problem = Problem::new(StatusCode::BAD_REQUEST, "unsupported_grant_type", title);
        return Err(problem.error("unsupported_grant_type").into());
    }
    Ok(refresh(&sessions, &form, now).await?)
}

/// RFC 6749 §6.
async fn refresh(
    sessions: &Sessions,
    form: &Form,
    now: DateTime<Utc>,
) -> Result<TokenResponse, Problem> {
    let presented = form.require("refresh_token")?;
    let scope = form
        .get("scope")
        .map(Scope::parse)
        .transpose()
        .map_err(|error| Problem::field("scope", error.to_string()).error("invalid_scope"))?;
    sessions
        .refresh(presented, form.get("client_id"), scope.as_ref(), now)
        .await
        .map(TokenResponse::from)
        .map_err(|error| refusal::of_session(error, refusal::invalid_grant))
}
