//! The page on which an admin creates a user.

use axum::http::StatusCode;
use serde::Serialize;

use super::{
    AdminNavigation, DisplayText, Link, PasswordProblem, SignUpProblem,
    form_errors::{self, FieldError},
    page::{FormTarget, Page},
};

/// Asks for a new user. Posts `email`, `password`, `name` and `role`.
#[derive(Serialize)]
pub(crate) struct AdminCreatePage {
    pub(crate) navigation: AdminNavigation,
    pub(crate) action: Link,
    pub(crate) email: Option<DisplayText>,
    pub(crate) name: Option<DisplayText>,
    pub(crate) role: Option<DisplayText>,
    pub(crate) min_length: usize,
    #[serde(serialize_with = "form_errors::serialize")]
    pub(crate) problem: Option<AdminCreateProblem>,
    /// The list of users.
    pub(crate) back: Link,
}

/// The reason why the form is shown again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AdminCreateProblem {
    Person(SignUpProblem),
    Password(PasswordProblem),
    Role,
    /// A user with the email exists.
    Taken,
}

impl From<AdminCreateProblem> for FieldError {
    fn from(problem: AdminCreateProblem) -> Self {
        match problem {
            AdminCreateProblem::Person(problem) => problem.into(),
            AdminCreateProblem::Password(problem) => problem.into(),
            AdminCreateProblem::Role => Self::new("role", "page-admin-role-wrong"),
            AdminCreateProblem::Taken => Self::new("email", "page-admin-taken"),
        }
    }
}

impl From<AdminCreatePage> for Page {
    fn from(view: AdminCreatePage) -> Self {
        let page = Self::new("admin-create.html", &view)
            .script(include_str!("reveal.js"))
            .form(FormTarget::Signet)
            .without_opener();
        match view.problem {
            Some(AdminCreateProblem::Taken) => page.status(StatusCode::CONFLICT),
            problem => page.invalid_if(problem.is_some()),
        }
    }
}
