//! The page that posts a form (OAuth 2.0 Form Post Response Mode): a provider's response or a logout request of
//! another site once more, because browsers send such a form without Signet's cookies, and Signet's own response
//! to a client.

use serde::Serialize;

use super::{
    Link,
    page::{FormTarget, Page},
};

/// Posts the fields at once. Without scripts, the user presses a button.
#[derive(Serialize)]
pub(crate) struct FormPostRelay {
    pub(crate) action: Link,
    /// Names and values, in full: the limits of the request bound them.
    pub(crate) fields: Vec<(String, String)>,
    pub(crate) purpose: RelayPurpose,
}

impl FormPostRelay {
    /// The parameter of a form that a page of this service has posted again.
    pub(crate) const AGAIN: &str = "again";

    /// Repeats the fields `names` of a form that another site has posted. A browser that hides the origin of this page
    /// as well gets an error instead of a loop.
    pub(crate) fn again<'f>(
        action: Link,
        names: &[&str],
        field: impl Fn(&str) -> Option<&'f str>,
        purpose: RelayPurpose,
    ) -> Self {
        let fields = names.iter().filter_map(|name| Some((*name, field(name)?)));
        let fields = fields.chain([(Self::AGAIN, "1")]);
        let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self {
            action,
            fields: fields.collect(),
            purpose,
        }
    }
}

/// The purpose of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RelayPurpose {
    Login,
    Logout,
}

impl From<FormPostRelay> for Page {
    fn from(view: FormPostRelay) -> Self {
        Self::new("form-post-relay.html", &view)
            .script(include_str!("form_post_relay.js"))
            .form(FormTarget::Client)
    }
}
