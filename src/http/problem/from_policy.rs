//! The problems of policies (forward-auth).

use super::{Code, Problem, from_domain};
use crate::{
    audit::{AuditAction, audit},
    config::Policy,
    session::policy::PolicyRefusal,
    token::Access,
};

/// The problem of a name that no policy has.
pub(crate) fn unknown_policy() -> Problem {
    Problem::new(Code::UnknownPolicy)
}

/// The problem of a request with cookies and a bearer token: they may be of two users.
pub(crate) fn two_sessions() -> Problem {
    let title = "The request has session cookies and a bearer token: send one of them.";
    Problem::new(Code::InvalidRequest).title(title)
}

/// The problem of a session that the policy does not admit. The audit log has the policy and the user.
pub(crate) fn refused(refusal: PolicyRefusal, policy: &Policy, session: &Access) -> Problem {
    let not_allowed = || Problem::new(Code::NotAllowed);
    let (reason, problem) = match refusal {
        PolicyRefusal::Client => ("policy: client", not_allowed()),
        PolicyRefusal::Role => ("policy: role", not_allowed()),
        PolicyRefusal::Group => ("policy: group", not_allowed()),
        PolicyRefusal::Scope => {
            let scopes = policy.scopes.to_string();
            let problem = from_domain::without_scope(&scopes);
            (from_domain::WITHOUT_SCOPE, problem)
        }
        PolicyRefusal::Age => {
            let max_age = from_domain::max_age(policy.max_age.unwrap_or_default());
            let problem = from_domain::weak_authentication(&max_age);
            (from_domain::NOT_RECENT, problem)
        }
        PolicyRefusal::Strength => {
            let problem = from_domain::too_weak(policy.acr.unwrap_or_default());
            (from_domain::NOT_STRONG, problem)
        }
    };
    let (act, policy) = (AuditAction::Access, &policy.name);
    audit!(act, Refused, reason, policy, user.id = %session.sub);
    problem.refusal(act, reason)
}
