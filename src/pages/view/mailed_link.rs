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
    locale::{Localizer, TextArgument},
    pages::view::{
        DisplayText, FormTarget, Link, Page,
        form_errors::{self, PasswordProblem},
        framed,
    },
    password::{WeakPassword, WeakReason},
};

/// A login by a provider goes on, with the address that was named.
#[derive(Template)]
#[template(path = "finish.html", config = "src/pages/view/askama.toml")]
pub(crate) struct CompleteSignUpPage {
    pub(crate) localizer: Localizer,
    pub(crate) issuer: Issuer,
    pub(crate) action: Link,
    pub(crate) provider: DisplayText,
}

impl Page for CompleteSignUpPage {
    const SCRIPT: Option<&'static str> = Some(include_str!("link.js"));
    const FORM: FormTarget = FormTarget::Onward;
    const KEEPS_OPENER: bool = false;
    framed!();
}

impl IntoResponse for CompleteSignUpPage {
    fn into_response(self) -> Response {
        self.shown()
    }
}

/// A login by nothing but the link.
#[derive(Template)]
#[template(path = "login_link.html", config = "src/pages/view/askama.toml")]
pub(crate) struct LoginLinkPage {
    pub(crate) localizer: Localizer,
    pub(crate) issuer: Issuer,
    pub(crate) action: Link,
}

impl Page for LoginLinkPage {
    const SCRIPT: Option<&'static str> = Some(include_str!("link.js"));
    const FORM: FormTarget = FormTarget::Onward;
    const KEEPS_OPENER: bool = false;
    framed!();
}

impl IntoResponse for LoginLinkPage {
    fn into_response(self) -> Response {
        self.shown()
    }
}

/// A new address is confirmed.
#[derive(Template)]
#[template(path = "confirm_address.html", config = "src/pages/view/askama.toml")]
pub(crate) struct ConfirmEmailPage {
    pub(crate) localizer: Localizer,
    pub(crate) issuer: Issuer,
    pub(crate) action: Link,
}

impl Page for ConfirmEmailPage {
    const SCRIPT: Option<&'static str> = Some(include_str!("link.js"));
    const FORM: FormTarget = FormTarget::Ours;
    const KEEPS_OPENER: bool = false;
    framed!();
}

impl IntoResponse for ConfirmEmailPage {
    fn into_response(self) -> Response {
        self.shown()
    }
}

/// A password is chosen, and posted as `password`.
#[derive(Template)]
#[template(path = "choose_password.html", config = "src/pages/view/askama.toml")]
pub(crate) struct ChoosePasswordPage {
    pub(crate) localizer: Localizer,
    pub(crate) issuer: Issuer,
    pub(crate) action: Link,
    pub(crate) purpose: PasswordPurpose,
    /// What the link said, where a password was no good and another is asked for.
    pub(crate) token: Option<String>,
    /// How many characters it must have.
    pub(crate) min_length: usize,
    /// Why the one that was chosen is no good.
    pub(crate) problem: Option<PasswordProblem>,
}

/// What the password is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PasswordPurpose {
    /// A new account.
    SignUp,
    /// An account that has another, or none.
    Reset,
}

impl ChoosePasswordPage {
    const PASSWORD: &'static str = "new-password";

    fn flaw_of(&self, _: &str) -> Option<String> {
        let problem = self.problem?;
        let sentence = form_errors::of_password(problem);
        Some(match problem {
            PasswordProblem::Weak(WeakPassword {
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
            PasswordPurpose::SignUp => (
                "page-choose-password-title",
                "page-choose-password",
                "page-choose-password-do",
            ),
            PasswordPurpose::Reset => (
                "page-new-password-title",
                "page-new-password",
                "page-new-password-do",
            ),
        }
    }

    fn counting(&self, sentence: &str, count: usize) -> String {
        self.localizer
            .text_with(sentence, [("count", TextArgument::from(count))])
    }
}

impl Page for ChoosePasswordPage {
    const SCRIPT: Option<&'static str> =
        Some(concat!(include_str!("link.js"), include_str!("reveal.js")));
    const FORM: FormTarget = FormTarget::Ours;
    const KEEPS_OPENER: bool = false;
    framed!();

    fn has_token(&self) -> bool {
        self.token.is_some()
    }
}

impl IntoResponse for ChoosePasswordPage {
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
pub(crate) struct ActionCompletedPage {
    pub(crate) localizer: Localizer,
    pub(crate) issuer: Issuer,
    pub(crate) what: CompletedAction,
    /// To the login.
    pub(crate) log_in: Option<Link>,
}

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CompletedAction {
    SignedUp,
    PasswordReset,
    AddressChanged,
}

impl CompletedAction {
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

impl Page for ActionCompletedPage {
    const KEEPS_OPENER: bool = false;
    framed!();
}

impl IntoResponse for ActionCompletedPage {
    fn into_response(self) -> Response {
        self.shown()
    }
}
