//! The login page, and pages on the way to a login.

use axum::http::StatusCode;
use serde::Serialize;

use super::{
    ClientView, DisplayText, Link, ProviderButton,
    form_errors::{self, FieldError},
    page::{FormTarget, Page},
};
use crate::identity::InvalidEmailAddress;

/// Offers the login methods. The form posts `email`, `password`, and the pressed button as `by`: `password`, or
/// `link` for a login link by email.
#[derive(Serialize)]
pub(crate) struct LoginPage {
    /// The client, or the service for a login at the issuer itself.
    #[serde(flatten)]
    pub(crate) client: ClientView,
    pub(crate) action: Link,
    /// The content of the field.
    pub(crate) email: Option<DisplayText>,
    #[serde(serialize_with = "form_errors::serialize")]
    pub(crate) problem: Option<LoginProblem>,
    pub(crate) providers: Vec<ProviderButton>,
    pub(crate) by_password: bool,
    pub(crate) by_mail: bool,
    /// The page that resets a password.
    pub(crate) forgot: Option<Link>,
    /// The page that creates an account.
    pub(crate) sign_up: Option<Link>,
    /// The link back to the client, with the error `access_denied`.
    pub(crate) cancel: Option<Link>,
}

/// The reason why the login form is shown again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LoginProblem {
    /// The email is invalid.
    Address(InvalidEmailAddress),
    /// The password is empty.
    NoPassword,
    /// The email and the password do not match.
    Wrong,
}

impl From<LoginProblem> for FieldError {
    fn from(problem: LoginProblem) -> Self {
        match problem {
            LoginProblem::Address(invalid) => invalid.into(),
            LoginProblem::NoPassword => Self::new("password", "page-password-missing"),
            LoginProblem::Wrong => Self::new("password", "page-login-wrong"),
        }
    }
}

impl From<LoginPage> for Page {
    fn from(view: LoginPage) -> Self {
        let page = Self::new("login.html", &view).invalid_if(view.problem.is_some());
        let page = match view.problem {
            Some(LoginProblem::Wrong) => page.status(StatusCode::UNAUTHORIZED),
            _ => page,
        };
        let page = if view.by_password {
            page.script(include_str!("reveal.js"))
        } else {
            page
        };
        if view.by_password || view.by_mail {
            page.form(FormTarget::Client)
        } else {
            page
        }
    }
}

/// Asks the user to confirm a login at a provider that another site may have started.
#[derive(Serialize)]
pub(crate) struct ConfirmLoginPage {
    #[serde(flatten)]
    pub(crate) client: ClientView,
    pub(crate) provider: DisplayText,
    /// The provider's authorization endpoint.
    pub(crate) onward: Link,
    /// The link back to the client, with the error `access_denied`.
    pub(crate) cancel: Option<Link>,
}

impl From<ConfirmLoginPage> for Page {
    fn from(view: ConfirmLoginPage) -> Self {
        Self::new("confirm-login.html", &view)
    }
}

/// Shows the user who is logged in at the issuer. The form logs out.
#[derive(Serialize)]
pub(crate) struct LoggedInPage {
    pub(crate) action: Link,
    pub(crate) email: DisplayText,
}

impl From<LoggedInPage> for Page {
    fn from(view: LoggedInPage) -> Self {
        Self::new("logged-in.html", &view)
            .form(FormTarget::Signet)
            .without_opener()
    }
}

/// Explains where to log in, for users who come from a mail instead of a client.
#[derive(Serialize)]
pub(crate) struct LoginLandingPage {
    /// The page that resets a password.
    pub(crate) forgot: Option<Link>,
    /// The page that creates an account.
    pub(crate) sign_up: Option<Link>,
}

impl From<LoginLandingPage> for Page {
    fn from(view: LoginLandingPage) -> Self {
        Self::new("login-landing.html", &view)
    }
}
