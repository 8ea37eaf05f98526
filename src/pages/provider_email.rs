//! `POST /login/{provider}/address` mails a link to an email that the provider does not vouch for;
//! `/login/{provider}/confirm` opens that link.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;

use crate::{
    http::{
        cookie::LoginCookie,
        extract::{ClientNetwork, Form, Language, Now},
        openapi::OpenApiBuilder,
        problem::{Problem, from_domain},
        provider_requests::ProviderId,
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
    .answers_page(&[202, 400, 404, 408, 413, 415, 422, 429, 503]);
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
    ProviderId(id): ProviderId,
    Now(now): Now,
    ClientNetwork(network): ClientNetwork,
    login_cookie: LoginCookie,
    language: Language,
    OrErrorPage(form): OrErrorPage<Form>,
) -> Result<Response, PageError> {
    let provider = flow.providers.get(&id)?;
    let named = pending(&form, &login_cookie)?;
    let LoginFlow {
        providers, mail, ..
    } = &flow;
    let pending = providers
        .upstreams
        .missing_email(provider, named, now)
        .await;
    let pending = pending.map_err(PageError::of_login)?;
    let given = form.get("email").unwrap_or_default();
    let email = match EmailAddress::parse(given) {
        Ok(email) => email,
        Err(problem) => {
            let page = flow.render(
                &language,
                ProviderEmailPage {
                    action: flow.client_link(provider, "address", &language),
                    token: named.token.to_owned(),
                    provider: DisplayText::of(provider.name()),
                    email: Some(DisplayText::of(given)),
                    problem: Some(problem),
                },
            );
            return Ok(page);
        }
    };
    let client_id = pending.client_id().to_owned();
    let asked = mail.asked(Some(&client_id), &language.localizer, None)?;
    let sending = providers
        .upstreams
        .mail_link(provider, pending, email.clone(), asked, now);
    let hidden = mail.send(network, &email, sending).await?;
    let mailed = flow.render(
        &language,
        MailSentPage {
            email: DisplayText::of(given),
            is_for_here: true,
            back: None,
        },
    );
    Ok((hidden, mailed).into_response())
}

pub(crate) async fn finish(
    State(flow): State<LoginFlow>,
    ProviderId(id): ProviderId,
    language: Language,
) -> Result<Response, PageError> {
    let provider = flow.providers.get(&id)?;
    Ok(flow.render(
        &language,
        CompleteSignUpPage {
            action: flow.client_link(provider, "confirm", &language),
            provider: DisplayText::of(provider.name()),
        },
    ))
}

pub(crate) async fn confirm(
    State(flow): State<LoginFlow>,
    ProviderId(id): ProviderId,
    Now(now): Now,
    ClientNetwork(network): ClientNetwork,
    login_cookie: LoginCookie,
    language: Language,
    OrErrorPage(form): OrErrorPage<Form>,
) -> Result<Response, PageError> {
    let provider = flow.providers.get(&id)?;
    let link = pending(&form, &login_cookie)?;
    let confirming = flow.providers.upstreams.confirm(provider, link, now);
    let confirmed = flow.mail.open(network, confirming).await?;
    let (request, entered) = confirmed.map_err(PageError::of_login)?;
    flow.finish_login(provider, &request, Ok(entered), &language, now)
}

/// What a form says of the login that goes on.
fn pending<'a>(form: &'a Form, login_cookie: &'a LoginCookie) -> Result<EmailStep<'a>, Problem> {
    Ok(EmailStep {
        token: form.get("token").ok_or_else(from_domain::no_login)?,
        login_cookie: login_cookie.get(),
    })
}
