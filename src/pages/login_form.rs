//! The steps of a posted login form, at the authorization endpoint and at `/login`: password or mailed link.

use std::ops::ControlFlow;

use axum::{
    Extension,
    response::{IntoResponse, Response},
};

use crate::{
    app::App,
    audit::AuditAction,
    client::Acr,
    http::{
        extract::{Caller, Form},
        problem::{Problem, from_domain},
    },
    identity::{EmailAddress, FirstFactor, Verified},
    pages::{
        PageContext,
        error_page::PageError,
        login_page::LoginFormInput,
        passkey_login::submit_passkey,
        view::{DisplayText, LoginProblem},
    },
    password::PresentedPassword,
    provider::Error,
};

/// The outcome of a posted login form.
pub(crate) enum LoginFormOutcome {
    /// The password is right. The user has to be logged in, perhaps with a second factor.
    Verified(Box<FirstFactor>),
    /// A passkey has verified the user. No second factor is needed.
    LoggedIn(Box<Verified>),
    /// The response: the form with its problem, or the page that reports a sent mail.
    Answered(Response),
}

/// Verifies the password or the passkey of the form for a login of at least the strength `least`, or mails a login link. `again` renders the form again.
///
/// # Errors
/// A limit is reached, or the service fails.
pub(crate) async fn submit_login(
    app: &App,
    context: &PageContext,
    (form, least): (&Form, Acr),
    again: impl Fn(LoginFormInput<'_>) -> Response,
) -> Result<LoginFormOutcome, PageError> {
    if form.get("by") == Some("passkey") {
        return Ok(match submit_passkey(context, form, again).await? {
            ControlFlow::Continue(verified) => LoginFormOutcome::LoggedIn(Box::new(verified)),
            ControlFlow::Break(response) => LoginFormOutcome::Answered(response),
        });
    }
    let entered = form.get("email");
    let problem = |problem| {
        again(LoginFormInput {
            email: entered,
            problem: Some(problem),
            ..LoginFormInput::EMPTY
        })
    };
    let answered = |response| Ok(LoginFormOutcome::Answered(response));
    let email = match EmailAddress::parse(entered.unwrap_or_default()) {
        Ok(email) => email,
        Err(invalid) => return answered(problem(LoginProblem::Address(invalid))),
    };
    if form.get("by") == Some("link") {
        return answered(mail_link(app, context, email).await?);
    }
    let Some(password) = form.get("password") else {
        return answered(problem(LoginProblem::NoPassword));
    };
    // A text that cannot be a password is a wrong one.
    let Ok(password) = PresentedPassword::parse(password) else {
        return answered(problem(LoginProblem::Wrong));
    };
    let Caller { network, now, .. } = context.caller;
    let login = (network, least);
    match app.passwords.verify(&email, password, login, now).await {
        Ok(first) => Ok(LoginFormOutcome::Verified(Box::new(first))),
        Err(Error::Refused(refused)) => {
            let recorded = Extension(from_domain::record(AuditAction::Login, refused.as_str()));
            answered((recorded, problem(LoginProblem::Wrong)).into_response())
        }
        Err(error) => Err(Problem::from(error).into()),
    }
}

/// Mails a login link that can be used only in this browser, and asks for the code beside it.
async fn mail_link(
    app: &App,
    context: &PageContext,
    email: EmailAddress,
) -> Result<Response, PageError> {
    let (challenge, bind) = context.bind_to_browser()?;
    let shown = DisplayText::of(email.as_str());
    let mail = context.mail(email)?;
    let requested = app
        .login_links
        .request(mail, challenge, None, context.caller.now);
    let requested = requested.await.map_err(Problem::from)?;
    let hidden = from_domain::suppressed(requested.mail);
    let page = context.mailed_code(shown, requested.challenge, None);
    Ok((bind, hidden, page).into_response())
}
