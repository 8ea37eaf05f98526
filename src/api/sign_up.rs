//! `POST /signup` mails a link; `POST /signup/confirm` makes a user of whoever opened it.

use axum::{extract::State, http::StatusCode, response::IntoResponse};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    api::token_response::{TokenResponse, TokenResponseSchema},
    audit::AuditAction,
    http::{
        extract::{
            ClientNetwork, JsonBody, Language, Now, Password, field, optional_field,
            request_origin::RequestOrigin,
        },
        openapi::OpenApiBuilder,
        problem::Problem,
        rate_limited_mail::RateLimitedMail,
    },
    identity::{EmailAddress, PersonName},
    provider::SignUpProvider,
    session::Sessions,
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignUpRequest {
    email: String,
    name: Option<String>,
    client_id: Option<String>,
}

pub(crate) fn describe(api: &mut OpenApiBuilder) {
    api.post("/signup", "Request a sign-up link by email.")
        .tag("session")
        .takes::<SignUpRequest>()
        .answers_nothing(
            202,
            "Accepted. The response is the same whether or not the email has an account.",
        )
        .fails(&[429, 503]);
    api.post(
        "/signup/confirm",
        "Create the account by the mailed link with a password, and log in.",
    )
    .tag("session")
    .takes::<SignUpConfirmRequest>()
    .answers::<TokenResponseSchema>(201, "The new session.")
    .gives_cookies()
    .fails(&[401, 429, 503]);
}

pub(crate) async fn sign_up(
    State(mail): State<RateLimitedMail>,
    State(sign_ups): State<SignUpProvider>,
    Now(now): Now,
    ClientNetwork(network): ClientNetwork,
    Language { localizer, .. }: Language,
    JsonBody(request): JsonBody<SignUpRequest>,
) -> Result<impl IntoResponse, Problem> {
    let email = field("email", EmailAddress::parse(&request.email))?;
    let name = optional_field("name", request.name.as_deref(), PersonName::parse)?;
    let asked = mail.asked(request.client_id.as_deref(), &localizer, None)?;
    let sending = sign_ups.request(email.clone(), name, asked, now);
    let hidden = mail.send(network, &email, sending).await?;
    Ok((StatusCode::ACCEPTED, hidden, ()))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignUpConfirmRequest {
    token: String,
    password: Password,
}

pub(crate) async fn confirm(
    State(sign_ups): State<SignUpProvider>,
    State(sessions): State<Sessions>,
    Now(now): Now,
    ClientNetwork(network): ClientNetwork,
    site: RequestOrigin,
    JsonBody(request): JsonBody<SignUpConfirmRequest>,
) -> Result<(StatusCode, TokenResponse), Problem> {
    let password = request.password.parse("password")?;
    let opened = sign_ups.open(&request.token, network, now).await?;
    let client = sessions.clients().choose(Some(opened.client_id()))?;
    site.check_allowed(client, sessions.issuer())?;
    let verified = sign_ups.confirm(opened, password, now).await?;
    let session = sessions.sign_in(&verified, client, None, now);
    Ok((
        StatusCode::CREATED,
        TokenResponse::of(session, AuditAction::Login)?,
    ))
}
