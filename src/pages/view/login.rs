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
    locale::Localizer,
    pages::view::{DisplayText, FormTarget, Link, LocalizedText, Page, form_errors, framed},
};

/// Asks how to log in. Its form posts `email`, `password`, and in `by` which button was pressed: `password`, or `link` for a mail.
#[derive(Template)]
#[template(path = "login.html", config = "src/pages/view/askama.toml")]
pub(crate) struct LoginPage {
    pub(crate) localizer: Localizer,
    pub(crate) issuer: Issuer,
    /// The app that asks, by a name that people know it by.
    pub(crate) client: DisplayText,
    pub(crate) action: Link,
    /// What the field holds already.
    pub(crate) email: Option<DisplayText>,
    /// What is wrong with what was entered.
    pub(crate) problem: Option<LoginProblem>,
    /// What each provider is called, and where its login begins.
    pub(crate) providers: Vec<(DisplayText, Link)>,
    pub(crate) by_password: bool,
    pub(crate) by_mail: bool,
    /// Where a new password is asked for.
    pub(crate) forgot: Option<Link>,
    /// Where an account is asked for.
    pub(crate) sign_up: Option<Link>,
    /// Back to the app, with the news that nobody logged in.
    pub(crate) cancel: Option<Link>,
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

impl LoginPage {
    const EMAIL: &'static str = "username";
    const PASSWORD: &'static str = "current-password";

    fn has_form(&self) -> bool {
        self.by_password || self.by_mail
    }

    fn has_way(&self) -> bool {
        self.has_form() || !self.providers.is_empty()
    }

    /// What is wrong with that field.
    fn flaw_of(&self, field: &str) -> Option<LocalizedText> {
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

impl Page for LoginPage {
    framed!();

    fn script(&self) -> Option<&'static str> {
        self.by_password.then_some(include_str!("reveal.js"))
    }

    fn form(&self) -> FormTarget {
        if self.has_form() {
            FormTarget::Onward
        } else {
            FormTarget::Missing
        }
    }
}

impl IntoResponse for LoginPage {
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
pub(crate) struct ConfirmLoginPage {
    pub(crate) localizer: Localizer,
    pub(crate) issuer: Issuer,
    pub(crate) client: DisplayText,
    pub(crate) provider: DisplayText,
    /// To the provider.
    pub(crate) onward: Link,
    /// Back to the app, with the news that nobody logged in.
    pub(crate) cancel: Option<Link>,
}

impl Page for ConfirmLoginPage {
    framed!();
}

impl IntoResponse for ConfirmLoginPage {
    fn into_response(self) -> Response {
        self.shown()
    }
}

/// Says where to log in, to those whom no app has brought here: mails lead them.
#[derive(Template)]
#[template(path = "front.html", config = "src/pages/view/askama.toml")]
pub(crate) struct LoginLandingPage {
    pub(crate) localizer: Localizer,
    pub(crate) issuer: Issuer,
    /// Where a new password is asked for.
    pub(crate) forgot: Option<Link>,
    /// Where an account is asked for.
    pub(crate) sign_up: Option<Link>,
}

impl Page for LoginLandingPage {
    framed!();
}

impl IntoResponse for LoginLandingPage {
    fn into_response(self) -> Response {
        self.shown()
    }
}
