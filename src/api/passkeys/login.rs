//! `POST /passkeys/challenge` and `POST /login/passkey`: login with a passkey, without an email.

use axum::{Json, extract::State};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    api::token_response::{TokenResponse, TokenResponseSchema},
    app::App,
    client::{CodeChallenge, Scope},
    http::{
        cookie::SetLoginCookie,
        extract::{Caller, JsonBody, optional_field},
        openapi::OpenApiBuilder,
        passkeys::{
            credential::AuthenticationCredential,
            options::{RequestOptions, request_options},
        },
        problem::Problem,
    },
    provider::{PasskeyPlace, PresentedPasskey},
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
    .fails(&[401, 403, 404, 503]);
    api.post("/login/passkey", "Log in with a passkey.")
        .tag("session")
        .takes::<PasskeyLoginRequest>()
        .answers::<TokenResponseSchema>(200, "The new session.")
        .takes_proof()
        .gives_cookies()
        .fails(&[401, 404, 429, 503]);
}

/// The title of the refusal of a page of another origin.
const NO_CHALLENGE: &str = "Only pages of this service get options without a code_challenge. Send the member code_challenge.";

/// The challenge is the SHA-256 of a secret that the client keeps, as in PKCE (RFC 7636 §4.2). The login pages of this
/// service send none: the login cookie is the secret.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LoginOptionsRequest {
    code_challenge: Option<String>,
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
    caller: Caller,
    JsonBody(request): JsonBody<LoginOptionsRequest>,
) -> Result<(Option<SetLoginCookie>, Json<LoginOptionsAnswer>), Problem> {
    let client_id = request.client_id.as_deref();
    let code_challenge = request.code_challenge.as_deref();
    let code_challenge = optional_field("code_challenge", code_challenge, CodeChallenge::parse)?;
    let clients = app.sessions.clients();
    let (cookie, client, binding) = match code_challenge {
        Some(code_challenge) => {
            let client = clients.choose_public(client_id)?;
            (None, client, (PasskeyPlace::App, code_challenge))
        }
        None => {
            caller
                .origin
                .check_same_origin(&app.config.issuer)
                .map_err(|foreign| foreign.title(NO_CHALLENGE))?;
            let secret = app.upstreams.login_cookie(caller.login_cookie.get())?;
            let lifetime = app.upstreams.binding_lifetime();
            let cookie = SetLoginCookie::set(&secret, lifetime, &app.config.issuer);
            let (place, client) = match client_id {
                Some(_) => (PasskeyPlace::Client, clients.choose(client_id)?),
                None => (PasskeyPlace::Issuer, clients.any()?),
            };
            (Some(cookie), client, (place, CodeChallenge::to(&secret)))
        }
    };
    let begun = app.passkeys.challenge(client, binding, caller.now)?;
    let answer = LoginOptionsAnswer {
        options: request_options(&app.config, &begun),
        challenge: begun.sealed,
        expires_in: begun.lifetime.num_seconds(),
    };
    Ok((cookie, Json(answer)))
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
        place: PasskeyPlace::App,
        network: caller.network,
    };
    let verified = app.passkeys.verify(client, presented, now).await?;
    let session = app
        .sessions
        .sign_in(&verified, client, scope.as_ref(), possession, now)?;
    Ok(TokenResponse::from(session))
}
