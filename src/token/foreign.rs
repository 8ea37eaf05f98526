//! ID tokens (OpenID Connect Core §2), which providers mint.
//!
//! Unknown header members and claims are ignored, `crit` is refused, and the verification key is taken only
//! from the given key set (RFC 8725 §3.10).

mod assertion;
mod claims;
mod expected;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

pub use self::{
    assertion::{ClientAssertion, ExpectedAssertion, unverified_subject},
    claims::IdToken,
    expected::{ExpectedIdToken, IssuerRule},
};
use super::{Tokens, kind::TokenRejection};
use crate::{
    json,
    jws_compact::{self, TokenParts, decode},
    key_set::{KeySet, VerificationKey},
};

/// The name of ID tokens in metrics.
const KIND: &str = "id";

impl Tokens {
    /// Verifies an ID token of a provider against these keys and all expectations (OpenID Connect Core
    /// §3.1.3.7), and returns its claims.
    pub fn verify_id_token(
        &self,
        presented: &str,
        keys: &KeySet,
        expected: &ExpectedIdToken<'_>,
        now: DateTime<Utc>,
    ) -> Result<IdToken, TokenRejection> {
        let verified = verify(presented, keys, expected, self.0.leeway, now);
        verified.inspect_err(|rejected| self.0.metrics.rejected(KIND, rejected.as_str()))
    }
}

/// Returns true if these keys lack the key that the token names. The provider may have published a newer
/// key, so its key set is fetched again before the token is verified.
pub fn names_no_key_of(keys: &KeySet, presented: &str) -> bool {
    let header = TokenParts::of(presented)
        .ok()
        .and_then(|parts| ForeignHeader::read(&parts).ok());
    header.is_some_and(|header| header.key(keys).is_none())
}

fn verify(
    presented: &str,
    keys: &KeySet,
    expected: &ExpectedIdToken<'_>,
    leeway: TimeDelta,
    now: DateTime<Utc>,
) -> Result<IdToken, TokenRejection> {
    if presented.len() > Tokens::MAX_BYTES {
        return Err(TokenRejection::TooLong);
    }
    let parts = TokenParts::of(presented)?;
    let header = ForeignHeader::read(&parts)?;
    let key = header.key(keys).ok_or(TokenRejection::UnknownKey)?;
    if header.alg != key.algorithm().as_str() {
        return Err(TokenRejection::Header);
    }
    if !key.verifies(parts.message.as_bytes(), parts.signature) {
        return Err(TokenRejection::Signature);
    }
    let claims = json::object(&decode(parts.payload)?).ok_or(TokenRejection::Claims)?;
    let token = IdToken::read(claims)?;
    expected.check(&token, &key, leeway, now)?;
    Ok(token)
}

/// The header members that are used. Members that refer to keys (`jku`, `x5u`, `x5c`, `x5t`) are ignored.
struct ForeignHeader {
    alg: String,
    kid: Option<String>,
}

impl ForeignHeader {
    fn read(parts: &TokenParts<'_>) -> Result<Self, TokenRejection> {
        Self::of_types(parts, &["JWT"])
    }

    /// Reads the header of a token that has one of these types, or no `typ`.
    fn of_types(parts: &TokenParts<'_>, types: &[&str]) -> Result<Self, TokenRejection> {
        let members = parts.foreign_header()?.0;
        let text = |name: &str| match members.get(name) {
            Some(value) => value.as_str().map(Some).ok_or(TokenRejection::Header),
            None => Ok(None),
        };
        // A key in a header is for proofs of possession only.
        let is_forbidden = ["crit", "jwk"].iter().any(|it| members.contains_key(*it));
        let typ = text("typ")?;
        if is_forbidden
            || typ.is_some_and(|typ| !types.iter().any(|it| jws_compact::is_type(typ, it)))
        {
            return Err(TokenRejection::Header);
        }
        Ok(Self {
            alg: text("alg")?.ok_or(TokenRejection::Header)?.to_owned(),
            kid: text("kid")?.map(str::to_owned),
        })
    }

    fn key(&self, keys: &KeySet) -> Option<Arc<VerificationKey>> {
        match &self.kid {
            Some(kid) => keys.get(kid),
            None => keys.only(),
        }
    }
}
