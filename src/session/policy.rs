//! The decision whether a policy admits a session to another application (forward-auth).

use chrono::{DateTime, Utc};

use crate::{
    client::Client,
    config::{Policy, RolesConfig},
    token::Access,
};

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

/// Checks that a policy admits a session of that client.
///
/// # Errors
/// The first requirement that the session does not meet.
pub(crate) fn check(
    session: &Access,
    client: &Client,
    policy: &Policy,
    roles: &RolesConfig,
    now: DateTime<Utc>,
) -> Result<(), PolicyRefusal> {
    let has_role = |role: &String| session.roles.iter().any(|it| it.to_string() == *role);
    let groups = groups(session, roles);
    let is_recent = |max_age| now.signed_duration_since(session.auth_time) <= max_age;
    let checks = [
        (policy.accepts(client), PolicyRefusal::Client),
        (
            policy.scopes.is_within(&session.scope),
            PolicyRefusal::Scope,
        ),
        (
            policy.roles.is_empty() || policy.roles.iter().any(has_role),
            PolicyRefusal::Role,
        ),
        (
            policy.groups.is_empty() || policy.groups.iter().any(|it| groups.contains(it)),
            PolicyRefusal::Group,
        ),
        (policy.max_age.is_none_or(is_recent), PolicyRefusal::Age),
        (
            policy.acr.is_none_or(|acr| session.acr >= acr),
            PolicyRefusal::Strength,
        ),
    ];
    let refusal = checks
        .into_iter()
        .find_map(|(is_met, refusal)| (!is_met).then_some(refusal));
    refusal.map_or(Ok(()), Err)
}

/// Returns the groups of the roles in the access token.
pub(crate) fn groups(session: &Access, roles: &RolesConfig) -> Vec<String> {
    let groups = session.roles.iter().flat_map(|role| roles.groups(role));
    groups.collect()
}
