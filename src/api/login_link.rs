//! `POST /login/link` mails a link that logs in; `POST /login/link/confirm` is its use, by whoever has
//! kept the secret of what was asked.

use axum::{extract::State, http::StatusCode, response::IntoResponse};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    api::token_response::{Minted, TokenResponse},
    audit::Act,
    client::{CodeChallenge, Scope},
    http::{
        extract::{Body, ClientNetwork, Now, Spoken, field, optional_field, request_origin::Site},
        mail_requests::Mailing,
        openapi::Api,
        problem::{Problem, from_domain},
    },
    identity::EmailAddress,
    provider::{Error, LoginLinkProvider},
    token::LinkRefused,
};

/// The challenge is the SHA-256 of a secret that the client keeps, as in PKCE (RFC 7636 §4.2).
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LinkRequest {
    email: String,
    client_id: Option<String>,
    scope: Option<String>,
    code_challenge: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConfirmRequest {
    token: String,
    code_verifier: String,
}

pub(crate) fn describe(api: &mut Api) {
    api.post("/login/link", "Request a login link by email.")
        .tag("session")
        .takes::<LinkRequest>()
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
    .takes::<ConfirmRequest>()
    .answers::<Minted>(200, "The new session.")
    .gives_cookies()
    .fails(&[429, 503]);
}

pub(crate) async fn ask(
    State(mailing): State<Mailing>,
    State(links): State<LoginLinkProvider>,
    Now(now): Now,
    ClientNetwork(network): ClientNetwork,
    Spoken { voice, .. }: Spoken,
    Body(request): Body<LinkRequest>,
) -> Result<impl IntoResponse, Problem> {
    let email = field("email", EmailAddress::parse(&request.email))?;
    let challenge = CodeChallenge::parse(&request.code_challenge);
    let challenge = field("code_challenge", challenge)?;
    let scope = optional_field("scope", request.scope.as_deref(), Scope::parse)?;
    let asked = mailing.asked(request.client_id.as_deref(), &voice, None)?;
    let most = &asked.client.scopes;
    let scope = scope.and_then(|scope| scope.without_offline_access(most));
    if scope.as_ref().is_some_and(|scope| !scope.is_within(most)) {
        return Err(from_domain::scope_too_wide());
    }
    let sending = links.request(email.clone(), challenge, scope, asked, now);
    let unsaid = mailing.send(network, &email, sending).await?;
    Ok((StatusCode::ACCEPTED, unsaid, ()))
}

pub(crate) async fn confirm(
    State(mailing): State<Mailing>,
    State(links): State<LoginLinkProvider>,
    Now(now): Now,
    ClientNetwork(network): ClientNetwork,
    site: Site,
    Body(request): Body<ConfirmRequest>,
) -> Result<TokenResponse, Problem> {
    let sessions = &mailing.sessions;
    let opening = links.open(&request.token, Some(&request.code_verifier), now);
    let link = mailing.open(network, opening).await??;
    // A page has asked, and is answered by a page.
    if link.says.request.is_some() {
        return Err(Error::from(LinkRefused::Elsewhere).into());
    }
    let client = sessions.clients().choose(Some(&link.client_id))?;
    site.admits(client, sessions.issuer())?;
    let verified = links.verify(&link.says, now).await?;
    let scope = link.says.scope.as_ref();
    let session = sessions.sign_in(&verified, client, scope, now);
    TokenResponse::of(session, Act::Login)
}
