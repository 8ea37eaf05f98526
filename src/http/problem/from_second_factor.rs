//! Maps the errors of second factors to problems.

use crate::{
    audit::AuditAction,
    http::problem::{
        Code, Problem,
        from_domain::{BEARER, refuse},
    },
    second_factor::{Error, PendingSecondFactor},
};

impl Problem {
    /// The problem of a login that waits for its second factor.
    pub(crate) fn second_factor_required(pending: PendingSecondFactor) -> Self {
        let answer = Self::new(Code::SecondFactorRequired);
        answer.challenge(BEARER).pending(pending)
    }

    /// The problem of an enrolment that is expired or of another session: the same for every reason.
    pub(super) fn invalid_enrolment(reason: &'static str) -> Self {
        let answer = Self::new(Code::InvalidEnrolment);
        refuse(AuditAction::FactorAdd, reason, answer)
    }

    /// The problem of a wrong code of an enrolment. Not a 401: the session is valid.
    pub(super) fn wrong_code() -> Self {
        let answer = Self::new(Code::WrongCode).of_field("code");
        refuse(AuditAction::FactorAdd, "wrong code", answer)
    }
}

/// One problem for every reason why a continuation is refused, and one for every reason why a factor is refused.
impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Continuation(refused) => {
                let answer = Self::new(Code::InvalidContinuation);
                refuse(AuditAction::Login, refused.as_str(), answer)
            }
            Error::Refused(refused) => {
                let answer = Self::new(Code::InvalidSecondFactor).challenge(BEARER);
                refuse(AuditAction::Login, refused.as_str(), answer)
            }
            Error::Limited(limit) => limit.into(),
            Error::Internal(fault) => fault.into(),
        }
    }
}
