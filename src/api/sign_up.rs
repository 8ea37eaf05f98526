//! `POST /signup` mails a sign-up link; `POST /signup/confirm` creates the user who opened it, and logs them in.

use axum::{extract::State, http::StatusCode, response::IntoResponse};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    api::login_step,
    api::token_response::{TokenResponse, TokenResponseSchema},
    app::App,
    http::{
        extract::{Caller, JsonBody, Password, field, optional_field},
        openapi::OpenApiBuilder,
        problem::{Problem, from_domain},
    },
    identity::{EmailAddress, PersonName},
    provider::SignUpProvider,
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
        .fails(&[429, 501, 503]);
    api.post(
        "/signup/confirm",
        "Create the account by the mailed link with a password, and log in.",
    )
    .tag("session")
    .takes::<SignUpConfirmRequest>()
    .answers::<TokenResponseSchema>(201, "The new session.")
    .takes_proof()
    .gives_cookies()
    .fails(&[401, 429, 503]);
}

pub(crate) async fn sign_up(
    State(sign_ups): State<SignUpProvider>,
    caller: Caller,
    JsonBody(request): JsonBody<SignUpRequest>,
) -> Result<impl IntoResponse, Problem> {
    let email = field("email", EmailAddress::parse(&request.email))?;
    let name = optional_field("name", request.name.as_deref(), PersonName::parse)?;
    let mail = caller.mail(
        email,
        sign_ups.tokens.clients(),
        request.client_id.as_deref(),
    )?;
    let requested = sign_ups.request(mail, name, None, caller.now).await?;
    let hidden = from_domain::suppressed(requested);
    Ok((StatusCode::ACCEPTED, hidden, ()))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignUpConfirmRequest {
    token: String,
    password: Password,
}

pub(crate) async fn confirm(
    State(app): State<App>,
    caller: Caller,
    JsonBody(request): JsonBody<SignUpConfirmRequest>,
) -> Result<(StatusCode, TokenResponse), Problem> {
    let (sign_ups, now) = (&app.sign_ups, caller.now);
    let password = request.password.parse("password")?;
    let opened = sign_ups.open(&request.token, caller.network, now).await?;
    let client = caller.client(&app.sessions, Some(opened.client_id()))?;
    let possession = app.sessions.possession(client, &caller.proof, now).await?;
    let first = sign_ups.confirm(opened, password, now).await?;
    let answer = login_step::complete(&app, first, (client, None), possession, now)?;
    Ok((StatusCode::CREATED, answer))
}
