//! `POST /login`: logs in with email and password. A first-party route, not an OAuth grant.

use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    api::login_step,
    api::token_response::{TokenResponse, TokenResponseSchema},
    app::App,
    client::Scope,
    http::{
        extract::{Caller, JsonBody, Password, field, optional_field},
        openapi::OpenApiBuilder,
        problem::Problem,
    },
    identity::EmailAddress,
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LoginRequest {
    email: String,
    password: Password,
    client_id: Option<String>,
    scope: Option<String>,
}

pub(crate) fn describe(api: &mut OpenApiBuilder) {
    api.post("/login", "Log in with email and password.")
        .tag("session")
        .takes::<LoginRequest>()
        .answers::<TokenResponseSchema>(200, "The new session.")
        .takes_proof()
        .gives_cookies()
        .fails(&[401, 429, 503]);
}

pub(crate) async fn login(
    State(app): State<App>,
    caller: Caller,
    JsonBody(request): JsonBody<LoginRequest>,
) -> Result<TokenResponse, Problem> {
    let email = field("email", EmailAddress::parse(&request.email))?;
    let password = request.password.parse("password")?;
    let scope = optional_field("scope", request.scope.as_deref(), Scope::parse)?;
    let client = caller.client(&app.sessions, request.client_id.as_deref())?;
    let now = caller.now;
    let possession = app.sessions.possession(client, &caller.proof, now).await?;
    let network = caller.network;
    let first = app.passwords.verify(&email, password, network, now).await?;
    login_step::complete(&app, first, (client, scope.as_ref()), possession, now)
}
