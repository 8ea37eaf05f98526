//! What an access token says (RFC 9068 §2.2), and by what times it is judged. Read by the service
//! that mints it and by every other that verifies it, so this is all of `token` that a `verifier` is
//! built with.

use chrono::{DateTime, TimeDelta, Utc, serde::ts_seconds};
use serde::{Deserialize, Serialize};

use crate::{
    client::Scope,
    identity::{Epoch, Role, UserId},
    json::UniqueMembers,
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
    pub extra: UniqueMembers,
}

impl Access {
    /// Whether the person has logged in no longer ago than `within`. No refresh renews `auth_time`. One
    /// that lies further ahead than clocks may disagree is no recent login.
    pub fn is_recent(&self, within: TimeDelta, now: DateTime<Utc>) -> bool {
        let ago = now.signed_duration_since(self.auth_time);
        (-LONGEST_LEEWAY..=within).contains(&ago)
    }
}

/// The most that `tokens.leeway` can be: how far clocks may disagree.
const LONGEST_LEEWAY: TimeDelta = TimeDelta::minutes(1);

/// Whether a time is still to come (RFC 7519 §4.1.5, §4.1.6), on a clock that may be behind by as
/// much as `leeway`.
pub(crate) fn is_to_come(time: DateTime<Utc>, now: DateTime<Utc>, leeway: TimeDelta) -> bool {
    time > now + leeway
}

/// Whether a token that is good until `exp` is so no longer (RFC 7519 §4.1.4: from that very time
/// on), on a clock that may be ahead by as much as `leeway`.
pub(crate) fn is_over(exp: DateTime<Utc>, now: DateTime<Utc>, leeway: TimeDelta) -> bool {
    exp <= now - leeway
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_good_to_the_second_and_leeway_is_given_on_both_sides() {
        let now: DateTime<Utc> = "2026-01-01T00:00:00Z".parse().unwrap();
        let in_seconds = |seconds| now + TimeDelta::seconds(seconds);
        for leeway in [0, 5] {
            let given = TimeDelta::seconds(leeway);
            assert!(!is_to_come(in_seconds(leeway), now, given));
            assert!(is_to_come(in_seconds(leeway + 1), now, given));
            assert!(!is_over(in_seconds(1 - leeway), now, given));
            assert!(is_over(in_seconds(-leeway), now, given));
        }
    }
}
