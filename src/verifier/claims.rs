//! The claims of a verified token.

use std::ops::Deref;

use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Rejected;
use crate::{
    client::{KeyConfirmation, Scope},
    identity::Role,
    json,
    token::claims::Access,
};

/// The claims of a verified token. The claims of every access token are fields (`claims.sub`,
/// `claims.scope`). All others are returned by [`Claims::get`] and [`Claims::extra`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    access: Access,
    /// The time of the verification, for the age of the login.
    pub(super) verified_at: DateTime<Utc>,
}

/// Claims that are read from a payload and checked before the signature.
pub(super) trait VerifiedClaims: Sized {
    /// Reads the claims of a token that is verified at `now`.
    ///
    /// # Errors
    /// A claim is missing, occurs twice, or has the wrong type.
    fn read(payload: &[u8], now: DateTime<Utc>) -> Result<Self, Rejected>;

    /// Returns the claims that are compared with the settings and the time.
    ///
    /// # Errors
    /// `nbf` is not a time.
    fn checked(&self) -> Result<CheckedClaims<'_>, Rejected>;
}

/// The claims that are compared with the settings and the time.
pub(super) struct CheckedClaims<'a> {
    pub(super) iss: &'a str,
    pub(super) aud: &'a str,
    pub(super) exp: DateTime<Utc>,
    pub(super) iat: DateTime<Utc>,
    /// `nbf`, which Signet does not mint (RFC 7519 §4.1.5).
    pub(super) not_before: Option<DateTime<Utc>>,
    /// The key that the token is bound to.
    pub(super) confirmation: Option<&'a KeyConfirmation>,
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
    /// Returns the clients that act for the user after token exchanges (RFC 8693 §4.1), the present one
    /// first. Without an exchange there are none: the user called `client_id` and no other service.
    ///
    /// The present actor is the one whose rights matter. The others are for information only.
    ///
    /// ```
    /// # use signet::verifier::Claims;
    /// fn trail(claims: &Claims) -> String {
    ///     claims.actors().collect::<Vec<_>>().join(" on behalf of ")
    /// }
    /// ```
    pub fn actors(&self) -> impl Iterator<Item = &str> {
        act_chain(self.get("act")).filter_map(|act| act.get("sub")?.as_str())
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
}

impl VerifiedClaims for Claims {
    fn read(payload: &[u8], now: DateTime<Utc>) -> Result<Self, Rejected> {
        let access: Access = json::object(payload).ok_or(Rejected::Claims)?;
        let is_actor = |act: &Value| act.get("sub").is_some_and(Value::is_string);
        if act_chain(access.extra.0.get("act")).all(is_actor) {
            Ok(Self {
                access,
                verified_at: now,
            })
        } else {
            Err(Rejected::Claims)
        }
    }

    fn checked(&self) -> Result<CheckedClaims<'_>, Rejected> {
        Ok(CheckedClaims {
            iss: &self.access.iss,
            aud: &self.access.aud,
            exp: self.access.exp,
            iat: self.access.iat,
            not_before: not_before(self.get("nbf"))?,
            confirmation: self.access.cnf.as_ref(),
        })
    }
}

/// Returns the `act` claim and those within it, the outermost first.
fn act_chain(act: Option<&Value>) -> impl Iterator<Item = &Value> {
    std::iter::successors(act, |act| act.get("act"))
}

/// Reads `nbf`.
pub(super) fn not_before(nbf: Option<&Value>) -> Result<Option<DateTime<Utc>>, Rejected> {
    let time = |value: &Value| DateTime::from_timestamp(value.as_i64()?, 0);
    nbf.map(|value| time(value).ok_or(Rejected::Claims))
        .transpose()
}

impl Deref for Claims {
    type Target = Access;

    fn deref(&self) -> &Access {
        &self.access
    }
}
