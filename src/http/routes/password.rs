//! `PUT /password`: another password, and the end of every session but the one that asks.

use axum::{Router, extract::State, routing::put};
use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::token_response::{Minted, TokenResponse};
use crate::{
    app::App,
    audit::Act,
    http::{
        extract::{Body, ClientNetwork, Now, Presented, field, optional_field},
        openapi::Api,
        problem::Problem,
    },
    password::PresentedPassword,
    record::{Asker, Error, Records},
    session::Sessions,
};

pub(in crate::http) fn router() -> Router<App> {
    Router::new().route("/password", put(change))
}

/// The present password is needed where the login is not recent; where it is given, it is checked.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ChangeRequest {
    #[schemars(with = "Option<String>", extend("format" = "password"))]
    current_password: Option<SecretString>,
    #[schemars(with = "String", extend("format" = "password"))]
    new_password: SecretString,
}

pub(super) fn describe(api: &mut Api) {
    api.put(
        "/password",
        "Choose another password; every other session is ended.",
    )
    .tag("person")
    .session(true)
    .takes::<ChangeRequest>()
    .answers::<Minted>(200, "This session, renewed.")
    .fails(&[429]);
}

async fn change(
    State(records): State<Records>,
    State(sessions): State<Sessions>,
    Now(now): Now,
    ClientNetwork(network): ClientNetwork,
    Presented(session): Presented,
    Body(request): Body<ChangeRequest>,
) -> Result<TokenResponse, Problem> {
    let current = request.current_password.as_ref();
    let current = optional_field(
        "current_password",
        current.map(ExposeSecret::expose_secret),
        PresentedPassword::parse,
    )?;
    let new = request.new_password.expose_secret();
    let new = field("new_password", PresentedPassword::parse(new))?;
    let asker = Asker {
        session: &session,
        password: current,
        network,
    };
    let user = records.change_password(asker, new, now).await;
    let user = user.map_err(|error| match error {
        Error::WrongPassword => Problem::wrong_password("current_password"),
        Error::Weak(weak) => Problem::weak_password("new_password", weak),
        other => other.into(),
    })?;
    TokenResponse::of(sessions.renew(&session, &user, now), Act::PasswordChange)
}
