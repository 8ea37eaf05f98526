//! `POST /passkeys/challenge` and `POST /login/passkey`: login with a passkey, without an email.

use axum::{Json, extract::State};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    credential::AuthenticationCredential,
    options::{RequestOptions, request_options},
};
use crate::{
    api::token_response::{TokenResponse, TokenResponseSchema},
    app::App,
    client::{CodeChallenge, Scope},
    http::{
        extract::{Caller, JsonBody, Now, field, optional_field},
        openapi::OpenApiBuilder,
        problem::Problem,
    },
    provider::PresentedPasskey,
};

pub(crate) fn describe(api: &mut OpenApiBuilder) {
    api.post(
        "/passkeys/challenge",
        "Get the options with which a browser logs in with a passkey.",
    )
    .tag("session")
    .takes::<LoginOptionsRequest>()
    .answers::<LoginOptionsAnswer>(
        200,
        "The options and their challenge, valid for five minutes.",
    )
    .fails(&[401, 404, 503]);
    api.post("/login/passkey", "Log in with a passkey.")
        .tag("session")
        .takes::<PasskeyLoginRequest>()
        .answers::<TokenResponseSchema>(200, "The new session.")
        .takes_proof()
        .gives_cookies()
        .fails(&[401, 404, 429, 503]);
}

/// The challenge is the SHA-256 of a secret that the client keeps, as in PKCE (RFC 7636 §4.2).
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LoginOptionsRequest {
    code_challenge: String,
    client_id: Option<String>,
}

/// Give the options to `navigator.credentials.get()`, and send the challenge with its answer.
#[derive(Serialize, JsonSchema)]
pub(crate) struct LoginOptionsAnswer {
    challenge: String,
    options: RequestOptions,
    expires_in: i64,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasskeyLoginRequest {
    challenge: String,
    code_verifier: String,
    credential: AuthenticationCredential,
    client_id: Option<String>,
    scope: Option<String>,
}

pub(crate) async fn challenge(
    State(app): State<App>,
    Now(now): Now,
    JsonBody(request): JsonBody<LoginOptionsRequest>,
) -> Result<Json<LoginOptionsAnswer>, Problem> {
    let code_challenge = CodeChallenge::parse(&request.code_challenge);
    let code_challenge = field("code_challenge", code_challenge)?;
    let clients = app.sessions.clients();
    let client = clients.choose_public(request.client_id.as_deref())?;
    let begun = app.passkeys.challenge(client, code_challenge, now)?;
    Ok(Json(LoginOptionsAnswer {
        options: request_options(&app.config, &begun),
        challenge: begun.sealed,
        expires_in: begun.lifetime.num_seconds(),
    }))
}

pub(crate) async fn log_in(
    State(app): State<App>,
    caller: Caller,
    JsonBody(request): JsonBody<PasskeyLoginRequest>,
) -> Result<TokenResponse, Problem> {
    let scope = optional_field("scope", request.scope.as_deref(), Scope::parse)?;
    let client = caller.client(&app.sessions, request.client_id.as_deref())?;
    let now = caller.now;
    let possession = app.sessions.possession(client, &caller.proof, now)?;
    let decoded = request.credential.decoded();
    let presented = PresentedPasskey {
        challenge: &request.challenge,
        code_verifier: &request.code_verifier,
        response: decoded.response(),
        network: caller.network,
    };
    let verified = app.passkeys.verify(client, presented, now).await?;
    let session = app
        .sessions
        .sign_in(&verified, client, scope.as_ref(), possession, now)?;
    Ok(TokenResponse::from(session))
}
