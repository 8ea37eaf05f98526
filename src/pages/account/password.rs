//! `/account/password`: sets or changes the password.

use axum::{extract::State, response::Response};

use super::session::{AccountForm, AccountRequest};
use crate::{
    app::App,
    audit::AuditAction,
    http::openapi::OpenApiBuilder,
    pages::{
        chosen,
        view::{ChangePasswordPage, DisplayText, PASSWORD_CHANGED, PasswordProblem},
    },
    profile::Error,
};

pub(crate) const PATH: &str = "/account/password";

pub(crate) fn describe(api: &mut OpenApiBuilder) {
    super::describe_form(api, PATH, "Set a new password; all other sessions end.");
}

pub(crate) async fn page(
    State(app): State<App>,
    request: AccountRequest,
) -> Result<Response, Response> {
    request.check_may_change(&app).await?;
    Ok(form(&app, &request, None))
}

pub(crate) async fn submit(
    State(app): State<App>,
    AccountForm {
        request,
        form: posted,
    }: AccountForm,
) -> Result<Response, Response> {
    let again = |problem| form(&app, &request, Some(problem));
    let password = chosen(&posted).map_err(again)?;
    let now = request.context.caller.now;
    let changing = app
        .profiles
        .change_password(request.requester(), password, now);
    let user = changing.await.map_err(|error| match error {
        Error::Weak(weak) => again(PasswordProblem::Weak(weak)),
        error => request.refuse(error),
    })?;
    let done = Some(PASSWORD_CHANGED);
    Ok(request.changed(&user, AuditAction::PasswordChange, done))
}

fn form(app: &App, request: &AccountRequest, problem: Option<PasswordProblem>) -> Response {
    request.context.render(ChangePasswordPage {
        action: request.here(),
        back: request.back(),
        email: DisplayText::of(request.user.email.as_str()),
        min_length: app.config.password.min_length,
        problem,
    })
}
