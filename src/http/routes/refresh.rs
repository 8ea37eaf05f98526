//! `POST /refresh`: a good refresh token buys a new session, any number of times.

use axum::{Router, extract::State, routing::post};
use serde::Deserialize;

use super::token_response::TokenResponse;
use crate::{
    app::App,
    client::Scope,
    http::{
        extract::{Body, Now},
        problem::Problem,
        refusal,
    },
    session::Sessions,
};

pub(in crate::http) fn router() -> Router<App> {
    Router::new().route("/refresh", post(refresh))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RefreshRequest {
    refresh_token: String,
    client_id: Option<String>,
    scope: Option<String>,
}

async fn refresh(
    State(sessions): State<Sessions>,
    Now(now): Now,
    Body(request): Body<RefreshRequest>,
) -> Result<TokenResponse, Problem> {
    let scope = request.scope.as_deref().map(Scope::parse).transpose();
    let scope = scope.map_err(|error| Problem::field("scope", error.to_string()))?;
    sessions
        .refresh(
            &request.refresh_token,
            request.client_id.as_deref(),
            scope.as_ref(),
            now,
        )
        .await
        .map(TokenResponse::from)
        .map_err(|error| refusal::of_session(error, refusal::invalid_grant))
}
