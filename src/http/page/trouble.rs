//! A problem as people are told it.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};

use super::{Href, Line, Page};
use crate::{config::Issuer, http::problem::Problem};

/// What people are told about a problem: what it means for them, and what they can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::http) enum Told {
    /// The app sent them with a request that is no good.
    App,
    /// The login under way, or the link, is spent or too old, or never was one.
    Over,
    /// The login under way is another browser's; or this one keeps no cookies.
    OtherBrowser,
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

impl Told {
    const fn by_default(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::NoSuchProvider,
            StatusCode::TOO_MANY_REQUESTS => Self::TooOften,
            StatusCode::SERVICE_UNAVAILABLE => Self::Busy,
            status if status.as_u16() >= 500 => Self::Broken,
            _ => Self::App,
        }
    }
}

/// A problem as a page: its status, its headers, and what is counted of it are the problem's own.
#[derive(Template)]
#[template(path = "trouble.html", config = "src/http/page/askama.toml")]
pub(in crate::http) struct Trouble {
    pub(in crate::http) issuer: Issuer,
    pub(in crate::http) problem: Problem,
    pub(in crate::http) told: Told,
    /// The provider that it is about.
    pub(in crate::http) provider: Option<Line>,
    /// Back to the app.
    pub(in crate::http) back: Option<Href>,
    /// What finds it in the log.
    pub(in crate::http) request_id: Option<Line>,
}

impl Trouble {
    /// That problem, told by its status.
    pub(in crate::http) fn of(issuer: &Issuer, problem: impl Into<Problem>) -> Self {
        let problem = problem.into();
        Self {
            issuer: issuer.clone(),
            told: Told::by_default(problem.status()),
            problem,
            provider: None,
            back: None,
            request_id: None,
        }
    }
}

impl Page for Trouble {}

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        self.problem.respond(self.shown())
    }
}
