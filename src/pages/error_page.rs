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
    client::{AuthorizationRequest, ValidatedRequest},
    http::{
        extract::{Language, Query},
        navigation::Navigation,
        problem::{Code, FailureCause, Problem, from_domain},
        request_log::RequestId,
    },
    oauth::AuthorizationEndpoint,
    pages::{
        home_page,
        view::{DisplayText, ErrorMessage, ErrorPage, Link, Page},
    },
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
    log_in: Option<Link>,
}

impl From<Problem> for PageError {
    fn from(problem: Problem) -> Self {
        Self(Box::new(PageErrorReason {
            problem,
            message: None,
            provider: None,
            again: None,
            back: None,
            log_in: None,
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

    /// The same error with a link back to that page.
    pub(crate) fn back_to(mut self, page: Link) -> Self {
        self.0.back = Some(page);
        self
    }

    /// Returns whether a fault of this service is the cause.
    pub(crate) fn is_of_service(&self) -> bool {
        self.0.problem.status().is_server_error()
    }

    /// Returns the cause if it is an internal error of this service.
    pub(crate) fn cause(&self) -> Option<&FailureCause> {
        self.0.problem.cause()
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

    /// The error of a login that has ended without a user, with a link to another one.
    pub(crate) fn of_ended_login(message: ErrorMessage, again: Link) -> Self {
        let mut page_error = Self::from(Problem::new(Code::InvalidLogin));
        page_error.0.message = Some(message);
        page_error.0.log_in = Some(again);
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
            log_in: None,
        }))
    }

    /// The page of the error of that request.
    fn page(self, request_id: Option<&RequestId>, request: &FailedRequest<'_>) -> Page {
        let Self(reason) = self;
        let mut page = ErrorPage::of(reason.problem);
        page.message = reason.message.unwrap_or(page.message);
        page.provider = reason.provider;
        page.again = reason.again;
        page.retry = request.retry();
        page.back = reason.back;
        if page.message.is_in_other_browser() {
            page.back = page.back.or_else(|| request.app());
            page.log_in = Some(request.log_in_at_issuer());
        } else {
            page.log_in = reason.log_in.or_else(|| Some(request.log_in()));
        }
        page.log_out = Some(request.log_out());
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

/// For handlers whose other errors are responses already, such as redirects.
impl From<PageError> for Response {
    fn from(error: PageError) -> Self {
        error.into_response()
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
    let failed = FailedRequest::new(&app, &language, &request);
    let mut response = next.run(request).await;
    match response.extensions_mut().remove::<PageError>() {
        Some(error) => {
            let page = error.page(request_id.as_ref(), &failed);
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
    let Navigation {
        uri,
        is_safe,
        language,
    } = navigation;
    // The request log is outside of the issuer's path, which links begin with.
    let issuer_path = app.config.issuer.path();
    let path = uri.path().strip_prefix(issuer_path).map(str::to_owned);
    let failed = FailedRequest {
        app,
        language,
        uri: uri.clone(),
        path: path.filter(|path| path.starts_with('/')),
        is_safe: *is_safe,
    };
    let page = PageError::from(problem).page(Some(request_id), &failed);
    page.render(&app.page_templates, &language.localizer, &app.config.issuer)
}

/// The pages that show their form again, without the fields of the form that failed.
const FORMS: [&str; 5] = [
    "/authorize",
    "/login",
    "/signup",
    "/password/forgot",
    "/end-session",
];

/// The request of an error page, for the links that lead on.
struct FailedRequest<'a> {
    app: &'a App,
    language: &'a Language,
    uri: Uri,
    /// The path below that of the issuer, or `None` if it is outside.
    path: Option<String>,
    is_safe: bool,
}

impl<'a> FailedRequest<'a> {
    fn new(app: &'a App, language: &'a Language, request: &Request) -> Self {
        Self {
            app,
            language,
            uri: request.uri().clone(),
            path: Some(request.uri().path().to_owned()),
            is_safe: request.method().is_safe(),
        }
    }

    fn query(&self) -> Option<Query> {
        Query::of(&self.uri).ok()
    }

    /// The same page. `None` if it cannot be shown without the form that was posted.
    fn retry(&self) -> Option<Link> {
        let path = self.path.as_deref()?;
        // The page of a protected application failed, whose URL is not known here.
        if path.starts_with("/forward-auth/") {
            return None;
        }
        let query = self.query()?;
        let is_shown = self.is_safe || FORMS.contains(&path);
        is_shown.then(|| Link::own(&self.app.config.issuer, path, query.iter()))
    }

    /// The app of the client that the query names.
    fn app(&self) -> Option<Link> {
        let query = self.query()?;
        home_page(self.app.sessions.clients().get(query.get("client_id")?)?)
    }

    fn log_in_at_issuer(&self) -> Link {
        Link::own(&self.app.config.issuer, "/login", self.language.kept())
    }

    fn log_out(&self) -> Link {
        Link::own(
            &self.app.config.issuer,
            "/end-session",
            self.language.kept(),
        )
    }

    /// The login: at the client if the query is its authorization request, or else at the issuer.
    fn log_in(&self) -> Link {
        let issuer = &self.app.config.issuer;
        let endpoint = AuthorizationEndpoint {
            clients: self.app.sessions.clients(),
            issuer,
            needs_response_type: false,
            now: self.app.clock.now(),
        };
        let query = self.query();
        let get = |name: &str| query.as_ref().and_then(|query| query.get(name));
        let Ok(ValidatedRequest { request, .. }) = endpoint.validate(get) else {
            return self.log_in_at_issuer();
        };
        let parameters = request.parameters();
        let parameters = parameters
            .iter()
            .map(|(name, value)| (*name, value.as_str()));
        // The hint is not opened: the authorization endpoint does that.
        let hints = ["id_token_hint", AuthorizationRequest::HINTED];
        let hints = hints
            .into_iter()
            .filter_map(|name| Some((name, get(name)?)));
        let kept = self.language.kept().into_iter();
        Link::own(issuer, "/authorize", kept.chain(parameters).chain(hints))
    }
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
