//! `POST /login/{provider}/address` mails a link to an email that the provider has not verified;
//! `/login/{provider}/confirm` opens that link.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;

use crate::{
    http::{
        extract::{Caller, Form, ProviderId},
        openapi::OpenApiBuilder,
        problem::{Problem, from_domain},
    },
    identity::EmailAddress,
    pages::confirm_email::ConfirmForm,
    pages::{
        error_page::{OrErrorPage, PageError},
        login_flow::LoginFlow,
        provider_callback::REDIRECT,
        view::{CompleteSignUpPage, DisplayText, MailSentPage, ProviderEmailPage},
    },
    provider::EmailStep,
};

/// The form of the page.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "forms are read by name; this describes them")]
struct EmailForm {
    token: String,
    email: String,
}

pub(crate) fn describe(api: &mut OpenApiBuilder) {
    api.post(
        "/login/{provider}/address",
        "Submit an email; a link is sent to it.",
    )
    .tag("login")
    .takes_form::<EmailForm>()
    .answers_page(&[202, 400, 404, 408, 413, 415, 422, 429, 501, 503]);
    api.link_page("/login/{provider}/confirm")
        .tag("login")
        .answers_page(&[404]);
    api.post(
        "/login/{provider}/confirm",
        "Confirm the email in the browser that started the login.",
    )
    .tag("login")
    .takes_form::<ConfirmForm>()
    .redirects(REDIRECT)
    .answers_page(&[400, 404, 408, 409, 413, 415, 429, 503]);
}

pub(crate) async fn address(
    State(flow): State<LoginFlow>,
    id: ProviderId,
    caller: Caller,
    OrErrorPage(form): OrErrorPage<Form>,
) -> Result<Response, PageError> {
    let provider = id.find(&flow.upstreams)?;
    let step = email_step(&form, &caller)?;
    let pending = flow.upstreams.missing_email(provider, step, caller.now);
    let pending = pending.await.map_err(PageError::of_login)?;
    let given = form.get("email").unwrap_or_default();
    let email = match EmailAddress::parse(given) {
        Ok(email) => email,
        Err(problem) => {
            let page = ProviderEmailPage {
                action: flow.client_link(provider, "address", &caller.language),
                token: step.token.to_owned(),
                provider: DisplayText::of(provider.name()),
                email: Some(DisplayText::of(given)),
                problem: Some(problem),
            };
            return Ok(flow.render(&caller.language, page));
        }
    };
    let client_id = pending.client_id().to_owned();
    let mail = caller.mail(email, flow.sessions.clients(), Some(&client_id))?;
    let requested = flow
        .upstreams
        .mail_link(provider, pending, mail, caller.now);
    let hidden = from_domain::suppressed(requested.await.map_err(Problem::from)?);
    let mailed = MailSentPage {
        email: DisplayText::of(given),
        is_for_here: true,
        code: None,
        back: None,
    };
    let mailed = flow.render(&caller.language, mailed);
    Ok((hidden, mailed).into_response())
}

pub(crate) async fn finish(
    State(flow): State<LoginFlow>,
    id: ProviderId,
    Caller { language, .. }: Caller,
) -> Result<Response, PageError> {
    let provider = id.find(&flow.upstreams)?;
    let page = CompleteSignUpPage {
        action: flow.client_link(provider, "confirm", &language),
        provider: DisplayText::of(provider.name()),
    };
    Ok(flow.render(&language, page))
}

pub(crate) async fn confirm(
    State(flow): State<LoginFlow>,
    id: ProviderId,
    caller: Caller,
    OrErrorPage(form): OrErrorPage<Form>,
) -> Result<Response, PageError> {
    let provider = id.find(&flow.upstreams)?;
    let step = email_step(&form, &caller)?;
    let confirming = flow
        .upstreams
        .confirm(provider, step, caller.network, caller.now);
    let (request, outcome) = confirming.await.map_err(PageError::of_login)?;
    flow.finish_login(provider, &request, Ok(outcome), &caller)
        .await
}

/// Reads the step of a pending login from a form.
///
/// # Errors
/// `invalid_login`: the form has no token.
fn email_step<'a>(form: &'a Form, caller: &'a Caller) -> Result<EmailStep<'a>, Problem> {
    Ok(EmailStep {
        token: form.get("token").ok_or_else(from_domain::no_login)?,
        login_cookie: caller.login_cookie.get(),
    })
}
