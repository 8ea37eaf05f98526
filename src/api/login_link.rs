//! `POST /login/link` mails a login link; `POST /login/link/confirm` logs in by it, for a client that keeps the
//! secret of the request.

use axum::{extract::State, http::StatusCode, response::IntoResponse};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    api::login_step,
    api::token_response::{TokenResponse, TokenResponseSchema},
    app::App,
    client::{CodeChallenge, Scope},
    http::{
        extract::{Caller, JsonBody, field, optional_field},
        openapi::OpenApiBuilder,
        problem::{Problem, from_domain},
    },
    identity::EmailAddress,
    provider::{Error, LoginLinkProvider},
    token::LinkRejection,
};

/// The challenge is the SHA-256 of a secret that the client keeps, as in PKCE (RFC 7636 §4.2).
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LoginLinkRequest {
    email: String,
    client_id: Option<String>,
    scope: Option<String>,
    code_challenge: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LoginLinkConfirmRequest {
    token: String,
    code_verifier: String,
}

pub(crate) fn describe(api: &mut OpenApiBuilder) {
    api.post("/login/link", "Request a login link by email.")
        .tag("session")
        .takes::<LoginLinkRequest>()
        .answers_nothing(
            202,
            "Accepted. The response is the same whether or not the email has an account.",
        )
        .fails(&[401, 429, 501, 503]);
    api.post(
        "/login/link/confirm",
        "Log in by the mailed link, in the app or browser that requested it.",
    )
    .tag("session")
    .takes::<LoginLinkConfirmRequest>()
    .answers::<TokenResponseSchema>(200, "The new session.")
    .takes_proof()
    .gives_cookies()
    .fails(&[401, 429, 503]);
}

pub(crate) async fn ask(
    State(links): State<LoginLinkProvider>,
    caller: Caller,
    JsonBody(request): JsonBody<LoginLinkRequest>,
) -> Result<impl IntoResponse, Problem> {
    let email = field("email", EmailAddress::parse(&request.email))?;
    let challenge = CodeChallenge::parse(&request.code_challenge);
    let challenge = field("code_challenge", challenge)?;
    let scope = optional_field("scope", request.scope.as_deref(), Scope::parse)?;
    let clients = links.tokens.clients();
    clients.choose_public(request.client_id.as_deref())?;
    let mail = caller.mail(email, clients, request.client_id.as_deref())?;
    let allowed = &mail.context.client.scopes;
    let scope = scope.and_then(|scope| scope.without_offline_access(allowed));
    if allowed.granted(scope.as_ref()).is_none() {
        return Err(from_domain::scope_too_wide());
    }
    let requested = links.request(mail, challenge, scope, caller.now).await?;
    let hidden = from_domain::suppressed(requested);
    Ok((StatusCode::ACCEPTED, hidden, ()))
}

pub(crate) async fn confirm(
    State(app): State<App>,
    caller: Caller,
    JsonBody(request): JsonBody<LoginLinkConfirmRequest>,
) -> Result<TokenResponse, Problem> {
    let (links, now) = (&app.login_links, caller.now);
    let secret = Some(&*request.code_verifier);
    let opening = links.open(&request.token, secret, caller.network, now);
    let link = opening.await?;
    // A link that the login page requested is opened at a page.
    if link.claims.is_of_page() {
        return Err(Error::from(LinkRejection::Elsewhere).into());
    }
    let client = caller.client(&app.sessions, Some(&link.client_id))?;
    let possession = app.sessions.possession(client, &caller.proof, now)?;
    let first = links.verify(&link.claims, now).await?;
    let scope = link.claims.scope.as_ref();
    login_step::complete(&app, first, (client, scope), possession, now)
}
