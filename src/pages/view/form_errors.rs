//! Texts for form fields that a user has filled in wrongly.

use serde::{Serialize, Serializer};

use crate::{
    identity::{InvalidEmailAddress, InvalidPersonName},
    password::{InvalidPassword, WeakPassword, WeakReason},
};

/// The error of a form field, as templates get it.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct FieldError {
    /// The name of the field.
    field: &'static str,
    /// The key of the text.
    text: &'static str,
    /// The number in the text.
    count: Option<usize>,
}

impl FieldError {
    pub(super) const fn new(field: &'static str, text: &'static str) -> Self {
        let count = None;
        Self { field, text, count }
    }
}

/// Serializes an error of a view as a [`FieldError`].
#[expect(clippy::ref_option, reason = "serde passes a reference to the field")]
pub(super) fn serialize<E, S>(error: &Option<E>, serializer: S) -> Result<S::Ok, S::Error>
where
    E: Copy + Into<FieldError>,
    S: Serializer,
{
    error.map(Into::into).serialize(serializer)
}

impl From<InvalidEmailAddress> for FieldError {
    fn from(invalid: InvalidEmailAddress) -> Self {
        let text = match invalid {
            InvalidEmailAddress::Form => "page-email-form",
            InvalidEmailAddress::TooLong => "page-email-too-long",
            InvalidEmailAddress::LocalPart => "page-email-local-part",
            InvalidEmailAddress::Domain => "page-email-domain",
        };
        Self::new("email", text)
    }
}

impl From<InvalidPersonName> for FieldError {
    fn from(invalid: InvalidPersonName) -> Self {
        let text = match invalid {
            InvalidPersonName::Empty => "page-name-empty",
            InvalidPersonName::TooLong => "page-name-too-long",
            InvalidPersonName::Forbidden => "page-name-forbidden",
        };
        Self::new("name", text)
    }
}

/// The reason why a new password is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PasswordProblem {
    Invalid(InvalidPassword),
    Weak(WeakPassword),
}

impl From<PasswordProblem> for FieldError {
    fn from(problem: PasswordProblem) -> Self {
        let text = match problem {
            PasswordProblem::Invalid(InvalidPassword::Empty) => "page-password-missing",
            PasswordProblem::Invalid(InvalidPassword::TooLong) => "page-password-too-long",
            PasswordProblem::Weak(weak) => match weak.reason {
                WeakReason::TooShort => "page-password-too-short",
                WeakReason::Common => "page-password-common",
                WeakReason::ContainsEmail => "page-password-contains-email",
                WeakReason::ContainsServiceName => "page-password-contains-service",
                WeakReason::Guessable => "page-password-guessable",
            },
        };
        let count = match problem {
            PasswordProblem::Weak(weak) => Some(weak.min_length),
            PasswordProblem::Invalid(_) => None,
        };
        let field = "password";
        Self { field, text, count }
    }
}
