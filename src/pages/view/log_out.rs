//! The pages of a logout at the issuer.

use serde::Serialize;

use super::{
    Link,
    display_text::DisplayText,
    page::{FormTarget, Page},
};

/// Asks whether to log out. Posts the fields and `confirmed=1`, and `everywhere=1` if the user selects that.
#[derive(Serialize)]
pub(crate) struct LogOutPage {
    pub(crate) action: Link,
    /// Names and values, in full: the limits of the request bound them.
    pub(crate) fields: Vec<(&'static str, String)>,
    /// The client that requests the logout.
    pub(crate) client: Option<DisplayText>,
    /// The page for users who stay logged in.
    pub(crate) stay: Link,
    /// The time until apps notice a logout everywhere, in words.
    pub(crate) everywhere: String,
}

impl From<LogOutPage> for Page {
    fn from(view: LogOutPage) -> Self {
        Self::new("log-out.html", &view).form(FormTarget::Client)
    }
}

/// Reports a logout that ends without a redirect to a client, or that no user is logged in.
#[derive(Serialize)]
pub(crate) struct LoggedOutPage {
    /// The page at which the user can log in again.
    pub(crate) log_in: Link,
    /// Set if a user was logged in before.
    pub(crate) was_logged_in: bool,
    /// The time until apps notice, in words, if every login of the user has ended.
    pub(crate) everywhere: Option<String>,
}

impl From<LoggedOutPage> for Page {
    fn from(view: LoggedOutPage) -> Self {
        Self::new("logged-out.html", &view)
    }
}

/// Asks whether to log out everywhere, or explains how to do it where no user is logged in. Posts `confirmed=1` and
/// `everywhere=1`.
#[derive(Serialize)]
pub(crate) struct LogOutEverywherePage {
    pub(crate) action: Link,
    /// The client to which the user returns.
    pub(crate) client_id: Option<String>,
    /// The ID of the user who is logged in, if there is no other one.
    pub(crate) user: Option<String>,
    /// The time until apps notice, in words, if a user is logged in.
    pub(crate) time: Option<String>,
    /// The page that mails a link to a new password, if mails can be sent.
    pub(crate) reset: Option<Link>,
    /// The page at which the user logs in or continues.
    pub(crate) log_in: Link,
}

impl From<LogOutEverywherePage> for Page {
    fn from(view: LogOutEverywherePage) -> Self {
        let form = match view.time {
            Some(_) => FormTarget::Signet,
            None => FormTarget::Missing,
        };
        Self::new("log-out-everywhere.html", &view).form(form)
    }
}
