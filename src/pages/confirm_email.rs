//! `/email/confirm` as people see it.

use axum::{extract::State, response::Response};
use schemars::JsonSchema;

use crate::{
    audit::AuditAction,
    http::{
        extract::{ClientNetwork, Now},
        openapi::OpenApiBuilder,
        rate_limited_mail::recorded,
    },
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
    Now(now): Now,
    ClientNetwork(network): ClientNetwork,
    SameOriginForm { context, form }: SameOriginForm,
) -> Result<Response, PageError> {
    let locale = context.localizer().locale();
    let confirming = profiles.confirm_email_change(token(&form)?, locale, now);
    let changed = context.flow.mail.open(network, confirming).await?;
    recorded(AuditAction::AddressChange, changed)
        .map_err(|error| PageError::of_link(error.into(), None))?;
    Ok(context.done(CompletedAction::EmailChanged))
}
