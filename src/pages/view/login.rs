//! The ways to log in, for those who have not chosen one yet.

use askama::Template;
use axum::{
    http::{StatusCode, header::WWW_AUTHENTICATE},
    response::{IntoResponse, Response},
};

use crate::{
    config::Issuer,
    http::problem::from_domain::BEARER,
    identity::InvalidEmailAddress,
    locale::Voice,
    pages::view::{Form, Href, Line, Page, Said, form_errors, framed},
};

/// Asks how to log in. Its form posts `email`, `password`, and in `by` which button was pressed: `password`, or `link` for a mail.
#[derive(Template)]
#[template(path = "login.html", config = "src/pages/view/askama.toml")]
pub(crate) struct Login {
    pub(crate) voice: Voice,
    pub(crate) issuer: Issuer,
    /// The app that asks, by a name that people know it by.
    pub(crate) client: Line,
    pub(crate) action: Href,
    /// What the field holds already.
    pub(crate) email: Option<Line>,
    /// What is wrong with what was entered.
    pub(crate) problem: Option<LoginProblem>,
    /// What each provider is called, and where its login begins.
    pub(crate) providers: Vec<(Line, Href)>,
    pub(crate) by_password: bool,
    pub(crate) by_mail: bool,
    /// Where a new password is asked for.
    pub(crate) forgot: Option<Href>,
    /// Where an account is asked for.
    pub(crate) sign_up: Option<Href>,
    /// Back to the app, with the news that nobody logged in.
    pub(crate) cancel: Option<Href>,
}

/// Why a login by the form comes to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LoginProblem {
    /// What was entered is no address.
    Address(InvalidEmailAddress),
    /// No password was entered.
    NoPassword,
    /// Nobody has that address and that password.
    Wrong,
}

impl Login {
    const EMAIL: &'static str = "username";
    const PASSWORD: &'static str = "current-password";

    fn has_form(&self) -> bool {
        self.by_password || self.by_mail
    }

    fn has_way(&self) -> bool {
        self.has_form() || !self.providers.is_empty()
    }

    /// What is wrong with that field.
    fn flaw_of(&self, field: &str) -> Option<Said> {
        let (faulty, sentence) = match self.problem? {
            LoginProblem::Address(problem) => ("email", form_errors::of_email(problem)),
            LoginProblem::NoPassword => ("password", "page-password-missing"),
            LoginProblem::Wrong => ("password", "page-login-wrong"),
        };
        (field == faulty).then(|| self.say(sentence))
    }

    fn about_password(&self) -> &'static str {
        self.flaw_of("password").map_or("", |_| "flaw")
    }
}

impl Page for Login {
    framed!();

    fn script(&self) -> Option<&'static str> {
        self.by_password.then_some(include_str!("reveal.js"))
    }

    fn form(&self) -> Form {
        if self.has_form() {
            Form::Onward
        } else {
            Form::Missing
        }
    }
}

impl IntoResponse for Login {
    fn into_response(self) -> Response {
        let status = match self.problem {
            None => StatusCode::OK,
            // Which always comes with a challenge (RFC 9110 §15.5.2). Browsers ask nobody for this one.
            Some(LoginProblem::Wrong) => {
                let challenge = [(WWW_AUTHENTICATE, BEARER)];
                return (StatusCode::UNAUTHORIZED, challenge, self.shown()).into_response();
            }
            Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        };
        (status, self.shown()).into_response()
    }
}

/// Asks whether it was the person who began a login at a provider.
#[derive(Template)]
#[template(path = "ask_first.html", config = "src/pages/view/askama.toml")]
pub(crate) struct AskFirst {
    pub(crate) voice: Voice,
    pub(crate) issuer: Issuer,
    pub(crate) client: Line,
    pub(crate) provider: Line,
    /// To the provider.
    pub(crate) onward: Href,
    /// Back to the app, with the news that nobody logged in.
    pub(crate) cancel: Option<Href>,
}

impl Page for AskFirst {
    framed!();
}

impl IntoResponse for AskFirst {
    fn into_response(self) -> Response {
        self.shown()
    }
}

/// Says where to log in, to those whom no app has brought here: mails lead them.
#[derive(Template)]
#[template(path = "front.html", config = "src/pages/view/askama.toml")]
pub(crate) struct Front {
    pub(crate) voice: Voice,
    pub(crate) issuer: Issuer,
    /// Where a new password is asked for.
    pub(crate) forgot: Option<Href>,
    /// Where an account is asked for.
    pub(crate) sign_up: Option<Href>,
}

impl Page for Front {
    framed!();
}

impl IntoResponse for Front {
    fn into_response(self) -> Response {
        self.shown()
    }
}
