//! `POST /login/link` mails a link that logs in; `POST /login/link/confirm` is its use, by whoever has
//! kept the secret of what was asked.

use axum::{extract::State, http::StatusCode, response::IntoResponse};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    api::token_response::{TokenResponse, TokenResponseSchema},
    audit::AuditAction,
    client::{CodeChallenge, Scope},
    http::{
        extract::{
            ClientNetwork, JsonBody, Language, Now, field, optional_field,
            request_origin::RequestOrigin,
        },
        openapi::OpenApiBuilder,
        problem::{Problem, from_domain},
        rate_limited_mail::RateLimitedMail,
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
        .fails(&[429, 503]);
    api.post(
        "/login/link/confirm",
        "Log in by the mailed link, in the app or browser that requested it.",
    )
    .tag("session")
    .takes::<LoginLinkConfirmRequest>()
    .answers::<TokenResponseSchema>(200, "The new session.")
    .gives_cookies()
    .fails(&[429, 503]);
}

pub(crate) async fn ask(
    State(mail): State<RateLimitedMail>,
    State(links): State<LoginLinkProvider>,
    Now(now): Now,
    ClientNetwork(network): ClientNetwork,
    Language { localizer, .. }: Language,
    JsonBody(request): JsonBody<LoginLinkRequest>,
) -> Result<impl IntoResponse, Problem> {
    let email = field("email", EmailAddress::parse(&request.email))?;
    let challenge = CodeChallenge::parse(&request.code_challenge);
    let challenge = field("code_challenge", challenge)?;
    let scope = optional_field("scope", request.scope.as_deref(), Scope::parse)?;
    let asked = mail.asked(request.client_id.as_deref(), &localizer, None)?;
    let most = &asked.client.scopes;
    let scope = scope.and_then(|scope| scope.without_offline_access(most));
    if scope.as_ref().is_some_and(|scope| !scope.is_within(most)) {
        return Err(from_domain::scope_too_wide());
    }
    let sending = links.request(email.clone(), challenge, scope, asked, now);
    let hidden = mail.send(network, &email, sending).await?;
    Ok((StatusCode::ACCEPTED, hidden, ()))
}

pub(crate) async fn confirm(
    State(mail): State<RateLimitedMail>,
    State(links): State<LoginLinkProvider>,
    Now(now): Now,
    ClientNetwork(network): ClientNetwork,
    site: RequestOrigin,
    JsonBody(request): JsonBody<LoginLinkConfirmRequest>,
) -> Result<TokenResponse, Problem> {
    let sessions = &mail.sessions;
    let opening = links.open(&request.token, Some(&request.code_verifier), now);
    let link = mail.open(network, opening).await??;
    // A page has asked, and is answered by a page.
    if link.says.request.is_some() {
        return Err(Error::from(LinkRejection::Elsewhere).into());
    }
    let client = sessions.clients().choose(Some(&link.client_id))?;
    site.check_allowed(client, sessions.issuer())?;
    let verified = links.verify(&link.says, now).await?;
    let scope = link.says.scope.as_ref();
    let session = sessions.sign_in(&verified, client, scope, now);
    TokenResponse::of(session, AuditAction::Login)
}
