//! `GET /metrics`: Prometheus metrics, for operators only.

use axum::{extract::State, http::header::CONTENT_TYPE, response::IntoResponse};

use crate::{
    http::{openapi::OpenApiBuilder, problem::Problem},
    metrics::Exposition,
};

pub(crate) fn describe(api: &mut OpenApiBuilder) {
    api.get("/metrics", "Get metrics; served only to operators.")
        .tag("operator")
        .at_root()
        .answers_text(Exposition::MEDIA_TYPE, "OpenMetrics 1.0.")
        .fails(&[404, 503]);
}

pub(crate) async fn metrics(
    State(exposition): State<Exposition>,
) -> Result<impl IntoResponse, Problem> {
    let text = exposition.text().map_err(|error| Problem::failed(&error))?;
    Ok(([(CONTENT_TYPE, Exposition::MEDIA_TYPE)], text))
}
