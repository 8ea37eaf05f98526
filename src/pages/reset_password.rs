//! `/password/forgot` and `/password/reset` as people see them.

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
    identity::{EmailAddress, InvalidEmailAddress},
    pages::sign_up::ChooseForm,
    pages::{
        Posted, Visit, chosen,
        error_page::Stopped,
        token,
        view::{ChoosePassword, Deed, Forgot, Line, PasswordProblem, Purpose},
    },
    record::{Error, Records},
};

/// The form of a page of this service.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "forms are read by name; this describes them")]
pub(crate) struct ForgotForm {
    email: String,
}

pub(crate) fn describe(api: &mut Api) {
    api.form::<ForgotForm>("/password/forgot", &[202, 422]);
    api.get("/password/forgot", "Show the page that asks for the email.")
        .tag("page")
        .answers_page(&[200]);
    api.form::<ChooseForm>("/password/reset", &[200, 422]);
    api.link_page("/password/reset");
}

pub(crate) async fn forgot_page(visit: Visit) -> Forgot {
    forgot(&visit, None, None)
}

fn forgot(visit: &Visit, given: Option<&str>, problem: Option<InvalidEmailAddress>) -> Forgot {
    Forgot {
        voice: visit.voice().clone(),
        issuer: visit.landing.issuer().clone(),
        action: visit.href("/password/forgot"),
        email: given.map(Line::of),
        problem,
        back: visit.log_in(),
    }
}

pub(crate) async fn ask_for_reset(
    State(records): State<Records>,
    Now(now): Now,
    ClientNetwork(network): ClientNetwork,
    Posted { visit, form }: Posted,
) -> Result<Response, Stopped> {
    let given = form.get("email");
    let email = match EmailAddress::parse(given.unwrap_or_default()) {
        Ok(email) => email,
        Err(problem) => return Ok(forgot(&visit, given, Some(problem)).into_response()),
    };
    let asked = visit.asks()?;
    let sending = records.forgot_password(email.clone(), asked, now);
    let unsaid = visit.landing.mailing.send(network, &email, sending).await?;
    Ok((unsaid, visit.mailed(given, false)).into_response())
}

pub(crate) async fn reset_page(visit: Visit) -> ChoosePassword {
    visit.choose(Purpose::Reset, None, None)
}

pub(crate) async fn set_password(
    State(records): State<Records>,
    Now(now): Now,
    ClientNetwork(network): ClientNetwork,
    Posted { visit, form }: Posted,
) -> Result<Response, Stopped> {
    let token = token(&form)?;
    let again = |problem| visit.choose(Purpose::Reset, Some(token), Some(problem));
    let password = match chosen(&form) {
        Ok(password) => password,
        Err(problem) => return Ok(again(problem).into_response()),
    };
    let locale = visit.voice().locale();
    let resetting = records.reset_password(token, password, network, locale, now);
    match visit.landing.mailing.open(network, resetting).await? {
        Err(Error::Weak(weak)) => Ok(again(PasswordProblem::Weak(weak)).into_response()),
        reset => {
            let again = || Some(visit.href("/password/forgot"));
            recorded(Act::PasswordReset, reset)
                .map_err(|error| Stopped::of_link(error.into(), again()))?;
            Ok(visit.done(Deed::PasswordReset).into_response())
        }
    }
}
