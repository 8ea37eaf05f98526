//! What is wrong with what somebody entered, and which sentence says so.

use crate::{
    identity::{InvalidEmailAddress, InvalidPersonName},
    password::{InvalidPassword, WeakPassword, WeakReason},
};

/// The reason why a password is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PasswordProblem {
    Invalid(InvalidPassword),
    Weak(WeakPassword),
}

/// The sentence about an address.
pub(super) const fn of_email(problem: InvalidEmailAddress) -> &'static str {
    match problem {
        InvalidEmailAddress::Form => "page-email-form",
        InvalidEmailAddress::TooLong => "page-email-too-long",
        InvalidEmailAddress::LocalPart => "page-email-local-part",
        InvalidEmailAddress::Domain => "page-email-domain",
    }
}

/// The sentence about a name.
pub(super) const fn of_name(problem: InvalidPersonName) -> &'static str {
    match problem {
        InvalidPersonName::Empty => "page-name-empty",
        InvalidPersonName::TooLong => "page-name-too-long",
        InvalidPersonName::Forbidden => "page-name-forbidden",
    }
}

/// The sentence about a password that is chosen.
pub(super) const fn of_password(problem: PasswordProblem) -> &'static str {
    match problem {
        PasswordProblem::Invalid(InvalidPassword::Empty) => "page-password-missing",
        PasswordProblem::Invalid(InvalidPassword::TooLong) => "page-password-too-long",
        PasswordProblem::Weak(weak) => match weak.reason {
            WeakReason::TooShort => "page-password-too-short",
            WeakReason::Common => "page-password-common",
            WeakReason::ContainsEmail => "page-password-contains-email",
            WeakReason::ContainsServiceName => "page-password-contains-service",
            WeakReason::Guessable => "page-password-guessable",
        },
    }
}
