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
        extract::{Caller, JsonBody, field, optional_field},
        openapi::OpenApiBuilder,
        passkeys::{
            credential::AuthenticationCredential,
            options::{RequestOptions, request_options},
        },
        problem::{Code, Problem},
    },
    provider::{LoginChallenge, PasskeyPlace, PresentedPasskey},
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

/// For a login, `code_challenge` is the SHA-256 of a secret that the client keeps, as in PKCE (RFC 7636 §4.2). The login
/// pages of this service send none: the login cookie is the secret. For the second step of a login, `continuation` is
/// that of the first step, and is sent alone.
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
) -> Result<(Option<SetLoginCookie>, Json<LoginOptionsAnswer>), Problem> {
    let now = caller.now;
    let (cookie, begun) = match (request.code_challenge, request.continuation) {
        (None, None) => {
            let (cookie, begun) = for_page(&app, &caller, request.client_id.as_deref())?;
            (Some(cookie), begun)
        }
        (Some(code_challenge), None) => {
            let code_challenge = field("code_challenge", CodeChallenge::parse(&code_challenge))?;
            let clients = app.sessions.clients();
            let client = clients.choose_public(request.client_id.as_deref())?;
            let binding = (PasskeyPlace::App, code_challenge);
            (None, app.passkeys.challenge(client, binding, now)?)
        }
        (None, Some(continuation)) if request.client_id.is_none() => {
            let cookie = caller.login_cookie.get();
            let opening = app.second_factors.open_either(&continuation, cookie, now);
            let login = opening.await?;
            let begun = app.passkeys.second_step_challenge(&login, now).await?;
            (
                None,
                begun.ok_or_else(|| Problem::new(Code::UnknownFactor))?,
            )
        }
        (_, Some(_)) => return Err(Problem::field("continuation", "must be sent alone")),
    };
    let answer = LoginOptionsAnswer {
        options: request_options(&app.config, &begun),
        challenge: begun.sealed,
        expires_in: begun.lifetime.num_seconds(),
    };
    Ok((cookie, Json(answer)))
}

/// Creates a challenge for a login page of this service: at the client, or at the issuer without one. Its secret is the
/// login cookie. Pages of other origins and apps have to send a challenge of their own.
fn for_page(
    app: &App,
    caller: &Caller,
    client_id: Option<&str>,
) -> Result<(SetLoginCookie, LoginChallenge), Problem> {
    let issuer = &app.config.issuer;
    if !caller.origin.is_form_of(issuer) {
        return Err(Problem::missing_field("code_challenge"));
    }
    let secret = app.upstreams.login_cookie(caller.login_cookie.get())?;
    let cookie = SetLoginCookie::set(&secret, app.upstreams.binding_lifetime(), issuer);
    let clients = app.sessions.clients();
    let (place, client) = match client_id {
        Some(_) => (PasskeyPlace::Client, clients.choose(client_id)?),
        None => (PasskeyPlace::Issuer, clients.any()?),
    };
    let binding = (place, CodeChallenge::to(&secret));
    let begun = app.passkeys.challenge(client, binding, caller.now)?;
    Ok((cookie, begun))
}

pub(crate) async fn log_in(
    State(app): State<App>,
    caller: Caller,
    JsonBody(request): JsonBody<PasskeyLoginRequest>,
) -> Result<TokenResponse, Problem> {
    let scope = optional_field("scope", request.scope.as_deref(), Scope::parse)?;
    let client = caller.client(&app.sessions, request.client_id.as_deref())?;
    let now = caller.now;
    let possession = app.sessions.possession(client, &caller.proof, now).await?;
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
