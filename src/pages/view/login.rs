//! The login page, and pages on the way to a login.

use axum::http::StatusCode;
use serde::Serialize;

use super::{
    ClientView, DisplayText, Link, PasskeyButton, ProviderButton,
    form_errors::{self, FieldError},
    page::{FormTarget, Page},
    passkey,
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
    /// Set if the user is logged in, and the page that asks for the login needs a recent or a stronger one.
    pub(crate) is_renewal: bool,
    /// The content of the field.
    pub(crate) email: Option<DisplayText>,
    #[serde(serialize_with = "form_errors::serialize")]
    pub(crate) problem: Option<LoginProblem>,
    pub(crate) providers: Vec<ProviderButton>,
    pub(crate) passkey: Option<PasskeyButton>,
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
    /// The passkey is refused.
    Passkey,
}

impl From<LoginProblem> for FieldError {
    fn from(problem: LoginProblem) -> Self {
        match problem {
            LoginProblem::Address(invalid) => invalid.into(),
            LoginProblem::NoPassword => Self::new("password", "page-password-missing"),
            LoginProblem::Wrong => Self::new("password", "page-login-wrong"),
            LoginProblem::Passkey => Self::new("passkey", "page-passkey-failed"),
        }
    }
}

/// The script of the page with a password and a passkey.
const WITH_PASSKEY: &str = concat!(
    include_str!("reveal.js"),
    include_str!("passkey.js"),
    include_str!("passkey_login.js")
);

impl From<LoginPage> for Page {
    fn from(view: LoginPage) -> Self {
        let page = Self::new("login.html", &view).invalid_if(view.problem.is_some());
        let page = match view.problem {
            Some(LoginProblem::Wrong | LoginProblem::Passkey) => {
                page.status(StatusCode::UNAUTHORIZED)
            }
            _ => page,
        };
        let page = match (view.by_password, view.passkey.is_some()) {
            (true, true) => page.script(WITH_PASSKEY).connects(),
            (true, false) => page.script(include_str!("reveal.js")),
            (false, true) => page.script(passkey::LOGIN_SCRIPT).connects(),
            (false, false) => page,
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
    /// The account page, where it is served.
    pub(crate) account: Option<Link>,
    pub(crate) email: DisplayText,
    /// The ID of the user, to whom the form of the logout is shown.
    pub(crate) user: String,
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
