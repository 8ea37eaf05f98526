//! The pages of a logout at the issuer.

use serde::Serialize;

use super::{
    Link,
    display_text::DisplayText,
    page::{FormTarget, Page},
};

/// Asks whether to log out. Posts the fields and `confirmed=1`.
#[derive(Serialize)]
pub(crate) struct LogOutPage {
    pub(crate) action: Link,
    /// Names and values, in full: the limits of the request bound them.
    pub(crate) fields: Vec<(&'static str, String)>,
    /// The client that requests the logout.
    pub(crate) client: Option<DisplayText>,
    /// The page for users who stay logged in.
    pub(crate) stay: Link,
}

impl From<LogOutPage> for Page {
    fn from(view: LogOutPage) -> Self {
        Self::new("log-out.html", &view).form(FormTarget::Client)
    }
}

/// Reports a logout that ends without a redirect to a client.
#[derive(Serialize)]
pub(crate) struct LoggedOutPage {
    /// The page at which the user can log in again.
    pub(crate) log_in: Link,
}

impl From<LoggedOutPage> for Page {
    fn from(view: LoggedOutPage) -> Self {
        Self::new("logged-out.html", &view)
    }
}
