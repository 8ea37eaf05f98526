//! Renders errors of browser-facing routes as an HTML page instead of `problem+json`.

use axum::{
    Extension,
    extract::{FromRequest, FromRequestParts, Request, State},
    http::request::Parts,
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::{
    app::App,
    http::{
        extract::Language,
        problem::{Code, Problem, from_domain},
        request_log::RequestId,
    },
    pages::view::{DisplayText, ErrorMessage, ErrorPage, Link, Page},
    provider::{UpstreamError, UpstreamRefused},
};

/// Why a person does not get on.
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
    /// A login that does not go on.
    pub(crate) fn of_login(error: UpstreamError) -> Self {
        let message = match &error {
            UpstreamError::Refused(UpstreamRefused::OtherBrowser) => {
                Some(ErrorMessage::OtherBrowser)
            }
            UpstreamError::Refused(_) => Some(ErrorMessage::LoginExpired),
            _ => None,
        };
        let problem = from_domain::not_resumed(error);
        // Our own trouble ends no login.
        let is_ours = problem.status().is_server_error();
        let mut stopped = Self::from(problem);
        stopped.0.message = message.filter(|_| !is_ours);
        stopped
    }

    /// A mailed link that does nothing, and where another can be asked for.
    pub(crate) fn of_link(problem: Problem, again: Option<Link>) -> Self {
        // Whatever else went wrong spends no link.
        let is_spent = matches!(problem.code(), Code::InvalidLink | Code::OpenedElsewhere);
        let again = again.filter(|_| is_spent);
        let mut stopped = Self::from(problem);
        stopped.0.again = again;
        stopped
    }

    /// Trouble on the way to a provider or back, with a link to the client.
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

    fn page(self, request_id: Option<&RequestId>) -> Page {
        let Self(reason) = self;
        let mut page = ErrorPage::of(reason.problem);
        page.message = reason.message.unwrap_or(page.message);
        page.provider = reason.provider;
        page.again = reason.again;
        page.back = reason.back;
        page.request_id = request_id.map(|id| DisplayText::of(id.as_str()));
        page.into()
    }
}

/// What [`render_error_pages`] makes a page of.
impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let status = self.0.problem.status();
        (status, Extension(self)).into_response()
    }
}

/// Shows the person why it does not go on.
pub(crate) async fn render_error_pages(
    State(app): State<App>,
    Language { localizer, .. }: Language,
    request: Request,
    next: Next,
) -> Response {
    let request_id = request.extensions().get::<RequestId>().cloned();
    let mut response = next.run(request).await;
    match response.extensions_mut().remove::<PageError>() {
        Some(stopped) => {
            let page = stopped.page(request_id.as_ref());
            page.render(&app.page_templates, &localizer, &app.config.issuer)
        }
        None => response,
    }
}

/// What a browser sends; what is wrong with it is shown to the person.
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
