//! `POST /email` mails a link to a new email; `POST /email/confirm` sets the new email.

use axum::{extract::State, http::StatusCode, response::IntoResponse};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    http::{
        extract::{AuthenticatedCaller, Caller, JsonBody, Password, field},
        openapi::OpenApiBuilder,
        problem::{Problem, from_domain},
    },
    identity::EmailAddress,
    profile::ProfileService,
};

/// The password is required unless the login is recent. If it is given, it is verified.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EmailChangeRequest {
    email: String,
    password: Option<Password>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EmailConfirmRequest {
    token: String,
}

pub(crate) fn describe(api: &mut OpenApiBuilder) {
    api.post(
        "/email",
        "Request a change of email; a link is sent to the new one.",
    )
    .tag("person")
    .session(true)
    .takes::<EmailChangeRequest>()
    .answers_nothing(
        202,
        "Accepted. The response is the same whether or not the email has an account.",
    )
    .fails(&[429, 501]);
    api.post(
        "/email/confirm",
        "Confirm the new email by the mailed link; all sessions end.",
    )
    .tag("person")
    .takes::<EmailConfirmRequest>()
    .answers_nothing(204, "Email changed. All sessions have ended.")
    .fails(&[429, 503]);
}

pub(crate) async fn change(
    State(profiles): State<ProfileService>,
    authenticated: AuthenticatedCaller,
    JsonBody(request): JsonBody<EmailChangeRequest>,
) -> Result<impl IntoResponse, Problem> {
    let email = field("email", EmailAddress::parse(&request.email))?;
    let requester = authenticated.requester("password", request.password)?;
    let now = authenticated.caller.now;
    let mail = profiles.request_email_change(requester, email, now).await?;
    let hidden = from_domain::suppressed(mail);
    Ok((StatusCode::ACCEPTED, hidden, ()))
}

pub(crate) async fn confirm(
    State(profiles): State<ProfileService>,
    caller: Caller,
    JsonBody(request): JsonBody<EmailConfirmRequest>,
) -> Result<StatusCode, Problem> {
    let link = caller.confirmation(&request.token);
    let changed = profiles.confirm_email_change(link, caller.now);
    changed.await?;
    Ok(StatusCode::NO_CONTENT)
}
