//! The ways to log in, for those who have not chosen one yet.

use askama::Template;
use axum::response::{IntoResponse, Response};

use super::{Href, Line, Page};
use crate::{config::Issuer, locale::Voice};

/// Asks by which provider to log in; with none, says that there is no way yet.
#[derive(Template)]
#[template(path = "chooser.html", config = "src/http/page/askama.toml")]
pub(in crate::http) struct Chooser {
    pub(in crate::http) voice: Voice,
    pub(in crate::http) issuer: Issuer,
    /// The app that asks, by a name that people know it by.
    pub(in crate::http) client: Option<Line>,
    /// What each provider is called, and where its login begins.
    pub(in crate::http) providers: Vec<(Line, Href)>,
    /// Back to the app, with the news that nobody logged in.
    pub(in crate::http) cancel: Option<Href>,
}

impl Page for Chooser {
    fn voice(&self) -> &Voice {
        &self.voice
    }

    fn issuer(&self) -> &Issuer {
        &self.issuer
    }
}

impl IntoResponse for Chooser {
    fn into_response(self) -> Response {
        self.shown()
    }
}
