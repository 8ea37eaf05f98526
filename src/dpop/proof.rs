//! Verifies a proof on its own (RFC 9449 §4.3): its header, its key, its signature, and that it is made for this
//! request. The caller checks its age and whether it was used before.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use url::Url;

use super::{
    ProofRejection, ProofUse,
    limits::{MAX_JTI, MAX_PROOF_BYTES, WINDOW},
};
use crate::{
    client::KeyThumbprint,
    json::{self, UniqueMembers},
    jws_compact::{TokenParts, decode, is_type},
    key_set::{ProofAlgorithm, ProofKey, sha256},
    spent::SpentTokens,
};

/// The `typ` of proofs (§4.2).
const TYP: &str = "dpop+jwt";

/// The request that a proof must be made for.
#[derive(Debug, Clone, Copy)]
pub struct ProofTarget<'a> {
    /// The method of the request.
    pub method: &'a str,
    /// The URL of the request, as the configuration and never as the request names it.
    pub url: &'a str,
    /// The access token of the request. `None` if the request presents none.
    pub access_token: Option<&'a str>,
}

/// A proof with a valid signature, for this request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The thumbprint of the key.
    pub key: KeyThumbprint,
    /// The nonce of the server, if the client has one.
    pub nonce: Option<String>,
    iat: DateTime<Utc>,
    jti: String,
}

impl Proof {
    /// Verifies a proof.
    ///
    /// # Errors
    /// See [`ProofRejection`].
    pub fn verify(presented: &str, target: ProofTarget<'_>) -> Result<Self, ProofRejection> {
        if presented.len() > MAX_PROOF_BYTES {
            return Err(ProofRejection::TooLong);
        }
        let parts = TokenParts::of(presented)?;
        let UniqueMembers(header) = parts.foreign_header()?;
        check_type(&header)?;
        check_no_critical_members(&header)?;
        let key = key(&header, algorithm(&header)?)?;
        if !key.verifies(parts.message.as_bytes(), parts.signature) {
            return Err(ProofRejection::Signature);
        }
        let claims = json::object(&decode(parts.payload)?);
        let UniqueMembers(claims) = claims.ok_or(ProofRejection::Claims)?;
        let proof = Self {
            key: key.thumbprint().clone(),
            nonce: optional_text(&claims, "nonce")?.map(str::to_owned),
            iat: issued_at(&claims)?,
            jti: identifier(&claims)?,
        };
        check_method(&claims, target.method)?;
        check_url(&claims, target.url)?;
        if let Some(access_token) = target.access_token {
            check_access_token(&claims, access_token)?;
        }
        Ok(proof)
    }

    /// Returns whether the proof was made at most 60 seconds ago, by a clock that may be ahead by as much (§11.1).
    pub fn is_fresh(&self, now: DateTime<Utc>) -> bool {
        now.signed_duration_since(self.iat).abs() <= WINDOW
    }

    /// Returns the time from which the proof is not fresh any more.
    pub fn fresh_until(&self) -> DateTime<Utc> {
        self.iat.checked_add_signed(WINDOW).unwrap_or(self.iat)
    }

    /// Checks that the proof is that of this key.
    ///
    /// # Errors
    /// It is that of another key.
    pub fn check_key(&self, key: &KeyThumbprint) -> Result<(), ProofRejection> {
        if self.key == *key {
            Ok(())
        } else {
            Err(ProofRejection::OtherKey)
        }
    }

    /// Remembers that the proof is used, until it is not accepted any more (RFC 9449 §11.1).
    pub fn spend(&self, seen: &SpentTokens, until: DateTime<Utc>, now: DateTime<Utc>) -> ProofUse {
        ProofUse::of(seen.spend(&self.identifier(), until, now))
    }

    /// Returns the identifier under which the proof is remembered: the thumbprint of the key and the `jti`.
    pub fn identifier(&self) -> String {
        [self.key.as_str(), &self.jti].concat()
    }
}

fn check_type(header: &Map<String, Value>) -> Result<(), ProofRejection> {
    match text(header, "typ") {
        Some(typ) if is_type(typ, TYP) => Ok(()),
        _ => Err(ProofRejection::Header),
    }
}

/// Refuses extensions that must be understood (RFC 7515 §4.1.11). Other unknown members are ignored.
fn check_no_critical_members(header: &Map<String, Value>) -> Result<(), ProofRejection> {
    if header.contains_key("crit") {
        return Err(ProofRejection::Header);
    }
    Ok(())
}

fn algorithm(header: &Map<String, Value>) -> Result<ProofAlgorithm, ProofRejection> {
    let alg = text(header, "alg");
    let mut all = ProofAlgorithm::ALL.iter().copied();
    all.find(|it| Some(it.as_str()) == alg)
        .ok_or(ProofRejection::Algorithm)
}

fn key(header: &Map<String, Value>, algorithm: ProofAlgorithm) -> Result<ProofKey, ProofRejection> {
    let jwk = header.get("jwk");
    Ok(ProofKey::read(jwk.ok_or(ProofRejection::Key)?, algorithm)?)
}

fn check_method(claims: &Map<String, Value>, method: &str) -> Result<(), ProofRejection> {
    let htm = text(claims, "htm").ok_or(ProofRejection::Claims)?;
    if htm == method {
        Ok(())
    } else {
        Err(ProofRejection::Method)
    }
}

fn check_url(claims: &Map<String, Value>, url: &str) -> Result<(), ProofRejection> {
    let htu = text(claims, "htu").ok_or(ProofRejection::Claims)?;
    if htu == url || is_same_url(htu, url) {
        Ok(())
    } else {
        Err(ProofRejection::Url)
    }
}

/// Compares two URLs after parsing (RFC 3986 §6.2): the case of the host and the default port do not matter. A URL
/// with a query, a fragment or credentials is refused (§4.2).
fn is_same_url(htu: &str, url: &str) -> bool {
    // A parser would skip white space and read a backslash as a slash.
    let is_plain = |b: u8| b.is_ascii_graphic() && b != b'\\';
    let (Ok(given), Ok(expected)) = (Url::parse(htu), Url::parse(url)) else {
        return false;
    };
    htu.bytes().all(is_plain)
        && given.username().is_empty()
        && given.password().is_none()
        && given.query().is_none()
        && given.fragment().is_none()
        && given.origin() == expected.origin()
        && given.path() == expected.path()
}

fn check_access_token(
    claims: &Map<String, Value>,
    access_token: &str,
) -> Result<(), ProofRejection> {
    match (
        optional_text(claims, "ath")?,
        sha256(access_token.as_bytes()),
    ) {
        (Some(ath), Some(digest)) if ath == digest => Ok(()),
        _ => Err(ProofRejection::AccessToken),
    }
}

/// The claim `iat`: a `NumericDate`, which may have a fraction (RFC 7519 §2).
fn issued_at(claims: &Map<String, Value>) -> Result<DateTime<Utc>, ProofRejection> {
    let iat = claims.get("iat").ok_or(ProofRejection::Claims)?;
    let seconds = iat.as_i64().or_else(|| whole_seconds(iat.as_f64()?));
    seconds
        .and_then(|seconds| DateTime::from_timestamp(seconds, 0))
        .ok_or(ProofRejection::Claims)
}

fn whole_seconds(seconds: f64) -> Option<i64> {
    let since = std::time::Duration::try_from_secs_f64(seconds).ok()?;
    i64::try_from(since.as_secs()).ok()
}

fn identifier(claims: &Map<String, Value>) -> Result<String, ProofRejection> {
    let jti = text(claims, "jti").ok_or(ProofRejection::Claims)?;
    if (1..=MAX_JTI).contains(&jti.chars().count()) {
        Ok(jti.to_owned())
    } else {
        Err(ProofRejection::Claims)
    }
}

fn text<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    members.get(name).and_then(Value::as_str)
}

fn optional_text<'a>(
    members: &'a Map<String, Value>,
    name: &str,
) -> Result<Option<&'a str>, ProofRejection> {
    let value = members.get(name);
    let text = value.map(|value| value.as_str().ok_or(ProofRejection::Claims));
    text.transpose()
}
