//! `POST /password/forgot` mails a link; `POST /password/reset` sets what whoever opened it has chosen.

use axum::{extract::State, http::StatusCode, response::IntoResponse};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    audit::Act,
    http::{
        extract::{Body, ClientNetwork, Now, Password, Spoken, field},
        mail_requests::{Mailing, recorded},
        openapi::Api,
        problem::Problem,
    },
    identity::EmailAddress,
    record::Records,
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

pub(crate) fn describe(api: &mut Api) {
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
    State(mailing): State<Mailing>,
    State(records): State<Records>,
    Now(now): Now,
    ClientNetwork(network): ClientNetwork,
    Spoken { voice, .. }: Spoken,
    Body(request): Body<ForgotRequest>,
) -> Result<impl IntoResponse, Problem> {
    let email = field("email", EmailAddress::parse(&request.email))?;
    let asked = mailing.asked(request.client_id.as_deref(), &voice, None)?;
    let sending = records.forgot_password(email.clone(), asked, now);
    let unsaid = mailing.send(network, &email, sending).await?;
    Ok((StatusCode::ACCEPTED, unsaid, ()))
}

pub(crate) async fn reset(
    State(mailing): State<Mailing>,
    State(records): State<Records>,
    Now(now): Now,
    ClientNetwork(network): ClientNetwork,
    Spoken { voice, .. }: Spoken,
    Body(request): Body<ResetRequest>,
) -> Result<StatusCode, Problem> {
    let password = request.password.parse("password")?;
    let token = &request.token;
    let resetting = records.reset_password(token, password, network, voice.locale(), now);
    recorded(Act::PasswordReset, mailing.open(network, resetting).await?)?;
    Ok(StatusCode::NO_CONTENT)
}
