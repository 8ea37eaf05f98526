//! Pages that ask for an address, to mail something there, and what is said afterwards.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};

use crate::{
    config::Issuer,
    identity::{InvalidEmailAddress, InvalidPersonName},
    locale::Voice,
    pages::view::{Form, Href, Line, Page, Said, form_errors, framed},
};

/// Of somebody whose provider vouches for no address. Posts `token` and `email`. No app waits for
/// this window: the login ends in another, which comes from the mailbox.
#[derive(Template)]
#[template(path = "address.html", config = "src/pages/view/askama.toml")]
pub(crate) struct Address {
    pub(crate) voice: Voice,
    pub(crate) issuer: Issuer,
    pub(crate) action: Href,
    /// What the form carries along: the sealed account that waits for its address.
    pub(crate) token: String,
    pub(crate) provider: Line,
    /// What the field holds already: what the provider said, or what was entered before.
    pub(crate) email: Option<Line>,
    /// What is wrong with what was entered.
    pub(crate) problem: Option<InvalidEmailAddress>,
}

impl Address {
    const EMAIL: &'static str = "email";

    fn flaw_of(&self, _: &str) -> Option<Said> {
        self.problem
            .map(|problem| self.say(form_errors::of_email(problem)))
    }
}

impl Page for Address {
    const FORM: Form = Form::Ours;
    const KEEPS_OPENER: bool = false;
    framed!();
}

impl IntoResponse for Address {
    fn into_response(self) -> Response {
        (entered(self.problem.is_some()), self.shown()).into_response()
    }
}

/// Of somebody who wants to choose a new password. Posts `email`.
#[derive(Template)]
#[template(path = "forgot.html", config = "src/pages/view/askama.toml")]
pub(crate) struct Forgot {
    pub(crate) voice: Voice,
    pub(crate) issuer: Issuer,
    pub(crate) action: Href,
    pub(crate) email: Option<Line>,
    pub(crate) problem: Option<InvalidEmailAddress>,
    /// To the login.
    pub(crate) back: Option<Href>,
}

impl Forgot {
    const EMAIL: &'static str = "username";

    fn flaw_of(&self, _: &str) -> Option<Said> {
        self.problem
            .map(|problem| self.say(form_errors::of_email(problem)))
    }
}

impl Page for Forgot {
    const FORM: Form = Form::Ours;
    framed!();
}

impl IntoResponse for Forgot {
    fn into_response(self) -> Response {
        (entered(self.problem.is_some()), self.shown()).into_response()
    }
}

/// Of somebody new. Posts `email`, and `name`, which may be empty.
#[derive(Template)]
#[template(path = "sign_up.html", config = "src/pages/view/askama.toml")]
pub(crate) struct SignUp {
    pub(crate) voice: Voice,
    pub(crate) issuer: Issuer,
    pub(crate) action: Href,
    pub(crate) name: Option<Line>,
    pub(crate) email: Option<Line>,
    pub(crate) problem: Option<SignUpProblem>,
    /// To the login.
    pub(crate) back: Option<Href>,
}

/// Why nothing is mailed to somebody new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SignUpProblem {
    Name(InvalidPersonName),
    Address(InvalidEmailAddress),
}

impl SignUp {
    const EMAIL: &'static str = "email";

    fn flaw_of(&self, field: &str) -> Option<Said> {
        let (faulty, sentence) = match self.problem? {
            SignUpProblem::Name(problem) => ("name", form_errors::of_name(problem)),
            SignUpProblem::Address(problem) => ("email", form_errors::of_email(problem)),
        };
        (field == faulty).then(|| self.say(sentence))
    }
}

impl Page for SignUp {
    const FORM: Form = Form::Ours;
    framed!();
}

impl IntoResponse for SignUp {
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
pub(crate) struct Mailed {
    pub(crate) voice: Voice,
    pub(crate) issuer: Issuer,
    /// The email as it was entered.
    pub(crate) email: Line,
    /// Whether the link works in this browser only.
    pub(crate) is_for_here: bool,
    /// To where it was asked for, for those who get nothing.
    pub(crate) back: Option<Href>,
}

impl Page for Mailed {
    framed!();
}

impl IntoResponse for Mailed {
    fn into_response(self) -> Response {
        (StatusCode::ACCEPTED, self.shown()).into_response()
    }
}

/// Says that the address belongs to somebody who has to log in and link the account.
#[derive(Template)]
#[template(path = "log_in_and_link.html", config = "src/pages/view/askama.toml")]
pub(crate) struct LogInAndLink {
    pub(crate) voice: Voice,
    pub(crate) issuer: Issuer,
    pub(crate) provider: Line,
    /// Back to the app.
    pub(crate) back: Option<Href>,
}

impl Page for LogInAndLink {
    framed!();
}

impl IntoResponse for LogInAndLink {
    fn into_response(self) -> Response {
        (StatusCode::CONFLICT, self.shown()).into_response()
    }
}
