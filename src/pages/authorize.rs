//! The authorization endpoint: `GET /authorize` (RFC 6749 §4.1.1), and `GET /login/{provider}`, its short form.

use axum::{extract::State, response::Response};
use schemars::JsonSchema;
use serde_json::json;

use crate::{
    http::{
        extract::{Caller, ProviderId, Query},
        openapi::{OpenApiBuilder, Operation},
    },
    pages::{
        PageContext,
        error_page::{OrErrorPage, PageError},
        login_flow::LoginFlow,
        single_sign_on::AuthenticationRequest,
    },
};

/// The login form. `by` is `password`, or `link` for a login link by email. The page that shows the account
/// posts `by=session` and the `sid` of that session.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "forms are read by name; this describes them")]
struct LoginForm {
    email: Option<String>,
    password: Option<String>,
    by: Option<String>,
    sid: Option<String>,
}

pub(crate) fn describe(api: &mut OpenApiBuilder) {
    let endpoint = |operation: Operation<'_>, is_standard: bool| {
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
            .query("prompt", &text)
            .query("max_age", &json!({ "type": "integer" }))
            .query("login_hint", &text)
            .query("id_token_hint", &text)
            .redirects("Redirect to the provider, or to the client with an error.");
        let operation = if is_standard {
            operation
                .query("response_type", &json!({ "const": "code" }))
                .query("response_mode", &json!({ "enum": ["query", "form_post"] }))
                .query("provider", &text)
        } else {
            operation
        };
        operation.answers_page(&[200, 400, 404, 503]);
    };
    let summary = "The authorization endpoint (RFC 6749 §3.1).";
    endpoint(api.get("/authorize", summary), true);
    let summary = "Submit the login form, with the query of the authorization request.";
    let operation = api.post("/authorize", summary).takes_form::<LoginForm>();
    let operation = operation.answers_page(&[202, 401, 403, 408, 413, 415, 422, 429]);
    endpoint(operation, true);
    let summary = "Start a login at this provider. Short for `/authorize` with `provider`.";
    endpoint(api.get("/login/{provider}", summary), false);
}

pub(crate) async fn authorize(
    context: PageContext,
    OrErrorPage(query): OrErrorPage<Query>,
) -> Result<Response, PageError> {
    let flow = &context.flow;
    let language = &context.caller.language;
    let validated = match flow.validate_request(true).validate(|name| query.get(name)) {
        Ok(validated) => validated,
        Err(error) => return flow.refused_request(error, language),
    };
    let (request, hints) = &validated;
    let Ok(hinted) = context.hinted_user(hints)? else {
        return Ok(flow.invalid_hint(request, language));
    };
    let provider = query.get("provider").filter(|_| !hints.prompts.is_silent());
    let Some(id) = provider else {
        let login = AuthenticationRequest {
            context: &context,
            query: &query,
            request,
            hints,
            hinted,
        };
        return login.answer().await;
    };
    let Some(provider) = flow.upstreams.get(id) else {
        let error = ("invalid_request", "no provider with this ID is configured");
        return Ok(flow.answer_error(request, error, language));
    };
    flow.redirect_to_provider(provider, validated, &context.caller)
        .await
}

pub(crate) async fn short_form(
    State(flow): State<LoginFlow>,
    id: ProviderId,
    caller: Caller,
    OrErrorPage(query): OrErrorPage<Query>,
) -> Result<Response, PageError> {
    let provider = id.find(&flow.upstreams)?;
    match flow
        .validate_request(false)
        .validate(|name| query.get(name))
    {
        Ok((request, hints)) if hints.prompts.is_silent() => {
            let error = ("login_required", "a login at a provider needs the user");
            Ok(flow.answer_error(&request, error, &caller.language))
        }
        Ok(validated) => {
            flow.redirect_to_provider(provider, validated, &caller)
                .await
        }
        Err(error) => flow.refused_request(error, &caller.language),
    }
}
