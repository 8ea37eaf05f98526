//! The problems of policies (forward-auth).

use super::{
    Code, Problem,
    from_domain::{insufficient_scope, not_recent, refuse, too_weak},
};
use crate::{audit::AuditAction, config::Policy};

/// The reason why a policy does not admit a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PolicyRefusal {
    /// The client is not one of the policy.
    Client,
    /// The access token lacks a scope.
    Scope,
    /// The user has none of the roles.
    Role,
    /// The user is in none of the groups.
    Group,
    /// The login is older than `max_age`.
    Age,
    /// The login is weaker than `acr`.
    Strength,
}

/// The problem of a name that no policy has.
pub(crate) fn unknown_policy() -> Problem {
    Problem::new(Code::UnknownPolicy)
}

/// The problem of a request with cookies and a bearer token: they may be of two users.
pub(crate) fn two_sessions() -> Problem {
    let title = "The request has session cookies and a bearer token: send one of them.";
    Problem::new(Code::InvalidRequest).title(title)
}

/// The problem of a session that the policy does not admit.
pub(crate) fn refused(refusal: PolicyRefusal, policy: &Policy) -> Problem {
    let not_allowed = |reason| refuse(AuditAction::Access, reason, Problem::new(Code::NotAllowed));
    match refusal {
        PolicyRefusal::Client => not_allowed("policy: client"),
        PolicyRefusal::Role => not_allowed("policy: role"),
        PolicyRefusal::Group => not_allowed("policy: group"),
        PolicyRefusal::Scope => insufficient_scope(&policy.scopes.to_string()),
        PolicyRefusal::Age => not_recent(policy.max_age.unwrap_or_default()),
        PolicyRefusal::Strength => too_weak(AuditAction::Access, policy.acr.unwrap_or_default()),
    }
}
