//! The front door: `GET /authorize` (RFC 6749 §4.1.1), and `GET /login/{provider}`, its short form.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde_json::json;

use crate::{
    http::{
        cookie::Binding,
        extract::{Now, Query, Spoken, request_origin::Site},
        openapi::{Api, Operation},
        provider_requests::ProviderId,
    },
    pages::{
        Visit,
        error_page::{Sent, Stopped},
        login::{Entered, login_page},
        login_flow::{Landing, turned_away},
    },
};

/// The login form. `by` is `password`, or `link` for a login link by email.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "forms are read by name; this describes them")]
struct LoginForm {
    email: String,
    password: Option<String>,
    by: Option<String>,
}

pub(crate) fn describe(api: &mut Api) {
    let front_door = |operation: Operation<'_>, is_standard: bool| {
        let text = json!({ "type": "string" });
        let operation = operation
            .tag("login")
            .query("client_id", &text)
            .query("redirect_uri", &text)
            .query("state", &text)
            .query("scope", &text)
            .query("code_challenge", &text)
            .query("code_challenge_method", &json!({ "const": "S256" }))
            .query("intent", &json!({ "enum": ["login", "link"] }))
            .query(
                "prompt",
                &json!({ "enum": ["login", "consent", "select_account"] }),
            )
            .query("max_age", &json!({ "type": "integer" }))
            .query("login_hint", &text)
            .redirects("Redirect to the provider, or to the client with an error.");
        let operation = if is_standard {
            operation
                .query("response_type", &json!({ "const": "code" }))
                .query("response_mode", &json!({ "const": "query" }))
                .query("provider", &text)
        } else {
            operation
        };
        operation.answers_page(&[200, 400, 404, 503]);
    };
    let summary = "The authorization endpoint (RFC 6749 §3.1).";
    front_door(api.get("/authorize", summary), true);
    let summary = "Submit the login form, with the query of the authorization request.";
    let operation = api.post("/authorize", summary).takes_form::<LoginForm>();
    let operation = operation.answers_page(&[202, 401, 403, 408, 413, 415, 422, 429]);
    front_door(operation, true);
    let summary = "Start a login at this provider. Short for `/authorize` with `provider`.";
    front_door(api.get("/login/{provider}", summary), false);
}

pub(crate) async fn authorize(
    visit: Visit,
    Now(now): Now,
    binding: Binding,
    site: Site,
    Sent(query): Sent<Query>,
) -> Result<Response, Stopped> {
    let landing = &visit.landing;
    let judged = match landing.front_door(true).judge(|name| query.get(name)) {
        Ok(judged) => judged,
        Err(wrong) => return turned_away(wrong),
    };
    let Some(id) = query.get("provider") else {
        let entered = Entered::hinted(&judged.1);
        return Ok(login_page(&visit, &query, &judged.0, entered).into_response());
    };
    let Some(provider) = landing.providers.upstreams.get(id) else {
        let description = "no provider with this ID is configured";
        return Ok(landing.answer_error(&judged.0, "invalid_request", description));
    };
    let departed = landing.depart(provider, judged, &binding, &site, visit.spoken, now);
    departed.await
}

pub(crate) async fn short_form(
    State(landing): State<Landing>,
    ProviderId(id): ProviderId,
    Now(now): Now,
    binding: Binding,
    site: Site,
    spoken: Spoken,
    Sent(query): Sent<Query>,
) -> Result<Response, Stopped> {
    let provider = landing.providers.get(&id)?;
    match landing.front_door(false).judge(|name| query.get(name)) {
        Ok(judged) => {
            let departed = landing.depart(provider, judged, &binding, &site, spoken, now);
            departed.await
        }
        Err(wrong) => turned_away(wrong),
    }
}
