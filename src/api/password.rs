//! `PUT /password`: changes the password and ends every session except the requesting one.

use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;

use super::token_response::{TokenResponse, TokenResponseSchema};
use crate::{
    app::App,
    audit::AuditAction,
    http::{
        extract::{AuthenticatedCaller, JsonBody, Password},
        openapi::OpenApiBuilder,
        problem::Problem,
    },
    profile::Error,
};

/// The current password is required unless the login is recent. If it is given, it is verified.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordChangeRequest {
    current_password: Option<Password>,
    new_password: Password,
}

pub(crate) fn describe(api: &mut OpenApiBuilder) {
    api.put("/password", "Change the password; all other sessions end.")
        .tag("person")
        .session(true)
        .takes::<PasswordChangeRequest>()
        .takes_proof()
        .answers::<TokenResponseSchema>(200, "The renewed session.")
        .fails(&[429]);
}

pub(crate) async fn change(
    State(app): State<App>,
    authenticated: AuthenticatedCaller,
    JsonBody(request): JsonBody<PasswordChangeRequest>,
) -> Result<TokenResponse, Problem> {
    let requester = authenticated.requester("current_password", request.current_password)?;
    let new = request.new_password.parse("new_password")?;
    let now = authenticated.caller.now;
    let (session, proof) = (&authenticated.session, &authenticated.caller.proof);
    let possession = app
        .sessions
        .possession_of_session(session, proof, now)
        .await?;
    let user = app.profiles.change_password(requester, new, now).await;
    let user = user.map_err(|error| match error {
        Error::WrongPassword => Problem::wrong_password("current_password"),
        Error::Weak(weak) => Problem::weak_password("new_password", weak),
        other => other.into(),
    })?;
    let session = app.sessions.renew(
        &authenticated.session,
        &user,
        AuditAction::PasswordChange,
        possession,
        now,
    )?;
    Ok(TokenResponse::from(session))
}
