//! `POST /refresh`: refreshes a session by a refresh token from the body or from its cookie. The token can be
//! used any number of times.

use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    api::token_response::{TokenResponse, TokenResponseSchema},
    client::{Scope, TokenTransport},
    http::{
        cookie,
        extract::{Caller, JsonBody, optional_field},
        openapi::OpenApiBuilder,
        problem::{Problem, from_domain},
    },
    session::{Continuation, Sessions},
};

#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefreshRequest {
    refresh_token: Option<String>,
    client_id: Option<String>,
    scope: Option<String>,
}

pub(crate) fn describe(api: &mut OpenApiBuilder) {
    api.post(
        "/refresh",
        "Refresh a session. A refresh token can be used any number of times.",
    )
    .tag("session")
    .cookies()
    .takes_proof()
    .may_take::<RefreshRequest>()
    .answers::<TokenResponseSchema>(200, "The refreshed session.")
    .fails(&[401, 503]);
}

pub(crate) async fn refresh(
    State(sessions): State<Sessions>,
    caller: Caller,
    headers: cookie::CookieHeaders,
    body: Option<JsonBody<RefreshRequest>>,
) -> Result<TokenResponse, Problem> {
    let request = body.map_or_else(RefreshRequest::default, |JsonBody(request)| request);
    let scope = optional_field("scope", request.scope.as_deref(), Scope::parse)?;
    let client_id = request.client_id.as_deref();
    if let Some(token) = request.refresh_token.as_deref() {
        let presented = Continuation {
            token,
            transport: TokenTransport::Bearer,
            client_id,
            is_authenticated: false,
            scope: scope.as_ref(),
            resource: None,
            proof: &caller.proof,
            logged_out: &[],
        };
        let session = sessions.refresh(presented, caller.now).await;
        return session.map(Into::into).map_err(from_domain::of_refresh);
    }
    let client = sessions.clients().with_cookies();
    let client = client.ok_or_else(|| Problem::missing_field("refresh_token"))?;
    caller.check_origin(client, sessions.issuer())?;
    let cookies = headers.read(sessions.issuer())?;
    let client_id = client_id.or(Some(&client.client_id));
    let session = cookies.refresh(client_id, scope.as_ref(), &sessions, caller.now);
    session
        .await
        .map(Into::into)
        .map_err(from_domain::of_refresh)
}
