//! The login page, with every login method that a request allows.

use axum::response::Response;

use crate::{
    client::{AuthorizationRequest, Intent},
    http::extract::Query,
    pages::{
        PageContext,
        cancellation::Cancellation,
        view::{DisplayText, Link, LoginPage, LoginProblem},
    },
};

/// The entered email and the problem with the form.
#[derive(Clone, Copy)]
pub(crate) struct LoginFormInput<'a> {
    pub(crate) email: Option<&'a str>,
    pub(crate) problem: Option<LoginProblem>,
}

impl LoginFormInput<'_> {
    /// An empty form.
    pub(crate) const EMPTY: Self = Self {
        email: None,
        problem: None,
    };
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
    let providers = flow.upstreams.iter().map(|provider| {
        let name = DisplayText::of(provider.name());
        (name, here(Some(("provider", provider.id()))))
    });
    let client = DisplayText::of(&request.client_id);
    context.render(LoginPage {
        providers: providers.collect(),
        cancel: flow.error_link(request, Cancellation::ByUser),
        ..form(context, client, here(None), is_login, entered)
    })
}

/// The login page of the issuer. A login at a provider needs the request of a client, so no provider is offered.
pub(crate) fn login_page_at_issuer(context: &PageContext, entered: LoginFormInput<'_>) -> Response {
    let host = DisplayText::of(context.flow.issuer().host());
    context.render(form(context, host, context.href("/login"), true, entered))
}

/// The page with the form alone.
fn form(
    context: &PageContext,
    client: DisplayText,
    action: Link,
    is_login: bool,
    entered: LoginFormInput<'_>,
) -> LoginPage {
    let by_mail = is_login && context.flow.can_mail();
    let mailed = |path| by_mail.then(|| context.href(path));
    LoginPage {
        client,
        action,
        by_password: is_login,
        by_mail,
        email: entered.email.map(DisplayText::of),
        problem: entered.problem,
        providers: Vec::new(),
        forgot: mailed("/password/forgot"),
        sign_up: mailed("/signup"),
        cancel: None,
    }
}
