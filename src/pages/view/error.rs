//! The page that shows a problem to a user.

use axum::http::StatusCode;
use serde::Serialize;

use super::{DisplayText, Link, page::Page};
use crate::http::problem::{Code, Problem};

/// The text on pages that can mail another link.
const OR_HERE: &str = "page-opened-elsewhere-or";

/// The message about a problem: its meaning for the user, and the remedy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ErrorMessage {
    /// The client has sent an invalid authorization request.
    InvalidRequest,
    /// The login has expired, is used up or never existed.
    LoginExpired,
    /// The user has canceled the login, or was not let in.
    LoginCanceled,
    /// The browser sends a cookie twice: those of the host and of the domain, for example.
    DuplicateCookie,
    /// The login was started in another browser, or this browser refuses cookies.
    OtherBrowser,
    /// The mailed link has expired, is used up, replaced or invalid.
    LinkExpired,
    /// The mailed link works only in the browser that requested it.
    OpenedElsewhere,
    /// The form was posted by another site.
    ForeignOrigin,
    /// The provider is unknown.
    UnknownProvider,
    /// The path has no page: it is unknown, or a route for programs.
    NotFound,
    /// The page is for administrators.
    Forbidden,
    /// A policy of another application does not admit the user.
    NotAdmitted,
    /// A rate limit is exceeded.
    RateLimited,
    /// The provider does not respond.
    ProviderUnavailable,
    /// The page sends an email, and no mail server is configured.
    MailNotConfigured,
    /// Signet is temporarily unavailable.
    Unavailable,
    /// Signet has failed.
    Internal,
}

impl ErrorMessage {
    /// The message for the code and the status of `problem`.
    fn by_default(problem: &Problem) -> Self {
        match problem.code() {
            Code::InvalidLink => return Self::LinkExpired,
            Code::InvalidContinuation => return Self::LoginExpired,
            Code::OpenedElsewhere => return Self::OpenedElsewhere,
            Code::ForeignOrigin => return Self::ForeignOrigin,
            Code::UnknownProvider => return Self::UnknownProvider,
            Code::MailNotConfigured => return Self::MailNotConfigured,
            Code::AdminRequired => return Self::Forbidden,
            Code::NotAllowed => return Self::NotAdmitted,
            Code::DuplicateCookie => return Self::DuplicateCookie,
            Code::MethodNotAllowed | Code::MissingToken | Code::InvalidToken => {
                return Self::NotFound;
            }
            _ => {}
        }
        match problem.status() {
            StatusCode::NOT_FOUND => Self::NotFound,
            StatusCode::TOO_MANY_REQUESTS => Self::RateLimited,
            StatusCode::SERVICE_UNAVAILABLE => Self::Unavailable,
            status if status.as_u16() >= 500 => Self::Internal,
            _ => Self::InvalidRequest,
        }
    }

    /// Returns whether the user can begin again at the login page.
    const fn is_solved_by_login(self) -> bool {
        matches!(
            self,
            Self::LoginExpired
                | Self::LoginCanceled
                | Self::OtherBrowser
                | Self::LinkExpired
                | Self::OpenedElsewhere
                | Self::ForeignOrigin
                | Self::UnknownProvider
                | Self::RateLimited
                | Self::MailNotConfigured
                | Self::Unavailable
                | Self::NotFound
        )
    }

    /// Returns whether the same request may succeed later.
    const fn is_solved_by_waiting(self) -> bool {
        matches!(self, Self::RateLimited | Self::Unavailable)
    }

    /// Returns whether the login has begun in another browser: the client would not recognize a response in this one.
    pub(crate) const fn is_in_other_browser(self) -> bool {
        matches!(self, Self::OtherBrowser | Self::OpenedElsewhere)
    }

    /// The key of the title.
    const fn title(self) -> &'static str {
        match self {
            Self::InvalidRequest => "page-app-title",
            Self::LoginExpired => "page-over-title",
            Self::LoginCanceled => "page-canceled-title",
            Self::DuplicateCookie => "page-duplicate-cookie-title",
            Self::OtherBrowser => "page-other-browser-title",
            Self::LinkExpired => "page-link-over-title",
            Self::OpenedElsewhere => "page-opened-elsewhere-title",
            Self::ForeignOrigin => "page-foreign-form-title",
            Self::UnknownProvider => "page-no-such-provider-title",
            Self::NotFound => "page-not-found-title",
            Self::Forbidden | Self::NotAdmitted => "page-forbidden-title",
            Self::RateLimited => "page-too-often-title",
            Self::ProviderUnavailable => "page-away-title",
            Self::MailNotConfigured => "page-no-mail-title",
            Self::Unavailable => "page-busy-title",
            Self::Internal => "page-broken-title",
        }
    }

    /// The keys of the paragraphs.
    const fn paragraphs(self) -> &'static [&'static str] {
        match self {
            Self::InvalidRequest => &["page-app"],
            Self::LoginExpired => &["page-over", "page-over-again"],
            Self::LoginCanceled => &["page-canceled"],
            Self::DuplicateCookie => &["page-duplicate-cookie"],
            Self::OtherBrowser => &["page-other-browser", "page-other-browser-cookies"],
            Self::LinkExpired => &["page-link-over", "page-link-over-again"],
            Self::OpenedElsewhere => &["page-opened-elsewhere", OR_HERE],
            Self::ForeignOrigin => &["page-foreign-form"],
            Self::UnknownProvider => &["page-no-such-provider"],
            Self::NotFound => &["page-not-found"],
            Self::Forbidden => &["page-forbidden"],
            Self::NotAdmitted => &["page-not-admitted", "page-not-admitted-other"],
            Self::RateLimited => &["page-too-often"],
            Self::ProviderUnavailable => &["page-away"],
            Self::MailNotConfigured => &["page-no-mail"],
            Self::Unavailable => &["page-busy"],
            Self::Internal => &["page-broken"],
        }
    }
}

/// A problem as a page. The status, the headers and the recorded refusal are those of the problem.
#[derive(Debug, Clone)]
pub(crate) struct ErrorPage {
    pub(crate) problem: Problem,
    pub(crate) message: ErrorMessage,
    /// The provider concerned.
    pub(crate) provider: Option<DisplayText>,
    /// The page that mails another link.
    pub(crate) again: Option<Link>,
    /// The page that failed. It is offered if waiting helps.
    pub(crate) retry: Option<Link>,
    /// The link back to the client.
    pub(crate) back: Option<Link>,
    /// The login page. It is offered if there is no other link and a new login helps.
    pub(crate) log_in: Option<Link>,
    /// The logout page. It is offered if another account may be admitted.
    pub(crate) log_out: Option<Link>,
    /// The request ID in the log.
    pub(crate) request_id: Option<DisplayText>,
}

/// The variables of the template.
#[derive(Serialize)]
struct ErrorVariables<'a> {
    title_text: &'static str,
    paragraphs: Vec<&'static str>,
    /// The problem in English, for the developers of a client.
    description: Option<DisplayText>,
    wait: Option<Wait>,
    code: &'static str,
    provider: &'a Option<DisplayText>,
    again: &'a Option<Link>,
    retry: Option<&'a Link>,
    back: &'a Option<Link>,
    log_in: Option<&'a Link>,
    log_out: Option<&'a Link>,
    request_id: &'a Option<DisplayText>,
}

/// The time to wait before the next attempt: the keys of a text and of a unit, and a number.
#[derive(Serialize)]
struct Wait {
    text: &'static str,
    unit: Option<&'static str>,
    count: u64,
}

impl Wait {
    /// The wait in `seconds`, as precisely as a user needs it.
    fn new(seconds: u64) -> Self {
        let (text, unit, count) = match seconds {
            ..5 => ("page-again-soon", None, seconds),
            5..90 => ("page-again-in", Some("seconds"), seconds),
            90..5400 => ("page-again-in-about", Some("minutes"), seconds.div_ceil(60)),
            _ => ("page-again-in-about", Some("hours"), seconds.div_ceil(3600)),
        };
        Self { text, unit, count }
    }
}

impl ErrorPage {
    /// The page of `problem`, with the message of its code and status.
    pub(crate) fn of(problem: impl Into<Problem>) -> Self {
        let problem = problem.into();
        Self {
            message: ErrorMessage::by_default(&problem),
            problem,
            provider: None,
            again: None,
            retry: None,
            back: None,
            log_in: None,
            log_out: None,
            request_id: None,
        }
    }
}

impl From<ErrorPage> for Page {
    fn from(view: ErrorPage) -> Self {
        let ErrorPage {
            problem, message, ..
        } = view;
        let paragraphs = message.paragraphs().iter().copied();
        let paragraphs = paragraphs.filter(|text| view.again.is_some() || *text != OR_HERE);
        let retry = view.retry.as_ref();
        let retry = retry.filter(|_| message.is_solved_by_waiting());
        let has_way = view.again.is_some() || view.back.is_some() || retry.is_some();
        let needs_login = message.is_solved_by_login() && !has_way;
        let is_of_client = message == ErrorMessage::InvalidRequest;
        let variables = ErrorVariables {
            title_text: message.title(),
            paragraphs: paragraphs.collect(),
            description: is_of_client.then(|| DisplayText::of(&problem.description())),
            wait: problem.retry_after().map(Wait::new),
            code: problem.code().as_str(),
            provider: &view.provider,
            again: &view.again,
            retry,
            back: &view.back,
            log_in: view.log_in.as_ref().filter(|_| needs_login),
            log_out: view
                .log_out
                .as_ref()
                .filter(|_| message == ErrorMessage::NotAdmitted),
            request_id: &view.request_id,
        };
        Self::new("error.html", &variables).problem(problem)
    }
}
