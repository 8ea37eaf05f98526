//! The page of the service.

use serde::Serialize;

use super::{Link, page::Page};

/// Explains what the account is for, and leads to it.
#[derive(Serialize)]
pub(crate) struct HomePage {
    /// The login page of the service, if users can log in without a client.
    pub(crate) log_in: Option<Link>,
    /// The page that creates an account.
    pub(crate) sign_up: Option<Link>,
}

impl From<HomePage> for Page {
    fn from(view: HomePage) -> Self {
        Self::new("home.html", &view)
    }
}
