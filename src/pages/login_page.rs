//! The login page, with every login method that a request allows.

use axum::response::Response;

use crate::{
    client::{AuthorizationRequest, Intent},
    http::extract::Query,
    pages::{
        PageContext,
        cancellation::Cancellation,
        view::{
            ClientView, DisplayText, Link, LoginPage, LoginProblem, ProviderButton, ProviderMark,
        },
    },
};

/// The entered email, the problem with the form, and the credential ID of a passkey that the service does not know.
/// `is_renewal` is set if the user is logged in, and the page that asks for the login needs a recent or a stronger one.
#[derive(Clone, Copy)]
pub(crate) struct LoginFormInput<'a> {
    pub(crate) email: Option<&'a str>,
    pub(crate) problem: Option<LoginProblem>,
    pub(crate) unknown_passkey: Option<&'a str>,
    pub(crate) is_renewal: bool,
}

impl LoginFormInput<'_> {
    /// An empty form.
    pub(crate) const EMPTY: Self = Self {
        email: None,
        problem: None,
        unknown_passkey: None,
        is_renewal: false,
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
    let providers = flow.upstreams.iter().map(|provider| ProviderButton {
        name: DisplayText::of(provider.name()),
        link: here(Some(("provider", provider.id()))),
        mark: ProviderMark::of(provider.kind()),
    });
    let client = flow.client_view(request);
    context.render(LoginPage {
        providers: providers.collect(),
        cancel: flow.error_link(request, Cancellation::ByUser),
        ..form(context, client, here(None), is_login, entered)
    })
}

/// The login page of the issuer. A login at a provider needs the request of a client, so no provider is offered.
pub(crate) fn login_page_at_issuer(context: &PageContext, entered: LoginFormInput<'_>) -> Response {
    let service = ClientView::named(context.flow.service_name());
    context.render(form(
        context,
        service,
        context.href("/login"),
        true,
        entered,
    ))
}

/// The page with the form alone.
fn form(
    context: &PageContext,
    client: ClientView,
    action: Link,
    is_login: bool,
    entered: LoginFormInput<'_>,
) -> LoginPage {
    let by_mail = is_login && context.flow.can_mail();
    let mailed = |path| by_mail.then(|| context.href(path));
    LoginPage {
        client,
        action,
        passkey: is_login.then(|| context.passkey_button(entered)).flatten(),
        by_password: is_login,
        by_mail,
        is_renewal: entered.is_renewal,
        email: entered.email.map(DisplayText::of),
        problem: entered.problem,
        providers: Vec::new(),
        forgot: mailed("/password/forgot"),
        sign_up: mailed("/signup").filter(|_| !entered.is_renewal),
        cancel: None,
    }
}
