//! The subject of a verified token: a user, or a client that acts for itself.

use std::ops::Deref;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{
    Claims, Forbidden, Rejected,
    claims::{CheckedClaims, VerifiedClaims, not_before},
};
use crate::{
    client::Scope,
    identity::{Role, UserId},
    json::{self, UniqueMembers},
    token::claims::ClientAccess,
};

/// The claims of a verified token, by the kind of its subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallerClaims {
    /// A user, through a client or through services that exchanged the token.
    User(Claims),
    /// A client that acts for itself. There is no user.
    Client(ClientClaims),
}

/// The claims of a verified token of a client that acts for itself (RFC 6749 §4.4). The claims of every such
/// token are fields (`claims.client_id`, `claims.scope`, `claims.roles`). `sub` is the `client_id`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientClaims {
    access: ClientAccess,
    members: UniqueMembers,
}

impl CallerClaims {
    /// Returns the user, or `None` for a client that acts for itself.
    pub fn user(&self) -> Option<UserId> {
        match self {
            Self::User(claims) => Some(claims.sub),
            Self::Client(_) => None,
        }
    }

    /// Returns the client that the token was minted for.
    pub fn client_id(&self) -> &str {
        match self {
            Self::User(claims) => &claims.client_id,
            Self::Client(claims) => &claims.client_id,
        }
    }

    /// Returns the granted scope.
    pub fn scope(&self) -> &Scope {
        match self {
            Self::User(claims) => &claims.scope,
            Self::Client(claims) => &claims.scope,
        }
    }

    /// Returns the roles of the user, or those of the client that acts for itself.
    pub fn roles(&self) -> &[Role] {
        match self {
            Self::User(claims) => &claims.roles,
            Self::Client(claims) => &claims.roles,
        }
    }

    /// Returns true if every word of `scope` was granted.
    pub fn has_scope(&self, scope: &str) -> bool {
        Scope::parse(scope).is_ok_and(|scope| scope.is_within(self.scope()))
    }

    /// Returns true if the user or the client had that role when the token was minted.
    pub fn has_role(&self, role: &str) -> bool {
        Role::parse(role).is_ok_and(|role| self.roles().contains(&role))
    }

    /// Requires that every word of `scope` was granted.
    ///
    /// # Errors
    /// The scope was not granted.
    pub fn require_scope(&self, scope: &str) -> Result<(), Forbidden> {
        let has_scope = self.has_scope(scope);
        has_scope
            .then_some(())
            .ok_or_else(|| Forbidden::Scope(scope.to_owned()))
    }

    /// Requires that the user or the client had that role when the token was minted.
    ///
    /// # Errors
    /// The subject did not have the role.
    pub fn require_role(&self, role: &str) -> Result<(), Forbidden> {
        let has_role = self.has_role(role);
        has_role
            .then_some(())
            .ok_or_else(|| Forbidden::Role(role.to_owned()))
    }
}

impl ClientClaims {
    /// Returns a claim by its name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.members.0.get(name)
    }
}

impl Deref for ClientClaims {
    type Target = ClientAccess;

    fn deref(&self) -> &ClientAccess {
        &self.access
    }
}

impl VerifiedClaims for CallerClaims {
    /// A token of a user names a session and one of a client never does, so neither is read as the other.
    fn read(payload: &[u8], now: DateTime<Utc>) -> Result<Self, Rejected> {
        let members: UniqueMembers = json::object(payload).ok_or(Rejected::Claims)?;
        if members.0.contains_key("sid") {
            return Claims::read(payload, now).map(Self::User);
        }
        let access: ClientAccess = json::object(payload).ok_or(Rejected::Claims)?;
        if access.sub != access.client_id {
            return Err(Rejected::Claims);
        }
        Ok(Self::Client(ClientClaims { access, members }))
    }

    fn checked(&self) -> Result<CheckedClaims<'_>, Rejected> {
        match self {
            Self::User(claims) => claims.checked(),
            Self::Client(claims) => Ok(CheckedClaims {
                iss: &claims.iss,
                aud: &claims.aud,
                exp: claims.exp,
                iat: claims.iat,
                not_before: not_before(claims.get("nbf"))?,
                confirmation: claims.cnf.as_ref(),
            }),
        }
    }
}
