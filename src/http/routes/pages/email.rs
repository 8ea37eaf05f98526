//! `/email/confirm` as people see it.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};

use super::{Visit, token};
use crate::{
    http::{
        extract::{ClientNetwork, Form, Now},
        page::{ConfirmAddress, Deed},
        routes::{email::confirmed, mailing::Mailing},
        stopped::{Sent, Stopped},
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
    State(mailing): State<Mailing>,
    State(records): State<Records>,
    visit: Visit,
    Now(now): Now,
    ClientNetwork(network): ClientNetwork,
    Sent(form): Sent<Form>,
) -> Result<Response, Stopped> {
    visit.check_site()?;
    let locale = visit.voice().locale();
    let confirming = records.confirm_address(token(&form)?, locale, now);
    let changed = mailing.open(network, confirming).await?;
    confirmed(changed).map_err(|error| visit.not_opened(error, None))?;
    Ok(visit.done(Deed::AddressChanged).into_response())
}
