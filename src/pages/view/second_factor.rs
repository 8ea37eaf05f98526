//! The page that asks for the second factor of a login.

use axum::http::StatusCode;
use serde::Serialize;

use super::{
    Link,
    form_errors::{self, FieldError},
    page::{FormTarget, Page},
};
use crate::identity::SecondFactorKind;

/// Asks for a code. Posts `continuation`, `code`, and the kind of the code as `by`.
#[derive(Serialize)]
pub(crate) struct SecondFactorPage {
    action: Link,
    /// The sealed login.
    continuation: String,
    kind: SecondFactorKind,
    /// The other kind of code, if the user has it.
    other: Option<SecondFactorKind>,
    #[serde(serialize_with = "form_errors::serialize")]
    problem: Option<SecondFactorProblem>,
}

/// The reason why the form is shown again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SecondFactorProblem {
    /// The code is wrong.
    Wrong(SecondFactorKind),
    /// The code of the app was used.
    Used,
}

impl From<SecondFactorProblem> for FieldError {
    fn from(problem: SecondFactorProblem) -> Self {
        Self::new(
            "code",
            match problem {
                SecondFactorProblem::Wrong(SecondFactorKind::Totp | SecondFactorKind::Passkey) => {
                    "page-factor-wrong"
                }
                SecondFactorProblem::Wrong(SecondFactorKind::RecoveryCode) => {
                    "page-factor-recovery-wrong"
                }
                SecondFactorProblem::Used => "page-factor-used",
            },
        )
    }
}

impl SecondFactorPage {
    /// The page that asks for that kind of code.
    pub(crate) fn new(
        action: Link,
        continuation: String,
        kind: SecondFactorKind,
        kinds: &[SecondFactorKind],
    ) -> Self {
        let is_other_code = |other: &_| *other != kind && *other != SecondFactorKind::Passkey;
        Self {
            action,
            continuation,
            kind,
            other: kinds.iter().copied().find(is_other_code),
            problem: None,
        }
    }

    /// The page with the problem of the code that was entered.
    pub(crate) fn with_problem(self, problem: Option<SecondFactorProblem>) -> Self {
        Self { problem, ..self }
    }
}

impl From<SecondFactorPage> for Page {
    fn from(view: SecondFactorPage) -> Self {
        let page = Self::new("second-factor.html", &view).form(FormTarget::Client);
        match view.problem {
            Some(_) => page.status(StatusCode::UNAUTHORIZED),
            None => page,
        }
    }
}
