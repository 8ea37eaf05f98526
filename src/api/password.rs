//! `PUT /password`: another password, and the end of every session but the one that asks.

use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;

use super::token_response::{TokenResponse, TokenResponseSchema};
use crate::{
    audit::AuditAction,
    http::{
        extract::{Authenticated, ClientNetwork, JsonBody, Language, Now, Password},
        openapi::OpenApiBuilder,
        problem::Problem,
    },
    profile::{Error, ProfileService, Requester},
    session::Sessions,
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
        .answers::<TokenResponseSchema>(200, "The renewed session.")
        .fails(&[429]);
}

pub(crate) async fn change(
    State(profiles): State<ProfileService>,
    State(sessions): State<Sessions>,
    Now(now): Now,
    ClientNetwork(network): ClientNetwork,
    Language { localizer, .. }: Language,
    Authenticated(session): Authenticated,
    JsonBody(request): JsonBody<PasswordChangeRequest>,
) -> Result<TokenResponse, Problem> {
    let current = request.current_password;
    let current = current.map(|it| it.parse("current_password")).transpose()?;
    let new = request.new_password.parse("new_password")?;
    let asker = Requester {
        session: &session,
        password: current,
        network,
    };
    let user = profiles
        .change_password(asker, new, localizer.locale(), now)
        .await;
    let user = user.map_err(|error| match error {
        Error::WrongPassword => Problem::wrong_password("current_password"),
        Error::Weak(weak) => Problem::weak_password("new_password", weak),
        other => other.into(),
    })?;
    TokenResponse::of(
        sessions.renew(&session, &user, now),
        AuditAction::PasswordChange,
    )
}
