//! A problem as people are told it.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};

use super::{DisplayText, Link, LocalizedText, Page, framed};
use crate::{
    config::Issuer,
    http::problem::{Code, Problem},
    locale::{Localizer, TextArgument},
};

/// Said where another link can be asked for.
const OR_HERE: &str = "page-opened-elsewhere-or";

/// What people are told about a problem: what it means for them, and what they can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ErrorMessage {
    /// The app sent them with a request that is no good.
    App,
    /// The login under way, or the link, is spent or too old, or never was one.
    Over,
    /// The login under way is another browser's; or this one keeps no cookies.
    OtherBrowser,
    /// The mailed link is spent, replaced or too old, or never was one.
    LinkOver,
    /// The mailed link is good where it was asked for alone.
    OpenedElsewhere,
    /// The form did not come from a page of ours.
    ForeignForm,
    /// No provider has that name.
    NoSuchProvider,
    /// A limit is reached.
    TooOften,
    /// The provider does not answer.
    Away,
    /// We cannot answer.
    Busy,
    /// We failed.
    Broken,
}

impl ErrorMessage {
    fn by_default(problem: &Problem) -> Self {
        match problem.code() {
            Code::InvalidLink => return Self::LinkOver,
            Code::OpenedElsewhere => return Self::OpenedElsewhere,
            Code::ForeignOrigin => return Self::ForeignForm,
            _ => {}
        }
        match problem.status() {
            StatusCode::NOT_FOUND => Self::NoSuchProvider,
            StatusCode::TOO_MANY_REQUESTS => Self::TooOften,
            StatusCode::SERVICE_UNAVAILABLE => Self::Busy,
            status if status.as_u16() >= 500 => Self::Broken,
            _ => Self::App,
        }
    }

    const fn title(self) -> &'static str {
        match self {
            Self::App => "page-app-title",
            Self::Over => "page-over-title",
            Self::OtherBrowser => "page-other-browser-title",
            Self::LinkOver => "page-link-over-title",
            Self::OpenedElsewhere => "page-opened-elsewhere-title",
            Self::ForeignForm => "page-foreign-form-title",
            Self::NoSuchProvider => "page-no-such-provider-title",
            Self::TooOften => "page-too-often-title",
            Self::Away => "page-away-title",
            Self::Busy => "page-busy-title",
            Self::Broken => "page-broken-title",
        }
    }

    const fn paragraphs(self) -> &'static [&'static str] {
        match self {
            Self::App => &["page-app"],
            Self::Over => &["page-over", "page-over-again"],
            Self::OtherBrowser => &["page-other-browser", "page-other-browser-cookies"],
            Self::LinkOver => &["page-link-over", "page-link-over-again"],
            Self::OpenedElsewhere => &["page-opened-elsewhere", OR_HERE],
            Self::ForeignForm => &["page-foreign-form"],
            Self::NoSuchProvider => &["page-no-such-provider"],
            Self::TooOften => &["page-too-often"],
            Self::Away => &["page-away"],
            Self::Busy => &["page-busy"],
            Self::Broken => &["page-broken"],
        }
    }
}

/// A problem as a page: its status, its headers, and what is counted of it are the problem's own.
#[derive(Template)]
#[template(path = "error.html", config = "src/pages/view/askama.toml")]
pub(crate) struct ErrorPage {
    pub(crate) localizer: Localizer,
    pub(crate) issuer: Issuer,
    pub(crate) problem: Problem,
    pub(crate) told: ErrorMessage,
    /// The provider that it is about.
    pub(crate) provider: Option<DisplayText>,
    /// Where to ask for another link.
    pub(crate) again: Option<Link>,
    /// Back to the app.
    pub(crate) back: Option<Link>,
    /// What finds it in the log.
    pub(crate) request_id: Option<DisplayText>,
}

impl ErrorPage {
    /// That problem, told by its status.
    pub(crate) fn of(localizer: Localizer, issuer: &Issuer, problem: impl Into<Problem>) -> Self {
        let problem = problem.into();
        Self {
            localizer,
            issuer: issuer.clone(),
            told: ErrorMessage::by_default(&problem),
            problem,
            provider: None,
            again: None,
            back: None,
            request_id: None,
        }
    }

    /// What it means, and what can be done here.
    fn paragraphs(&self) -> impl Iterator<Item = &'static str> {
        let all = self.told.paragraphs().iter().copied();
        all.filter(|key| self.again.is_some() || *key != OR_HERE)
    }

    /// A sentence about it, which may name the provider.
    fn about(&self, key: &str) -> LocalizedText {
        match &self.provider {
            Some(name) => self.naming(key, "provider", name),
            None => self.naming(key, "provider", &self.say("page-other-service").plain()),
        }
    }

    /// When to try again, as far as people need to know.
    fn wait(&self) -> Option<String> {
        let seconds = self.problem.retry_after()?;
        let (sentence, unit, count) = match seconds {
            ..5 => return Some(self.localizer.text("page-again-soon")),
            5..90 => ("page-again-in", "seconds", seconds),
            90..5400 => ("page-again-in-about", "minutes", seconds.div_ceil(60)),
            _ => ("page-again-in-about", "hours", seconds.div_ceil(3600)),
        };
        let wait = self
            .localizer
            .text_with(unit, [("count", TextArgument::from(count))]);
        Some(
            self.localizer
                .text_with(sentence, [("wait", TextArgument::from(wait))]),
        )
    }
}

impl Page for ErrorPage {
    framed!();
}

impl IntoResponse for ErrorPage {
    fn into_response(self) -> Response {
        self.problem.respond(self.shown())
    }
}
