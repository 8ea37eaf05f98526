//! An answer of a provider that came by a form of its own (OAuth 2.0 Form Post Response Mode).
//! Browsers send that without our cookies; so it is sent once more, from a page of ours.

use askama::Template;
use axum::response::{IntoResponse, Response};

use super::{FormTarget, Link, Page, framed};
use crate::{config::Issuer, locale::Localizer};

/// Posts these fields, and `again=1`, as soon as it is there; those without scripts press a button.
#[derive(Template)]
#[template(path = "repost.html", config = "src/pages/view/askama.toml")]
pub(crate) struct FormPostRelay {
    pub(crate) localizer: Localizer,
    pub(crate) issuer: Issuer,
    pub(crate) action: Link,
    /// In full: the request that brought them is what bounds them.
    pub(crate) fields: Vec<(&'static str, String)>,
}

impl Page for FormPostRelay {
    const SCRIPT: Option<&'static str> = Some(include_str!("repost.js"));
    const FORM: FormTarget = FormTarget::Onward;
    framed!();
}

impl IntoResponse for FormPostRelay {
    fn into_response(self) -> Response {
        self.shown()
    }
}
