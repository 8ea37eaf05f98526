//! `POST /authorize`: the form of the login page.

use axum::{extract::State, response::Response};

use crate::{
    app::App,
    client::Intent,
    http::extract::Query,
    pages::{
        SameOriginForm,
        error_page::{OrErrorPage, PageError},
        login_form::{LoginFormOutcome, submit_login},
        login_page::{LoginFormInput, login_page},
        posted_request::{PostedForm, redirect_to_get},
        single_sign_on::AuthenticationRequest,
        validated_request::RequestValidation,
    },
};

pub(crate) async fn log_in(
    State(app): State<App>,
    OrErrorPage(query): OrErrorPage<Query>,
    posted: PostedForm,
) -> Result<Response, PageError> {
    let SameOriginForm { mut context, form } = match posted {
        PostedForm::Own(form) => *form,
        PostedForm::Request(context, form) => return redirect_to_get(&context, &query, &form),
    };
    let validated = match context.validate(&query, true).await? {
        RequestValidation::Valid(validated) => validated,
        RequestValidation::Refused(response) => return Ok(response),
    };
    let request = &validated.request;
    if request.intent != Intent::Login {
        let reason = "intent=link requires a provider";
        return context
            .flow
            .invalid_request(request, reason, &context.caller);
    }
    if form.get("by") == Some("session") {
        let login = AuthenticationRequest {
            context: &context,
            query: &query,
            validated: &validated,
        };
        return login.confirm(form.get("sid")).await;
    }
    let again = |entered: LoginFormInput<'_>| login_page(&context, &query, request, entered);
    let least = context.flow.least_acr(request)?;
    match submit_login(&app, &context, (&form, least), again).await? {
        LoginFormOutcome::Verified(first) => {
            let flow = &context.flow;
            flow.log_in(request, *first, &context.caller).await
        }
        LoginFormOutcome::LoggedIn(verified) => {
            let flow = &context.flow;
            flow.log_in_verified(request, &verified, &context.caller)
                .await
        }
        LoginFormOutcome::Answered(response) => Ok(response),
    }
}
