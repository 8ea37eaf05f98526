//! The JSON document of a problem.

use axum::{
    Json,
    http::{HeaderValue, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::{Code, Problem};
use crate::{identity::SecondFactorKind, password::WeakReason};

/// A problem document (RFC 9457 §3.1) with the extension members (§3.2) `code`, `field`, `error`, `reason`,
/// `min_length`, `continuation`, `kinds` and `expires_in`.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Problem")]
pub(crate) struct ProblemBody<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
    #[schemars(extend("enum" = Code::ALL.iter().map(|code| code.as_str()).collect::<Vec<_>>()))]
    code: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
    /// For `weak_password`: why the password is refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = reasons()))]
    reason: Option<&'a str>,
    /// For `weak_password`: the minimum number of code points.
    #[serde(skip_serializing_if = "Option::is_none")]
    min_length: Option<usize>,
    /// For `second_factor_required`: the sealed login, for `/login/second-factor`.
    #[serde(skip_serializing_if = "Option::is_none")]
    continuation: Option<&'a str>,
    /// For `second_factor_required`: the factors of the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<String>", extend("items" = json!({ "enum": kinds() })))]
    kinds: Option<Vec<&'static str>>,
    /// For `second_factor_required`: the seconds in which the continuation is valid.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_in: Option<i64>,
}

/// Returns the values of `kinds`.
fn kinds() -> Vec<&'static str> {
    let kinds = SecondFactorKind::ALL.iter();
    kinds.map(|kind| kind.as_str()).collect()
}

/// Returns the values of `reason`. The null stands for an absent member.
fn reasons() -> Vec<Option<&'static str>> {
    let reasons = WeakReason::ALL.iter().map(|reason| Some(reason.as_str()));
    reasons.chain([None]).collect()
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = Json(ProblemBody {
            r#type: format!("urn:signet:problem:{}", self.code.as_str()),
            title: self.title,
            status: self.status.as_u16(),
            detail: self.detail.as_deref(),
            code: self.code.as_str(),
            field: self.field.as_deref(),
            error: self.error,
            reason: self.weakness().map(|weak| weak.reason.as_str()),
            min_length: self.weakness().map(|weak| weak.min_length),
            continuation: self.pending_login().map(|it| it.continuation.as_str()),
            kinds: self.pending_login().map(|it| {
                let kinds = it.kinds.iter();
                kinds.map(|kind| kind.as_str()).collect()
            }),
            expires_in: self.pending_login().map(|it| it.expires_in.num_seconds()),
        });
        let mut response = self.respond(body);
        let media_type = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(CONTENT_TYPE, media_type);
        // For a browser, the response is replaced by a page.
        response.extensions_mut().insert(self);
        response
    }
}
