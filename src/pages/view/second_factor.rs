//! The page that asks for the second factor of a login.

use axum::http::StatusCode;
use serde::Serialize;

use super::{
    Link, PasskeyButton,
    form_errors::{self, FieldError},
    page::{FormTarget, Page},
    passkey,
};
use crate::identity::SecondFactorKind;

/// Asks for a code, and for a passkey. Posts `continuation`, `code`, and the kind of the code as `by`.
#[derive(Serialize)]
pub(crate) struct SecondFactorPage {
    action: Link,
    /// The sealed login.
    continuation: String,
    /// The kind of code that the form asks for.
    kind: Option<SecondFactorKind>,
    /// The other kind of code, if the user has it.
    other: Option<SecondFactorKind>,
    passkey: Option<PasskeyButton>,
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
    /// The passkey is refused.
    Passkey,
}

impl From<SecondFactorProblem> for FieldError {
    fn from(problem: SecondFactorProblem) -> Self {
        let (field, text) = match problem {
            SecondFactorProblem::Wrong(SecondFactorKind::RecoveryCode) => {
                ("code", "page-factor-recovery-wrong")
            }
            SecondFactorProblem::Wrong(SecondFactorKind::Totp) => ("code", "page-factor-wrong"),
            SecondFactorProblem::Used => ("code", "page-factor-used"),
            SecondFactorProblem::Passkey
            | SecondFactorProblem::Wrong(SecondFactorKind::Passkey) => {
                ("passkey", "page-passkey-failed")
            }
        };
        Self::new(field, text)
    }
}

impl SecondFactorPage {
    /// The page that asks for that kind of code of `codes`, and for a passkey.
    pub(crate) fn new(
        action: Link,
        continuation: String,
        (kind, codes): (Option<SecondFactorKind>, &[SecondFactorKind]),
        passkey: Option<PasskeyButton>,
    ) -> Self {
        let is_other = |other: &_| Some(*other) != kind;
        Self {
            action,
            continuation,
            kind,
            other: codes.iter().copied().find(is_other),
            passkey: if kind.is_none() {
                passkey.map(PasskeyButton::primary)
            } else {
                passkey
            },
            problem: None,
        }
    }

    /// The page with the problem of what was entered.
    pub(crate) fn with_problem(self, problem: Option<SecondFactorProblem>) -> Self {
        Self { problem, ..self }
    }
}

impl From<SecondFactorPage> for Page {
    fn from(view: SecondFactorPage) -> Self {
        let page = Self::new("second-factor.html", &view).form(FormTarget::Client);
        let page = match view.passkey {
            Some(_) => page.script(passkey::LOGIN_SCRIPT).connects(),
            None => page,
        };
        match view.problem {
            Some(_) => page.status(StatusCode::UNAUTHORIZED),
            None => page,
        }
    }
}
