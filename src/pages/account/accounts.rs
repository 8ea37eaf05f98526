//! `/account/accounts/{id}/disconnect`: unlinks the account of a provider.

use axum::{extract::State, response::Response};

use super::{
    overview::provider_name,
    session::{AccountForm, AccountRequest},
};
use crate::{
    app::App,
    audit::AuditAction,
    http::{extract::AccountIdPath, openapi::OpenApiBuilder},
    identity::AccountId,
    pages::{
        error_page::OrErrorPage,
        view::{ConfirmProblem, ConfirmedChange},
    },
    profile::Error,
};

pub(crate) const PATH: &str = "/account/accounts/{id}/disconnect";

pub(crate) fn describe(api: &mut OpenApiBuilder) {
    super::describe_form(
        api,
        PATH,
        "Unlink a provider account; all other sessions end.",
    );
}

pub(crate) async fn page(
    State(app): State<App>,
    request: AccountRequest,
    OrErrorPage(AccountIdPath(id)): OrErrorPage<AccountIdPath>,
) -> Result<Response, Response> {
    request.check_may_change(&app).await?;
    confirmation(&app, &request, id, None).await
}

pub(crate) async fn submit(
    State(app): State<App>,
    OrErrorPage(AccountIdPath(id)): OrErrorPage<AccountIdPath>,
    AccountForm { request, .. }: AccountForm,
) -> Result<Response, Response> {
    let now = request.context.caller.now;
    let unlinking = app.profiles.unlink(request.requester(), id, now);
    match unlinking.await {
        Ok(user) => Ok(request.changed(&user, AuditAction::AccountUnlink, None)),
        Err(Error::LastWayIn) => {
            let problem = Some(ConfirmProblem::LastWayIn);
            confirmation(&app, &request, id, problem).await
        }
        Err(error) => Err(request.refuse(error)),
    }
}

async fn confirmation(
    app: &App,
    request: &AccountRequest,
    id: AccountId,
    problem: Option<ConfirmProblem>,
) -> Result<Response, Response> {
    let accounts = app.profiles.accounts(&request.session).await;
    let accounts = accounts.map_err(|error| request.refuse(error))?;
    let account = accounts
        .iter()
        .find(|it| it.kind.is_external() && it.id == id)
        .ok_or_else(|| request.refuse(Error::NoSuchAccount))?;
    let provider = provider_name(app, account);
    Ok(request.confirm(ConfirmedChange::Disconnect, Some(&provider), problem))
}
