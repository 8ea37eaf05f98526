//! `/account/passkeys/…`: adds, renames and removes passkeys.

use axum::{
    Extension,
    extract::State,
    response::{IntoResponse, Redirect, Response},
};

use super::session::{AccountForm, AccountRequest};
use crate::{
    app::App,
    audit::AuditAction,
    http::{
        extract::{Form, PasskeyIdPath},
        openapi::OpenApiBuilder,
        passkeys::{credential::RegistrationCredential, options::creation_options},
        problem::from_domain,
    },
    identity::CredentialId,
    json,
    pages::{
        error_page::OrErrorPage,
        view::{
            AddPasskeyPage, ConfirmProblem, ConfirmedChange, DisplayText, PASSKEY_ADDED,
            PASSKEY_REMOVED, PasskeyOfferProblem, RenamePasskeyPage,
        },
    },
    passkey::{PasskeyName, PasskeyRejection},
    profile::{Error, ListedPasskey, PresentedRegistration, RegistrationRejection},
};

pub(crate) use crate::pages::account_paths::NEW_PASSKEY as NEW;
pub(crate) const RENAME: &str = "/account/passkeys/{id}";
pub(crate) const REMOVE: &str = "/account/passkeys/{id}/remove";

pub(crate) fn describe(api: &mut OpenApiBuilder) {
    super::describe_form(api, NEW, "Add a passkey; all other sessions end.");
    super::describe_form(api, RENAME, "Rename a passkey.");
    super::describe_form(api, REMOVE, "Remove a passkey; all other sessions end.");
}

pub(crate) async fn new_page(
    State(app): State<App>,
    request: AccountRequest,
) -> Result<Response, Response> {
    request.check_may_change(&app).await?;
    creation(&app, &request, None).await
}

/// Adds the passkey of the form. The page is shown again with another challenge if the passkey is refused.
pub(crate) async fn add(
    State(app): State<App>,
    AccountForm { request, form }: AccountForm,
) -> Result<Response, Response> {
    if form.get("by") == Some("skip") {
        let back = request.back();
        return Ok(Redirect::to(&back.to_string()).into_response());
    }
    let (problem, reason) = match added(&app, &request, &form).await {
        Ok(response) => return Ok(response),
        Err(Error::PasskeyExists) => (PasskeyOfferProblem::Exists, "passkey exists"),
        Err(Error::Registration(refused)) => (PasskeyOfferProblem::NotCreated, refused.as_str()),
        Err(error) => return Err(request.refuse(error)),
    };
    let recorded = from_domain::record(AuditAction::FactorAdd, reason);
    let page = creation(&app, &request, Some(problem)).await?;
    Ok((Extension(recorded), page).into_response())
}

async fn added(app: &App, request: &AccountRequest, form: &Form) -> Result<Response, Error> {
    let credential = form.get("credential").unwrap_or_default();
    let credential = json::object::<RegistrationCredential>(credential.as_bytes());
    let credential =
        credential.ok_or(RegistrationRejection::Answer(PasskeyRejection::ClientData))?;
    let decoded = credential.decoded();
    let presented = PresentedRegistration {
        challenge: form.get("challenge").unwrap_or_default(),
        response: decoded.response(),
        transports: credential.transports(),
        name: PasskeyName::default(),
    };
    let now = request.context.caller.now;
    let adding = app
        .profiles
        .add_passkey(request.requester(), presented, now);
    let (user, _) = adding.await?;
    Ok(request.changed(&user, AuditAction::FactorAdd, Some(PASSKEY_ADDED)))
}

async fn creation(
    app: &App,
    request: &AccountRequest,
    problem: Option<PasskeyOfferProblem>,
) -> Result<Response, Response> {
    let now = request.context.caller.now;
    let begun = app.profiles.begin_passkey(&request.session, now).await;
    let begun = begun.map_err(|error| request.refuse(error))?;
    let options = creation_options(&app.config, &begun);
    Ok(request.context.render(AddPasskeyPage {
        action: request.here(),
        back: request.back(),
        challenge: begun.sealed,
        options: serde_json::json!(options).to_string(),
        problem,
        client: request.waiting_client(),
    }))
}

pub(crate) async fn rename_page(
    State(app): State<App>,
    request: AccountRequest,
    OrErrorPage(PasskeyIdPath(id)): OrErrorPage<PasskeyIdPath>,
) -> Result<Response, Response> {
    let passkey = find(&app, &request, id).await?;
    Ok(name_form(&request, passkey.name.as_str(), false))
}

pub(crate) async fn rename(
    State(app): State<App>,
    OrErrorPage(PasskeyIdPath(id)): OrErrorPage<PasskeyIdPath>,
    AccountForm { request, form }: AccountForm,
) -> Result<Response, Response> {
    let entered = form.get("name").unwrap_or_default();
    let name = PasskeyName::parse(entered).map_err(|_| name_form(&request, entered, true))?;
    let now = request.context.caller.now;
    let renaming = app
        .profiles
        .rename_passkey(&request.session, id, &name, now);
    renaming.await.map_err(|error| request.refuse(error))?;
    Ok(request.done(None).into_response())
}

fn name_form(request: &AccountRequest, name: &str, is_invalid: bool) -> Response {
    request.context.render(RenamePasskeyPage {
        action: request.here(),
        back: request.back(),
        name: Some(DisplayText::of(name)),
        is_invalid,
    })
}

pub(crate) async fn remove_page(
    State(app): State<App>,
    request: AccountRequest,
    OrErrorPage(PasskeyIdPath(id)): OrErrorPage<PasskeyIdPath>,
) -> Result<Response, Response> {
    request.check_may_change(&app).await?;
    let passkey = find(&app, &request, id).await?;
    Ok(removal(&request, &passkey, None))
}

pub(crate) async fn remove(
    State(app): State<App>,
    OrErrorPage(PasskeyIdPath(id)): OrErrorPage<PasskeyIdPath>,
    AccountForm { request, .. }: AccountForm,
) -> Result<Response, Response> {
    let passkey = find(&app, &request, id).await?;
    let now = request.context.caller.now;
    let removing = app
        .profiles
        .remove_passkey(request.requester(), passkey.id, now);
    match removing.await {
        Ok(user) => {
            let done = Some(PASSKEY_REMOVED);
            Ok(request.changed(&user, AuditAction::FactorRemove, done))
        }
        Err(Error::LastWayIn) => Ok(removal(&request, &passkey, Some(ConfirmProblem::LastWayIn))),
        Err(error) => Err(request.refuse(error)),
    }
}

fn removal(
    request: &AccountRequest,
    passkey: &ListedPasskey,
    problem: Option<ConfirmProblem>,
) -> Response {
    let name = passkey.name.as_str();
    request.confirm(ConfirmedChange::RemovePasskey, Some(name), problem)
}

/// Returns the passkey of the user with that ID.
async fn find(
    app: &App,
    request: &AccountRequest,
    id: CredentialId,
) -> Result<ListedPasskey, Response> {
    let factors = app.profiles.factors(&request.session).await;
    let factors = factors.map_err(|error| request.refuse(error))?;
    let mut all = factors.passkeys.into_iter();
    all.find(|passkey| passkey.id == id)
        .ok_or_else(|| request.refuse(Error::NoSuchFactor))
}
