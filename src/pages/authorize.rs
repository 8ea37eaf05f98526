//! The authorization endpoint: `GET /authorize` (RFC 6749 §4.1.1), and `GET /login/{provider}`, its short form.

use axum::response::Response;
use schemars::JsonSchema;
use serde_json::json;

use crate::{
    client::ValidatedRequest,
    http::{
        extract::{ProviderId, Query},
        openapi::{OpenApiBuilder, Operation},
    },
    pages::{
        PageContext,
        cancellation::Cancellation,
        error_page::{OrErrorPage, PageError},
        single_sign_on::AuthenticationRequest,
        validated_request::RequestValidation,
    },
};

/// The login form. `by` is `password`, `link` for a login link by email, or `passkey` for the challenge and the answer
/// of a passkey. The page that shows the account posts `by=session` and the `sid` of that session.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "forms are read by name; this describes them")]
struct LoginForm {
    email: Option<String>,
    password: Option<String>,
    by: Option<String>,
    sid: Option<String>,
    challenge: Option<String>,
    /// `AuthenticationResponseJSON`.
    credential: Option<String>,
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
            .query("acr_values", &text)
            .query("resource", &text)
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
    let summary = "Submit the login form, with the query of the authorization request. Without `by`, the form is \
                   an authorization request, which is redirected to the same request as GET.";
    let operation = api.post("/authorize", summary).takes_form::<LoginForm>();
    let operation = operation.answers_page(&[202, 401, 403, 408, 413, 415, 422, 429, 501]);
    endpoint(operation, true);
    let summary = "Start a login at this provider. Short for `/authorize` with `provider`.";
    endpoint(api.get("/login/{provider}", summary), false);
}

pub(crate) async fn authorize(
    mut context: PageContext,
    OrErrorPage(query): OrErrorPage<Query>,
) -> Result<Response, PageError> {
    let validated = match context.validate(&query, true).await? {
        RequestValidation::Valid(validated) => validated,
        RequestValidation::Refused(response) => return Ok(response),
    };
    let ValidatedRequest { request, hints } = &*validated;
    let flow = &context.flow;
    let language = &context.caller.language;
    if let Some(reason) = Cancellation::of(&query) {
        return Ok(flow.answer_error(request, reason.error(), language));
    }
    let provider = query.get("provider").filter(|_| !hints.prompts.is_silent());
    let Some(id) = provider else {
        return by_session(&context, &query, &validated).await;
    };
    let Some(provider) = flow.upstreams.get(id) else {
        let reason = "no provider with this ID is configured";
        return flow.invalid_request(request, reason, &context.caller);
    };
    flow.redirect_to_provider(provider, *validated, &context.caller)
        .await
}

pub(crate) async fn short_form(
    id: ProviderId,
    mut context: PageContext,
    OrErrorPage(query): OrErrorPage<Query>,
) -> Result<Response, PageError> {
    // An unknown provider is refused before the request is read.
    id.find(&context.flow.upstreams)?;
    let validated = match context.validate(&query, false).await? {
        RequestValidation::Valid(validated) => validated,
        RequestValidation::Refused(response) => return Ok(response),
    };
    if validated.hints.prompts.is_silent() {
        return by_session(&context, &query, &validated).await;
    }
    let flow = &context.flow;
    flow.redirect_to_provider(id.find(&flow.upstreams)?, *validated, &context.caller)
        .await
}

async fn by_session(
    context: &PageContext,
    query: &Query,
    validated: &ValidatedRequest,
) -> Result<Response, PageError> {
    let login = AuthenticationRequest {
        context,
        query,
        validated,
    };
    let answered = login.answer().await;
    let language = &context.caller.language;
    context.flow.or_unavailable(answered, validated, language)
}
