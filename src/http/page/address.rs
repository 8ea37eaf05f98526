//! Pages that ask for an address, to mail something there, and what is said afterwards.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};

use super::{Form, Href, Line, Page, Said, framed, problems};
use crate::{
    config::Issuer,
    identity::{InvalidEmailAddress, InvalidPersonName},
    locale::Voice,
};

/// Of somebody whose provider vouches for no address. Posts `token` and `email`. No app waits for
/// this window: the login ends in another, which comes from the mailbox.
#[derive(Template)]
#[template(path = "address.html", config = "src/http/page/askama.toml")]
pub(in crate::http) struct Address {
    pub(in crate::http) voice: Voice,
    pub(in crate::http) issuer: Issuer,
    pub(in crate::http) action: Href,
    /// What the form carries along: the sealed account that waits for its address.
    pub(in crate::http) token: String,
    pub(in crate::http) provider: Line,
    /// What the field holds already: what the provider said, or what was entered before.
    pub(in crate::http) email: Option<Line>,
    /// What is wrong with what was entered.
    pub(in crate::http) problem: Option<InvalidEmailAddress>,
}

impl Address {
    const EMAIL: &'static str = "email";

    fn flaw_of(&self, _: &str) -> Option<Said> {
        self.problem
            .map(|problem| self.say(problems::of_email(problem)))
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
#[template(path = "forgot.html", config = "src/http/page/askama.toml")]
pub(in crate::http) struct Forgot {
    pub(in crate::http) voice: Voice,
    pub(in crate::http) issuer: Issuer,
    pub(in crate::http) action: Href,
    pub(in crate::http) email: Option<Line>,
    pub(in crate::http) problem: Option<InvalidEmailAddress>,
    /// To the login.
    pub(in crate::http) back: Option<Href>,
}

impl Forgot {
    const EMAIL: &'static str = "username";

    fn flaw_of(&self, _: &str) -> Option<Said> {
        self.problem
            .map(|problem| self.say(problems::of_email(problem)))
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
#[template(path = "sign_up.html", config = "src/http/page/askama.toml")]
pub(in crate::http) struct SignUp {
    pub(in crate::http) voice: Voice,
    pub(in crate::http) issuer: Issuer,
    pub(in crate::http) action: Href,
    pub(in crate::http) name: Option<Line>,
    pub(in crate::http) email: Option<Line>,
    pub(in crate::http) problem: Option<SignUpProblem>,
    /// To the login.
    pub(in crate::http) back: Option<Href>,
}

/// Why nothing is mailed to somebody new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::http) enum SignUpProblem {
    Name(InvalidPersonName),
    Address(InvalidEmailAddress),
}

impl SignUp {
    const EMAIL: &'static str = "email";

    fn flaw_of(&self, field: &str) -> Option<Said> {
        let (faulty, sentence) = match self.problem? {
            SignUpProblem::Name(problem) => ("name", problems::of_name(problem)),
            SignUpProblem::Address(problem) => ("email", problems::of_email(problem)),
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
#[template(path = "mailed.html", config = "src/http/page/askama.toml")]
pub(in crate::http) struct Mailed {
    pub(in crate::http) voice: Voice,
    pub(in crate::http) issuer: Issuer,
    /// The email as it was entered.
    pub(in crate::http) email: Line,
    /// Whether the link works in this browser only.
    pub(in crate::http) is_for_here: bool,
    /// To where it was asked for, for those who get nothing.
    pub(in crate::http) back: Option<Href>,
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
#[template(path = "log_in_and_link.html", config = "src/http/page/askama.toml")]
pub(in crate::http) struct LogInAndLink {
    pub(in crate::http) voice: Voice,
    pub(in crate::http) issuer: Issuer,
    pub(in crate::http) provider: Line,
    /// Back to the app.
    pub(in crate::http) back: Option<Href>,
}

impl Page for LogInAndLink {
    framed!();
}

impl IntoResponse for LogInAndLink {
    fn into_response(self) -> Response {
        (StatusCode::CONFLICT, self.shown()).into_response()
    }
}
