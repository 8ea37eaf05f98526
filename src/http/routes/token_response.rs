//! The answer of every route that mints (RFC 6749 §5.1).

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::{
    audit::Act,
    client::Transport,
    http::{cookie::Change, problem::Problem, refusal},
    session::{self, Session},
};

/// A session on its way to the client. Never cached: the router's default is `no-store`.
pub(super) struct TokenResponse(Session);

/// Where the tokens travel in cookies, they are nowhere else.
#[derive(Serialize)]
struct Body<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    access_token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_type: Option<&'a str>,
    expires_in: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a str>,
    refresh_expires_in: i64,
    #[serde(skip_serializing_if = "String::is_empty")]
    scope: String,
}

impl TokenResponse {
    /// The answer of every route that mints: the session and the one line of log that says how it
    /// came about, or why there is none.
    pub(super) fn of(session: Result<Session, session::Error>, act: Act) -> Result<Self, Problem> {
        refusal::minted(session, act).map(Self)
    }
}

impl IntoResponse for TokenResponse {
    fn into_response(self) -> Response {
        let Self(session) = self;
        let in_body = session.transport == Transport::Bearer;
        // A login may end while its access token still has its leeway: never less than nothing.
        let seconds = |iat: DateTime<Utc>, exp: DateTime<Utc>| (exp - iat).num_seconds().max(0);
        let mut response = Json(Body {
            access_token: in_body.then_some(&session.access_token),
            token_type: in_body.then_some("Bearer"),
            expires_in: seconds(session.access.iat, session.access.exp),
            refresh_token: in_body.then_some(&session.refresh_token),
            refresh_expires_in: seconds(session.refresh.iat, session.refresh.exp),
            scope: session.access.scope.to_string(),
        })
        .into_response();
        if !in_body {
            let change = Change::Keep(Box::new(session));
            response.extensions_mut().insert(change);
        }
        response
    }
}
