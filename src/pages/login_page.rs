//! The login page, with every login method that a request allows.

use axum::response::Response;

use crate::{
    client::{AuthorizationRequest, Intent, LoginHints},
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
        cancel: flow.error_link(request, Cancellation::ByUser),
    })
}
