//! The login page, which `/authorize` shows when the request names no provider.

use axum::{
    Extension,
    extract::State,
    response::{IntoResponse, Response},
};

use crate::{
    app::App,
    audit::AuditAction,
    client::{AuthorizationRequest, CodeChallenge, Intent, LoginHints},
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
        login_flow::refused_request,
        view::{DisplayText, Link, LoginLandingPage, LoginPage, LoginProblem},
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

/// The entered email and the problem with the form.
#[derive(Clone, Copy)]
pub(crate) struct LoginFormInput<'a> {
    pub(crate) email: Option<&'a str>,
    pub(crate) problem: Option<LoginProblem>,
}

impl<'a> LoginFormInput<'a> {
    /// The input that the client suggests by `login_hint`.
    pub(crate) fn hinted(hints: &'a LoginHints) -> Self {
        Self {
            email: hints.login_hint.as_deref(),
            problem: None,
        }
    }
}

/// The login page, with every login method that the request allows.
pub(crate) fn login_page(
    context: &PageContext,
    query: &Query,
    request: &AuthorizationRequest,
    entered: LoginFormInput<'_>,
) -> Response {
    let flow = &context.flow;
    // Links keep the parameters of the request.
    let here = |further| Link::own(flow.issuer(), "/authorize", query.iter().chain(further));
    // intent=link links a provider account, so only providers are offered.
    let is_login = request.intent == Intent::Login;
    let own = |path| is_login.then(|| context.href(path));
    let mailed = |path| own(path).filter(|_| flow.can_mail());
    let providers = flow.upstreams.iter().map(|provider| {
        let name = DisplayText::of(provider.name());
        (name, here(Some(("provider", provider.id()))))
    });
    context.render(LoginPage {
        client: DisplayText::of(&request.client_id),
        action: here(None),
        by_password: is_login,
        by_mail: is_login && flow.can_mail(),
        email: entered.email.map(DisplayText::of),
        problem: entered.problem,
        providers: providers.collect(),
        forgot: mailed("/password/forgot"),
        sign_up: mailed("/signup"),
        cancel: flow.error_link(request, "access_denied", "the user canceled the login"),
    })
}

pub(crate) async fn log_in(
    State(app): State<App>,
    OrErrorPage(query): OrErrorPage<Query>,
    SameOriginForm { mut context, form }: SameOriginForm,
) -> Result<Response, PageError> {
    let (request, _) = match context
        .flow
        .validate_request(true)
        .validate(|name| query.get(name))
    {
        Ok(validated) => validated,
        Err(error) => return refused_request(error),
    };
    context.request = Some(request.clone());
    if request.intent != Intent::Login {
        let description = "intent=link requires a provider";
        return Ok(context
            .flow
            .answer_error(&request, "invalid_request", description));
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
        Ok(verified) => context.flow.log_in(&request, &verified, now),
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
