//! The claims about a user that a scope requests (OpenID Connect Core §5.4).

use serde_json::{Map, Value};

use crate::{client::Scope, config::RolesConfig, identity::User};

/// The claims of the granted scopes. A claim without a value is left out (§5.3.2).
pub fn user_claims(scope: &Scope, user: &User, roles: &RolesConfig) -> Map<String, Value> {
    let mut claims = Map::new();
    let mut insert = |name: &str, value: Value| claims.insert(name.to_owned(), value);
    if scope.contains("profile") {
        if let Some(name) = &user.name {
            insert("name", name.to_string().into());
        }
        if let Some(image) = &user.image {
            insert("picture", image.to_string().into());
        }
        insert("preferred_username", user.email.as_str().into());
        insert("updated_at", user.updated_at.timestamp().into());
    }
    if scope.contains("email") {
        insert("email", user.email.as_str().into());
        insert("email_verified", user.email_verified.is_some().into());
    }
    if scope.contains("groups") {
        insert("groups", roles.groups(&user.role).into());
    }
    claims
}
