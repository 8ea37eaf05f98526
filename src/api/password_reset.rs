//! `POST /password/forgot` mails a reset link; `POST /password/reset` sets the password chosen through it.

use axum::{extract::State, http::StatusCode, response::IntoResponse};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    http::{
        extract::{Caller, JsonBody, Password, field},
        openapi::OpenApiBuilder,
        problem::{Problem, from_domain},
    },
    identity::EmailAddress,
    profile::ProfileService,
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ForgotRequest {
    email: String,
    client_id: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResetRequest {
    token: String,
    password: Password,
}

pub(crate) fn describe(api: &mut OpenApiBuilder) {
    api.post(
        "/password/forgot",
        "Request a password reset link by email.",
    )
    .tag("person")
    .takes::<ForgotRequest>()
    .answers_nothing(
        202,
        "Accepted. The response is the same whether or not the email has an account.",
    )
    .fails(&[429, 501, 503]);
    api.post(
        "/password/reset",
        "Set a new password by the mailed link; all sessions end.",
    )
    .tag("person")
    .takes::<ResetRequest>()
    .answers_nothing(
        204,
        "Password set. All sessions have ended; nobody is logged in.",
    )
    .fails(&[429, 503]);
}

pub(crate) async fn forgot(
    State(profiles): State<ProfileService>,
    caller: Caller,
    JsonBody(request): JsonBody<ForgotRequest>,
) -> Result<impl IntoResponse, Problem> {
    let email = field("email", EmailAddress::parse(&request.email))?;
    let mail = caller.mail(
        email,
        profiles.tokens.clients(),
        request.client_id.as_deref(),
    )?;
    let requested = profiles.request_password_reset(mail, caller.now).await?;
    let hidden = from_domain::suppressed(requested);
    Ok((StatusCode::ACCEPTED, hidden, ()))
}

pub(crate) async fn reset(
    State(profiles): State<ProfileService>,
    caller: Caller,
    JsonBody(request): JsonBody<ResetRequest>,
) -> Result<StatusCode, Problem> {
    let password = request.password.parse("password")?;
    let link = caller.confirmation(&request.token);
    let reset = profiles.reset_password(link, password, caller.now);
    reset.await?;
    Ok(StatusCode::NO_CONTENT)
}
