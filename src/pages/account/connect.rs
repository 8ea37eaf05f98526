//! `POST /account/connect/{provider}`: connects an account of a provider by a login there.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};

use super::{
    AccountFields,
    session::{AccountForm, AccountRequest},
};
use crate::{
    app::App,
    client::LoginHints,
    http::{
        extract::{Caller, ProviderId},
        openapi::OpenApiBuilder,
    },
    identity::UserId,
    pages::{
        PageContext,
        account_paths::OVERVIEW,
        error_page::PageError,
        view::{ACCOUNT_TAKEN, CONNECTED, OTHER_USER},
    },
    profile::Error,
    provider::{LoginOutcome, LoginPurpose, ReturnedLogin, Upstream, UpstreamError},
};

pub(crate) const PATH: &str = "/account/connect/{provider}";

pub(crate) fn describe(api: &mut OpenApiBuilder) {
    api.post(PATH, "Connect an account of a provider by a login there.")
        .tag("page")
        .takes_form::<AccountFields>()
        .answers_page(&[400, 403, 408, 413, 415, 429, 503])
        .fails(&[404])
        .or_page()
        .redirects("Redirect to the provider, or to the login at the issuer, which returns to the overview.");
}

/// Starts the login at the provider.
pub(crate) async fn submit(
    State(app): State<App>,
    id: ProviderId,
    AccountForm { request, .. }: AccountForm,
) -> Result<Response, Response> {
    let provider = id.find(&app.upstreams).map_err(PageError::from)?;
    request.check_may_change(&app).await?;
    let PageContext { flow, caller, .. } = &request.context;
    let purpose = LoginPurpose::Connect(request.user.id);
    let hints = LoginHints::default();
    let started = flow
        .start_at_provider(provider, purpose, &hints, caller)
        .await;
    let (bind, url) = started.map_err(|error| failed(&request, provider, error))?;
    Ok((bind, Redirect::to(url.as_str())).into_response())
}

/// Connects the account of a login that `user` has started here, and that has come back from the provider. Nothing
/// changes unless this user is still the one who is logged in at the issuer. The login itself logs nobody in.
///
/// # Errors
/// The response that leads to a login, or that reports a failure.
pub(crate) async fn finish(
    app: &App,
    provider: &Upstream,
    (user, returned): (UserId, ReturnedLogin<'_>),
    caller: Caller,
) -> Result<Response, Response> {
    let context = PageContext::at_issuer(app, caller);
    let request = AccountRequest::at(context, OVERVIEW.to_owned()).await?;
    if request.user.id != user {
        return Ok(request.done(Some(OTHER_USER)).into_response());
    }
    let now = request.context.caller.now;
    let outcome = app.upstreams.finish_login(provider, returned, now).await;
    let account = match outcome {
        Ok(LoginOutcome::Account(account)) => account,
        // The user or the provider has declined. The other outcomes are those of logins for clients.
        Ok(_) => return Ok(request.done(None).into_response()),
        Err(error) => return Err(failed(&request, provider, error)),
    };
    match app.profiles.link(request.requester(), &account, now).await {
        Ok(_) => Ok(request.done_at(provider.id(), CONNECTED).into_response()),
        Err(Error::AccountTaken) => Ok(request.done(Some(ACCOUNT_TAKEN)).into_response()),
        Err(error) => Err(request.refuse(error)),
    }
}

/// Answers a login at the provider that has failed: a page that leads back to the overview.
fn failed(request: &AccountRequest, provider: &Upstream, error: UpstreamError) -> Response {
    let page_error = match error {
        UpstreamError::Refused(_) => PageError::of_login(error).back_to(request.back()),
        error => PageError::at(provider.name(), error, Some(request.back())),
    };
    page_error.into_response()
}
