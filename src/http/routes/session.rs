//! `GET /session`: the claims of the presented session. No read: good for as long as the token.

use axum::{Json, Router, routing::get};

use crate::{app::App, http::extract::Presented, token::Access};

pub(in crate::http) fn router() -> Router<App> {
    Router::new().route("/session", get(session))
}

async fn session(Presented(session): Presented) -> Json<Access> {
    Json(session)
}
