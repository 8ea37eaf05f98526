//! `POST /refresh`: a good refresh token, from the body or from its cookie, buys a new session, any
//! number of times.

use axum::{Router, extract::State, routing::post};
use schemars::JsonSchema;
use serde::Deserialize;

use super::token_response::{Minted, TokenResponse};
use crate::{
    app::App,
    audit::Act,
    client::{Scope, Transport},
    http::{
        cookie,
        extract::{Body, Now, optional_field},
        openapi::Api,
        problem::Problem,
        site::Site,
    },
    session::{Continuation, Sessions},
};

pub(in crate::http) fn router() -> Router<App> {
    Router::new().route("/refresh", post(refresh))
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RefreshRequest {
    refresh_token: Option<String>,
    client_id: Option<String>,
    scope: Option<String>,
}

pub(super) fn describe(api: &mut Api) {
    api.post(
        "/refresh",
        "A new session for a refresh token, any number of times.",
    )
    .tag("session")
    .cookies()
    .may_take::<RefreshRequest>()
    .answers::<Minted>(200, "A session.")
    .fails(&[401, 503]);
}

async fn refresh(
    State(sessions): State<Sessions>,
    Now(now): Now,
    site: Site,
    lines: cookie::Lines,
    body: Option<Body<RefreshRequest>>,
) -> Result<TokenResponse, Problem> {
    let request = body.map_or_else(RefreshRequest::default, |Body(request)| request);
    let scope = optional_field("scope", request.scope.as_deref(), Scope::parse)?;
    let presented = Continuation {
        token: request.refresh_token.as_deref().unwrap_or_default(),
        transport: Transport::Bearer,
        client_id: request.client_id.as_deref(),
        scope: scope.as_ref(),
        logged_out: &[],
    };
    if request.refresh_token.is_some() {
        let session = sessions.refresh(presented, now).await;
        return TokenResponse::of(session, Act::Refresh);
    }
    let client = sessions.clients().with_cookies();
    let client = client.ok_or_else(|| Problem::missing_field("refresh_token"))?;
    site.admits(client, sessions.issuer())?;
    let cookies = lines.read(sessions.issuer())?;
    let presented = Continuation {
        token: cookies.refresh.as_deref().unwrap_or_default(),
        transport: Transport::Cookie,
        client_id: presented.client_id.or(Some(&client.client_id)),
        logged_out: &cookies.logged_out,
        ..presented
    };
    TokenResponse::of(sessions.refresh(presented, now).await, Act::Refresh)
}
