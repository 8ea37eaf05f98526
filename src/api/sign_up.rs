//! `POST /signup` mails a link; `POST /signup/confirm` makes a user of whoever opened it.

use axum::{extract::State, http::StatusCode, response::IntoResponse};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    api::token_response::{Minted, TokenResponse},
    audit::Act,
    http::{
        extract::{
            Body, ClientNetwork, Now, Password, Spoken, field, optional_field, request_origin::Site,
        },
        mail_requests::Mailing,
        openapi::Api,
        problem::Problem,
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

pub(crate) fn describe(api: &mut Api) {
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
    .takes::<ConfirmRequest>()
    .answers::<Minted>(201, "The new session.")
    .gives_cookies()
    .fails(&[401, 429, 503]);
}

pub(crate) async fn sign_up(
    State(mailing): State<Mailing>,
    State(sign_ups): State<SignUpProvider>,
    Now(now): Now,
    ClientNetwork(network): ClientNetwork,
    Spoken { voice, .. }: Spoken,
    Body(request): Body<SignUpRequest>,
) -> Result<impl IntoResponse, Problem> {
    let email = field("email", EmailAddress::parse(&request.email))?;
    let name = optional_field("name", request.name.as_deref(), PersonName::parse)?;
    let asked = mailing.asked(request.client_id.as_deref(), &voice, None)?;
    let sending = sign_ups.request(email.clone(), name, asked, now);
    let unsaid = mailing.send(network, &email, sending).await?;
    Ok((StatusCode::ACCEPTED, unsaid, ()))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConfirmRequest {
    token: String,
    password: Password,
}

pub(crate) async fn confirm(
    State(sign_ups): State<SignUpProvider>,
    State(sessions): State<Sessions>,
    Now(now): Now,
    ClientNetwork(network): ClientNetwork,
    site: Site,
    Body(request): Body<ConfirmRequest>,
) -> Result<(StatusCode, TokenResponse), Problem> {
    let password = request.password.parse("password")?;
    let opened = sign_ups.open(&request.token, network, now).await?;
    let client = sessions.clients().choose(Some(opened.client_id()))?;
    site.admits(client, sessions.issuer())?;
    let verified = sign_ups.confirm(opened, password, now).await?;
    let session = sessions.sign_in(&verified, client, None, now);
    Ok((StatusCode::CREATED, TokenResponse::of(session, Act::Login)?))
}
