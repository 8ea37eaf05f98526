//! The claims of a verified token.

use std::ops::Deref;

use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Rejected;
use crate::{client::Scope, identity::Role, json, token::claims::Access};

/// The claims of a verified token. The claims of every access token are fields (`claims.sub`,
/// `claims.scope`). All others are returned by [`Claims::get`] and [`Claims::extra`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    access: Access,
}

/// A missing permission of the user or the client: 403.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Forbidden {
    /// The client was not granted that scope.
    #[error("the token lacks the scope {0}")]
    Scope(String),
    /// The user does not have that role.
    #[error("the token lacks the role {0}")]
    Role(String),
}

impl Claims {
    pub(super) fn read(payload: &[u8]) -> Result<Self, Rejected> {
        let access = json::object(payload).map_err(|_| Rejected::Claims)?;
        Ok(Self { access })
    }

    /// Returns an additional claim by its name.
    ///
    /// ```
    /// # use signet::verifier::Claims;
    /// fn tenant(claims: &Claims) -> Option<&str> {
    ///     claims.get("tenant")?.as_str()
    /// }
    /// ```
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.access.extra.0.get(name)
    }

    /// Deserializes the additional claims. The type needs only the members that it uses.
    ///
    /// ```
    /// # use signet::verifier::Claims;
    /// #[derive(serde::Deserialize)]
    /// struct Extra {
    ///     tenant: String,
    ///     #[serde(default)]
    ///     beta: bool,
    /// }
    ///
    /// fn extra(claims: &Claims) -> Result<Extra, serde_json::Error> {
    ///     claims.extra()
    /// }
    /// ```
    ///
    /// # Errors
    /// A claim is missing or has another type.
    pub fn extra<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        T::deserialize(&Value::Object(self.access.extra.0.clone()))
    }

    /// Returns true if the client was granted every word of `scope`.
    pub fn has_scope(&self, scope: &str) -> bool {
        Scope::parse(scope).is_ok_and(|scope| scope.is_within(&self.access.scope))
    }

    /// Returns true if the user had that role when the token was minted.
    pub fn has_role(&self, role: &str) -> bool {
        Role::parse(role).is_ok_and(|role| self.access.roles.contains(&role))
    }

    /// Requires that the client was granted every word of `scope`.
    ///
    /// # Errors
    /// The scope was not granted.
    pub fn require_scope(&self, scope: &str) -> Result<(), Forbidden> {
        if self.has_scope(scope) {
            Ok(())
        } else {
            Err(Forbidden::Scope(scope.to_owned()))
        }
    }

    /// Requires that the user had that role when the token was minted.
    ///
    /// # Errors
    /// The user did not have the role.
    pub fn require_role(&self, role: &str) -> Result<(), Forbidden> {
        if self.has_role(role) {
            Ok(())
        } else {
            Err(Forbidden::Role(role.to_owned()))
        }
    }

    /// Returns `nbf` if it is present. Signet does not mint it (RFC 7519 §4.1.5).
    pub(super) fn not_before(&self) -> Result<Option<DateTime<Utc>>, Rejected> {
        let time = |value: &Value| {
            let seconds = value.as_i64()?;
            DateTime::from_timestamp(seconds, 0)
        };
        let nbf = self.get("nbf");
        nbf.map(|value| time(value).ok_or(Rejected::Claims))
            .transpose()
    }
}

impl Deref for Claims {
    type Target = Access;

    fn deref(&self) -> &Access {
        &self.access
    }
}
