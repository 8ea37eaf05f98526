//! What an access token says (RFC 9068 §2.2). Read by the service that mints it and by every other
//! that verifies it, so this is all of `token` that a `verifier` is built with.

use chrono::{DateTime, TimeDelta, Utc, serde::ts_seconds};
use serde::{Deserialize, Serialize};

use crate::{
    client::Scope,
    identity::{Epoch, Role, UserId},
    json::Members,
};

/// The claims of an access token, which *is* the session: it is stored nowhere else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    /// The issuer.
    pub iss: String,
    /// The user.
    pub sub: UserId,
    /// The services it is for: the audience of its client.
    pub aud: String,
    /// Until when it is good.
    #[serde(with = "ts_seconds")]
    pub exp: DateTime<Utc>,
    /// When it was minted.
    #[serde(with = "ts_seconds")]
    pub iat: DateTime<Utc>,
    /// Its own name, unlike any other's.
    pub jti: String,
    /// The client it was minted for.
    pub client_id: String,
    /// The login that it continues; the same after every refresh.
    pub sid: String,
    /// When the person last proved to be there (OpenID Connect Core §2).
    #[serde(with = "ts_seconds")]
    pub auth_time: DateTime<Utc>,
    /// How (RFC 8176).
    pub amr: Vec<String>,
    /// What the client was granted; left out where that is nothing.
    #[serde(default, skip_serializing_if = "Scope::is_empty")]
    pub scope: Scope,
    /// What the person may do, read from the row at each mint (RFC 9068 §2.2.3.1).
    pub roles: Vec<Role>,
    /// The user's `session_epoch` at the mint.
    pub epoch: Epoch,
    /// What the client has added, under names of its own, and any claim that came later than this.
    #[serde(flatten)]
    pub extra: Members,
}

impl Access {
    /// Whether the person has logged in no longer ago than that. No refresh renews it.
    pub fn is_recent(&self, within: TimeDelta, now: DateTime<Utc>) -> bool {
        self.auth_time + within >= now
    }
}
