//! `/account/email`: requests the change of the email.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};

use super::{
    overview::overview,
    session::{AccountForm, AccountRequest},
};
use crate::{
    app::App,
    http::{openapi::OpenApiBuilder, problem::from_domain},
    identity::EmailAddress,
    pages::view::{AccountNotice, ChangeEmailPage, ChangeEmailProblem, DisplayText},
    profile::Error,
};

pub(crate) const PATH: &str = "/account/email";

pub(crate) fn describe(api: &mut OpenApiBuilder) {
    super::describe_form(
        api,
        PATH,
        "Request a change of email; a link is sent to the new one.",
    );
}

pub(crate) async fn page(
    State(app): State<App>,
    request: AccountRequest,
) -> Result<Response, Response> {
    request.check_may_change(&app).await?;
    Ok(form(&request, None, None))
}

/// Mails a link to the new email. The response is the same whether or not the email has an account.
pub(crate) async fn submit(
    State(app): State<App>,
    AccountForm {
        request,
        form: posted,
    }: AccountForm,
) -> Result<Response, Response> {
    let entered = posted.get("email").unwrap_or_default();
    let again = |problem| form(&request, Some(entered), Some(problem));
    let email =
        EmailAddress::parse(entered).map_err(|it| again(ChangeEmailProblem::Invalid(it)))?;
    let now = request.context.caller.now;
    let requested = app
        .profiles
        .request_email_change(request.requester(), email, now);
    let mail = requested.await.map_err(|error| match error {
        Error::SameAddress => again(ChangeEmailProblem::Same),
        error => request.refuse(error),
    })?;
    let hidden = from_domain::suppressed(mail);
    let notice = AccountNotice::email_asked(DisplayText::of(entered));
    let page = overview(&app, &request, Some(notice)).await?;
    Ok((StatusCode::ACCEPTED, hidden, page).into_response())
}

fn form(
    request: &AccountRequest,
    email: Option<&str>,
    problem: Option<ChangeEmailProblem>,
) -> Response {
    request.context.render(ChangeEmailPage {
        action: request.here(),
        back: request.back(),
        email: email.map(DisplayText::of),
        problem,
    })
}
