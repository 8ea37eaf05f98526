//! `GET /livez`: the process is running. `GET /readyz`: the service can serve requests.

use axum::extract::State;

use crate::{
    app::App,
    http::{extract::Now, node::check_ready, openapi::OpenApiBuilder, problem::Problem},
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
