//! The answer of every route that mints (RFC 6749 §5.1).

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::{
    audit::{Act, audit},
    http::{problem::Problem, refusal},
    session::{self, Session},
};

/// A session on its way to the client. Never cached: the router's default is `no-store`.
#[derive(Serialize)]
pub(super) struct TokenResponse {
    access_token: String,
    token_type: &'static str,
    expires_in: i64,
    refresh_token: String,
    refresh_expires_in: i64,
    #[serde(skip_serializing_if = "String::is_empty")]
    scope: String,
}

impl TokenResponse {
    /// The answer of every route that mints: the session and the one line of log that says how it
    /// came about, or why there is none.
    pub(super) fn of(session: Result<Session, session::Error>, act: Act) -> Result<Self, Problem> {
        let session =
            session.map_err(|error| refusal::of_session(error, refusal::invalid_grant))?;
        audit!(
            act,
            Done,
            user.id = %session.access.sub,
            sid = %session.access.sid,
            client_id = %session.access.client_id,
        );
        let seconds =
            |iat: DateTime<Utc>, exp: DateTime<Utc>| exp.signed_duration_since(iat).num_seconds();
        Ok(Self {
            expires_in: seconds(session.access.iat, session.access.exp),
            access_token: session.access_token,
            token_type: "Bearer",
            refresh_expires_in: seconds(session.refresh.iat, session.refresh.exp),
            refresh_token: session.refresh_token,
            scope: session.access.scope.to_string(),
        })
    }
}

impl IntoResponse for TokenResponse {
    fn into_response(self) -> Response {
        Json(self).into_response()
    }
}
