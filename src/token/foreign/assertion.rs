//! Client assertions (RFC 7523 §3): JWTs by which a client authenticates.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::ForeignHeader;
use crate::{
    json::{
        self, UniqueMembers,
        foreign::{ForeignDocument, text},
    },
    jws_compact::{TokenParts, decode},
    key_set::{KeySet, VerificationKey},
    token::{
        Tokens,
        claims::{is_expired, is_in_future},
        kind::TokenRejection,
    },
};

use super::claims::{audiences, time};

/// The maximum time for which an assertion may still be valid.
const MAX_LIFETIME: TimeDelta = TimeDelta::minutes(5);

/// The name of the kind in metrics.
const KIND: &str = "client-assertion";

/// The claims of a verified client assertion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientAssertion {
    /// The identifier that makes the assertion single-use.
    pub jti: String,
    /// The time of expiry.
    pub exp: DateTime<Utc>,
}

/// The expectations of a client assertion.
#[derive(Debug, Clone, Copy)]
pub struct ExpectedAssertion<'a> {
    /// The client: the `iss` and `sub`.
    pub client_id: &'a str,
    /// The accepted values of `aud`: the identifiers of this service.
    pub audiences: &'a [&'a str],
}

impl Tokens {
    /// Verifies a client assertion by the keys of the client that it names.
    ///
    /// # Errors
    /// The assertion is not signed by one of the keys, or has an `iss` or `sub` other than the client, an
    /// `aud` other than those expected, no `jti`, or no `exp` within the next five minutes.
    pub fn verify_client_assertion(
        &self,
        presented: &str,
        keys: &KeySet,
        expected: ExpectedAssertion<'_>,
        now: DateTime<Utc>,
    ) -> Result<ClientAssertion, TokenRejection> {
        let verified = verify(presented, keys, expected, self.0.leeway, now);
        verified.inspect_err(|rejected| self.0.metrics.rejected(KIND, rejected.as_str()))
    }
}

/// The `sub` of an assertion that is not verified yet. It selects the client whose keys verify the assertion.
pub fn unverified_subject(presented: &str) -> Option<String> {
    if presented.len() > Tokens::MAX_BYTES {
        return None;
    }
    let parts = TokenParts::of(presented).ok()?;
    let claims: UniqueMembers = json::object(&decode(parts.payload).ok()?)?;
    claims.0.get("sub")?.as_str().map(str::to_owned)
}

fn verify(
    presented: &str,
    keys: &KeySet,
    expected: ExpectedAssertion<'_>,
    leeway: TimeDelta,
    now: DateTime<Utc>,
) -> Result<ClientAssertion, TokenRejection> {
    if presented.len() > Tokens::MAX_BYTES {
        return Err(TokenRejection::TooLong);
    }
    let parts = TokenParts::of(presented)?;
    let header = ForeignHeader::of_types(&parts, &["JWT", "client-authentication+jwt"])?;
    let key: Arc<VerificationKey> = header.key(keys).ok_or(TokenRejection::UnknownKey)?;
    if header.alg != key.algorithm().as_str() {
        return Err(TokenRejection::Header);
    }
    if !key.verifies(parts.message.as_bytes(), parts.signature) {
        return Err(TokenRejection::Signature);
    }
    let UniqueMembers(claims) =
        json::object(&decode(parts.payload)?).ok_or(TokenRejection::Claims)?;
    let mut claims = ForeignDocument::of_members("client assertion", claims);
    let [iss, sub] = ["iss", "sub"].map(|name| claims.required(name, text));
    if iss? != expected.client_id || sub? != expected.client_id {
        return Err(TokenRejection::Issuer);
    }
    let aud = claims.required("aud", audiences)?;
    // Another server among the audiences could present the assertion here as the client.
    let is_expected = |aud: &String| expected.audiences.contains(&aud.as_str());
    if aud.is_empty() || !aud.iter().all(is_expected) {
        return Err(TokenRejection::Audience);
    }
    let exp = claims.required("exp", time)?;
    let [iat, nbf] = ["iat", "nbf"].map(|name| claims.optional(name, time));
    if is_expired(exp, now, leeway) {
        return Err(TokenRejection::Expired);
    }
    if is_in_future(exp, now, MAX_LIFETIME + leeway) {
        return Err(TokenRejection::Claims);
    }
    if [iat, nbf]
        .into_iter()
        .flatten()
        .any(|it| is_in_future(it, now, leeway))
    {
        return Err(TokenRejection::NotYetValid);
    }
    let jti = claims.required("jti", text)?;
    if jti.is_empty() || jti.len() > 256 {
        return Err(TokenRejection::Claims);
    }
    Ok(ClientAssertion { jti, exp })
}
