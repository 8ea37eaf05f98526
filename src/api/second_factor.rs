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
        passkeys::credential::{AuthenticationCredential, DecodedAssertion},
        problem::Problem,
    },
    provider::PresentedSecondStep,
    second_factor::{PresentedFactor, RecoveryCode, TotpCode},
    session,
};

/// The continuation of the first step, and one of the factors: the `code` of the authenticator app, a `recovery_code`, or
/// the `challenge` of `/passkeys/challenge` and the `credential` that answers it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SecondFactorRequest {
    continuation: String,
    code: Option<String>,
    recovery_code: Option<String>,
    challenge: Option<String>,
    credential: Option<AuthenticationCredential>,
}

/// The factor of a request.
enum SecondStepFactor<'a> {
    Code(PresentedFactor),
    Passkey(&'a str, DecodedAssertion),
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
    let possession = app.sessions.possession(client, &caller.proof, now).await?;
    let verified = match factor {
        // Checked before the code is spent.
        SecondStepFactor::Code(_) if client.min_acr > Acr::MultiFactor => {
            return Err(session::Error::Strength(client.min_acr).into());
        }
        SecondStepFactor::Code(factor) => {
            let origin = (caller.network, caller.locale());
            let verifying = app.second_factors.verify(&login, factor, origin, now);
            verifying.await?.verified
        }
        SecondStepFactor::Passkey(challenge, decoded) => {
            let presented = PresentedSecondStep {
                challenge,
                response: decoded.response(),
                network: caller.network,
            };
            let verifying = app
                .passkeys
                .verify_second_step(client, &login, presented, now);
            verifying.await?
        }
    };
    let scope = login.claims.scope.as_ref();
    let session = app
        .sessions
        .sign_in(&verified, client, scope, possession, now)?;
    Ok(TokenResponse::from(session))
}

/// Returns the only factor of the request.
fn presented(request: &SecondFactorRequest) -> Result<SecondStepFactor<'_>, Problem> {
    let SecondFactorRequest {
        code,
        recovery_code,
        challenge,
        credential,
        ..
    } = request;
    let together =
        |name, other| Problem::field(name, format!("must not be sent together with {other}"));
    match (code, recovery_code, challenge, credential) {
        (Some(code), None, None, None) => field("code", TotpCode::parse(code))
            .map(|code| SecondStepFactor::Code(PresentedFactor::Totp(code))),
        (None, Some(code), None, None) => {
            let code = field("recovery_code", RecoveryCode::parse(code))?;
            Ok(SecondStepFactor::Code(PresentedFactor::RecoveryCode(code)))
        }
        (None, None, Some(challenge), Some(credential)) => {
            Ok(SecondStepFactor::Passkey(challenge, credential.decoded()))
        }
        (None, None, None, None) => Err(Problem::missing_field("code")),
        (None, None, Some(_), None) => Err(Problem::missing_field("credential")),
        (None, None, None, Some(_)) => Err(Problem::missing_field("challenge")),
        (Some(_), Some(_), _, _) => Err(together("recovery_code", "code")),
        (Some(_), None, _, _) => Err(together("challenge", "code")),
        (None, Some(_), _, _) => Err(together("challenge", "recovery_code")),
    }
}
