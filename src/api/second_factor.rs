//! `POST /login/second-factor`: the second step of a login.

use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;

use super::token_response::{TokenResponse, TokenResponseSchema};
use crate::{
    app::App,
    client::Acr,
    http::{
        extract::{Caller, JsonBody, field},
        openapi::OpenApiBuilder,
        problem::Problem,
    },
    second_factor::{PresentedFactor, RecoveryCode, TotpCode},
    session,
};

/// The continuation of the first step, and one of the factors. `code` is the code of the authenticator app.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SecondFactorRequest {
    continuation: String,
    code: Option<String>,
    recovery_code: Option<String>,
}

pub(crate) fn describe(api: &mut OpenApiBuilder) {
    api.post(
        "/login/second-factor",
        "Complete a login with a second factor.",
    )
    .tag("session")
    .takes::<SecondFactorRequest>()
    .answers::<TokenResponseSchema>(200, "The new session.")
    .takes_proof()
    .gives_cookies()
    .fails(&[401, 429, 503]);
}

pub(crate) async fn complete(
    State(app): State<App>,
    caller: Caller,
    JsonBody(request): JsonBody<SecondFactorRequest>,
) -> Result<TokenResponse, Problem> {
    let factor = presented(&request)?;
    let now = caller.now;
    let opening = app.second_factors.open(&request.continuation, None, now);
    let login = opening.await?;
    let client = caller.client(&app.sessions, Some(&login.client_id))?;
    let possession = app.sessions.possession(client, &caller.proof, now)?;
    // Checked before the code is spent.
    if client.min_acr > Acr::MultiFactor {
        return Err(session::Error::Strength(client.min_acr).into());
    }
    let origin = (caller.network, caller.locale());
    let verifying = app.second_factors.verify(&login, factor, origin, now);
    let verified = verifying.await?.verified;
    let scope = login.claims.scope.as_ref();
    let session = app
        .sessions
        .sign_in(&verified, client, scope, possession, now)?;
    Ok(TokenResponse::from(session))
}

/// Returns the only factor of the request.
fn presented(request: &SecondFactorRequest) -> Result<PresentedFactor, Problem> {
    match (&request.code, &request.recovery_code) {
        (Some(code), None) => field("code", TotpCode::parse(code)).map(PresentedFactor::Totp),
        (None, Some(code)) => {
            let code = field("recovery_code", RecoveryCode::parse(code));
            code.map(PresentedFactor::RecoveryCode)
        }
        (None, None) => Err(Problem::missing_field("code")),
        (Some(_), Some(_)) => Err(Problem::field(
            "recovery_code",
            "must not be sent together with code",
        )),
    }
}
