//! `PUT /password`: another password, and the end of every session but the one that asks.

use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;

use super::token_response::{Minted, TokenResponse};
use crate::{
    audit::Act,
    http::{
        extract::{Body, ClientNetwork, Now, Password, Presented, Spoken},
        openapi::Api,
        problem::Problem,
    },
    record::{Asker, Error, Records},
    session::Sessions,
};

/// The current password is required unless the login is recent. If it is given, it is verified.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangeRequest {
    current_password: Option<Password>,
    new_password: Password,
}

pub(crate) fn describe(api: &mut Api) {
    api.put("/password", "Change the password; all other sessions end.")
        .tag("person")
        .session(true)
        .takes::<ChangeRequest>()
        .answers::<Minted>(200, "The renewed session.")
        .fails(&[429]);
}

pub(crate) async fn change(
    State(records): State<Records>,
    State(sessions): State<Sessions>,
    Now(now): Now,
    ClientNetwork(network): ClientNetwork,
    Spoken { voice, .. }: Spoken,
    Presented(session): Presented,
    Body(request): Body<ChangeRequest>,
) -> Result<TokenResponse, Problem> {
    let current = request.current_password;
    let current = current.map(|it| it.parse("current_password")).transpose()?;
    let new = request.new_password.parse("new_password")?;
    let asker = Asker {
        session: &session,
        password: current,
        network,
    };
    let user = records
        .change_password(asker, new, voice.locale(), now)
        .await;
    let user = user.map_err(|error| match error {
        Error::WrongPassword => Problem::wrong_password("current_password"),
        Error::Weak(weak) => Problem::weak_password("new_password", weak),
        other => other.into(),
    })?;
    TokenResponse::of(sessions.renew(&session, &user, now), Act::PasswordChange)
}
