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
        extract::{Caller, JsonBody, field, optional_field},
        openapi::OpenApiBuilder,
        problem::{Code, Problem},
    },
    provider::PresentedPasskey,
};

pub(crate) fn describe(api: &mut OpenApiBuilder) {
    api.post(
        "/passkeys/challenge",
        "Get the options with which a browser logs in with a passkey, or proves it as the second factor.",
    )
    .tag("session")
    .takes::<LoginOptionsRequest>()
    .answers::<LoginOptionsAnswer>(
        200,
        "The options and their challenge, valid for five minutes.",
    )
    .fails(&[400, 401, 404, 503]);
    api.post("/login/passkey", "Log in with a passkey.")
        .tag("session")
        .takes::<PasskeyLoginRequest>()
        .answers::<TokenResponseSchema>(200, "The new session.")
        .takes_proof()
        .gives_cookies()
        .fails(&[401, 404, 429, 503]);
}

/// For a login, `code_challenge` is the SHA-256 of a secret that the client keeps, as in PKCE (RFC 7636 §4.2). For the
/// second step of a login, `continuation` is that of the first step, and is sent alone.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LoginOptionsRequest {
    code_challenge: Option<String>,
    client_id: Option<String>,
    continuation: Option<String>,
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
    caller: Caller,
    JsonBody(request): JsonBody<LoginOptionsRequest>,
) -> Result<Json<LoginOptionsAnswer>, Problem> {
    let now = caller.now;
    let begun = match (request.code_challenge, request.continuation) {
        (None, None) => return Err(Problem::missing_field("code_challenge")),
        (Some(code_challenge), None) => {
            let code_challenge = field("code_challenge", CodeChallenge::parse(&code_challenge))?;
            let clients = app.sessions.clients();
            let client = clients.choose_public(request.client_id.as_deref())?;
            app.passkeys.challenge(client, code_challenge, now)?
        }
        (None, Some(continuation)) if request.client_id.is_none() => {
            let cookie = caller.login_cookie.get();
            let opening = app.second_factors.open_either(&continuation, cookie, now);
            let login = opening.await?;
            let begun = app.passkeys.second_step_challenge(&login, now).await?;
            begun.ok_or_else(|| Problem::new(Code::UnknownFactor))?
        }
        (_, Some(_)) => return Err(Problem::field("continuation", "must be sent alone")),
    };
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
