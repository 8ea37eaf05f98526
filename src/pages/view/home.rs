//! The page of the service.

use serde::Serialize;

use super::{
    DisplayText, Link,
    page::{FormTarget, Page},
};

/// Explains what the account is for, and leads to it; or shows the user who is logged in, and leads to the apps.
#[derive(Serialize)]
pub(crate) struct HomePage {
    /// The email of the user who is logged in.
    pub(crate) email: Option<DisplayText>,
    /// The ID of the user who is logged in.
    pub(crate) user: Option<String>,
    /// The logout, whose form posts `confirmed=1` and `user`.
    pub(crate) action: Link,
    /// The apps of a user who is logged in.
    pub(crate) apps: Vec<AppLink>,
    /// The login page of the service, if users can log in without a client.
    pub(crate) log_in: Option<Link>,
    /// The page that creates an account.
    pub(crate) sign_up: Option<Link>,
}

/// A client with a home page.
#[derive(Serialize)]
pub(crate) struct AppLink {
    pub(crate) name: DisplayText,
    pub(crate) link: Link,
}

impl From<HomePage> for Page {
    fn from(view: HomePage) -> Self {
        let form = match view.email {
            Some(_) => FormTarget::Signet,
            None => FormTarget::Missing,
        };
        Self::new("home.html", &view).form(form)
    }
}
