//! The form of the login page, and `GET /login`.

use axum::{
    Extension,
    extract::State,
    response::{IntoResponse, Response},
};

use crate::{
    app::App,
    audit::AuditAction,
    client::{AuthorizationRequest, CodeChallenge, Intent},
    http::{
        cookie::SetLoginCookie,
        extract::{Caller, Query},
        openapi::OpenApiBuilder,
        problem::{
            Problem,
            from_domain::{self, HiddenRefusal},
        },
    },
    identity::EmailAddress,
    pages::{
        PageContext, SameOriginForm,
        error_page::{OrErrorPage, PageError},
        login_page::{LoginFormInput, login_page},
        posted_request::{PostedForm, redirect_to_get},
        single_sign_on::AuthenticationRequest,
        view::{LoginLandingPage, LoginProblem},
    },
    password::PresentedPassword,
    provider::Error,
};

pub(crate) fn describe(api: &mut OpenApiBuilder) {
    let summary = "Show a page that explains where to log in. Links in emails lead to it.";
    api.get("/login", summary).tag("page").answers_page(&[200]);
}

/// The page for users who were not sent by a client: the client is where they log in.
pub(crate) async fn front_page(context: PageContext) -> Response {
    let can_mail = context.flow.can_mail();
    let mailed = |path| can_mail.then(|| context.href(path));
    context.render(LoginLandingPage {
        forgot: mailed("/password/forgot"),
        sign_up: mailed("/signup"),
    })
}

pub(crate) async fn log_in(
    State(app): State<App>,
    OrErrorPage(query): OrErrorPage<Query>,
    posted: PostedForm,
) -> Result<Response, PageError> {
    let SameOriginForm { mut context, form } = match posted {
        PostedForm::Own(form) => *form,
        PostedForm::Request(context, form) => return redirect_to_get(&context, &query, &form),
    };
    let (request, hints) = match context.validate(&query, true)? {
        Ok(validated) => validated,
        Err(response) => return Ok(response),
    };
    if request.intent != Intent::Login {
        let error = ("invalid_request", "intent=link requires a provider");
        let language = &context.caller.language;
        return Ok(context.flow.answer_error(&request, error, language));
    }
    if form.get("by") == Some("session") {
        let login = AuthenticationRequest {
            context: &context,
            query: &query,
            request: &request,
            hints: &hints,
        };
        return login.confirm(form.get("sid")).await;
    }
    let entered = form.get("email");
    let problem = |problem| {
        let entered = LoginFormInput {
            email: entered,
            problem: Some(problem),
        };
        login_page(&context, &query, &request, entered)
    };
    let email = match EmailAddress::parse(entered.unwrap_or_default()) {
        Ok(email) => email,
        Err(invalid) => return Ok(problem(LoginProblem::Address(invalid))),
    };
    if form.get("by") == Some("link") {
        let (bind, hidden) = mail_link(&app, &context, &request, email).await?;
        return Ok((bind, hidden, context.mailed(entered, true)).into_response());
    }
    let Some(password) = form.get("password") else {
        return Ok(problem(LoginProblem::NoPassword));
    };
    // A text that cannot be a password is a wrong one.
    let Ok(password) = PresentedPassword::parse(password) else {
        return Ok(problem(LoginProblem::Wrong));
    };
    let Caller { network, now, .. } = context.caller;
    match app.passwords.verify(&email, password, network, now).await {
        Ok(verified) => context.flow.log_in(&request, &verified, &context.caller),
        Err(Error::Refused(refused)) => {
            let recorded = Extension(from_domain::record(AuditAction::Login, refused.as_str()));
            Ok((recorded, problem(LoginProblem::Wrong)).into_response())
        }
        Err(error) => Err(Problem::from(error).into()),
    }
}

/// Mails a login link that can be used only in this browser.
async fn mail_link(
    app: &App,
    context: &PageContext,
    request: &AuthorizationRequest,
    email: EmailAddress,
) -> Result<(SetLoginCookie, HiddenRefusal), PageError> {
    let caller = &context.caller;
    let secret = app.upstreams.login_cookie(caller.login_cookie.get());
    let secret = secret.map_err(Problem::from)?;
    let challenge = CodeChallenge::to(&secret);
    let clients = app.sessions.clients();
    let mut mail = caller.mail(email, clients, Some(&request.client_id))?;
    mail.context.request = Some(request);
    let requested = app.login_links.request(mail, challenge, None, caller.now);
    let hidden = from_domain::suppressed(requested.await.map_err(Problem::from)?);
    let lifetime = app.upstreams.binding_lifetime();
    let bind = SetLoginCookie::set(&secret, lifetime, app.sessions.issuer());
    Ok((bind, hidden))
}
