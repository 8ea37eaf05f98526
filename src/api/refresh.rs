//! `POST /refresh`: a good refresh token, from the body or from its cookie, buys a new session, any
//! number of times.

use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    api::token_response::{TokenResponse, TokenResponseSchema},
    audit::AuditAction,
    client::{Scope, TokenTransport},
    http::{
        cookie,
        extract::{JsonBody, Now, optional_field, request_origin::RequestOrigin},
        openapi::OpenApiBuilder,
        problem::Problem,
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
    .may_take::<RefreshRequest>()
    .answers::<TokenResponseSchema>(200, "The refreshed session.")
    .fails(&[401, 503]);
}

pub(crate) async fn refresh(
    State(sessions): State<Sessions>,
    Now(now): Now,
    site: RequestOrigin,
    lines: cookie::CookieHeaders,
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
            scope: scope.as_ref(),
            logged_out: &[],
        };
        let session = sessions.refresh(presented, now).await;
        return TokenResponse::of(session, AuditAction::Refresh);
    }
    let client = sessions.clients().with_cookies();
    let client = client.ok_or_else(|| Problem::missing_field("refresh_token"))?;
    site.check_allowed(client, sessions.issuer())?;
    let cookies = lines.read(sessions.issuer())?;
    let client_id = client_id.or(Some(&client.client_id));
    let session = cookies.refresh(client_id, scope.as_ref(), &sessions, now);
    TokenResponse::of(session.await, AuditAction::Refresh)
}
