//! `POST /login`: an address and a password buy a session. A first-party route, not an OAuth grant.

use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    api::token_response::{Minted, TokenResponse},
    audit::Act,
    client::Scope,
    http::{
        extract::{
            Body, ClientNetwork, Now, Password, field, optional_field, request_origin::Site,
        },
        openapi::Api,
        problem::Problem,
    },
    identity::EmailAddress,
    provider::PasswordProvider,
    session::Sessions,
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LoginRequest {
    email: String,
    password: Password,
    client_id: Option<String>,
    scope: Option<String>,
}

pub(crate) fn describe(api: &mut Api) {
    api.post("/login", "Log in with email and password.")
        .tag("session")
        .takes::<LoginRequest>()
        .answers::<Minted>(200, "The new session.")
        .gives_cookies()
        .fails(&[401, 429, 503]);
}

pub(crate) async fn login(
    State(passwords): State<PasswordProvider>,
    State(sessions): State<Sessions>,
    Now(now): Now,
    ClientNetwork(network): ClientNetwork,
    site: Site,
    Body(request): Body<LoginRequest>,
) -> Result<TokenResponse, Problem> {
    let email = field("email", EmailAddress::parse(&request.email))?;
    let password = request.password.parse("password")?;
    let scope = optional_field("scope", request.scope.as_deref(), Scope::parse)?;
    let client = sessions.clients().choose(request.client_id.as_deref())?;
    site.admits(client, sessions.issuer())?;
    let verified = passwords.verify(&email, password, network, now).await?;
    let session = sessions.sign_in(&verified, client, scope.as_ref(), now);
    TokenResponse::of(session, Act::Login)
}
