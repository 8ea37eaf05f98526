//! `POST /email` mails a link to another address; `POST /email/confirm` makes it the person's.

use axum::{extract::State, http::StatusCode, response::IntoResponse};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    audit::AuditAction,
    http::{
        extract::{Authenticated, ClientNetwork, JsonBody, Language, Now, Password, field},
        openapi::OpenApiBuilder,
        problem::Problem,
        rate_limited_mail::{RateLimitedMail, recorded},
    },
    identity::EmailAddress,
    profile::{ProfileService, Requester},
};

/// The password is required unless the login is recent. If it is given, it is verified.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EmailChangeRequest {
    email: String,
    password: Option<Password>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EmailConfirmRequest {
    token: String,
}

pub(crate) fn describe(api: &mut OpenApiBuilder) {
    api.post(
        "/email",
        "Request a change of email; a link is sent to the new one.",
    )
    .tag("person")
    .session(true)
    .takes::<EmailChangeRequest>()
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
    .takes::<EmailConfirmRequest>()
    .answers_nothing(204, "Email changed. All sessions have ended.")
    .fails(&[429, 503]);
}

pub(crate) async fn change(
    State(mail): State<RateLimitedMail>,
    State(profiles): State<ProfileService>,
    Now(now): Now,
    ClientNetwork(network): ClientNetwork,
    Language { localizer, .. }: Language,
    Authenticated(session): Authenticated,
    JsonBody(request): JsonBody<EmailChangeRequest>,
) -> Result<impl IntoResponse, Problem> {
    let email = field("email", EmailAddress::parse(&request.email))?;
    let password = request.password.map(|it| it.parse("password"));
    let asker = Requester {
        session: &session,
        password: password.transpose()?,
        network,
    };
    // Who may not ask pays nothing, and is told so.
    let user = profiles.check_email_change(asker, &email, now).await?;
    let context = mail.asked(Some(&session.client_id), &localizer, None)?;
    let sending = profiles.request_email_change(&user, email.clone(), context, now);
    let hidden = mail.send(network, &email, sending).await?;
    Ok((StatusCode::ACCEPTED, hidden, ()))
}

pub(crate) async fn confirm(
    State(mail): State<RateLimitedMail>,
    State(profiles): State<ProfileService>,
    Now(now): Now,
    ClientNetwork(network): ClientNetwork,
    Language { localizer, .. }: Language,
    JsonBody(request): JsonBody<EmailConfirmRequest>,
) -> Result<StatusCode, Problem> {
    let confirming = profiles.confirm_email_change(&request.token, localizer.locale(), now);
    recorded(
        AuditAction::AddressChange,
        mail.open(network, confirming).await?,
    )?;
    Ok(StatusCode::NO_CONTENT)
}
