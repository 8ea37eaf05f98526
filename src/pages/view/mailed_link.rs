//! Where mailed links lead. Opening such a page does nothing, whoever opens it: its script takes the
//! token from the fragment, which no server is told, and a press of the button posts it as `token`.
//! These windows come from a mailbox: no app waits for them.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};

use crate::{
    config::Issuer,
    locale::{Arg, Voice},
    pages::view::{
        Form, Href, Line, Page,
        form_errors::{self, PasswordProblem},
        framed,
    },
    password::{Weak, WeakReason},
};

/// A login by a provider goes on, with the address that was named.
#[derive(Template)]
#[template(path = "finish.html", config = "src/pages/view/askama.toml")]
pub(crate) struct Finish {
    pub(crate) voice: Voice,
    pub(crate) issuer: Issuer,
    pub(crate) action: Href,
    pub(crate) provider: Line,
}

impl Page for Finish {
    const SCRIPT: Option<&'static str> = Some(include_str!("link.js"));
    const FORM: Form = Form::Onward;
    const KEEPS_OPENER: bool = false;
    framed!();
}

impl IntoResponse for Finish {
    fn into_response(self) -> Response {
        self.shown()
    }
}

/// A login by nothing but the link.
#[derive(Template)]
#[template(path = "login_link.html", config = "src/pages/view/askama.toml")]
pub(crate) struct LoginLink {
    pub(crate) voice: Voice,
    pub(crate) issuer: Issuer,
    pub(crate) action: Href,
}

impl Page for LoginLink {
    const SCRIPT: Option<&'static str> = Some(include_str!("link.js"));
    const FORM: Form = Form::Onward;
    const KEEPS_OPENER: bool = false;
    framed!();
}

impl IntoResponse for LoginLink {
    fn into_response(self) -> Response {
        self.shown()
    }
}

/// A new address is confirmed.
#[derive(Template)]
#[template(path = "confirm_address.html", config = "src/pages/view/askama.toml")]
pub(crate) struct ConfirmAddress {
    pub(crate) voice: Voice,
    pub(crate) issuer: Issuer,
    pub(crate) action: Href,
}

impl Page for ConfirmAddress {
    const SCRIPT: Option<&'static str> = Some(include_str!("link.js"));
    const FORM: Form = Form::Ours;
    const KEEPS_OPENER: bool = false;
    framed!();
}

impl IntoResponse for ConfirmAddress {
    fn into_response(self) -> Response {
        self.shown()
    }
}

/// A password is chosen, and posted as `password`.
#[derive(Template)]
#[template(path = "choose_password.html", config = "src/pages/view/askama.toml")]
pub(crate) struct ChoosePassword {
    pub(crate) voice: Voice,
    pub(crate) issuer: Issuer,
    pub(crate) action: Href,
    pub(crate) purpose: Purpose,
    /// What the link said, where a password was no good and another is asked for.
    pub(crate) token: Option<String>,
    /// How many characters it must have.
    pub(crate) min_length: usize,
    /// Why the one that was chosen is no good.
    pub(crate) problem: Option<PasswordProblem>,
}

/// What the password is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A new account.
    SignUp,
    /// An account that has another, or none.
    Reset,
}

impl ChoosePassword {
    const PASSWORD: &'static str = "new-password";

    fn flaw_of(&self, _: &str) -> Option<String> {
        let problem = self.problem?;
        let sentence = form_errors::of_password(problem);
        Some(match problem {
            PasswordProblem::Weak(Weak {
                reason: WeakReason::TooShort,
                min_length,
            }) => self.counting(sentence, min_length),
            _ => self.say(sentence).plain(),
        })
    }

    fn about_password(&self) -> &'static str {
        match self.problem {
            Some(_) => "flaw hint",
            None => "hint",
        }
    }

    /// The title, what comes of it, and the word on the button.
    const fn words(&self) -> (&'static str, &'static str, &'static str) {
        match self.purpose {
            Purpose::SignUp => (
                "page-choose-password-title",
                "page-choose-password",
                "page-choose-password-do",
            ),
            Purpose::Reset => (
                "page-new-password-title",
                "page-new-password",
                "page-new-password-do",
            ),
        }
    }

    fn counting(&self, sentence: &str, count: usize) -> String {
        self.voice.say_with(sentence, [("count", Arg::from(count))])
    }
}

impl Page for ChoosePassword {
    const SCRIPT: Option<&'static str> =
        Some(concat!(include_str!("link.js"), include_str!("reveal.js")));
    const FORM: Form = Form::Ours;
    const KEEPS_OPENER: bool = false;
    framed!();

    fn has_token(&self) -> bool {
        self.token.is_some()
    }
}

impl IntoResponse for ChoosePassword {
    fn into_response(self) -> Response {
        let status = match self.problem {
            None => StatusCode::OK,
            Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        };
        (status, self.shown()).into_response()
    }
}

/// Says that it is done, where no app is told.
#[derive(Template)]
#[template(path = "done.html", config = "src/pages/view/askama.toml")]
pub(crate) struct Done {
    pub(crate) voice: Voice,
    pub(crate) issuer: Issuer,
    pub(crate) what: Deed,
    /// To the login.
    pub(crate) log_in: Option<Href>,
}

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deed {
    SignedUp,
    PasswordReset,
    AddressChanged,
}

impl Deed {
    const fn title(self) -> &'static str {
        match self {
            Self::SignedUp => "page-signed-up-title",
            Self::PasswordReset => "page-password-reset-title",
            Self::AddressChanged => "page-address-changed-title",
        }
    }

    const fn means(self) -> &'static str {
        match self {
            Self::SignedUp => "page-signed-up",
            Self::PasswordReset => "page-password-reset",
            Self::AddressChanged => "page-address-changed",
        }
    }
}

impl Page for Done {
    const KEEPS_OPENER: bool = false;
    framed!();
}

impl IntoResponse for Done {
    fn into_response(self) -> Response {
        self.shown()
    }
}
