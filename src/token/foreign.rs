//! ID tokens (OpenID Connect Core §2): minted by providers, and verified at the same door as our own
//! under the header rule of tokens that others mint. What is not known is let be, whatever is critical
//! is refused, and no key is taken but from the set that is handed in (RFC 8725 §3.10).

mod claims;
mod expected;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

pub use self::{
    claims::IdToken,
    expected::{Expected, IssuerRule},
};
use super::{Tokens, kind::Rejected};
use crate::{
    compact::{self, Parts, decode},
    json,
    key_set::{Key, KeySet},
};

/// What ID tokens are called where they are counted.
const KIND: &str = "id";

impl Tokens {
    /// The one door, for what a provider minted: gives the claims of `presented` back if it is an ID
    /// token by one of these keys, and all that is expected of it (§3.1.3.7).
    pub fn verify_id_token(
        &self,
        presented: &str,
        keys: &KeySet,
        expected: &Expected<'_>,
        now: DateTime<Utc>,
    ) -> Result<IdToken, Rejected> {
        let judged = verify(presented, keys, expected, self.0.leeway, now);
        judged.inspect_err(|rejected| self.0.metrics.rejected(KIND, rejected.as_str()))
    }
}

/// Whether these keys lack the one that a token names: its provider may have a newer one, and is asked
/// before the token is judged.
pub fn names_no_key_of(keys: &KeySet, presented: &str) -> bool {
    let header = Parts::of(presented)
        .ok()
        .and_then(|parts| Header::read(&parts).ok());
    header.is_some_and(|header| header.key(keys).is_none())
}

fn verify(
    presented: &str,
    keys: &KeySet,
    expected: &Expected<'_>,
    leeway: TimeDelta,
    now: DateTime<Utc>,
) -> Result<IdToken, Rejected> {
    if presented.len() > Tokens::MAX_BYTES {
        return Err(Rejected::TooLong);
    }
    let parts = Parts::of(presented)?;
    let header = Header::read(&parts)?;
    let key = header.key(keys).ok_or(Rejected::UnknownKey)?;
    if header.alg != key.algorithm().as_str() {
        return Err(Rejected::Header);
    }
    if !key.verifies(parts.message.as_bytes(), parts.signature) {
        return Err(Rejected::Signature);
    }
    let claims = json::object(&decode(parts.payload)?).map_err(|_| Rejected::Claims)?;
    let token = IdToken::read(claims)?;
    expected.judge(&token, &key, leeway, now)?;
    Ok(token)
}

/// What of a header is of use. Members that lead to keys (`jku`, `x5u`, `x5c`, `x5t`) are not.
struct Header {
    alg: String,
    kid: Option<String>,
}

impl Header {
    fn read(parts: &Parts<'_>) -> Result<Self, Rejected> {
        let members = parts.header_of_others()?.0;
        let text = |name: &str| match members.get(name) {
            Some(value) => value.as_str().map(Some).ok_or(Rejected::Header),
            None => Ok(None),
        };
        // A key in a header is for proofs alone.
        let is_foul = ["crit", "jwk"].iter().any(|it| members.contains_key(*it));
        let typ = text("typ")?;
        if is_foul || typ.is_some_and(|typ| !compact::is_type(typ, "JWT")) {
            return Err(Rejected::Header);
        }
        Ok(Self {
            alg: text("alg")?.ok_or(Rejected::Header)?.to_owned(),
            kid: text("kid")?.map(str::to_owned),
        })
    }

    fn key(&self, keys: &KeySet) -> Option<Arc<Key>> {
        match &self.kid {
            Some(kid) => keys.get(kid),
            None => keys.only(),
        }
    }
}
