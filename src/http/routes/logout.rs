//! `POST /logout` forgets; `POST /logout/everywhere` ends every session of the person.

use axum::{Router, extract::State, http::StatusCode, routing::post};

use crate::{
    app::App,
    audit::{Act, audit},
    http::{
        extract::{Bearer, Now},
        problem::Problem,
        refusal,
    },
    session::Sessions,
};

pub(in crate::http) fn router() -> Router<App> {
    Router::new()
        .route("/logout", post(logout))
        .route("/logout/everywhere", post(everywhere))
}

/// Nothing is stored, so there is nothing to forget here: the client drops its tokens.
async fn logout() -> StatusCode {
    StatusCode::NO_CONTENT
}

async fn everywhere(
    State(sessions): State<Sessions>,
    Now(now): Now,
    Bearer(session): Bearer,
) -> Result<StatusCode, Problem> {
    sessions
        .end_everywhere(&session, now)
        .await
        .map_err(|error| refusal::of_session(error, refusal::invalid_token))?;
    audit!(Act::LogoutEverywhere, Done, user.id = %session.sub, sid = %session.sid);
    Ok(StatusCode::NO_CONTENT)
}
