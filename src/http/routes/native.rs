//! Native login: `POST /login/{provider}/challenge`, and with what the provider's SDK has made of it,
//! `POST /login/{provider}/id-token`.

use axum::{Json, Router, extract::State, routing::post};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    landing::{At, Landing},
    token_response::{Minted, TokenResponse},
};
use crate::{
    app::App,
    audit::Act,
    client::Scope,
    http::{
        extract::{Body, ClientNetwork, Now, Spoken, optional_field},
        openapi::Api,
        problem::Problem,
        site::Site,
    },
    identity::PersonName,
    provider::PresentedIdToken,
    session::Sessions,
};

pub(in crate::http) fn router() -> Router<App> {
    Router::new()
        .route("/login/{provider}/challenge", post(challenge))
        .route("/login/{provider}/id-token", post(id_token))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ChallengeRequest {
    client_id: Option<String>,
}

/// Give the nonce to the SDK, and send the challenge with its ID token.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Challenge")]
struct ChallengeAnswer {
    challenge: String,
    nonce: String,
    expires_in: i64,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct IdTokenRequest {
    id_token: String,
    challenge: String,
    client_id: Option<String>,
    scope: Option<String>,
    name: Option<String>,
}

pub(super) fn describe(api: &mut Api) {
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
    .answers::<Minted>(200, "The new session.")
    .gives_cookies()
    .fails(&[401, 404, 409, 429, 503]);
}

async fn challenge(
    State(landing): State<Landing>,
    State(sessions): State<Sessions>,
    At(id): At,
    Now(now): Now,
    body: Option<Body<ChallengeRequest>>,
) -> Result<Json<ChallengeAnswer>, Problem> {
    let provider = landing.provider(&id)?;
    let client_id = body.and_then(|Body(request)| request.client_id);
    let client = sessions.clients().choose(client_id.as_deref())?;
    let challenge = landing.upstreams.challenge(provider, client, now)?;
    Ok(Json(ChallengeAnswer {
        challenge: challenge.challenge,
        nonce: challenge.nonce,
        expires_in: challenge.lifetime.num_seconds(),
    }))
}

async fn id_token(
    State(landing): State<Landing>,
    At(id): At,
    Now(now): Now,
    ClientNetwork(network): ClientNetwork,
    site: Site,
    Spoken { voice, .. }: Spoken,
    Body(request): Body<IdTokenRequest>,
) -> Result<TokenResponse, Problem> {
    let (provider, sessions) = (landing.provider(&id)?, &landing.sessions);
    let scope = optional_field("scope", request.scope.as_deref(), Scope::parse)?;
    let name = optional_field("name", request.name.as_deref(), PersonName::parse)?;
    let client = sessions.clients().choose(request.client_id.as_deref())?;
    site.admits(client, sessions.issuer())?;
    let presented = PresentedIdToken {
        id_token: &request.id_token,
        challenge: &request.challenge,
        name,
        locale: voice.locale(),
    };
    let upstreams = &landing.upstreams;
    let attempt = upstreams.by_id_token(provider, client, presented, now);
    let verified = landing.attempted(network, attempt).await??;
    let session = sessions.sign_in(&verified, client, scope.as_ref(), now);
    TokenResponse::of(session, Act::Login)
}
