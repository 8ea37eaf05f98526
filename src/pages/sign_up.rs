//! `/signup` and `/signup/confirm` as people see them.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;

use crate::{
    http::extract::{ClientNetwork, Now},
    http::openapi::Api,
    identity::{EmailAddress, PersonName},
    pages::{
        Posted, Visit, chosen,
        error_page::Stopped,
        token,
        view::{ChoosePassword, Deed, Line, PasswordProblem, Purpose, SignUp, SignUpProblem},
    },
    provider::{Error, SignUpProvider},
};

/// The form of a page of this service.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "forms are read by name; this describes them")]
pub(crate) struct SignUpForm {
    email: String,
    name: Option<String>,
}

/// The form of a page of this service.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "forms are read by name; this describes them")]
pub(crate) struct ChooseForm {
    token: String,
    password: String,
}

pub(crate) fn describe(api: &mut Api) {
    api.form::<SignUpForm>("/signup", &[202, 422]);
    api.get("/signup", "Show the page that asks for the email.")
        .tag("page")
        .answers_page(&[200]);
    api.form::<ChooseForm>("/signup/confirm", &[200, 401, 422]);
    api.link_page("/signup/confirm");
}

pub(crate) async fn sign_up_page(visit: Visit) -> SignUp {
    page(&visit, (None, None), None)
}

fn page(
    visit: &Visit,
    (name, email): (Option<&str>, Option<&str>),
    problem: Option<SignUpProblem>,
) -> SignUp {
    SignUp {
        voice: visit.voice().clone(),
        issuer: visit.landing.issuer().clone(),
        action: visit.href("/signup"),
        name: name.map(Line::of),
        email: email.map(Line::of),
        problem,
        back: visit.log_in(),
    }
}

pub(crate) async fn ask_to_sign_up(
    State(sign_ups): State<SignUpProvider>,
    Now(now): Now,
    ClientNetwork(network): ClientNetwork,
    Posted { visit, form }: Posted,
) -> Result<Response, Stopped> {
    let given = (form.get("name"), form.get("email"));
    let again = |problem| page(&visit, given, Some(problem)).into_response();
    let name = match given.0.map(PersonName::parse).transpose() {
        Ok(name) => name,
        Err(invalid) => return Ok(again(SignUpProblem::Name(invalid))),
    };
    let email = match EmailAddress::parse(given.1.unwrap_or_default()) {
        Ok(email) => email,
        Err(invalid) => return Ok(again(SignUpProblem::Address(invalid))),
    };
    let asked = visit.asks()?;
    let sending = sign_ups.request(email.clone(), name, asked, now);
    let unsaid = visit.landing.mailing.send(network, &email, sending).await?;
    Ok((unsaid, visit.mailed(given.1, false)).into_response())
}

pub(crate) async fn choose_page(visit: Visit) -> ChoosePassword {
    visit.choose(Purpose::SignUp, None, None)
}

pub(crate) async fn choose_password(
    State(sign_ups): State<SignUpProvider>,
    Now(now): Now,
    ClientNetwork(network): ClientNetwork,
    Posted { visit, form }: Posted,
) -> Result<Response, Stopped> {
    let token = token(&form)?;
    let again = |problem| visit.choose(Purpose::SignUp, Some(token), Some(problem));
    let password = match chosen(&form) {
        Ok(password) => password,
        Err(problem) => return Ok(again(problem).into_response()),
    };
    let not_opened = |problem| Stopped::of_link(problem, Some(visit.href("/signup")));
    let opened = sign_ups.open(token, network, now).await;
    let opened = opened.map_err(|error| not_opened(error.into()))?;
    match sign_ups.confirm(opened, password, now).await {
        Err(Error::Weak(weak)) => Ok(again(PasswordProblem::Weak(weak)).into_response()),
        Err(error) => Err(not_opened(error.into())),
        Ok(_) => Ok(visit.done(Deed::SignedUp).into_response()),
    }
}
