//! `POST /email` mails a link to another address; `POST /email/confirm` makes it the person's.

use axum::{extract::State, http::StatusCode, response::IntoResponse};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    audit::Act,
    http::{
        extract::{Body, ClientNetwork, Now, Password, Presented, Spoken, field},
        mail_requests::{Mailing, recorded},
        openapi::Api,
        problem::Problem,
    },
    identity::EmailAddress,
    record::{Asker, Records},
};

/// The password is required unless the login is recent. If it is given, it is verified.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangeRequest {
    email: String,
    password: Option<Password>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConfirmRequest {
    token: String,
}

pub(crate) fn describe(api: &mut Api) {
    api.post(
        "/email",
        "Request a change of email; a link is sent to the new one.",
    )
    .tag("person")
    .session(true)
    .takes::<ChangeRequest>()
    .answers_nothing(
        202,
        "Accepted. The response is the same whether or not the email has an account.",
    )
    .fails(&[429]);
    api.post(
        "/email/confirm",
        "Confirm the new email by the mailed link; all sessions end.",
    )
    .tag("person")
    .takes::<ConfirmRequest>()
    .answers_nothing(204, "Email changed. All sessions have ended.")
    .fails(&[429, 503]);
}

pub(crate) async fn change(
    State(mailing): State<Mailing>,
    State(records): State<Records>,
    Now(now): Now,
    ClientNetwork(network): ClientNetwork,
    Spoken { voice, .. }: Spoken,
    Presented(session): Presented,
    Body(request): Body<ChangeRequest>,
) -> Result<impl IntoResponse, Problem> {
    let email = field("email", EmailAddress::parse(&request.email))?;
    let password = request.password.map(|it| it.parse("password"));
    let asker = Asker {
        session: &session,
        password: password.transpose()?,
        network,
    };
    // Who may not ask pays nothing, and is told so.
    let user = records.may_change_address(asker, &email, now).await?;
    let mail = mailing.asked(Some(&session.client_id), &voice, None)?;
    let sending = records.change_address(&user, email.clone(), mail, now);
    let unsaid = mailing.send(network, &email, sending).await?;
    Ok((StatusCode::ACCEPTED, unsaid, ()))
}

pub(crate) async fn confirm(
    State(mailing): State<Mailing>,
    State(records): State<Records>,
    Now(now): Now,
    ClientNetwork(network): ClientNetwork,
    Spoken { voice, .. }: Spoken,
    Body(request): Body<ConfirmRequest>,
) -> Result<StatusCode, Problem> {
    let confirming = records.confirm_address(&request.token, voice.locale(), now);
    recorded(Act::AddressChange, mailing.open(network, confirming).await?)?;
    Ok(StatusCode::NO_CONTENT)
}
