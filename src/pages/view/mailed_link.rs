//! Pages that mailed links open. Opening such a page changes nothing: its script reads the token from the
//! fragment, which browsers do not send, and the button posts it as `token`. No client waits for these
//! windows: a mail program has opened them.

use serde::Serialize;

use super::{
    Link,
    display_text::DisplayText,
    form_errors::{self, PasswordProblem},
    page::{FormTarget, Page},
};

/// Finishes a login at a provider with the email that the user has entered.
#[derive(Serialize)]
pub(crate) struct CompleteSignUpPage {
    pub(crate) action: Link,
    pub(crate) provider: DisplayText,
}

impl From<CompleteSignUpPage> for Page {
    fn from(view: CompleteSignUpPage) -> Self {
        Self::new("complete-sign-up.html", &view)
            .script(include_str!("link.js"))
            .form(FormTarget::Client)
            .without_opener()
    }
}

/// Logs in by the link alone.
#[derive(Serialize)]
pub(crate) struct LoginLinkPage {
    pub(crate) action: Link,
}

impl From<LoginLinkPage> for Page {
    fn from(view: LoginLinkPage) -> Self {
        Self::new("login-link.html", &view)
            .script(include_str!("link.js"))
            .form(FormTarget::Client)
            .without_opener()
    }
}

/// Confirms a new email.
#[derive(Serialize)]
pub(crate) struct ConfirmEmailPage {
    pub(crate) action: Link,
}

impl From<ConfirmEmailPage> for Page {
    fn from(view: ConfirmEmailPage) -> Self {
        Self::new("confirm-email.html", &view)
            .script(include_str!("link.js"))
            .form(FormTarget::Signet)
            .without_opener()
    }
}

/// Requests a new password. Posts `token` and `password`, and `email`, which is a field for password managers alone.
#[derive(Serialize)]
pub(crate) struct ChoosePasswordPage {
    pub(crate) action: Link,
    pub(crate) purpose: PasswordPurpose,
    /// The token of the link, if the form is shown again.
    pub(crate) token: Option<String>,
    /// The email of the link, if the form is shown again.
    pub(crate) email: Option<DisplayText>,
    /// The minimum number of characters.
    pub(crate) min_length: usize,
    #[serde(serialize_with = "form_errors::serialize")]
    pub(crate) problem: Option<PasswordProblem>,
}

/// The purpose of a new password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PasswordPurpose {
    /// A new account, whose user is logged in at the client if the sign-up began there.
    SignUp,
    /// An existing account, with or without a password.
    Reset,
}

impl From<ChoosePasswordPage> for Page {
    fn from(view: ChoosePasswordPage) -> Self {
        let target = match view.purpose {
            PasswordPurpose::SignUp => FormTarget::Client,
            PasswordPurpose::Reset => FormTarget::Signet,
        };
        Self::new("choose-password.html", &view)
            .invalid_if(view.problem.is_some())
            .script(concat!(include_str!("link.js"), include_str!("reveal.js")))
            .form(target)
            .without_opener()
    }
}

/// Reports a completed action that ends without a redirect to a client.
#[derive(Serialize)]
pub(crate) struct ActionCompletedPage {
    pub(crate) action: CompletedAction,
    /// The login page.
    pub(crate) log_in: Link,
    /// The name of the client, if its page is the way on.
    pub(crate) client: Option<DisplayText>,
    /// The page of the client. It is offered instead of the login page.
    pub(crate) app: Option<Link>,
}

/// A completed action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CompletedAction {
    SignedUp,
    PasswordReset,
    EmailChanged,
}

impl From<ActionCompletedPage> for Page {
    fn from(view: ActionCompletedPage) -> Self {
        Self::new("action-completed.html", &view).without_opener()
    }
}
