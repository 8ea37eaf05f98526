//! The page of `/email/confirm`.

use axum::{extract::State, response::Response};
use schemars::JsonSchema;

use crate::{
    http::openapi::OpenApiBuilder,
    pages::{
        PageContext, SameOriginForm,
        error_page::PageError,
        token,
        view::{CompletedAction, ConfirmEmailPage},
    },
    profile::ProfileService,
};

/// The form of a page of this service.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "forms are read by name; this describes them")]
pub(crate) struct ConfirmForm {
    token: String,
}

pub(crate) fn describe(api: &mut OpenApiBuilder) {
    api.form::<ConfirmForm>("/email/confirm", &[200]);
    api.link_page("/email/confirm");
}

pub(crate) async fn email_page(context: PageContext) -> Response {
    context.render(ConfirmEmailPage {
        action: context.href("/email/confirm"),
    })
}

pub(crate) async fn confirm_email(
    State(profiles): State<ProfileService>,
    SameOriginForm { context, form }: SameOriginForm,
) -> Result<Response, PageError> {
    let link = context.caller.confirmation(token(&form)?);
    let changed = profiles.confirm_email_change(link, context.caller.now);
    let changed = changed.await;
    changed.map_err(|error| PageError::of_link(error.into(), None))?;
    Ok(context.done(CompletedAction::EmailChanged, false))
}
