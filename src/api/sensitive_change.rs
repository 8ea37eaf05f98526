//! Sensitive changes that end every session: the request, and the renewed session of its caller.

use schemars::JsonSchema;
use serde::Deserialize;

use super::token_response::TokenResponse;
use crate::{
    app::App,
    audit::AuditAction,
    dpop::Possession,
    http::{
        extract::{AuthenticatedCaller, JsonBody, Password},
        problem::Problem,
    },
    identity::User,
    profile::Requester,
};

/// The password is required unless the login is recent. If it is given, it is verified. A user with a second factor
/// needs a recent login with it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SensitiveChangeRequest {
    password: Option<Password>,
}

/// Returns the requester of a sensitive change.
///
/// # Errors
/// The password has the wrong shape.
pub(super) fn requester(
    authenticated: &AuthenticatedCaller,
    body: Option<JsonBody<SensitiveChangeRequest>>,
) -> Result<Requester<'_>, Problem> {
    let password = body.and_then(|JsonBody(request)| request.password);
    authenticated.requester("password", password)
}

/// Returns the possession that the renewed session of the caller keeps. It is checked before the change is made.
///
/// # Errors
/// The proof of the request is missing or refused.
pub(super) async fn possession(
    app: &App,
    AuthenticatedCaller { session, caller }: &AuthenticatedCaller,
) -> Result<Possession, Problem> {
    let possession = app
        .sessions
        .possession_of_session(session, &caller.proof, caller.now)
        .await?;
    Ok(possession)
}

/// Renews the session of the caller after the change of the user.
///
/// # Errors
/// The client of the session is not configured any more, or the service fails.
pub(super) fn renewed(
    app: &App,
    AuthenticatedCaller { session, caller }: &AuthenticatedCaller,
    user: &User,
    (act, possession): (AuditAction, Possession),
) -> Result<TokenResponse, Problem> {
    let renewed = app
        .sessions
        .renew(session, user, act, possession, caller.now)?;
    Ok(TokenResponse::from(renewed))
}
