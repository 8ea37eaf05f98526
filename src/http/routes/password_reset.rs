//! `POST /password/forgot` mails a link; `POST /password/reset` sets what whoever opened it has chosen.

use axum::{Router, extract::State, http::StatusCode, response::IntoResponse, routing::get};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    mailing::{Mailing, recorded},
    pages::{ask_for_reset, either, forgot_page, reset_page, set_password},
    sign_up::ChooseForm,
};
use crate::{
    app::App,
    audit::Act,
    http::{
        extract::{Body, ClientNetwork, Now, Password, Spoken, field},
        openapi::Api,
        problem::Problem,
    },
    identity::EmailAddress,
    record::Records,
};

pub(in crate::http) fn router() -> Router<App> {
    Router::new()
        .route(
            "/password/forgot",
            get(forgot_page).post(either(forgot, ask_for_reset)),
        )
        .route(
            "/password/reset",
            get(reset_page).post(either(reset, set_password)),
        )
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ForgotRequest {
    email: String,
    client_id: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ResetRequest {
    token: String,
    password: Password,
}

/// The form of a page of this service.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "forms are read by name; this describes them")]
struct ForgotForm {
    email: String,
}

pub(super) fn describe(api: &mut Api) {
    api.post(
        "/password/forgot",
        "Request a password reset link by email.",
    )
    .tag("person")
    .takes::<ForgotRequest>()
    .answers_nothing(
        202,
        "Accepted. The response is the same whether or not the email has an account.",
    )
    .fails(&[429, 503])
    .or_form::<ForgotForm>(&[202, 422]);
    api.get("/password/forgot", "Show the page that asks for the email.")
        .tag("page")
        .answers_page(&[200]);
    api.get(
        "/password/reset",
        "Show the page that the link opens. Changes nothing.",
    )
    .tag("page")
    .answers_page(&[200]);
    api.post(
        "/password/reset",
        "Set a new password by the mailed link; all sessions end.",
    )
    .tag("person")
    .takes::<ResetRequest>()
    .answers_nothing(
        204,
        "Password set. All sessions have ended; nobody is logged in.",
    )
    .fails(&[429, 503])
    .or_form::<ChooseForm>(&[200, 422]);
}

async fn forgot(
    State(mailing): State<Mailing>,
    State(records): State<Records>,
    Now(now): Now,
    ClientNetwork(network): ClientNetwork,
    Spoken { voice, .. }: Spoken,
    Body(request): Body<ForgotRequest>,
) -> Result<impl IntoResponse, Problem> {
    let email = field("email", EmailAddress::parse(&request.email))?;
    let asked = mailing.asked(request.client_id.as_deref(), &voice, None)?;
    let sending = records.forgot_password(email.clone(), asked, now);
    let unsaid = mailing.send(network, &email, sending).await?;
    Ok((StatusCode::ACCEPTED, unsaid, ()))
}

async fn reset(
    State(mailing): State<Mailing>,
    State(records): State<Records>,
    Now(now): Now,
    ClientNetwork(network): ClientNetwork,
    Spoken { voice, .. }: Spoken,
    Body(request): Body<ResetRequest>,
) -> Result<StatusCode, Problem> {
    let password = request.password.parse("password")?;
    let token = &request.token;
    let resetting = records.reset_password(token, password, network, voice.locale(), now);
    recorded(Act::PasswordReset, mailing.open(network, resetting).await?)?;
    Ok(StatusCode::NO_CONTENT)
}
