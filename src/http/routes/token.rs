//! `POST /token`: the token endpoint of RFC 6749 §3.2.

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode, header::AUTHORIZATION},
    routing::post,
};

use super::token_response::TokenResponse;
use crate::{
    app::App,
    audit::Act,
    client::{Scope, Transport},
    http::{
        extract::{Form, Now, optional_field},
        oauth_error::OauthError,
        problem::Problem,
        refusal,
    },
    session::{Continuation, Sessions},
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
    let presented = form.require("refresh_token")?;
    let scope = optional_field("scope", form.get("scope"), Scope::parse);
    let scope = scope.map_err(|problem| problem.error("invalid_scope"))?;
    let presented = Continuation {
        token: presented,
        transport: Transport::Bearer,
        client_id: form.get("client_id"),
        scope: scope.as_ref(),
        logged_out: &[],
    };
    let session = sessions.refresh(presented, now).await;
    Ok(TokenResponse::of(session, Act::Refresh)?)
}
