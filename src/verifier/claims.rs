//! What a verified token says.

use std::ops::Deref;

use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Rejected;
use crate::{client::Scope, identity::Role, json, token::claims::Access};

/// The claims of a token that was verified: those of every access token by their names
/// (`claims.sub`, `claims.scope`), whatever else is in it by [`Claims::get`] or [`Claims::extra`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    access: Access,
}

/// What the person or the client may not do: 403.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Forbidden {
    /// The client was not granted that scope.
    #[error("the token lacks the scope {0}")]
    Scope(String),
    /// The person does not have that role.
    #[error("the token lacks the role {0}")]
    Role(String),
}

impl Claims {
    pub(super) fn read(text: &[u8]) -> Result<Self, Rejected> {
        let access = json::object(text).map_err(|_| Rejected::Claims)?;
        Ok(Self { access })
    }

    /// The claim of that name, of those that the client has added.
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

    /// All that the client has added as a type of one's own, which may leave out what it does not
    /// need.
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
    /// One is missing or of another type.
    pub fn extra<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        T::deserialize(&Value::Object(self.access.extra.0.clone()))
    }

    /// Whether the client was granted every word of `scope`.
    pub fn has_scope(&self, scope: &str) -> bool {
        Scope::parse(scope).is_ok_and(|scope| scope.is_within(&self.access.scope))
    }

    /// Whether the person had that role when the token was minted.
    pub fn has_role(&self, role: &str) -> bool {
        Role::parse(role).is_ok_and(|role| self.access.roles.contains(&role))
    }

    /// Goes no further unless the client was granted every word of `scope`.
    ///
    /// # Errors
    /// It was not.
    pub fn require_scope(&self, scope: &str) -> Result<(), Forbidden> {
        if self.has_scope(scope) {
            Ok(())
        } else {
            Err(Forbidden::Scope(scope.to_owned()))
        }
    }

    /// Goes no further unless the person had that role when the token was minted.
    ///
    /// # Errors
    /// No such role.
    pub fn require_role(&self, role: &str) -> Result<(), Forbidden> {
        if self.has_role(role) {
            Ok(())
        } else {
            Err(Forbidden::Role(role.to_owned()))
        }
    }

    /// Signet mints no `nbf`; one that is there counts (RFC 7519 §4.1.5).
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
