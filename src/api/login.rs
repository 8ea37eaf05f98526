//! `POST /login`: an address and a password buy a session. A first-party route, not an OAuth grant.

use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    api::token_response::{TokenResponse, TokenResponseSchema},
    audit::AuditAction,
    client::Scope,
    http::{
        extract::{
            ClientNetwork, JsonBody, Now, Password, field, optional_field,
            request_origin::RequestOrigin,
        },
        openapi::OpenApiBuilder,
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

pub(crate) fn describe(api: &mut OpenApiBuilder) {
    api.post("/login", "Log in with email and password.")
        .tag("session")
        .takes::<LoginRequest>()
        .answers::<TokenResponseSchema>(200, "The new session.")
        .gives_cookies()
        .fails(&[401, 429, 503]);
}

pub(crate) async fn login(
    State(passwords): State<PasswordProvider>,
    State(sessions): State<Sessions>,
    Now(now): Now,
    ClientNetwork(network): ClientNetwork,
    site: RequestOrigin,
    JsonBody(request): JsonBody<LoginRequest>,
) -> Result<TokenResponse, Problem> {
    let email = field("email", EmailAddress::parse(&request.email))?;
    let password = request.password.parse("password")?;
    let scope = optional_field("scope", request.scope.as_deref(), Scope::parse)?;
    let client = sessions.clients().choose(request.client_id.as_deref())?;
    site.check_allowed(client, sessions.issuer())?;
    let verified = passwords.verify(&email, password, network, now).await?;
    let session = sessions.sign_in(&verified, client, scope.as_ref(), now);
    TokenResponse::of(session, AuditAction::Login)
}
