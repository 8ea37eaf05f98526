//! The page that repeats a provider's response by form (OAuth 2.0 Form Post Response Mode). Browsers send such
//! a form without Signet's cookies, so it is sent again from a page of Signet.

use serde::Serialize;

use super::{
    Link,
    page::{FormTarget, Page},
};

/// Posts the fields and `again=1` at once. Without scripts, the user presses a button.
#[derive(Serialize)]
pub(crate) struct FormPostRelay {
    pub(crate) action: Link,
    /// Names and values, in full: the limits of the request bound them.
    pub(crate) fields: Vec<(&'static str, String)>,
}

impl From<FormPostRelay> for Page {
    fn from(view: FormPostRelay) -> Self {
        Self::new("form-post-relay.html", &view)
            .script(include_str!("form_post_relay.js"))
            .form(FormTarget::Client)
    }
}
