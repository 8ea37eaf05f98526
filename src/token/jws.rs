//! JWS compact serialisation (RFC 7515 §7.1), with a header of exactly three members.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    Inner, MintError,
    kind::{Kind, Rejected},
};
use crate::{client::Typ, json};

/// The algorithm of tokens that only this service reads.
const HS256: &str = "HS256";

/// The whole header of every token of ours. Anything else in it, `crit`, `jku`, `jwk`, `b64`, is
/// refused by not being one of these.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: String,
    typ: String,
    kid: String,
}

pub(super) fn sign_published<K: Kind>(
    inner: &Inner,
    claims: &K,
    now: DateTime<Utc>,
) -> Result<String, MintError> {
    let client = inner
        .clients
        .get(claims.client_id())
        .ok_or(MintError::Claims)?;
    let key = inner
        .rotation
        .keyring()
        .signing(client.algorithm, now)
        .ok_or(MintError::NoKey)?;
    let (alg, typ) = (key.algorithm().as_str(), client.typ.as_str());
    let message = signing_input(alg, typ, key.kid(), claims)?;
    let signature = key.sign(message.as_bytes())?;
    Ok(append(message, &signature))
}

pub(super) fn sign_derived<K: Kind>(
    inner: &Inner,
    claims: &K,
    typ: &str,
    now: DateTime<Utc>,
) -> Result<String, MintError> {
    let secret = inner
        .rotation
        .keyring()
        .secret(now)
        .ok_or(MintError::NoKey)?;
    let message = signing_input(HS256, typ, secret.kid(), claims)?;
    let signature = secret.sign_refresh(message.as_bytes());
    Ok(append(message, signature.as_ref()))
}

/// The payload, and the `typ` that its client's tokens must have.
pub(super) fn open_published(
    inner: &Inner,
    token: &str,
    now: DateTime<Utc>,
) -> Result<(Vec<u8>, Typ), Rejected> {
    let parts = Parts::of(token)?;
    let header = parts.header()?;
    let mut typs = Typ::ALL.iter().copied();
    let typ = typs.find(|typ| is_type(&header.typ, typ.as_str()));
    let typ = typ.ok_or(Rejected::Header)?;
    let key = inner.rotation.keyring().published(&header.kid, now)?;
    if header.alg != key.algorithm().as_str() {
        return Err(Rejected::Header);
    }
    if !key.verifies(parts.message.as_bytes(), parts.signature) {
        return Err(Rejected::Signature);
    }
    Ok((decode(parts.payload)?, typ))
}

pub(super) fn open_derived(
    inner: &Inner,
    token: &str,
    typ: &str,
    now: DateTime<Utc>,
) -> Result<Vec<u8>, Rejected> {
    let parts = Parts::of(token)?;
    let header = parts.header()?;
    if !is_type(&header.typ, typ) || header.alg != HS256 {
        return Err(Rejected::Header);
    }
    let secret = inner.rotation.keyring().secret_of(&header.kid, now)?;
    if !secret.verifies_refresh(parts.message.as_bytes(), &decode(parts.signature)?) {
        return Err(Rejected::Signature);
    }
    decode(parts.payload)
}

/// The three parts of a token and what was signed.
struct Parts<'a> {
    header: &'a str,
    payload: &'a str,
    signature: &'a str,
    message: &'a str,
}

impl<'a> Parts<'a> {
    fn of(token: &'a str) -> Result<Self, Rejected> {
        let (message, signature) = token.rsplit_once('.').ok_or(Rejected::Malformed)?;
        let (header, payload) = message.split_once('.').ok_or(Rejected::Malformed)?;
        if payload.contains('.') {
            return Err(Rejected::Malformed);
        }
        Ok(Self {
            header,
            payload,
            signature,
            message,
        })
    }

    fn header(&self) -> Result<Header, Rejected> {
        json::object(&decode(self.header)?).map_err(|_| Rejected::Header)
    }
}

/// Compares media types as RFC 7515 §4.1.9 says: without regard to case, and with `application/`
/// understood where it was left out.
fn is_type(given: &str, expected: &str) -> bool {
    let bare = match given.split_at_checked("application/".len()) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case("application/") => rest,
        _ => given,
    };
    bare.eq_ignore_ascii_case(expected)
}

fn signing_input<K: Kind>(
    alg: &str,
    typ: &str,
    kid: &str,
    claims: &K,
) -> Result<String, MintError> {
    let header = Header {
        alg: alg.to_owned(),
        typ: typ.to_owned(),
        kid: kid.to_owned(),
    };
    let header = serde_json::to_vec(&header).map_err(|_| MintError::Claims)?;
    let payload = serde_json::to_vec(claims).map_err(|_| MintError::Claims)?;
    let mut message = URL_SAFE_NO_PAD.encode(header);
    message.push('.');
    URL_SAFE_NO_PAD.encode_string(payload, &mut message);
    Ok(message)
}

fn append(mut message: String, signature: &[u8]) -> String {
    message.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut message);
    message
}

/// Strict base64url (RFC 7515 §2): no padding, no spare bits, one spelling for each text.
fn decode(part: &str) -> Result<Vec<u8>, Rejected> {
    URL_SAFE_NO_PAD
        .decode(part)
        .map_err(|_| Rejected::Malformed)
}
