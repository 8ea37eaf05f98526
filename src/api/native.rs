//! Native login by a provider's SDK: `POST /login/{provider}/challenge` returns a nonce, and
//! `POST /login/{provider}/id-token` logs in with the ID token for that nonce.

use axum::{Json, extract::State};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    api::login_step,
    api::token_response::{TokenResponse, TokenResponseSchema},
    app::App,
    client::Scope,
    http::{
        extract::{Caller, JsonBody, Now, ProviderId, optional_field},
        openapi::OpenApiBuilder,
        problem::Problem,
    },
    identity::PersonName,
    provider::PresentedIdToken,
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChallengeRequest {
    client_id: Option<String>,
}

/// Give the nonce to the SDK, and send the challenge with its ID token.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Challenge")]
pub(crate) struct ChallengeAnswer {
    challenge: String,
    nonce: String,
    expires_in: i64,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct IdTokenRequest {
    id_token: String,
    challenge: String,
    client_id: Option<String>,
    scope: Option<String>,
    name: Option<String>,
}

pub(crate) fn describe(api: &mut OpenApiBuilder) {
    api.post(
        "/login/{provider}/challenge",
        "Get a nonce for a provider's SDK.",
    )
    .tag("login")
    .may_take::<ChallengeRequest>()
    .answers::<ChallengeAnswer>(200, "The nonce and its challenge, valid for five minutes.")
    .fails(&[404, 503]);
    api.post(
        "/login/{provider}/id-token",
        "Log in with the ID token of a provider's SDK.",
    )
    .tag("login")
    .takes::<IdTokenRequest>()
    .answers::<TokenResponseSchema>(200, "The new session.")
    .takes_proof()
    .gives_cookies()
    .fails(&[401, 404, 409, 429, 503]);
}

pub(crate) async fn challenge(
    State(app): State<App>,
    id: ProviderId,
    Now(now): Now,
    body: Option<JsonBody<ChallengeRequest>>,
) -> Result<Json<ChallengeAnswer>, Problem> {
    let provider = id.find(&app.upstreams)?;
    let client_id = body.and_then(|JsonBody(request)| request.client_id);
    let client = app.sessions.clients().choose(client_id.as_deref())?;
    let challenge = app.upstreams.challenge(provider, client, now)?;
    Ok(Json(ChallengeAnswer {
        challenge: challenge.challenge,
        nonce: challenge.nonce,
        expires_in: challenge.lifetime.num_seconds(),
    }))
}

pub(crate) async fn id_token(
    State(app): State<App>,
    id: ProviderId,
    caller: Caller,
    JsonBody(request): JsonBody<IdTokenRequest>,
) -> Result<TokenResponse, Problem> {
    let provider = id.find(&app.upstreams)?;
    let scope = optional_field("scope", request.scope.as_deref(), Scope::parse)?;
    let name = optional_field("name", request.name.as_deref(), PersonName::parse)?;
    let client = caller.client(&app.sessions, request.client_id.as_deref())?;
    let possession = app
        .sessions
        .possession(client, &caller.proof, caller.now)
        .await?;
    let presented = PresentedIdToken {
        id_token: &request.id_token,
        challenge: &request.challenge,
        name,
        locale: caller.locale(),
        network: caller.network,
    };
    let verifying = app
        .upstreams
        .by_id_token(provider, client, presented, caller.now);
    let first = verifying.await?;
    let login = (client, scope.as_ref());
    login_step::complete(&app, first, login, possession, caller.now)
}
