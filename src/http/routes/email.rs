//! `POST /email` mails a link to another address; `POST /email/confirm` makes it the person's.

use axum::{
    Router,
    extract::State,
    http::StatusCode,
    response::IntoResponse,
    routing::{get, post},
};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    mailing::{Mailing, recorded},
    pages::{confirm_email, either, email_page},
};
use crate::{
    app::App,
    audit::Act,
    http::{
        extract::{Body, ClientNetwork, Now, Password, Presented, Spoken, field},
        openapi::Api,
        problem::Problem,
    },
    identity::EmailAddress,
    record::{Asker, Records},
};

pub(in crate::http) fn router() -> Router<App> {
    Router::new().route("/email", post(change)).route(
        "/email/confirm",
        get(email_page).post(either(confirm, confirm_email)),
    )
}

/// The password is required unless the login is recent. If it is given, it is verified.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ChangeRequest {
    email: String,
    password: Option<Password>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ConfirmRequest {
    token: String,
}

/// The form of a page of this service.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "forms are read by name; this describes them")]
pub(super) struct ConfirmForm {
    token: String,
}

pub(super) fn describe(api: &mut Api) {
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
    .fails(&[429, 503])
    .or_form::<ConfirmForm>(&[200]);
    api.get(
        "/email/confirm",
        "Show the page that the link opens. Changes nothing.",
    )
    .tag("page")
    .answers_page(&[200]);
}

async fn change(
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

async fn confirm(
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
