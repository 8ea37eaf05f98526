//! `GET /livez`: the process is running. `GET /readyz`: the service can serve requests.

use axum::extract::State;
use chrono::{DateTime, Utc};

use crate::{
    app::App,
    http::{
        extract::Now,
        openapi::OpenApiBuilder,
        problem::{Code, Problem},
    },
    internal::InternalError,
    token::MintError,
};

pub(crate) fn describe(api: &mut OpenApiBuilder) {
    api.get("/livez", "Liveness probe.")
        .tag("operator")
        .at_root()
        .answers_text("text/plain", "The process is running.");
    api.get("/readyz", "Readiness probe.")
        .tag("operator")
        .at_root()
        .answers_text("text/plain", "Ready to serve requests.")
        .fails(&[503]);
}

pub(crate) async fn livez() -> &'static str {
    "ok"
}

pub(crate) async fn readyz(State(app): State<App>, Now(now): Now) -> Result<&'static str, Problem> {
    check_ready(&app, now).await.map(|()| "ok")
}

/// Checks that this node can serve requests.
///
/// # Errors
/// It is stopping, the database fails, or a key is missing.
pub(crate) async fn check_ready(app: &App, now: DateTime<Utc>) -> Result<(), Problem> {
    if app.readiness.is_stopping() {
        return Err(Problem::new(Code::Stopping));
    }
    app.store.can_log_in().await.map_err(InternalError::from)?;
    let keyring = app.tokens.keyring();
    let signs = app
        .tokens
        .clients()
        .signing_algorithms()
        .into_iter()
        .all(|algorithm| keyring.signing(algorithm, now).is_some());
    if signs && keyring.secret(now).is_some() {
        Ok(())
    } else {
        Err(InternalError::Mint(MintError::NoKey).into())
    }
}
