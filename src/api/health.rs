//! `GET /livez`: the process lives. `GET /readyz`: it can do its work.

use axum::extract::State;

use crate::{
    app::Readiness,
    http::{
        extract::Now,
        openapi::OpenApiBuilder,
        problem::{Code, Problem},
    },
    store::Store,
    token::{MintError, Tokens},
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

pub(crate) async fn readyz(
    State(readiness): State<Readiness>,
    State(store): State<Store>,
    State(tokens): State<Tokens>,
    Now(now): Now,
) -> Result<&'static str, Problem> {
    if readiness.is_stopping() {
        return Err(Problem::new(Code::Stopping));
    }
    store
        .can_log_in()
        .await
        .map_err(|error| Problem::trouble(&error))?;
    let keyring = tokens.keyring();
    let signs = tokens
        .clients()
        .iter()
        .all(|c| keyring.signing(c.algorithm, now).is_some());
    if signs && keyring.secret(now).is_some() {
        Ok("ok")
    } else {
        Err(Problem::trouble(&MintError::NoKey))
    }
}
