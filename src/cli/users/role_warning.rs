//! The warning of commands that set a role which the configuration does not define.

use crate::{config::Config, identity::Role};

/// Logs a warning if the role has no table and is not built in. Such a role is allowed: access tokens contain its name, and
/// its only group is its name.
pub(super) fn log(config: &Config, role: &Role) {
    let role = role.to_string();
    if config.roles.is_known(&role) {
        return;
    }
    let nearest = config.roles.nearest(&role);
    let nearest = nearest.map(|known| format!(" Did you mean {known}?"));
    tracing::warn!(
        "the role {role} is not configured, so its only group is its name.{} To configure it, write [roles.{role}] with \
         groups = […]",
        nearest.unwrap_or_default()
    );
}
