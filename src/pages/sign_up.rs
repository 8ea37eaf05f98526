//! The pages of `/signup` and `/signup/confirm`.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;

use crate::{
    app::App,
    client::Intent,
    http::{
        extract::Caller,
        openapi::OpenApiBuilder,
        problem::{Problem, from_domain},
    },
    identity::{EmailAddress, FirstFactor, PersonName},
    pages::{
        PageContext, SameOriginForm,
        cancellation::Cancellation,
        chosen,
        error_page::PageError,
        passkey_offer::log_in_with_offer,
        token,
        view::{
            CompletedAction, DisplayText, PasswordProblem, PasswordPurpose, SignUpPage,
            SignUpProblem,
        },
    },
    provider::{Error, SignUpProvider},
    token::SignUpLogin,
};

/// The form of a page of this service.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "forms are read by name; this describes them")]
pub(crate) struct SignUpForm {
    email: String,
    name: Option<String>,
}

/// The form of a page of this service.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "forms are read by name; this describes them")]
pub(crate) struct ChooseForm {
    token: String,
    password: String,
    /// The email of the link, for password managers.
    email: Option<String>,
}

pub(crate) fn describe(api: &mut OpenApiBuilder) {
    api.form::<SignUpForm>("/signup", &[202, 422, 501]);
    api.get("/signup", "Show the page that asks for the email.")
        .tag("page")
        .answers_page(&[200, 501]);
    api.form::<ChooseForm>("/signup/confirm", &[200, 401, 422])
        .redirects(
            "For a form in the browser in which the sign-up began: redirect to the client with a code, or with \
             cookies if the client uses them.",
        );
    api.link_page("/signup/confirm");
}

pub(crate) async fn empty_page(context: PageContext) -> Result<Response, PageError> {
    context.check_mail()?;
    Ok(sign_up_page(&context))
}

/// The page that asks for the email. The client may suggest one.
pub(crate) fn sign_up_page(context: &PageContext) -> Response {
    page(context, (None, context.login_hint.as_deref()), None)
}

fn page(
    context: &PageContext,
    (name, email): (Option<&str>, Option<&str>),
    problem: Option<SignUpProblem>,
) -> Response {
    let request = context.request.as_ref();
    context.render(SignUpPage {
        action: context.href("/signup"),
        name: name.map(DisplayText::of),
        email: email.map(DisplayText::of),
        problem,
        back: Some(context.log_in()),
        client: request.map(|request| context.flow.client_view(request).into_name()),
        cancel: request.and_then(|request| context.flow.error_link(request, Cancellation::ByUser)),
    })
}

pub(crate) async fn ask_to_sign_up(
    State(sign_ups): State<SignUpProvider>,
    SameOriginForm { context, form }: SameOriginForm,
) -> Result<Response, PageError> {
    let given = (form.get("name"), form.get("email"));
    let again = |problem| page(&context, given, Some(problem));
    let name = match given.0.map(PersonName::parse).transpose() {
        Ok(name) => name,
        Err(invalid) => return Ok(again(SignUpProblem::Name(invalid))),
    };
    let email = match EmailAddress::parse(given.1.unwrap_or_default()) {
        Ok(email) => email,
        Err(invalid) => return Ok(again(SignUpProblem::Address(invalid))),
    };
    let (challenge, bind) = context.bind_to_browser()?;
    let mail = context.mail(email)?;
    let requested = sign_ups.request(mail, name, Some(challenge), context.caller.now);
    let hidden = from_domain::suppressed(requested.await.map_err(Problem::from)?);
    Ok((bind, hidden, context.mailed(given.1)).into_response())
}

pub(crate) async fn choose_page(context: PageContext) -> Response {
    context.choose(PasswordPurpose::SignUp, None, None)
}

pub(crate) async fn choose_password(
    State(app): State<App>,
    SameOriginForm { context, form }: SameOriginForm,
) -> Result<Response, PageError> {
    let sign_ups = &app.sign_ups;
    let token = token(&form)?;
    let again = |problem| context.choose(PasswordPurpose::SignUp, Some(&form), Some(problem));
    let password = match chosen(&form) {
        Ok(password) => password,
        Err(problem) => return Ok(again(problem)),
    };
    let refused = |problem| PageError::of_link(problem, Some(context.href("/signup")));
    let Caller { network, now, .. } = context.caller;
    let opened = sign_ups.open(token, network, now).await;
    let opened = opened.map_err(|error| refused(error.into()))?;
    let login = opened.login_in(context.caller.login_cookie.get());
    match sign_ups.confirm(opened, password, now).await {
        Err(Error::Weak(weak)) => Ok(again(PasswordProblem::Weak(weak))),
        Err(error) => Err(refused(error.into())),
        Ok(first) => match login {
            Some(login) => log_in(&app, &context, login, first).await,
            None => Ok(context.done(CompletedAction::SignedUp, false)),
        },
    }
}

/// Logs in the new user at the client that began the sign-up, or at the issuer. If the client may not log in by
/// that request any more, the page reports the account.
async fn log_in(
    app: &App,
    context: &PageContext,
    login: SignUpLogin,
    first: FirstFactor,
) -> Result<Response, PageError> {
    let Some(request) = login.request else {
        return if context.flow.single_sign_on.config.is_enabled {
            log_in_with_offer(app, context, None, first).await
        } else {
            Ok(context.done(CompletedAction::SignedUp, true))
        };
    };
    let parameters = request.parameters();
    let get = |name: &str| {
        let mut all = parameters.iter();
        all.find_map(|(it, value)| (*it == name).then_some(value.as_str()))
    };
    let is_valid = context
        .flow
        .validate_request(true, context.caller.now)
        .validate(get)
        .is_ok();
    if is_valid && request.intent == Intent::Login {
        log_in_with_offer(app, context, Some(&request), first).await
    } else {
        Ok(context.done(CompletedAction::SignedUp, true))
    }
}
