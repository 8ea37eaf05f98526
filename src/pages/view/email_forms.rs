//! Pages that request an email, and the page that reports a sent mail.

use axum::http::StatusCode;
use serde::Serialize;

use super::{
    DisplayText, Link,
    form_errors::{self, FieldError},
    page::{FormTarget, Page},
};
use crate::identity::{InvalidEmailAddress, InvalidPersonName};

/// Requests the email of a user whose provider has verified none. Posts `token` and `email`. No client waits for
/// this window: the login ends in the window that the mailed link opens.
#[derive(Serialize)]
pub(crate) struct ProviderEmailPage {
    pub(crate) action: Link,
    /// The sealed account that has no email yet.
    pub(crate) token: String,
    pub(crate) provider: DisplayText,
    /// The content of the field: the provider's claim, or the last input.
    pub(crate) email: Option<DisplayText>,
    #[serde(serialize_with = "form_errors::serialize")]
    pub(crate) problem: Option<InvalidEmailAddress>,
}

impl From<ProviderEmailPage> for Page {
    fn from(view: ProviderEmailPage) -> Self {
        Self::new("provider-email.html", &view)
            .invalid_if(view.problem.is_some())
            .form(FormTarget::Signet)
            .without_opener()
    }
}

/// Requests the email for a password reset. Posts `email`.
#[derive(Serialize)]
pub(crate) struct ForgotPasswordPage {
    pub(crate) action: Link,
    pub(crate) email: Option<DisplayText>,
    #[serde(serialize_with = "form_errors::serialize")]
    pub(crate) problem: Option<InvalidEmailAddress>,
    /// The login page.
    pub(crate) back: Option<Link>,
}

impl From<ForgotPasswordPage> for Page {
    fn from(view: ForgotPasswordPage) -> Self {
        Self::new("forgot-password.html", &view)
            .invalid_if(view.problem.is_some())
            .form(FormTarget::Signet)
    }
}

/// Requests the data of a new user. Posts `email`, and `name`, which may be empty.
#[derive(Serialize)]
pub(crate) struct SignUpPage {
    pub(crate) action: Link,
    /// The name of the client that the user continues to.
    pub(crate) client: Option<DisplayText>,
    pub(crate) name: Option<DisplayText>,
    pub(crate) email: Option<DisplayText>,
    #[serde(serialize_with = "form_errors::serialize")]
    pub(crate) problem: Option<SignUpProblem>,
    /// The login page.
    pub(crate) back: Option<Link>,
    /// The link back to the client, with the error `access_denied`.
    pub(crate) cancel: Option<Link>,
}

/// The reason why the sign-up form is shown again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SignUpProblem {
    Name(InvalidPersonName),
    Address(InvalidEmailAddress),
}

impl From<SignUpProblem> for FieldError {
    fn from(problem: SignUpProblem) -> Self {
        match problem {
            SignUpProblem::Name(invalid) => invalid.into(),
            SignUpProblem::Address(invalid) => invalid.into(),
        }
    }
}

impl From<SignUpPage> for Page {
    fn from(view: SignUpPage) -> Self {
        Self::new("sign-up.html", &view)
            .invalid_if(view.problem.is_some())
            .form(FormTarget::Signet)
    }
}

/// Reports a sent mail. The page is the same for registered and unknown emails.
#[derive(Serialize)]
pub(crate) struct MailSentPage {
    /// The email as it was entered.
    pub(crate) email: DisplayText,
    /// Set if the link works in this browser only.
    pub(crate) is_for_here: bool,
    /// The form for the code beside the link.
    pub(crate) code: Option<LoginCodeForm>,
    /// The page that requested the mail, for users who receive none.
    pub(crate) back: Option<Link>,
}

/// Asks for the code of a mail. Posts `challenge`, `code` and `email`.
#[derive(Serialize)]
pub(crate) struct LoginCodeForm {
    pub(crate) action: Link,
    /// The sealed challenge of the code.
    pub(crate) challenge: String,
    #[serde(serialize_with = "form_errors::serialize")]
    pub(crate) problem: Option<LoginCodeProblem>,
}

/// The reason why the code is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LoginCodeProblem {
    /// Another code is right.
    Wrong,
    /// The code is expired or used.
    Over,
    /// Too many codes were tried, so that the right one is refused as well.
    TooMany,
}

impl From<LoginCodeProblem> for FieldError {
    fn from(problem: LoginCodeProblem) -> Self {
        let text = match problem {
            LoginCodeProblem::Wrong => "page-code-wrong",
            LoginCodeProblem::Over => "page-code-over",
            LoginCodeProblem::TooMany => "page-code-too-many",
        };
        Self::new("code", text)
    }
}

impl From<MailSentPage> for Page {
    fn from(view: MailSentPage) -> Self {
        let problem = view.code.as_ref().and_then(|code| code.problem);
        let status = problem.map_or(StatusCode::ACCEPTED, |_| StatusCode::BAD_REQUEST);
        let page = Self::new("mail-sent.html", &view).status(status);
        match view.code {
            Some(_) => page.form(FormTarget::Client),
            None => page,
        }
    }
}

/// Explains that the email belongs to a user, who has to log in and link the account.
#[derive(Serialize)]
pub(crate) struct LinkRequiredPage {
    pub(crate) provider: DisplayText,
    /// The link back to the client.
    pub(crate) back: Option<Link>,
}

impl From<LinkRequiredPage> for Page {
    fn from(view: LinkRequiredPage) -> Self {
        Self::new("link-required.html", &view).status(StatusCode::CONFLICT)
    }
}
