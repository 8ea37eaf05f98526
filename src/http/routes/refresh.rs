//! `POST /refresh`: a good refresh token buys a new session, any number of times.

use axum::{Router, extract::State, routing::post};
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::token_response::TokenResponse;
use crate::{
    app::App,
    audit::Act,
    client::Scope,
    http::{
        extract::{Body, Now, optional_field},
        problem::Problem,
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
    let scope = optional_field("scope", request.scope.as_deref(), Scope::parse)?;
    let client_id = request.client_id.as_deref();
    answer(
        &sessions,
        &request.refresh_token,
        client_id,
        scope.as_ref(),
        now,
    )
    .await
}

/// What both endpoints that refresh do.
pub(super) async fn answer(
    sessions: &Sessions,
    presented: &str,
    client_id: Option<&str>,
    scope: Option<&Scope>,
    now: DateTime<Utc>,
) -> Result<TokenResponse, Problem> {
    let session = sessions.refresh(presented, client_id, scope, now).await;
    TokenResponse::of(session, Act::Refresh)
}
