//! `POST /login`: an address and a password buy a session. A first-party route, not an OAuth grant.

use axum::{Router, extract::State, routing::post};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::token_response::TokenResponse;
use crate::{
    app::App,
    client::Scope,
    http::{
        extract::{Body, From, Now},
        problem::Problem,
        refusal,
    },
    identity::EmailAddress,
    password::Presented,
    provider::PasswordProvider,
    session::Sessions,
};

pub(in crate::http) fn router() -> Router<App> {
    Router::new().route("/login", post(login))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LoginRequest {
    email: String,
    password: SecretString,
    client_id: Option<String>,
    scope: Option<String>,
}

async fn login(
    State(passwords): State<PasswordProvider>,
    State(sessions): State<Sessions>,
    Now(now): Now,
    From(network): From,
    Body(request): Body<LoginRequest>,
) -> Result<TokenResponse, Problem> {
    let email = EmailAddress::parse(&request.email)
        .map_err(|error| Problem::field("email", error.to_string()))?;
    let password = Presented::parse(request.password.expose_secret())
        .map_err(|error| Problem::field("password", error.to_string()))?;
    let scope = request.scope.as_deref().map(Scope::parse).transpose();
    let scope = scope.map_err(|error| Problem::field("scope", error.to_string()))?;
    let client = sessions.clients().choose(request.client_id.as_deref())?;
    let verified = passwords.verify(&email, password, network, now).await?;
    let session = sessions
        .sign_in(&verified, client, scope.as_ref(), now)
        .map_err(|error| refusal::of_session(error, refusal::invalid_grant))?;
    Ok(session.into())
}
