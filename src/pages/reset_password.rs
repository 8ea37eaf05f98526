//! The pages of `/password/forgot` and `/password/reset`.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;

use crate::{
    http::{
        openapi::OpenApiBuilder,
        problem::{Problem, from_domain},
    },
    identity::{EmailAddress, InvalidEmailAddress},
    pages::sign_up::ChooseForm,
    pages::{
        PageContext, SameOriginForm, chosen,
        error_page::PageError,
        token,
        view::{
            CompletedAction, DisplayText, ForgotPasswordPage, PasswordProblem, PasswordPurpose,
        },
    },
    profile::{Error, ProfileService},
};

/// The form of a page of this service.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "forms are read by name; this describes them")]
pub(crate) struct ForgotForm {
    email: String,
}

pub(crate) fn describe(api: &mut OpenApiBuilder) {
    api.form::<ForgotForm>("/password/forgot", &[202, 422, 501]);
    api.get("/password/forgot", "Show the page that asks for the email.")
        .tag("page")
        .answers_page(&[200, 501]);
    api.form::<ChooseForm>("/password/reset", &[200, 422]);
    api.link_page("/password/reset");
}

pub(crate) async fn forgot_page(context: PageContext) -> Result<Response, PageError> {
    context.check_mail()?;
    Ok(forgot(&context, None, None))
}

fn forgot(
    context: &PageContext,
    given: Option<&str>,
    problem: Option<InvalidEmailAddress>,
) -> Response {
    context.render(ForgotPasswordPage {
        action: context.href("/password/forgot"),
        email: given.map(DisplayText::of),
        problem,
        back: Some(context.log_in()),
    })
}

pub(crate) async fn ask_for_reset(
    State(profiles): State<ProfileService>,
    SameOriginForm { context, form }: SameOriginForm,
) -> Result<Response, PageError> {
    let given = form.get("email");
    let email = match EmailAddress::parse(given.unwrap_or_default()) {
        Ok(email) => email,
        Err(problem) => return Ok(forgot(&context, given, Some(problem))),
    };
    let (_, bind) = context.bind_to_browser()?;
    let mail = context.mail(email)?;
    let requested = profiles.request_password_reset(mail, context.caller.now);
    let hidden = from_domain::suppressed(requested.await.map_err(Problem::from)?);
    Ok((bind, hidden, context.mailed(given)).into_response())
}

pub(crate) async fn reset_page(context: PageContext) -> Response {
    context.choose(PasswordPurpose::Reset, None, None)
}

pub(crate) async fn set_password(
    State(profiles): State<ProfileService>,
    SameOriginForm { context, form }: SameOriginForm,
) -> Result<Response, PageError> {
    let token = token(&form)?;
    let again = |problem| context.choose(PasswordPurpose::Reset, Some(&form), Some(problem));
    let password = match chosen(&form) {
        Ok(password) => password,
        Err(problem) => return Ok(again(problem)),
    };
    let link = context.caller.confirmation(token);
    let reset = profiles.reset_password(link, password, context.caller.now);
    match reset.await {
        Ok(_) => {
            // The request for the link has set the cookie.
            let has_cookie = context.caller.login_cookie.get().is_some();
            Ok(context.done(CompletedAction::PasswordReset, has_cookie))
        }
        Err(Error::Weak(weak)) => Ok(again(PasswordProblem::Weak(weak))),
        Err(error) => {
            let forgot = context.href("/password/forgot");
            Err(PageError::of_link(error.into(), Some(forgot)))
        }
    }
}
