//! `POST /login`: an address and a password buy a session. A first-party route, not an OAuth grant.

use axum::{Router, extract::State, routing::get};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    pages::front_page,
    token_response::{Minted, TokenResponse},
};
use crate::{
    app::App,
    audit::Act,
    client::Scope,
    http::{
        extract::{Body, ClientNetwork, Now, Password, field, optional_field},
        openapi::Api,
        problem::Problem,
        site::Site,
    },
    identity::EmailAddress,
    provider::PasswordProvider,
    session::Sessions,
};

pub(in crate::http) fn router() -> Router<App> {
    Router::new().route("/login", get(front_page).post(login))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct LoginRequest {
    email: String,
    password: Password,
    client_id: Option<String>,
    scope: Option<String>,
}

pub(super) fn describe(api: &mut Api) {
    api.post("/login", "Log in with email and password.")
        .tag("session")
        .takes::<LoginRequest>()
        .answers::<Minted>(200, "The new session.")
        .gives_cookies()
        .fails(&[401, 429, 503]);
    api.get(
        "/login",
        "Show a page that explains where to log in. Links in emails lead to it.",
    )
    .tag("page")
    .answers_page(&[200]);
}

async fn login(
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
