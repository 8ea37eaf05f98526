//! `/account/recovery-codes`: creates recovery codes, and shows them once.

use axum::{extract::State, response::Response};

use super::session::{AccountForm, AccountRequest};
use crate::{
    app::App,
    http::openapi::OpenApiBuilder,
    pages::view::{ConfirmedChange, RecoveryCodesPage},
};

pub(crate) const PATH: &str = "/account/recovery-codes";

pub(crate) fn describe(api: &mut OpenApiBuilder) {
    super::describe_form(
        api,
        PATH,
        "Create recovery codes, which replace the earlier ones.",
    );
}

pub(crate) async fn page(
    State(app): State<App>,
    request: AccountRequest,
) -> Result<Response, Response> {
    request.check_may_change(&app).await?;
    Ok(request.confirm(ConfirmedChange::NewRecoveryCodes, None, None))
}

pub(crate) async fn submit(
    State(app): State<App>,
    AccountForm { request, .. }: AccountForm,
) -> Result<Response, Response> {
    let now = request.context.caller.now;
    let creating = app.profiles.create_recovery_codes(request.requester(), now);
    let codes = creating.await.map_err(|error| request.refuse(error))?;
    Ok(request.context.render(RecoveryCodesPage {
        codes,
        back: request.back(),
    }))
}
