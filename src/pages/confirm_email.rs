//! `/email/confirm` as people see it.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;

use crate::{
    audit::Act,
    http::{
        extract::{ClientNetwork, Now},
        mail_requests::recorded,
        openapi::Api,
    },
    pages::{
        Posted, Visit,
        error_page::Stopped,
        token,
        view::{ConfirmAddress, Deed},
    },
    record::Records,
};

/// The form of a page of this service.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "forms are read by name; this describes them")]
pub(crate) struct ConfirmForm {
    token: String,
}

pub(crate) fn describe(api: &mut Api) {
    api.form::<ConfirmForm>("/email/confirm", &[200]);
    api.link_page("/email/confirm");
}

pub(crate) async fn email_page(visit: Visit) -> ConfirmAddress {
    ConfirmAddress {
        voice: visit.voice().clone(),
        issuer: visit.landing.issuer().clone(),
        action: visit.href("/email/confirm"),
    }
}

pub(crate) async fn confirm_email(
    State(records): State<Records>,
    Now(now): Now,
    ClientNetwork(network): ClientNetwork,
    Posted { visit, form }: Posted,
) -> Result<Response, Stopped> {
    let locale = visit.voice().locale();
    let confirming = records.confirm_address(token(&form)?, locale, now);
    let changed = visit.landing.mailing.open(network, confirming).await?;
    recorded(Act::AddressChange, changed).map_err(|error| Stopped::of_link(error.into(), None))?;
    Ok(visit.done(Deed::AddressChanged).into_response())
}
