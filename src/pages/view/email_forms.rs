//! Pages that ask for an address, to mail something there, and what is said afterwards.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};

use crate::{
    config::Issuer,
    identity::{InvalidEmailAddress, InvalidPersonName},
    locale::Localizer,
    pages::view::{DisplayText, FormTarget, Link, LocalizedText, Page, form_errors, framed},
};

/// Of somebody whose provider vouches for no address. Posts `token` and `email`. No app waits for
/// this window: the login ends in another, which comes from the mailbox.
#[derive(Template)]
#[template(path = "address.html", config = "src/pages/view/askama.toml")]
pub(crate) struct ProviderEmailPage {
    pub(crate) localizer: Localizer,
    pub(crate) issuer: Issuer,
    pub(crate) action: Link,
    /// What the form carries along: the sealed account that waits for its address.
    pub(crate) token: String,
    pub(crate) provider: DisplayText,
    /// What the field holds already: what the provider said, or what was entered before.
    pub(crate) email: Option<DisplayText>,
    /// What is wrong with what was entered.
    pub(crate) problem: Option<InvalidEmailAddress>,
}

impl ProviderEmailPage {
    const EMAIL: &'static str = "email";

    fn flaw_of(&self, _: &str) -> Option<LocalizedText> {
        self.problem
            .map(|problem| self.say(form_errors::of_email(problem)))
    }
}

impl Page for ProviderEmailPage {
    const FORM: FormTarget = FormTarget::Ours;
    const KEEPS_OPENER: bool = false;
    framed!();
}

impl IntoResponse for ProviderEmailPage {
    fn into_response(self) -> Response {
        (entered(self.problem.is_some()), self.shown()).into_response()
    }
}

/// Of somebody who wants to choose a new password. Posts `email`.
#[derive(Template)]
#[template(path = "forgot.html", config = "src/pages/view/askama.toml")]
pub(crate) struct ForgotPasswordPage {
    pub(crate) localizer: Localizer,
    pub(crate) issuer: Issuer,
    pub(crate) action: Link,
    pub(crate) email: Option<DisplayText>,
    pub(crate) problem: Option<InvalidEmailAddress>,
    /// To the login.
    pub(crate) back: Option<Link>,
}

impl ForgotPasswordPage {
    const EMAIL: &'static str = "username";

    fn flaw_of(&self, _: &str) -> Option<LocalizedText> {
        self.problem
            .map(|problem| self.say(form_errors::of_email(problem)))
    }
}

impl Page for ForgotPasswordPage {
    const FORM: FormTarget = FormTarget::Ours;
    framed!();
}

impl IntoResponse for ForgotPasswordPage {
    fn into_response(self) -> Response {
        (entered(self.problem.is_some()), self.shown()).into_response()
    }
}

/// Of somebody new. Posts `email`, and `name`, which may be empty.
#[derive(Template)]
#[template(path = "sign_up.html", config = "src/pages/view/askama.toml")]
pub(crate) struct SignUpPage {
    pub(crate) localizer: Localizer,
    pub(crate) issuer: Issuer,
    pub(crate) action: Link,
    pub(crate) name: Option<DisplayText>,
    pub(crate) email: Option<DisplayText>,
    pub(crate) problem: Option<SignUpProblem>,
    /// To the login.
    pub(crate) back: Option<Link>,
}

/// Why nothing is mailed to somebody new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SignUpProblem {
    Name(InvalidPersonName),
    Address(InvalidEmailAddress),
}

impl SignUpPage {
    const EMAIL: &'static str = "email";

    fn flaw_of(&self, field: &str) -> Option<LocalizedText> {
        let (faulty, sentence) = match self.problem? {
            SignUpProblem::Name(problem) => ("name", form_errors::of_name(problem)),
            SignUpProblem::Address(problem) => ("email", form_errors::of_email(problem)),
        };
        (field == faulty).then(|| self.say(sentence))
    }
}

impl Page for SignUpPage {
    const FORM: FormTarget = FormTarget::Ours;
    framed!();
}

impl IntoResponse for SignUpPage {
    fn into_response(self) -> Response {
        (entered(self.problem.is_some()), self.shown()).into_response()
    }
}

fn entered(is_faulty: bool) -> StatusCode {
    if is_faulty {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    }
}

/// Says that something was mailed: the same for every address, known here or not.
#[derive(Template)]
#[template(path = "mailed.html", config = "src/pages/view/askama.toml")]
pub(crate) struct MailSentPage {
    pub(crate) localizer: Localizer,
    pub(crate) issuer: Issuer,
    /// The email as it was entered.
    pub(crate) email: DisplayText,
    /// Whether the link works in this browser only.
    pub(crate) is_for_here: bool,
    /// To where it was asked for, for those who get nothing.
    pub(crate) back: Option<Link>,
}

impl Page for MailSentPage {
    framed!();
}

impl IntoResponse for MailSentPage {
    fn into_response(self) -> Response {
        (StatusCode::ACCEPTED, self.shown()).into_response()
    }
}

/// Says that the address belongs to somebody who has to log in and link the account.
#[derive(Template)]
#[template(path = "log_in_and_link.html", config = "src/pages/view/askama.toml")]
pub(crate) struct LinkRequiredPage {
    pub(crate) localizer: Localizer,
    pub(crate) issuer: Issuer,
    pub(crate) provider: DisplayText,
    /// Back to the app.
    pub(crate) back: Option<Link>,
}

impl Page for LinkRequiredPage {
    framed!();
}

impl IntoResponse for LinkRequiredPage {
    fn into_response(self) -> Response {
        (StatusCode::CONFLICT, self.shown()).into_response()
    }
}
