//! `/login`: the login at the issuer itself, without a client.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use schemars::JsonSchema;
use serde_json::json;

use crate::{
    app::App,
    client::Acr,
    http::{extract::Query, openapi::OpenApiBuilder, problem::Problem},
    identity::{FirstFactor, LoginStep, User, Verified},
    pages::{
        PageContext, SameOriginForm,
        error_page::PageError,
        login_form::{LoginFormOutcome, submit_login},
        login_page::{LoginFormInput, login_page_at_issuer},
        login_return,
        return_path::{PROMPT_LOGIN, ReturnPath},
        step_goal::StepGoal,
        view::{DisplayText, LoggedInPage, LoginLandingPage},
    },
};

/// The form of the login page at the issuer. `by` is `password`, `link` for a login link by email, or `passkey`.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "forms are read by name; this describes them")]
struct IssuerLoginForm {
    email: Option<String>,
    password: Option<String>,
    by: Option<String>,
    challenge: Option<String>,
    /// `AuthenticationResponseJSON`.
    credential: Option<String>,
}

pub(crate) fn describe(api: &mut OpenApiBuilder) {
    let summary = "Show the login page of the issuer, or the user who is logged in there.";
    let text = json!({ "type": "string" });
    api.get("/login", summary)
        .tag("page")
        .query("policy", &text)
        .query("return_to", &text)
        .query("acr_values", &text)
        .query("prompt", &text)
        .redirects("Redirect to the authorization endpoint, for the application of a policy, or to the page of `return_to` if the user is logged in.")
        .answers_page(&[200, 400, 404, 503]);
    api.form::<IssuerLoginForm>("/login", &[200, 202, 401, 422, 501])
        .redirects("For a form: redirect to the page of the issuer that asked for the login.");
}

/// Begins a login for a policy, if the query names one. Otherwise shows the user who is logged in, with one read, or
/// redirects to the page that asked for the login if that login is strong enough, or else shows the login form.
/// `prompt=login` always shows the form. Without single sign-on there is no login here, and the page explains where to
/// log in.
pub(crate) async fn page(
    State(app): State<App>,
    mut context: PageContext,
    query: Result<Query, Problem>,
) -> Result<Response, PageError> {
    let (name, login) = PROMPT_LOGIN;
    let mut must_log_in_again = false;
    if let Ok(query) = query {
        if let Some(redirect) = login_return::begin(&app, &context, &query)? {
            return Ok(redirect);
        }
        must_log_in_again = query.get(name) == Some(login);
    }
    context.leave_client();
    let sso = &context.flow.single_sign_on;
    if !sso.config.is_enabled {
        return Ok(landing(&context));
    }
    // A page redirects here without `prompt` if there is no session at the issuer, and with `prompt=login` if the session
    // is not recent or strong enough.
    let resumed = context.resumed_session().await.map_err(Problem::from)?;
    Ok(match (resumed, &context.return_to) {
        (None, _) => login_page_at_issuer(&context, LoginFormInput::EMPTY),
        (Some(resumed), None) if !must_log_in_again => logged_in(&context, resumed.verified.user()),
        (Some(resumed), Some(page))
            if !must_log_in_again && Acr::of(&resumed.session.amr) >= page.acr() =>
        {
            redirect_to_page(&context, page)
        }
        (Some(resumed), _) => {
            let email = Some(resumed.verified.user().email.as_str());
            let input = LoginFormInput {
                email,
                is_renewal: true,
                ..LoginFormInput::EMPTY
            };
            login_page_at_issuer(&context, input)
        }
    })
}

/// Logs in by the form, which a page of this service posts.
pub(crate) async fn submit(
    State(app): State<App>,
    SameOriginForm { mut context, form }: SameOriginForm,
) -> Result<Response, PageError> {
    context.leave_client();
    if !context.flow.single_sign_on.config.is_enabled {
        return Err(Problem::unsupported_media_type().into());
    }
    let again = |entered: LoginFormInput<'_>| login_page_at_issuer(&context, entered);
    let least = context.return_to.as_ref().map(ReturnPath::acr);
    let login = (&form, least.unwrap_or_default());
    match submit_login(&app, &context, login, again).await? {
        LoginFormOutcome::Verified(first) => log_in_at_issuer(&context, *first).await,
        LoginFormOutcome::LoggedIn(verified) => finish_at_issuer(&context, &verified).await,
        LoginFormOutcome::Answered(response) => Ok(response),
    }
}

/// Logs in at the issuer a user who has proven the first factor, or asks for the second one.
pub(crate) async fn log_in_at_issuer(
    context: &PageContext,
    first: FirstFactor,
) -> Result<Response, PageError> {
    let least = context.return_to.as_ref().map(ReturnPath::acr);
    let is_enough = least.is_none_or(|least| Acr::of(&first.amr()) >= least);
    match first.next(is_enough) {
        LoginStep::Done(verified) => finish_at_issuer(context, &verified).await,
        LoginStep::SecondFactor(first) => {
            let goal = StepGoal::Issuer(context.return_to.as_ref());
            context
                .flow
                .ask_for_second_factor(&first, goal, &context.caller)
        }
    }
}

/// Begins a session at the issuer, and redirects to the page that asked for the login, or shows the user.
pub(crate) async fn finish_at_issuer(
    context: &PageContext,
    verified: &Verified,
) -> Result<Response, PageError> {
    let logged_in_here = context.flow.log_in_here(verified, &context.caller).await;
    let Some(session) = logged_in_here.map_err(Problem::from)? else {
        return Ok(landing(context));
    };
    let response = match &context.return_to {
        Some(page) => redirect_to_page(context, page),
        None => logged_in(context, verified.user()),
    };
    Ok((session, response).into_response())
}

fn redirect_to_page(context: &PageContext, page: &ReturnPath) -> Response {
    let url = context.flow.issuer().endpoint(page.path());
    Redirect::to(&url).into_response()
}

fn logged_in(context: &PageContext, user: &User) -> Response {
    context.render(LoggedInPage {
        action: context.href("/end-session"),
        account: context
            .flow
            .serves_account
            .then(|| context.href("/account")),
        email: DisplayText::of(user.email.as_str()),
        user: user.id.to_string(),
    })
}

/// The page for users who were not sent by a client: the client is where they log in.
fn landing(context: &PageContext) -> Response {
    let can_mail = context.flow.can_mail();
    let mailed = |path| can_mail.then(|| context.href(path));
    context.render(LoginLandingPage {
        forgot: mailed("/password/forgot"),
        sign_up: mailed("/signup"),
    })
}
