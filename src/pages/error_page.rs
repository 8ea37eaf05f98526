//! Renders errors of browser-facing routes as an HTML page instead of `problem+json`.

use axum::{
    Extension,
    extract::{FromRequest, FromRequestParts, Request, State},
    http::{Uri, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::{
    app::App,
    http::{
        extract::{Language, Query},
        navigation::Navigation,
        problem::{Code, Problem, from_domain},
        request_log::RequestId,
    },
    oauth::AuthorizationEndpoint,
    pages::view::{DisplayText, ErrorMessage, ErrorPage, Link, Page},
    provider::{UpstreamError, UpstreamRefused},
};

/// An error that is shown as a page.
#[derive(Clone)]
pub(crate) struct PageError(Box<PageErrorReason>);

#[derive(Clone)]
struct PageErrorReason {
    problem: Problem,
    message: Option<ErrorMessage>,
    provider: Option<DisplayText>,
    again: Option<Link>,
    back: Option<Link>,
}

impl From<Problem> for PageError {
    fn from(problem: Problem) -> Self {
        Self(Box::new(PageErrorReason {
            problem,
            message: None,
            provider: None,
            again: None,
            back: None,
        }))
    }
}

impl PageError {
    /// The error of a pending login that cannot be resumed.
    pub(crate) fn of_login(error: UpstreamError) -> Self {
        let message = match &error {
            UpstreamError::Refused(UpstreamRefused::OtherBrowser) => {
                Some(ErrorMessage::OtherBrowser)
            }
            UpstreamError::Refused(_) => Some(ErrorMessage::LoginExpired),
            _ => None,
        };
        let problem = from_domain::not_resumed(error);
        // A fault of the service does not end the login.
        let is_fault = problem.status().is_server_error();
        let mut page_error = Self::from(problem);
        page_error.0.message = message.filter(|_| !is_fault);
        page_error
    }

    /// The error of a mailed link, with a link to the page that mails another.
    pub(crate) fn of_link(problem: Problem, again: Option<Link>) -> Self {
        // Other errors do not spend the link.
        let is_spent = matches!(problem.code(), Code::InvalidLink | Code::OpenedElsewhere);
        let again = again.filter(|_| is_spent);
        let mut page_error = Self::from(problem);
        page_error.0.again = again;
        page_error
    }

    /// The error of a login at a provider, with a link back to the client.
    pub(crate) fn at(provider: &str, error: UpstreamError, back: Option<Link>) -> Self {
        let is_theirs = matches!(error, UpstreamError::Trouble(_));
        Self(Box::new(PageErrorReason {
            problem: error.into(),
            message: is_theirs.then_some(ErrorMessage::ProviderUnavailable),
            provider: Some(DisplayText::of(provider)),
            again: None,
            back,
        }))
    }

    /// The page of the error. `log_in` is the login page, where a user can begin again.
    fn page(self, request_id: Option<&RequestId>, log_in: Link) -> Page {
        let Self(reason) = self;
        let mut page = ErrorPage::of(reason.problem);
        page.log_in = Some(log_in);
        page.message = reason.message.unwrap_or(page.message);
        page.provider = reason.provider;
        page.again = reason.again;
        page.back = reason.back;
        page.request_id = request_id.map(|id| DisplayText::of(id.as_str()));
        page.into()
    }
}

/// Leaves the error for [`render_error_pages`].
impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let status = self.0.problem.status();
        (status, Extension(self)).into_response()
    }
}

/// Renders errors as pages.
pub(crate) async fn render_error_pages(
    State(app): State<App>,
    language: Language,
    request: Request,
    next: Next,
) -> Response {
    let request_id = request.extensions().get::<RequestId>().cloned();
    let uri = request.uri().clone();
    let mut response = next.run(request).await;
    match response.extensions_mut().remove::<PageError>() {
        Some(error) => {
            let page = error.page(request_id.as_ref(), login_page(&app, &language, &uri));
            page.render(&app.page_templates, &language.localizer, &app.config.issuer)
        }
        None => response,
    }
}

/// Renders a problem of any route as a page, for a browser that opens a page.
pub(crate) fn render_problem(
    app: &App,
    navigation: &Navigation,
    request_id: &RequestId,
    problem: Problem,
) -> Response {
    let Navigation { uri, language } = navigation;
    let page = PageError::from(problem).page(Some(request_id), login_page(app, language, uri));
    page.render(&app.page_templates, &language.localizer, &app.config.issuer)
}

/// A link to the login: at the client if the query is its authorization request, or else at the issuer.
fn login_page(app: &App, language: &Language, uri: &Uri) -> Link {
    let issuer = &app.config.issuer;
    let endpoint = AuthorizationEndpoint {
        clients: app.sessions.clients(),
        issuer,
        needs_response_type: false,
        now: app.clock.now(),
    };
    let query = Query::of(uri).ok();
    let get = |name: &str| query.as_ref().and_then(|query| query.get(name));
    let (path, parameters) = match endpoint.validate(get) {
        Ok((request, _)) => ("/authorize", request.parameters()),
        Err(_) => ("/login", Vec::new()),
    };
    let parameters = parameters
        .iter()
        .map(|(name, value)| (*name, value.as_str()));
    Link::own(issuer, path, language.kept().into_iter().chain(parameters))
}

/// An extractor whose rejection is shown as a page.
pub(crate) struct OrErrorPage<T>(pub(crate) T);

impl<S: Send + Sync, T: FromRequestParts<S, Rejection = Problem>> FromRequestParts<S>
    for OrErrorPage<T>
{
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, PageError> {
        Ok(Self(T::from_request_parts(parts, state).await?))
    }
}

impl<S: Send + Sync, T: FromRequest<S, Rejection = Problem>> FromRequest<S> for OrErrorPage<T> {
    type Rejection = PageError;

    async fn from_request(request: Request, state: &S) -> Result<Self, PageError> {
        Ok(Self(T::from_request(request, state).await?))
    }
}
