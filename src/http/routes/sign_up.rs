//! `POST /signup` mails a link; `POST /signup/confirm` makes a user of whoever opened it.

use axum::{
    Extension, Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::post,
};
use schemars::JsonSchema;
use serde::Deserialize;

use super::token_response::{Minted, TokenResponse};
use crate::{
    app::App,
    audit::Act,
    http::{
        extract::{Body, ClientNetwork, Now, Password, field, optional_field},
        openapi::Api,
        problem::Problem,
        refusal,
        site::Site,
    },
    identity::{EmailAddress, PersonName},
    limits::{Limited, Limits, Whose},
    provider::SignUpProvider,
    session::Sessions,
};

pub(in crate::http) fn router() -> Router<App> {
    Router::new()
        .route("/signup", post(sign_up))
        .route("/signup/confirm", post(confirm))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SignUpRequest {
    email: String,
    name: Option<String>,
    client_id: Option<String>,
}

pub(super) fn describe(api: &mut Api) {
    api.post("/signup", "Ask for a link by mail.")
        .tag("session")
        .takes::<SignUpRequest>()
        .answers_nothing(202, "In any case.")
        .fails(&[429, 503]);
    api.post(
        "/signup/confirm",
        "Open the link: choose a password, and be logged in.",
    )
    .tag("session")
    .takes::<ConfirmRequest>()
    .answers::<Minted>(201, "A session.")
    .gives_cookies()
    .fails(&[401, 429, 503]);
}

async fn sign_up(
    State(limits): State<Limits>,
    State(sign_ups): State<SignUpProvider>,
    State(sessions): State<Sessions>,
    Now(now): Now,
    ClientNetwork(network): ClientNetwork,
    Body(request): Body<SignUpRequest>,
) -> Result<Response, Problem> {
    let email = field("email", EmailAddress::parse(&request.email))?;
    let name = optional_field("name", request.name.as_deref(), PersonName::parse)?;
    let client = sessions.clients().choose(request.client_id.as_deref())?;
    // Where there is no mail, nobody pays for one.
    sign_ups.can_mail()?;
    match limits.check(Limited::SignUp, network, Some(&email)) {
        // Who reads that mailbox has links enough, and nobody else is told that.
        Err(refused) if refused.whose == Whose::Address => {
            let counted = Extension(refusal::limited(refused));
            return Ok((StatusCode::ACCEPTED, counted).into_response());
        }
        paid => paid?,
    }
    let requested = sign_ups.request(email.clone(), name, client, now).await;
    requested.inspect_err(|error| {
        if error.is_ours() {
            limits.give_back(Limited::SignUp, network, Some(&email));
        }
    })?;
    Ok(StatusCode::ACCEPTED.into_response())
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ConfirmRequest {
    token: String,
    password: Password,
}

async fn confirm(
    State(limits): State<Limits>,
    State(sign_ups): State<SignUpProvider>,
    State(sessions): State<Sessions>,
    Now(now): Now,
    ClientNetwork(network): ClientNetwork,
    site: Site,
    Body(request): Body<ConfirmRequest>,
) -> Result<(StatusCode, TokenResponse), Problem> {
    let password = request.password.parse("password")?;
    limits.check(Limited::Confirm, network, None)?;
    let link = sign_ups.open(&request.token, now).await?;
    // A link that was used is a login: its password can be guessed.
    limits.check(Limited::Login, network, Some(&link.email))?;
    let client = sessions.clients().choose(Some(&link.client_id))?;
    site.admits(client, sessions.issuer())?;
    let verified = sign_ups.confirm(&link, password, network, now).await;
    let verified = verified.inspect_err(|error| {
        if error.is_ours() {
            limits.give_back(Limited::Login, network, Some(&link.email));
            limits.give_back(Limited::Confirm, network, None);
        }
    })?;
    limits.forgive(network, &link.email);
    let session = sessions.sign_in(&verified, client, None, now);
    Ok((StatusCode::CREATED, TokenResponse::of(session, Act::Login)?))
}
