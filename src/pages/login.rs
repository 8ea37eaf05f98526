//! The login page, which `/authorize` shows when the request names no provider.

use axum::{
    Extension,
    extract::{FromRef, State},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};

use crate::{
    app::App,
    audit::AuditAction,
    client::{AuthorizationRequest, CodeChallenge, Intent, LoginHints},
    http::{
        cookie::{LoginCookie, SetLoginCookie},
        extract::{ClientNetwork, Now, Query},
        openapi::OpenApiBuilder,
        problem::{Problem, from_domain},
        rate_limited_mail::Unsaid,
    },
    identity::EmailAddress,
    network::Network,
    pages::{
        PageContext, SameOriginForm,
        error_page::{OrErrorPage, PageError},
        login_flow::{LoginFlow, turned_away},
        view::{DisplayText, Link, LoginLandingPage, LoginPage, LoginProblem},
    },
    password::PresentedPassword,
    provider::{Error, LoginLinkProvider, PasswordProvider},
};

/// The ways to log in that are Signet's own.
#[derive(Clone)]
pub(crate) struct OfferedLogins {
    passwords: PasswordProvider,
    links: LoginLinkProvider,
}

impl FromRef<App> for OfferedLogins {
    fn from_ref(app: &App) -> Self {
        Self {
            passwords: app.passwords.clone(),
            links: app.login_links.clone(),
        }
    }
}

pub(crate) fn describe(api: &mut OpenApiBuilder) {
    let summary = "Show a page that explains where to log in. Links in emails lead to it.";
    api.get("/login", summary).tag("page").answers_page(&[200]);
}

/// Where to log in, for those whom no app has brought here.
pub(crate) async fn front_page(context: PageContext) -> Response {
    let can_mail = context.flow.can_mail();
    let mailed = |path| can_mail.then(|| context.href(path));
    context.render(LoginLandingPage {
        forgot: mailed("/password/forgot"),
        sign_up: mailed("/signup"),
    })
}

/// What was entered, and what is wrong with it.
#[derive(Clone, Copy)]
pub(crate) struct LoginFormInput<'a> {
    pub(crate) email: Option<&'a str>,
    pub(crate) problem: Option<LoginProblem>,
}

impl<'a> LoginFormInput<'a> {
    /// What the app knows of who it may be.
    pub(crate) fn hinted(hints: &'a LoginHints) -> Self {
        Self {
            email: hints.login_hint.as_deref(),
            problem: None,
        }
    }
}

/// The ways by which the person can log in.
pub(crate) fn login_page(
    context: &PageContext,
    query: &Query,
    request: &AuthorizationRequest,
    entered: LoginFormInput<'_>,
) -> Response {
    let flow = &context.flow;
    // With the hints that came along.
    let here = |further| Link::own(flow.issuer(), "/authorize", query.iter().chain(further));
    // What is to be linked is an account of somebody else.
    let is_login = request.intent == Intent::Login;
    let own = |path| is_login.then(|| context.href(path));
    let mailed = |path| own(path).filter(|_| flow.can_mail());
    let providers = flow.providers.upstreams.iter().map(|provider| {
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
    State(ways): State<OfferedLogins>,
    Now(now): Now,
    ClientNetwork(network): ClientNetwork,
    login_cookie: LoginCookie,
    OrErrorPage(query): OrErrorPage<Query>,
    SameOriginForm { mut context, form }: SameOriginForm,
) -> Result<Response, PageError> {
    let (request, _) = match context
        .flow
        .validate_request(true)
        .validate(|name| query.get(name))
    {
        Ok(judged) => judged,
        Err(wrong) => return turned_away(wrong),
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
        let sending = ways.mail_link(&context, &request, email, (network, &login_cookie), now);
        let (bind, hidden) = sending.await?;
        return Ok((bind, hidden, context.mailed(entered, true)).into_response());
    }
    let Some(password) = form.get("password") else {
        return Ok(problem(LoginProblem::NoPassword));
    };
    // What can be no password is a wrong one.
    let Ok(password) = PresentedPassword::parse(password) else {
        return Ok(problem(LoginProblem::Wrong));
    };
    match ways.passwords.verify(&email, password, network, now).await {
        Ok(verified) => context.flow.log_in(&request, &verified, now),
        Err(Error::Refused(refused)) => {
            let counted = Extension(from_domain::record(AuditAction::Login, refused.as_str()));
            Ok((counted, problem(LoginProblem::Wrong)).into_response())
        }
        Err(error) => Err(Problem::from(error).into()),
    }
}

impl OfferedLogins {
    /// Mails a link that logs in, in this browser alone.
    async fn mail_link(
        &self,
        context: &PageContext,
        request: &AuthorizationRequest,
        email: EmailAddress,
        (network, login_cookie): (Network, &LoginCookie),
        now: DateTime<Utc>,
    ) -> Result<(SetLoginCookie, Unsaid), PageError> {
        let LoginFlow {
            providers, mail, ..
        } = &context.flow;
        let secret = providers.upstreams.login_cookie(login_cookie.get());
        let secret = secret.map_err(|error| Problem::trouble(&error))?;
        let challenge = CodeChallenge::to(&secret);
        let client_id = Some(&*request.client_id);
        let asked = mail.asked(client_id, context.localizer(), Some(request))?;
        let sending = self
            .links
            .request(email.clone(), challenge, None, asked, now);
        let hidden = mail.send(network, &email, sending).await?;
        let issuer = context.flow.issuer();
        let bind = SetLoginCookie::set(&secret, providers.upstreams.binding_lifetime(), issuer);
        Ok((bind, hidden))
    }
}
