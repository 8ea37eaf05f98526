//! `POST /password/forgot` mails a link; `POST /password/reset` sets what whoever opened it has chosen.

use axum::{extract::State, http::StatusCode, response::IntoResponse};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    audit::AuditAction,
    http::{
        extract::{ClientNetwork, JsonBody, Language, Now, Password, field},
        openapi::OpenApiBuilder,
        problem::Problem,
        rate_limited_mail::{RateLimitedMail, recorded},
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
    .fails(&[429, 503]);
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
    State(mail): State<RateLimitedMail>,
    State(profiles): State<ProfileService>,
    Now(now): Now,
    ClientNetwork(network): ClientNetwork,
    Language { localizer, .. }: Language,
    JsonBody(request): JsonBody<ForgotRequest>,
) -> Result<impl IntoResponse, Problem> {
    let email = field("email", EmailAddress::parse(&request.email))?;
    let asked = mail.asked(request.client_id.as_deref(), &localizer, None)?;
    let sending = profiles.request_password_reset(email.clone(), asked, now);
    let hidden = mail.send(network, &email, sending).await?;
    Ok((StatusCode::ACCEPTED, hidden, ()))
}

pub(crate) async fn reset(
    State(mail): State<RateLimitedMail>,
    State(profiles): State<ProfileService>,
    Now(now): Now,
    ClientNetwork(network): ClientNetwork,
    Language { localizer, .. }: Language,
    JsonBody(request): JsonBody<ResetRequest>,
) -> Result<StatusCode, Problem> {
    let password = request.password.parse("password")?;
    let token = &request.token;
    let resetting = profiles.reset_password(token, password, network, localizer.locale(), now);
    recorded(
        AuditAction::PasswordReset,
        mail.open(network, resetting).await?,
    )?;
    Ok(StatusCode::NO_CONTENT)
}
