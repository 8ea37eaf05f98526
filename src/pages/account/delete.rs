//! `/account/delete`: deletes the account.

use axum::{
    Extension,
    extract::State,
    response::{IntoResponse, Response},
};

use super::session::{AccountForm, AccountRequest};
use crate::{
    app::App,
    http::openapi::OpenApiBuilder,
    identity::EmailAddress,
    pages::view::{AccountDeletedPage, ConfirmProblem, ConfirmedChange},
};

pub(crate) const PATH: &str = "/account/delete";

pub(crate) fn describe(api: &mut OpenApiBuilder) {
    super::describe_form(api, PATH, "Delete the user and all their data.");
}

pub(crate) async fn page(
    State(app): State<App>,
    request: AccountRequest,
) -> Result<Response, Response> {
    request.check_may_change(&app).await?;
    Ok(request.confirm(ConfirmedChange::DeleteAccount, None, None))
}

/// Deletes the user if the entered email is theirs.
pub(crate) async fn submit(
    State(app): State<App>,
    AccountForm { request, form }: AccountForm,
) -> Result<Response, Response> {
    let entered = EmailAddress::parse(form.get("email").unwrap_or_default());
    if entered.ok().as_ref() != Some(&request.user.email) {
        let problem = Some(ConfirmProblem::OtherEmail);
        return Ok(request.confirm(ConfirmedChange::DeleteAccount, None, problem));
    }
    let now = request.context.caller.now;
    let deleting = app.profiles.delete(request.requester(), now);
    deleting.await.map_err(|error| request.refuse(error))?;
    let page = request.context.render(AccountDeletedPage {
        time: request.time_to_notice(),
    });
    Ok((Extension(request.forget()), page).into_response())
}
