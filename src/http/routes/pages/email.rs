//! `/email/confirm` as people see it.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};

use super::{Posted, Visit, token};
use crate::{
    audit::Act,
    http::{
        extract::{ClientNetwork, Now},
        page::{ConfirmAddress, Deed},
        routes::mailing::recorded,
        stopped::Stopped,
    },
    record::Records,
};

pub(in crate::http::routes) async fn email_page(visit: Visit) -> ConfirmAddress {
    ConfirmAddress {
        voice: visit.voice().clone(),
        issuer: visit.landing.issuer().clone(),
        action: visit.href("/email/confirm"),
    }
}

pub(in crate::http::routes) async fn confirm_email(
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
