//! `/account/totp`: adds and removes an authenticator app.

use axum::{
    Extension,
    extract::State,
    response::{IntoResponse, Response},
};

use super::session::{AccountForm, AccountRequest};
use crate::{
    app::App,
    audit::AuditAction,
    http::{
        openapi::OpenApiBuilder,
        problem::{Problem, from_domain},
    },
    pages::{
        error_page::PageError,
        view::{ConfirmedChange, TOTP_ADDED, TotpPage, TotpProblem},
    },
    profile::{Error, TotpEnrolment},
    second_factor::{TotpCode, qr_path},
    session::ProvenLogin,
};

pub(crate) use crate::pages::account_paths::TOTP as PATH;
pub(crate) const REMOVE: &str = "/account/totp/remove";

pub(crate) fn describe(api: &mut OpenApiBuilder) {
    super::describe_form(
        api,
        PATH,
        "Set up an authenticator app; all other sessions end.",
    );
    super::describe_form(
        api,
        REMOVE,
        "Remove the authenticator app; all other sessions end.",
    );
}

/// Shows a new secret. Nothing is stored before its code is entered.
pub(crate) async fn page(
    State(app): State<App>,
    request: AccountRequest,
) -> Result<Response, Response> {
    let now = request.context.caller.now;
    let enrolled = app.profiles.enrol_totp(request.requester(), now).await;
    let enrolment = enrolled.map_err(|error| request.refuse(error))?;
    Ok(form(&request, enrolment, None))
}

/// Adds the app whose code was entered.
pub(crate) async fn submit(
    State(app): State<App>,
    AccountForm {
        request,
        form: posted,
    }: AccountForm,
) -> Result<Response, Response> {
    let (profiles, caller) = (&app.profiles, &request.context.caller);
    let sealed = posted.get("enrolment").unwrap_or_default();
    let code = TotpCode::parse(posted.get("code").unwrap_or_default());
    let confirmed = match code {
        Ok(code) => {
            let origin = (&request.session, caller.locale());
            profiles
                .confirm_totp(origin, sealed, &code, caller.now)
                .await
        }
        // A text that cannot be a code is a wrong one.
        Err(_) => Err(Error::WrongCode),
    };
    match confirmed {
        Ok((user, proven_at)) => {
            let proven = ProvenLogin::with_second_factor(&request.session, proven_at);
            let done = Some(TOTP_ADDED);
            Ok(request.changed_as(proven, &user, AuditAction::FactorAdd, done))
        }
        Err(Error::WrongCode) => {
            let enrolment = (sealed, &request.user.email);
            let shown = profiles.shown_totp(&request.session, enrolment, caller.now);
            match shown.await {
                Ok(enrolment) => Ok(form(&request, enrolment, Some(TotpProblem::WrongCode))),
                Err(error) => Err(refused(&app, &request, error).await),
            }
        }
        Err(error) => Err(refused(&app, &request, error).await),
    }
}

/// Answers an error. An enrolment that is over is replaced: the page is shown again with a new secret, and says so.
async fn refused(app: &App, request: &AccountRequest, error: Error) -> Response {
    let Error::Enrolment(reason) = error else {
        return request.refuse(error);
    };
    let recorded = Extension(from_domain::record(AuditAction::FactorAdd, reason));
    let now = request.context.caller.now;
    match app.profiles.enrol_totp(request.requester(), now).await {
        Ok(enrolment) => {
            let page = form(request, enrolment, Some(TotpProblem::Over));
            (recorded, page).into_response()
        }
        Err(error) => (recorded, request.refuse(error)).into_response(),
    }
}

pub(crate) async fn remove_page(
    State(app): State<App>,
    request: AccountRequest,
) -> Result<Response, Response> {
    request.check_may_change(&app).await?;
    Ok(request.confirm(ConfirmedChange::RemoveTotp, None, None))
}

pub(crate) async fn remove(
    State(app): State<App>,
    AccountForm { request, .. }: AccountForm,
) -> Result<Response, Response> {
    let now = request.context.caller.now;
    let removing = app.profiles.remove_totp(request.requester(), now);
    match removing.await {
        Ok(user) => Ok(request.changed(&user, AuditAction::FactorRemove, None)),
        // Another request has removed it.
        Err(Error::NoSuchFactor) => Ok(request.done(None).into_response()),
        Err(error) => Err(request.refuse(error)),
    }
}

fn form(
    request: &AccountRequest,
    enrolment: TotpEnrolment,
    problem: Option<TotpProblem>,
) -> Response {
    match qr_path(&enrolment.uri) {
        Ok(qr) => request.context.render(TotpPage {
            action: request.here(),
            back: request.back(),
            enrolment: enrolment.enrolment,
            secret: enrolment.secret,
            qr,
            problem,
            client: request.waiting_client(),
        }),
        Err(error) => PageError::from(Problem::failed(&error)).into_response(),
    }
}
