//! The claims of access tokens (RFC 9068 §2.2) and the checks of their times. The service mints tokens with
//! these claims and consumers verify them, so this is the only module of `token` in a build with only the
//! feature `verifier`.

use chrono::{DateTime, TimeDelta, Utc, serde::ts_seconds};
use serde::{Deserialize, Serialize};

use crate::{
    client::{Acr, KeyConfirmation, KeyThumbprint, Scope},
    identity::{Epoch, Role, UserId},
    json::UniqueMembers,
};

/// The claims of an access token. The token *is* the session, which is stored nowhere else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    /// The issuer (RFC 7519 §4.1.1).
    pub iss: String,
    /// The user.
    pub sub: UserId,
    /// The audience of the client: the services that accept the token.
    pub aud: String,
    /// The expiration time.
    #[serde(with = "ts_seconds")]
    pub exp: DateTime<Utc>,
    /// The time at which the token was minted.
    #[serde(with = "ts_seconds")]
    pub iat: DateTime<Utc>,
    /// The unique identifier of the token (RFC 7519 §4.1.7).
    pub jti: String,
    /// The client that the token was minted for.
    pub client_id: String,
    /// The session id, which is the same after every refresh.
    pub sid: String,
    /// The time of the last authentication of the user (OpenID Connect Core §2).
    #[serde(with = "ts_seconds")]
    pub auth_time: DateTime<Utc>,
    /// The strength of the login (OpenID Connect Core §2). A refresh does not raise it. Tokens of earlier releases
    /// lack it and are of one factor.
    #[serde(default)]
    pub acr: Acr,
    /// The authentication methods (RFC 8176).
    pub amr: Vec<String>,
    /// The scope granted to the client, left out if it is empty.
    #[serde(default, skip_serializing_if = "Scope::is_empty")]
    pub scope: Scope,
    /// The roles of the user, read from the database at each mint (RFC 9068 §2.2.3.1).
    pub roles: Vec<Role>,
    /// The `session_epoch` of the user at the time of the mint.
    pub epoch: Epoch,
    /// The key that the token is bound to (RFC 9449 §6.1). Absent from a bearer token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cnf: Option<KeyConfirmation>,
    /// The thumbprint of the key that only the refresh token of the session is bound to. It lets this service keep the
    /// binding when a change of the account renews the session. Consumers ignore it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_jkt: Option<KeyThumbprint>,
    /// Claims that the configuration of the client adds, and claims of later releases.
    #[serde(flatten)]
    pub extra: UniqueMembers,
}

impl Access {
    /// Returns true if the user has logged in no longer ago than `within`. A refresh does not renew
    /// `auth_time`. An `auth_time` that lies further ahead than clocks may disagree does not count as
    /// recent.
    pub fn is_recent(&self, within: TimeDelta, now: DateTime<Utc>) -> bool {
        let ago = now.signed_duration_since(self.auth_time);
        (-MAX_LEEWAY..=within).contains(&ago)
    }
}

/// The claims of an access token of the client credentials grant. There is no user: `sub` is the
/// `client_id`, and the token has no `sid`, `auth_time`, `amr` and `epoch`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientAccess {
    /// The issuer.
    pub iss: String,
    /// The client (RFC 9068 §2.2).
    pub sub: String,
    /// The audience.
    pub aud: String,
    /// The time of expiry.
    #[serde(with = "ts_seconds")]
    pub exp: DateTime<Utc>,
    /// The time of issue.
    #[serde(with = "ts_seconds")]
    pub iat: DateTime<Utc>,
    /// The identifier of the token.
    pub jti: String,
    /// The client.
    pub client_id: String,
    /// The granted scope. Absent if it is empty.
    #[serde(default, skip_serializing_if = "Scope::is_empty")]
    pub scope: Scope,
    /// The roles of the client, from its configuration.
    pub roles: Vec<Role>,
    /// The key that the token is bound to (RFC 9449 §6.1). Absent from a bearer token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cnf: Option<KeyConfirmation>,
}

/// The largest value of `tokens.leeway`: the longest tolerated difference between two clocks.
const MAX_LEEWAY: TimeDelta = TimeDelta::minutes(1);

/// Returns true if `time` is in the future (RFC 7519 §4.1.5, §4.1.6), on a clock that may be behind by up
/// to `leeway`.
pub(crate) fn is_in_future(time: DateTime<Utc>, now: DateTime<Utc>, leeway: TimeDelta) -> bool {
    time > now + leeway
}

/// Returns true if a token with this `exp` has expired (RFC 7519 §4.1.4: from that very time on), on a
/// clock that may be ahead by up to `leeway`.
pub(crate) fn is_expired(exp: DateTime<Utc>, now: DateTime<Utc>, leeway: TimeDelta) -> bool {
    exp <= now - leeway
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_exact_to_the_second_with_leeway_on_both_sides() {
        let now: DateTime<Utc> = "2026-01-01T00:00:00Z".parse().unwrap();
        let in_seconds = |seconds| now + TimeDelta::seconds(seconds);
        for leeway in [0, 5] {
            let given = TimeDelta::seconds(leeway);
            assert!(!is_in_future(in_seconds(leeway), now, given));
            assert!(is_in_future(in_seconds(leeway + 1), now, given));
            assert!(!is_expired(in_seconds(1 - leeway), now, given));
            assert!(is_expired(in_seconds(-leeway), now, given));
        }
    }
}
